#include "support.h"

#include <string.h>

#include "lis/sparse/spgemm.h"

static lis_error error;

static void check_product(const lis_csr *a, const lis_csr *b) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr out, top, wanted;
    assert_ok(lis_csr_multiply(&ctx, &out, a, b, 0, &error));
    assert_well_formed(&out);
    int64_t entries = 0;
    for (int64_t r = 0; r < a->rows; r++) {
        for (int64_t c = 0; c < b->columns; c++) {
            double sum = 0;
            for (int64_t k = 0; k < a->columns; k++)
                sum += csr_at(a, r, k) * csr_at(b, k, c);
            assert_true(csr_at(&out, r, c) == sum); /* small integers: exact */
            entries += sum != 0;
        }
    }
    assert_int_equal(out.nnz, entries);
    assert_ok(lis_csr_multiply(&ctx, &top, a, b, 3, &error));
    assert_ok(lis_csr_top_k(&ctx, &wanted, &out, 3, &error));
    assert_csr_equal(&top, &wanted);
    lis_csr_free(&out);
    lis_csr_free(&top);
    lis_csr_free(&wanted);
}

static void test_products_agree_with_the_sums(void **state) {
    (void)state;
    lis_csr a = random_csr(17, 23, 0.3, 1), b = random_csr(23, 31, 0.3, 2);
    check_product(&a, &b);
    for (int64_t k = 0; k < a.nnz; k += 2) /* of both signs: some sums cancel */
        a.value[k] = -a.value[k];
    check_product(&a, &b);
    lis_csr_free(&a);
    lis_csr_free(&b);
}

static void test_empty_factors(void **state) {
    (void)state;
    lis_csr a = random_csr(4, 0, 0, 1), b = random_csr(0, 5, 0, 1), c = random_csr(5, 1, 0, 1),
            d = random_csr(1, 5, 1, 1);
    check_product(&a, &b);
    check_product(&c, &d);
    check_product(&d, &c);
    check_product(&b, &c);
    lis_csr_free(&a);
    lis_csr_free(&b);
    lis_csr_free(&c);
    lis_csr_free(&d);
}

/* Columns on several pages of the accumulator, rows in several shards. */
static void test_wide_products(void **state) {
    (void)state;
    enum { N = 300, WIDE = 20000 };
    int32_t row[N], column[N];
    for (int k = 0; k < N; k++) {
        row[k] = k % 100;
        column[k] = (k * 7919) % WIDE;
    }
    lis_csr a, b, out;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    assert_ok(lis_csr_from_triples(&calm, &b, 100, WIDE, row, column, NULL, N, &error));
    assert_ok(lis_csr_from_triples(&calm, &a, 100, 100, row, row, NULL, 100, &error));
    assert_ok(lis_csr_multiply(&ctx, &out, &a, &b, 0, &error));
    assert_csr_equal(&out, &b); /* a is the identity */
    lis_csr_free(&a);
    lis_csr_free(&b);
    lis_csr_free(&out);
}

static void test_errors(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_csr a = random_csr(4, 3, 1, 1), out;
    assert_int_equal(lis_csr_multiply(&ctx, &out, &a, &a, 0, &error), LIS_ESHAPE);
    assert_string_equal(error.message, "multiply: 4 x 3 by 4 x 3; the inner sizes differ");
    a.rows = 3;
    assert_int_equal(lis_csr_multiply(&ctx, &out, &a, &a, -1, &error), LIS_EARG);
    lis_csr_free(&a);
}

static lis_status make_square(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    return lis_csr_multiply(ctx, out, arg, arg, 0, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    lis_csr a = random_csr(150, 150, 0.1, 3);
    check_threads(make_square, &a);
    check_memory(make_square, &a);
    check_interrupt(make_square, &a);
    lis_csr_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products_agree_with_the_sums),
        cmocka_unit_test(test_empty_factors),
        cmocka_unit_test(test_wide_products),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
