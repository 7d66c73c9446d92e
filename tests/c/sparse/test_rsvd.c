#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "lis/sparse/cooc.h"
#include "lis/sparse/ppmi.h"
#include "lis/sparse/rsvd.h"
#include "sparse_golden.h"

static lis_error error;

typedef struct {
    lis_tensor u, s, v;
} parts;

static lis_status decompose(parts *out, int threads, const lis_csr *a, lis_svd_options options) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, threads);
    return lis_csr_svd(&ctx, &out->u, &out->s, &out->v, a, &options, &error);
}

static void release(parts *p) {
    lis_tensor_release(&p->u);
    lis_tensor_release(&p->s);
    lis_tensor_release(&p->v);
}

static lis_svd_options rank_of(int64_t rank) {
    lis_svd_options options = lis_svd_defaults();
    options.rank = rank;
    return options;
}

static void assert_orthonormal(const lis_tensor *x) {
    int64_t n = x->shape[0], k = x->shape[1];
    for (int64_t i = 0; i < k; i++) {
        for (int64_t j = 0; j < k; j++) {
            double dot = 0;
            for (int64_t r = 0; r < n; r++)
                dot += (double)lis_f32(x)[r * k + i] * (double)lis_f32(x)[r * k + j];
            assert_near(dot, i == j, 2e-6);
        }
    }
}

/* What every decomposition promises: orthonormal sides, values that descend, fixed signs. */
static void assert_canonical(const parts *p) {
    assert_orthonormal(&p->u);
    assert_orthonormal(&p->v);
    int64_t rank = p->s.shape[0];
    for (int64_t k = 0; k < rank; k++) {
        assert_true(lis_f32(&p->s)[k] >= 0);
        if (k > 0) assert_true(lis_f32(&p->s)[k] <= lis_f32(&p->s)[k - 1]);
        float largest = 0;
        for (int64_t r = 0; r < p->u.shape[0]; r++) {
            float entry = lis_f32(&p->u)[r * rank + k];
            if (fabsf(entry) > fabsf(largest)) largest = entry;
        }
        assert_true(largest > 0);
    }
}

/* The largest difference between A and U diag(s) V'. */
static double residual(const lis_csr *a, const parts *p) {
    int64_t rank = p->s.shape[0];
    double worst = 0;
    for (int64_t r = 0; r < a->rows; r++) {
        for (int64_t c = 0; c < a->columns; c++) {
            double sum = 0;
            for (int64_t k = 0; k < rank; k++)
                sum += (double)lis_f32(&p->u)[r * rank + k] * (double)lis_f32(&p->s)[k] *
                       (double)lis_f32(&p->v)[c * rank + k];
            worst = fmax(worst, fabs(sum - csr_at(a, r, c)));
        }
    }
    return worst;
}

/* sin of the largest angle between the spans of got and of golden, both orthonormal: bounded by the
 * Frobenius norm of golden - got got' golden. */
static double angle(const lis_tensor *got, const double *golden) {
    int64_t n = got->shape[0], rank = got->shape[1];
    double outside = 0;
    for (int64_t g = 0; g < rank; g++) {
        double dot[GOLDEN_RANK] = {0};
        for (int64_t r = 0; r < n; r++)
            for (int64_t k = 0; k < rank; k++)
                dot[k] += (double)lis_f32(got)[r * rank + k] * golden[r * rank + g];
        for (int64_t r = 0; r < n; r++) {
            double left = golden[r * rank + g];
            for (int64_t k = 0; k < rank; k++)
                left -= (double)lis_f32(got)[r * rank + k] * dot[k];
            outside += left * left;
        }
    }
    return sqrt(outside);
}

/* Singular values converge with the square of the angle: the default power is enough for them. */
static void check_golden(const lis_csr *a, const double *u, const double *s, const double *v) {
    parts p;
    lis_svd_options options = rank_of(GOLDEN_RANK);
    assert_ok(decompose(&p, 2, a, options));
    for (int k = 0; k < GOLDEN_RANK; k++)
        assert_near(lis_f32(&p.s)[k] / s[k], 1, 1e-5);
    release(&p);
    options.power = 10;
    assert_ok(decompose(&p, 2, a, options));
    assert_canonical(&p);
    assert_true(angle(&p.u, u) < 1e-4);
    assert_true(angle(&p.v, v) < 1e-4);
    for (int64_t k = 0; k < a->rows * GOLDEN_RANK; k++)
        assert_near(lis_f32(&p.u)[k], u[k], 1e-4);
    for (int64_t k = 0; k < a->columns * GOLDEN_RANK; k++)
        assert_near(lis_f32(&p.v)[k], v[k], 1e-4);
    release(&p);
}

static void test_golden(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_cooc_options options = lis_cooc_defaults();
    lis_events events = {GOLDEN_EVENTS, GOLDEN_USERS, GOLDEN_ITEMS, golden_user,
                         golden_item,   NULL,         NULL};
    lis_csr counts, graph, ratings;
    assert_ok(lis_cooc_build(&ctx, &counts, &events, &options, &error));
    assert_ok(lis_csr_ppmi(&ctx, &graph, &counts, &(lis_ppmi_options){0, 1}, &error));
    check_golden(&graph, golden_ppmi_u, golden_ppmi_s, golden_ppmi_v);
    lis_csr_free(&graph);
    assert_ok(lis_csr_ppmi(&ctx, &graph, &counts, &(lis_ppmi_options){0.3, 0.75}, &error));
    check_golden(&graph, golden_shifted_u, golden_shifted_s, golden_shifted_v);
    assert_ok(lis_csr_from_triples(&calm, &ratings, GOLDEN_USERS, GOLDEN_ITEMS, golden_user,
                                   golden_item, NULL, GOLDEN_EVENTS, &error));
    check_golden(&ratings, golden_ratings_u, golden_ratings_s, golden_ratings_v);
    lis_csr_free(&counts);
    lis_csr_free(&graph);
    lis_csr_free(&ratings);
}

static void test_full_rank_gives_the_matrix_back(void **state) {
    (void)state;
    lis_csr a = random_csr(30, 12, 0.6, 1), turned;
    parts p;
    assert_ok(decompose(&p, 2, &a, rank_of(12)));
    assert_canonical(&p);
    assert_true(residual(&a, &p) < 1e-4);
    release(&p);
    assert_ok(lis_csr_transpose(&calm, &turned, &a, &error));
    assert_ok(decompose(&p, 2, &turned, rank_of(12)));
    assert_canonical(&p);
    assert_true(residual(&turned, &p) < 1e-4);
    release(&p);
    lis_csr_free(&a);
    lis_csr_free(&turned);
}

/* [0 B; B' 0] is symmetric with eigenvalues in pairs of both signs. */
static void test_symmetric_matrix_with_negative_eigenvalues(void **state) {
    (void)state;
    enum { N = 14 };
    lis_csr b = random_csr(N, N, 0.5, 2), a;
    int32_t row[2 * N * N], column[2 * N * N];
    float value[2 * N * N];
    int64_t n = 0;
    for (int32_t r = 0; r < N; r++) {
        for (int64_t k = b.offset[r]; k < b.offset[r + 1]; k++) {
            row[n] = r, column[n] = b.column[k] + N, value[n++] = b.value[k];
            row[n] = b.column[k] + N, column[n] = r, value[n++] = b.value[k];
        }
    }
    assert_ok(lis_csr_from_triples(&calm, &a, 2 * N, 2 * N, row, column, value, n, &error));
    parts p;
    assert_ok(decompose(&p, 2, &a, rank_of(2 * N)));
    assert_canonical(&p);
    assert_true(residual(&a, &p) < 1e-4);
    for (int k = 0; k < 2 * N; k += 2)
        assert_near(lis_f32(&p.s)[k], lis_f32(&p.s)[k + 1], 1e-4);
    release(&p);
    lis_csr_free(&a);
    lis_csr_free(&b);
}

static void test_matrices_of_low_rank_and_of_none(void **state) {
    (void)state;
    const int32_t row[] = {0, 0, 2, 2}, column[] = {1, 3, 1, 3};
    const float value[] = {1, 2, 2, 4};
    lis_csr a, empty = random_csr(6, 6, 0, 1), one = random_csr(1, 1, 1, 1);
    parts p;
    assert_ok(lis_csr_from_triples(&calm, &a, 5, 40, row, column, value, 4, &error));
    assert_ok(decompose(&p, 2, &a, rank_of(4)));
    assert_canonical(&p);
    assert_near(lis_f32(&p.s)[0], 5, 1e-6);
    assert_near(lis_f32(&p.s)[1], 0, 1e-5);
    assert_true(residual(&a, &p) < 1e-5);
    release(&p);
    assert_ok(decompose(&p, 2, &empty, rank_of(3)));
    assert_canonical(&p);
    assert_true(lis_f32(&p.s)[0] == 0);
    release(&p);
    assert_ok(decompose(&p, 2, &one, rank_of(1)));
    assert_near(lis_f32(&p.s)[0], one.value[0], 1e-6);
    release(&p);
    lis_csr_free(&a);
    lis_csr_free(&empty);
    lis_csr_free(&one);
}

static void test_errors(void **state) {
    (void)state;
    lis_csr a = random_csr(20, 30, 0.5, 1);
    parts p;
    assert_int_equal(decompose(&p, 1, &a, rank_of(21)), LIS_EARG);
    assert_string_equal(error.message,
                        "svd: rank 21 of a matrix of 20 x 30; it must lie in [1, 20]");
    assert_null(p.u.storage);
    assert_int_equal(decompose(&p, 1, &a, rank_of(0)), LIS_EARG);
    lis_svd_options options = rank_of(3);
    options.power = -1;
    assert_int_equal(decompose(&p, 1, &a, options), LIS_EARG);
    a.value[3] = NAN;
    assert_int_equal(decompose(&p, 1, &a, rank_of(3)), LIS_EMATH);
    lis_csr_free(&a);
}

static void test_seed_and_threads(void **state) {
    (void)state;
    lis_csr a = random_csr(400, 300, 0.05, 3);
    parts first, again;
    assert_ok(decompose(&first, 1, &a, rank_of(7)));
    for (int threads = 2; threads <= 4; threads *= 2) {
        assert_ok(decompose(&again, threads, &a, rank_of(7)));
        assert_memory_equal(lis_f32(&first.u), lis_f32(&again.u), 4 * 400 * 7);
        assert_memory_equal(lis_f32(&first.s), lis_f32(&again.s), 4 * 7);
        assert_memory_equal(lis_f32(&first.v), lis_f32(&again.v), 4 * 300 * 7);
        release(&again);
    }
    lis_svd_options options = rank_of(7);
    options.seed = 1;
    assert_ok(decompose(&again, 1, &a, options));
    assert_memory_not_equal(lis_f32(&first.u), lis_f32(&again.u), 4 * 400 * 7);
    release(&first);
    release(&again);
    lis_csr_free(&a);
}

static void sweep_memory(const lis_csr *a) {
    int64_t before = lis_mem_read().live_blocks;
    for (int64_t successes = 0;; successes++) {
        parts p;
        lis_mem_fail_after(successes);
        lis_status status = decompose(&p, 2, a, rank_of(4));
        lis_mem_fail_after(-1);
        if (status == LIS_OK) {
            release(&p);
            assert_int_equal(lis_mem_read().live_blocks, before);
            return;
        }
        assert_int_equal(status, LIS_ENOMEM);
        assert_true(!p.u.storage && !p.s.storage && !p.v.storage);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
}

static void test_failing_allocations_and_interrupt(void **state) {
    (void)state;
    lis_csr wide = random_csr(20, 30, 0.4, 1), square = random_csr(20, 20, 0, 1);
    sweep_memory(&wide);
    sweep_memory(&square);
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_ctx_interrupt(&ctx);
    parts p;
    lis_svd_options options = rank_of(4);
    int64_t before = lis_mem_read().live_blocks;
    assert_int_equal(lis_csr_svd(&ctx, &p.u, &p.s, &p.v, &wide, &options, &error), LIS_EINTR);
    assert_int_equal(lis_mem_read().live_blocks, before);
    lis_csr_free(&wide);
    lis_csr_free(&square);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_full_rank_gives_the_matrix_back),
        cmocka_unit_test(test_symmetric_matrix_with_negative_eigenvalues),
        cmocka_unit_test(test_matrices_of_low_rank_and_of_none),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_seed_and_threads),
        cmocka_unit_test(test_failing_allocations_and_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
