#include "support.h"

#include <math.h>
#include <string.h>

static lis_error error;
static lis_ctx ctx;

enum { TERMS = 4 };

static void random_terms(lis_csr *own, const lis_csr **term, int64_t rows, int64_t columns) {
    for (int t = 0; t < TERMS; t++) {
        own[t] = random_csr(rows, columns, 0.1 * (t + 1), 40 + (uint64_t)t);
        term[t] = &own[t];
    }
}

static void free_terms(lis_csr *own) {
    for (int t = 0; t < TERMS; t++)
        lis_csr_free(&own[t]);
}

/* Reads like the definition. */
static void test_sum_adds_entry_by_entry(void **state) {
    (void)state;
    lis_csr own[TERMS], out;
    const lis_csr *term[TERMS];
    random_terms(own, term, 37, 53);
    for (int64_t terms = 1; terms <= TERMS; terms++) {
        assert_ok(lis_csr_sum(&ctx, &out, term, terms, &error));
        assert_well_formed(&out);
        for (int64_t r = 0; r < 37; r++) {
            for (int64_t c = 0; c < 53; c++) {
                double sum = 0;
                for (int64_t t = 0; t < terms; t++)
                    sum += csr_at(term[t], r, c);
                assert_true(csr_at(&out, r, c) == sum);
            }
        }
        lis_csr_free(&out);
    }
    assert_ok(lis_csr_sum(&ctx, &out, term, 1, &error));
    assert_csr_equal(&out, term[0]);
    lis_csr_free(&out);
    free_terms(own);
}

/* In f32 the second term would be lost in the first. */
static void test_sum_is_taken_in_f64(void **state) {
    (void)state;
    const int32_t at[] = {0};
    const float large = 1e8F, small = 1, minus = -1e8F;
    lis_csr a, b, c, out;
    assert_ok(lis_csr_from_triples(&calm, &a, 1, 1, at, at, &large, 1, &error));
    assert_ok(lis_csr_from_triples(&calm, &b, 1, 1, at, at, &small, 1, &error));
    assert_ok(lis_csr_from_triples(&calm, &c, 1, 1, at, at, &minus, 1, &error));
    assert_ok(lis_csr_sum(&ctx, &out, (const lis_csr *[]){&a, &b, &c}, 3, &error));
    assert_true(csr_at(&out, 0, 0) == 1);
    lis_csr_free(&out);
    assert_ok(lis_csr_sum(&ctx, &out, (const lis_csr *[]){&a, &c}, 2, &error));
    assert_int_equal(out.nnz, 0); /* cancelled */
    lis_csr_free(&out);
    lis_csr_free(&a);
    lis_csr_free(&b);
    lis_csr_free(&c);
}

static void test_sum_refuses_what_does_not_fit(void **state) {
    (void)state;
    lis_csr a = random_csr(3, 4, 0.5, 1), b = random_csr(3, 5, 0.5, 2), out;
    const lis_csr *both[] = {&a, &b};
    assert_int_equal(lis_csr_sum(&ctx, &out, both, 2, &error), LIS_ESHAPE);
    assert_non_null(strstr(error.message, "matrix 2 has 3 x 5 entries, the first 3 x 4"));
    assert_int_equal(lis_csr_sum(&ctx, &out, both, 0, &error), LIS_EARG);
    lis_csr_free(&a);
    lis_csr_free(&b);
}

static lis_status make_sum(lis_ctx *with, lis_csr *out, void *arg, lis_error *err) {
    return lis_csr_sum(with, out, arg, TERMS, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    lis_csr own[TERMS];
    const lis_csr *term[TERMS];
    random_terms(own, term, 200, 90);
    check_memory(make_sum, term);
    check_threads(make_sum, term);
    check_interrupt(make_sum, term);
    free_terms(own);
}

int main(void) {
    lis_ctx_init(&ctx, 2);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sum_adds_entry_by_entry),
        cmocka_unit_test(test_sum_is_taken_in_f64),
        cmocka_unit_test(test_sum_refuses_what_does_not_fit),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
