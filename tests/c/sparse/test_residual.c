#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "lis/sparse/residual.h"

static lis_error error;

typedef struct {
    lis_tensor codes, centroids, left;
} words;

static void release(words *w) {
    lis_tensor_release(&w->codes);
    lis_tensor_release(&w->centroids);
    lis_tensor_release(&w->left);
}

static lis_status fit(words *w, int threads, const lis_tensor *x, lis_residual_options options) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, threads);
    return lis_residual_fit(&ctx, &w->codes, &w->centroids, &w->left, x, &options, &error);
}

/* Clusters around 8 corners, far apart. */
static lis_tensor cornered(int64_t n, int64_t d, double spread) {
    lis_tensor x;
    lis_rng rng = lis_rng_open(5, "corners", 0);
    assert_ok(lis_tensor_new_2d(&x, LIS_F32, n, d, &error));
    for (int64_t r = 0; r < n; r++)
        for (int64_t j = 0; j < d; j++)
            lis_f32(&x)[r * d + j] =
                (float)((j < 3 && r >> j & 1 ? 10 : -10) + spread * lis_rng_normal(&rng));
    return x;
}

static double gap(const float *a, const float *b, int64_t d) {
    double sum = 0;
    for (int64_t j = 0; j < d; j++)
        sum += ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
    return sum;
}

/* Level by level in plain loops: every code is the nearest centroid, every centroid the mean of its
 * vectors, every error the mean of what is left. */
static void check_words(const words *w, const lis_tensor *x, const lis_residual_options *options) {
    int64_t n = x->shape[0], d = x->shape[1];
    lis_tensor left;
    assert_ok(lis_tensor_copy_as(&left, x, LIS_F32, &error));
    double *mean = test_malloc((size_t)d * sizeof *mean);
    for (int64_t l = 0; l < options->levels; l++) {
        const float *centroids = lis_f32(&w->centroids) + l * options->codes * d;
        double total = 0;
        for (int64_t r = 0; r < n; r++) {
            int32_t mine = lis_i32(&w->codes)[r * options->levels + l];
            double distance = gap(lis_f32(&left) + r * d, centroids + mine * d, d);
            total += distance;
            for (int64_t c = 0; c < options->codes; c++)
                assert_true(distance <= gap(lis_f32(&left) + r * d, centroids + c * d, d) + 1e-3);
        }
        assert_near(lis_f64(&w->left)[l], total / (double)n, 1e-5);
        for (int64_t c = 0; c < options->codes; c++) {
            int64_t members = 0;
            memset(mean, 0, (size_t)d * sizeof *mean);
            for (int64_t r = 0; r < n; r++) {
                if (lis_i32(&w->codes)[r * options->levels + l] != c) continue;
                members++;
                for (int64_t j = 0; j < d; j++)
                    mean[j] += lis_f32(&left)[r * d + j];
            }
            for (int64_t j = 0; j < d && members > 0; j++)
                assert_near(centroids[c * d + j], mean[j] / (double)members, 1e-5);
        }
        for (int64_t r = 0; r < n; r++)
            for (int64_t j = 0; j < d; j++)
                lis_f32(&left)[r * d + j] -=
                    centroids[lis_i32(&w->codes)[r * options->levels + l] * d + j];
    }
    test_free(mean);
    lis_tensor_release(&left);
}

static void test_levels_are_fixed_points_of_lloyd(void **state) {
    (void)state;
    lis_tensor x = cornered(400, 6, 2);
    lis_residual_options options = {3, 12, 200, 1};
    words w;
    assert_ok(fit(&w, 2, &x, options));
    check_words(&w, &x, &options);
    for (int64_t l = 1; l < 3; l++)
        assert_true(lis_f64(&w.left)[l] < lis_f64(&w.left)[l - 1]);
    release(&w);
    lis_tensor_release(&x);
}

static void test_planted_clusters_are_found(void **state) {
    (void)state;
    lis_tensor x = cornered(160, 4, 0.1);
    lis_residual_options options = {1, 8, 50, 3};
    words w;
    assert_ok(fit(&w, 2, &x, options));
    for (int64_t a = 0; a < 160; a++)
        for (int64_t b = 0; b < 160; b++)
            assert_int_equal(lis_i32(&w.codes)[a] == lis_i32(&w.codes)[b], a % 8 == b % 8);
    assert_true(lis_f64(&w.left)[0] < 0.1);
    release(&w);
    lis_tensor_release(&x);
}

static void test_as_many_codes_as_vectors_leave_nothing_over(void **state) {
    (void)state;
    lis_tensor x = cornered(20, 3, 1);
    lis_residual_options options = {2, 20, 10, 0};
    words w;
    assert_ok(fit(&w, 2, &x, options));
    assert_true(lis_f64(&w.left)[0] == 0);
    assert_true(lis_f64(&w.left)[1] == 0);
    release(&w);
    memset(lis_f32(&x), 0, sizeof(float) * 60); /* all the same: empty clusters stay empty */
    assert_ok(fit(&w, 2, &x, options));
    assert_true(lis_f64(&w.left)[0] == 0);
    release(&w);
    lis_tensor_release(&x);
}

static void test_encode_gives_the_fitted_words(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_tensor x = cornered(300, 5, 1), codes;
    lis_residual_options options = {3, 7, 100, 2};
    words w;
    assert_ok(fit(&w, 2, &x, options));
    assert_ok(lis_residual_encode(&ctx, &codes, &x, &w.centroids, 3, &error));
    assert_memory_equal(lis_i32(&codes), lis_i32(&w.codes), sizeof(int32_t) * 900);
    lis_tensor_release(&codes);
    assert_int_equal(lis_residual_encode(&ctx, &codes, &x, &w.centroids, 4, &error), LIS_EARG);
    assert_non_null(strstr(error.message, "21 centroids cannot be 4 levels"));
    release(&w);
    lis_tensor_release(&x);
}

static void test_errors(void **state) {
    (void)state;
    lis_tensor x = cornered(10, 3, 1);
    words w;
    assert_int_equal(fit(&w, 1, &x, (lis_residual_options){1, 11, 5, 0}), LIS_EARG);
    assert_non_null(strstr(error.message, "11 codes for 10 vectors"));
    assert_int_equal(fit(&w, 1, &x, (lis_residual_options){0, 2, 5, 0}), LIS_EARG);
    lis_f32(&x)[4] = INFINITY;
    assert_int_equal(fit(&w, 1, &x, (lis_residual_options){1, 2, 5, 0}), LIS_EMATH);
    assert_null(w.codes.storage);
    lis_tensor_release(&x);
}

static void test_same_bytes_at_any_thread_count(void **state) {
    (void)state;
    lis_tensor x = cornered(900, 6, 4);
    lis_residual_options options = {2, 30, 8, 9};
    words alone, many;
    assert_ok(fit(&alone, 1, &x, options));
    for (int threads = 2; threads <= 4; threads *= 2) {
        assert_ok(fit(&many, threads, &x, options));
        assert_memory_equal(lis_i32(&alone.codes), lis_i32(&many.codes), 4 * 900 * 2);
        assert_memory_equal(lis_f32(&alone.centroids), lis_f32(&many.centroids), 4 * 60 * 6);
        assert_memory_equal(lis_f64(&alone.left), lis_f64(&many.left), 8 * 2);
        release(&many);
    }
    release(&alone);
    lis_tensor_release(&x);
}

static void test_failing_allocations_and_interrupt(void **state) {
    (void)state;
    lis_tensor x = cornered(50, 3, 1);
    lis_residual_options options = {2, 4, 5, 0};
    int64_t before = lis_mem_read().live_blocks;
    words w;
    for (int64_t successes = 0;; successes++) {
        lis_mem_fail_after(successes);
        lis_status status = fit(&w, 2, &x, options);
        lis_mem_fail_after(-1);
        if (status == LIS_OK) break;
        assert_int_equal(status, LIS_ENOMEM);
        assert_true(!w.codes.storage && !w.centroids.storage && !w.left.storage);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
    release(&w);
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_residual_fit(&ctx, &w.codes, &w.centroids, &w.left, &x, &options, &error),
                     LIS_EINTR);
    assert_int_equal(lis_mem_read().live_blocks, before);
    lis_tensor_release(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_are_fixed_points_of_lloyd),
        cmocka_unit_test(test_planted_clusters_are_found),
        cmocka_unit_test(test_as_many_codes_as_vectors_leave_nothing_over),
        cmocka_unit_test(test_encode_gives_the_fitted_words),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_same_bytes_at_any_thread_count),
        cmocka_unit_test(test_failing_allocations_and_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
