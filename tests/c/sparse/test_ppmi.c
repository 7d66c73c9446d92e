#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "lis/sparse/cooc.h"
#include "lis/sparse/ppmi.h"
#include "sparse_golden.h"

static lis_error error;

static lis_csr golden_counts(void) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_cooc_options options = lis_cooc_defaults();
    lis_events events = {GOLDEN_EVENTS, GOLDEN_USERS, GOLDEN_ITEMS, golden_user,
                         golden_item,   NULL,         NULL};
    lis_csr counts;
    assert_ok(lis_cooc_build(&ctx, &counts, &events, &options, &error));
    return counts;
}

/* SciPy made the counts, NumPy the logarithms. */
static void check_golden(const double *golden, double shift, double smoothing) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_ppmi_options options = {shift, smoothing};
    lis_csr counts = golden_counts(), out;
    assert_ok(lis_csr_ppmi(&ctx, &out, &counts, &options, &error));
    assert_well_formed(&out);
    int64_t entries = 0;
    for (int i = 0; i < GOLDEN_ITEMS; i++) {
        for (int j = 0; j < GOLDEN_ITEMS; j++) {
            assert_near(csr_at(&out, i, j), golden[i * GOLDEN_ITEMS + j], 1e-4);
            entries += golden[i * GOLDEN_ITEMS + j] > 0;
        }
    }
    assert_int_equal(out.nnz, entries);
    for (int64_t k = 0; k < out.nnz; k++)
        assert_true(out.value[k] > 0);
    lis_csr_free(&counts);
    lis_csr_free(&out);
}

static void test_golden(void **state) {
    (void)state;
    check_golden(golden_ppmi, 0, 1);
    check_golden(golden_shifted, 0.3, 0.75);
}

static void test_symmetric_counts_stay_symmetric(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_ppmi_options options = {0, 1};
    lis_csr counts = golden_counts(), out;
    bool symmetric;
    assert_ok(lis_csr_ppmi(&ctx, &out, &counts, &options, &error));
    assert_ok(lis_csr_is_symmetric(&out, &symmetric, &error));
    assert_true(symmetric);
    lis_csr_free(&counts);
    lis_csr_free(&out);
}

/* A rectangular matrix with empty rows, empty columns and stored zeros, against the formula. */
static void test_rectangular_matrix_agrees_with_the_formula(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr counts = random_csr(30, 17, 0.3, 1), out;
    double row[30] = {0}, column[17] = {0}, total = 0;
    for (int64_t k = counts.offset[4]; k < counts.offset[5]; k++)
        counts.value[k] = 0;
    for (int r = 0; r < 30; r++) {
        for (int c = 0; c < 17; c++) {
            row[r] += csr_at(&counts, r, c);
            column[c] += csr_at(&counts, r, c);
        }
    }
    for (int c = 0; c < 17; c++)
        total += pow(column[c], 0.5);
    lis_ppmi_options options = {-0.2, 0.5};
    assert_ok(lis_csr_ppmi(&ctx, &out, &counts, &options, &error));
    assert_well_formed(&out);
    for (int r = 0; r < 30; r++) {
        for (int c = 0; c < 17; c++) {
            double n = csr_at(&counts, r, c);
            double chance = row[r] * pow(column[c], 0.5) / total;
            double want = n > 0 ? fmax(0, log(n / chance) + 0.2) : 0;
            assert_near(csr_at(&out, r, c), want, 1e-6);
        }
    }
    lis_csr_free(&counts);
    lis_csr_free(&out);
}

static void test_errors(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_csr counts = random_csr(5, 5, 1, 2), out;
    lis_ppmi_options options = {NAN, 1};
    assert_int_equal(lis_csr_ppmi(&ctx, &out, &counts, &options, &error), LIS_EARG);
    options = (lis_ppmi_options){0, 0};
    assert_int_equal(lis_csr_ppmi(&ctx, &out, &counts, &options, &error), LIS_EARG);
    options.smoothing = 1;
    counts.value[7] = -1;
    assert_int_equal(lis_csr_ppmi(&ctx, &out, &counts, &options, &error), LIS_ERANGE);
    assert_non_null(strstr(error.message, "row 1, column 2 is -1"));
    counts.value[7] = INFINITY;
    assert_int_equal(lis_csr_ppmi(&ctx, &out, &counts, &options, &error), LIS_ERANGE);
    lis_csr_free(&counts);
}

static void test_empty(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_ppmi_options options = {0, 0.75};
    lis_csr counts = random_csr(3, 4, 0, 1), out;
    assert_ok(lis_csr_ppmi(&ctx, &out, &counts, &options, &error));
    assert_csr_equal(&out, &counts);
    lis_csr_free(&counts);
    lis_csr_free(&out);
}

static lis_status make_ppmi(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    return lis_csr_ppmi(ctx, out, arg, &(lis_ppmi_options){0.1, 0.75}, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    lis_csr counts = random_csr(300, 200, 0.2, 3);
    check_threads(make_ppmi, &counts);
    check_memory(make_ppmi, &counts);
    check_interrupt(make_ppmi, &counts);
    lis_csr_free(&counts);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_symmetric_counts_stay_symmetric),
        cmocka_unit_test(test_rectangular_matrix_agrees_with_the_formula),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
