#include "lis/tensor/sort.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lis/base/rng.h"
#include "support.h"

static lis_error error;
static lis_ctx ctx;

/* The oracle: qsort with the position as last resort, which makes it stable. */
static const lis_tensor *compared;

static int by_key(const void *left, const void *right) {
    int64_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    if (compared->dtype == LIS_I64) {
        int64_t x = lis_i64(compared)[a], y = lis_i64(compared)[b];
        if (x != y) return x < y ? -1 : 1;
        return a < b ? -1 : 1;
    }
    double x = lis_tensor_get(compared, &a), y = lis_tensor_get(compared, &b);
    if (isnan(x) != isnan(y)) return isnan(x) ? 1 : -1;
    if (x < y || x > y) return x < y ? -1 : 1;
    return a < b ? -1 : 1;
}

static void check_order(const lis_tensor *keys) {
    lis_tensor got;
    int64_t n = keys->shape[0];
    int32_t *wanted = lis_alloc((size_t)n, sizeof *wanted);
    for (int64_t i = 0; i < n; i++)
        wanted[i] = (int32_t)i;
    compared = keys;
    qsort(wanted, (size_t)n, sizeof *wanted, by_key);
    assert_ok(lis_tensor_argsort(&ctx, &got, keys, &error));
    assert_int_equal(got.dtype, LIS_I32);
    assert_memory_equal(got.data, wanted, (size_t)n * sizeof *wanted);
    lis_tensor_release(&got);
    lis_free(wanted);
}

static void test_many_ties_in_every_type(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++)
        for (int64_t n = 0; n < 100000; n = n * 7 + 1) {
            lis_tensor keys = small_integers((lis_dtype)dtype, n, 0, 1);
            check_order(&keys);
            lis_tensor_release(&keys);
        }
}

static void test_all_bits_of_every_type(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++) {
        lis_tensor keys = zeros((lis_dtype)dtype, 20000, 0);
        lis_rng rng = lis_rng_open(1, "bits", (uint64_t)dtype);
        size_t bytes = 20000 * lis_dtype_size(keys.dtype);
        for (size_t i = 0; i < bytes; i++)
            ((uint8_t *)keys.data)[i] = (uint8_t)lis_rng_next(&rng); /* NaNs among the floats */
        check_order(&keys);
        lis_tensor_release(&keys);
    }
}

static void test_zeros_infinities_and_nan(void **state) {
    (void)state;
    static const double values[] = {0.0, -0.0, NAN,  INFINITY, -INFINITY, -1,
                                    1,   -NAN, -0.0, 0.0,      1e-310};
    enum { N = sizeof values / sizeof *values };
    static const int32_t wanted[N] = {4, 5, 0, 1, 8, 9, 10, 6, 3, 2, 7};
    lis_tensor keys = lis_tensor_borrow(LIS_F64, 1, (int64_t[]){N}, values), got, narrow;
    assert_ok(lis_tensor_argsort(&ctx, &got, &keys, &error));
    assert_memory_equal(got.data, wanted, sizeof wanted);
    lis_tensor_release(&got);
    assert_ok(lis_tensor_copy_as(&narrow, &keys, LIS_F32, &error)); /* 1e-310 becomes 0 */
    assert_ok(lis_tensor_argsort(&ctx, &got, &narrow, &error));
    assert_memory_equal(got.data, wanted, sizeof wanted);
    lis_tensor_release(&got);
    lis_tensor_release(&narrow);
}

static void test_views_are_sorted_too(void **state) {
    (void)state;
    lis_tensor table = normals(LIS_F32, 300, 4, 2), column;
    assert_ok(lis_tensor_select(&column, &table, 1, 2, &error));
    check_order(&column);
    lis_tensor out;
    assert_int_equal(lis_tensor_argsort(&ctx, &out, &table, &error), LIS_ESHAPE);
    assert_int_equal(lis_argsort(&ctx, NULL, LIS_F32, NULL, (int64_t)INT32_MAX + 1, &error),
                     LIS_ERANGE);
    lis_tensor_release(&table);
}

static void test_unique_is_ascending_and_complete(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++) {
        lis_tensor t = small_integers((lis_dtype)dtype, 60, 50, 3), view, out;
        assert_ok(lis_tensor_transpose(&view, &t, 0, 1, &error));
        assert_ok(lis_tensor_unique(&ctx, &out, &view, &error));
        assert_int_equal(out.shape[0], 9);
        for (int64_t i = 0; i < 9; i++)
            assert_true(at(&out, i, 0) == (double)(dtype == LIS_U8 ? i : i - 4));
        lis_tensor_release(&out);
        lis_tensor_release(&t);
    }
    static const float odd[] = {NAN, 2, -0.0F, 0, NAN, 2};
    lis_tensor t = lis_tensor_borrow(LIS_F32, 1, (int64_t[]){6}, odd), out;
    assert_ok(lis_tensor_unique(&ctx, &out, &t, &error));
    assert_int_equal(out.shape[0], 3);
    assert_true(at(&out, 0, 0) == 0 && at(&out, 1, 0) == 2 && isnan(at(&out, 2, 0)));
    lis_tensor_release(&out);
    t.shape[0] = 0;
    assert_ok(lis_tensor_unique(&ctx, &out, &t, &error));
    assert_int_equal(out.shape[0], 0);
    lis_tensor_release(&out);
}

static lis_status make_order(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    return lis_tensor_argsort(c, out, arg, err);
}

static lis_status make_distinct(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    return lis_tensor_unique(c, out, arg, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    for (int dtype = LIS_F32; dtype <= LIS_F64; dtype++) {
        lis_tensor wide = normals((lis_dtype)dtype, 200000, 2, 4), column;
        assert_ok(lis_tensor_select(&column, &wide, 1, 0, &error));
        check_threads(make_order, &column);
        check_memory(make_order, &column);
        check_interrupt(make_order, &column);
        check_memory(make_distinct, &column);
        check_interrupt(make_distinct, &column);
        lis_tensor_release(&wide);
    }
}

static int setup(void **state) {
    (void)state;
    lis_ctx_init(&ctx, 2);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_ties_in_every_type),
        cmocka_unit_test(test_all_bits_of_every_type),
        cmocka_unit_test(test_zeros_infinities_and_nan),
        cmocka_unit_test(test_views_are_sorted_too),
        cmocka_unit_test(test_unique_is_ascending_and_complete),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
