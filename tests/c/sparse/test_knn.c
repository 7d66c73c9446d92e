#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "lis/sparse/knn.h"

static lis_error error;

static lis_tensor vectors_of(int64_t n, int64_t d, uint64_t seed) {
    lis_tensor x;
    lis_rng rng = lis_rng_open(seed, "vectors", 0);
    assert_ok(lis_tensor_new_2d(&x, LIS_F32, n, d, &error));
    for (int64_t k = 0; k < n * d; k++) /* small integers: products are exact and ties common */
        lis_f32(&x)[k] = (float)lis_rng_below(&rng, 7) - 3;
    return x;
}

static double score(const lis_tensor *query, const lis_tensor *vectors, int64_t q, int64_t v,
                    lis_knn_metric metric) {
    double dot = 0, a = 0, b = 0;
    for (int64_t j = 0; j < query->shape[1]; j++) {
        double x = lis_f32(query)[q * query->shape[1] + j];
        double y = lis_f32(vectors)[v * query->shape[1] + j];
        dot += x * y;
        a += x * x;
        b += y * y;
    }
    if (metric == LIS_KNN_DOT) return dot;
    if (metric == LIS_KNN_EUCLIDEAN) return 2 * dot - a - b;
    return a > 0 && b > 0 ? dot / sqrt(a * b) : 0;
}

/* The oracle counts, for each vector, those that come before it. A cosine is compared as the core
 * rounds it, so that ties fall alike. */
static void check_knn(int64_t n, int64_t m, int64_t d, lis_knn_options options) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_tensor query = vectors_of(n, d, 1), vectors = vectors_of(m, d, options.skip_self ? 1 : 2);
    lis_csr out;
    assert_ok(lis_knn_build(&ctx, &out, &query, &vectors, &options, &error));
    assert_well_formed(&out);
    for (int64_t q = 0; q < n; q++) {
        int64_t others = m - (options.skip_self && q < m);
        assert_int_equal(out.offset[q + 1] - out.offset[q],
                         others < options.k ? others : options.k);
        double least = INFINITY;
        for (int64_t k = out.offset[q]; k < out.offset[q + 1]; k++) {
            assert_true(!options.skip_self || out.column[k] != q);
            assert_near(out.value[k], score(&query, &vectors, q, out.column[k], options.metric),
                        1e-6);
            least = fmin(least, out.value[k]);
        }
        int64_t at = out.offset[q];
        for (int64_t v = 0; v < m; v++) {
            bool kept = at < out.offset[q + 1] && out.column[at] == v;
            if (kept) at++;
            if (kept || (options.skip_self && v == q)) continue;
            double left_out = score(&query, &vectors, q, v, options.metric);
            assert_true(left_out <= least + 1e-6);
            if (options.metric == LIS_KNN_COSINE || left_out < least) continue;
            for (int64_t k = at; k < out.offset[q + 1]; k++) /* a tie: none kept has a higher id */
                assert_true(out.value[k] > left_out);
        }
    }
    lis_tensor_release(&query);
    lis_tensor_release(&vectors);
    lis_csr_free(&out);
}

static void test_agrees_with_counting(void **state) {
    (void)state;
    for (int metric = 0; metric < 3; metric++) {
        for (int skip = 0; skip < 2; skip++) {
            lis_knn_options options = {5, (lis_knn_metric)metric, skip};
            check_knn(90, 90, 3, options);
            check_knn(7, 1300, 8, options); /* several blocks of vectors */
            options.k = 200;
            check_knn(70, 110, 4, options); /* fewer vectors than k */
            options.k = 1;
            check_knn(200, 600, 1, options);
        }
    }
}

static void test_edges(void **state) {
    (void)state;
    lis_knn_options options = {3, LIS_KNN_DOT, false};
    check_knn(0, 5, 2, options);
    check_knn(5, 0, 2, options);
    check_knn(1, 1, 2, options);
    options.skip_self = true;
    check_knn(1, 1, 2, options);
    check_knn(4, 2, 2, options);
}

static void test_errors(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_tensor x = vectors_of(6, 3, 1), y = vectors_of(6, 2, 1);
    lis_knn_options options = {0, LIS_KNN_DOT, false};
    lis_csr out;
    assert_int_equal(lis_knn_build(&ctx, &out, &x, &x, &options, &error), LIS_EARG);
    options.k = 2;
    assert_int_equal(lis_knn_build(&ctx, &out, &x, &y, &options, &error), LIS_ESHAPE);
    lis_f32(&x)[7] = NAN;
    assert_int_equal(lis_knn_build(&ctx, &out, &x, &x, &options, &error), LIS_EMATH);
    assert_string_equal(error.message, "'query': the value at row 2, column 1 is nan");
    lis_tensor_release(&x);
    lis_tensor_release(&y);
}

static lis_status make_knn(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    lis_knn_options options = {9, LIS_KNN_COSINE, true};
    return lis_knn_build(ctx, out, arg, arg, &options, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    lis_tensor x = vectors_of(700, 5, 3);
    check_threads(make_knn, &x);
    check_memory(make_knn, &x);
    check_interrupt(make_knn, &x);
    lis_tensor_release(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_counting),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
