#include "block.h"

#include <math.h>

#include "support.h"

static void test_via_holds_both_types(void **state) {
    (void)state;
    assert_int_equal(block_via(LIS_I32, LIS_U8), LIS_I64);
    assert_int_equal(block_via(LIS_I64, LIS_I64), LIS_I64);
    assert_int_equal(block_via(LIS_F32, LIS_U8), LIS_F32);
    assert_int_equal(block_via(LIS_F32, LIS_F32), LIS_F32);
    assert_int_equal(block_via(LIS_F32, LIS_I32), LIS_F64); /* f32 rounds codes above 2^24 */
    assert_int_equal(block_via(LIS_F64, LIS_U8), LIS_F64);
}

static void test_loading_in_place_costs_no_copy(void **state) {
    (void)state;
    float values[4] = {1, 2, 3, 4};
    block scratch;
    assert_ptr_equal(block_load(&scratch, LIS_F32, LIS_F32, values, 1, 4), values);
    const float *strided = block_load(&scratch, LIS_F32, LIS_F32, values, 2, 2);
    assert_ptr_equal(strided, &scratch);
    assert_true(strided[0] == 1 && strided[1] == 3);
    const float *stretched = block_load(&scratch, LIS_F32, LIS_F32, values + 2, 0, 3);
    assert_true(stretched[0] == 3 && stretched[2] == 3);
}

static void test_every_type_there_and_back(void **state) {
    (void)state;
    static const lis_dtype vias[] = {LIS_F32, LIS_F64, LIS_I64};
    for (int from = 0; from < DTYPES; from++)
        for (int v = 0; v < 3; v++)
            for (int to = 0; to < DTYPES; to++)
                for (int64_t step = 1; step <= 3; step++) {
                    block in, out, scratch;
                    lis_tensor a = lis_tensor_borrow((lis_dtype)from, 1, (int64_t[]){30}, &in);
                    lis_tensor b = lis_tensor_borrow((lis_dtype)to, 1, (int64_t[]){30}, &out);
                    for (int64_t i = 0; i < 30; i++)
                        lis_tensor_set(&a, &i, (double)(i * 8));
                    const void *x = block_load(&scratch, vias[v], a.dtype, a.data, step, 10);
                    assert_int_equal(block_store(b.dtype, b.data, step, vias[v], x, 10), 10);
                    for (int64_t i = 0; i < 10; i++)
                        assert_true(at(&b, i * step, 0) == (double)(i * step * 8));
                }
}

static void test_store_stops_at_what_does_not_fit(void **state) {
    (void)state;
    double values[5] = {1, 2, NAN, 4, 5};
    int32_t out[5] = {9, 9, 9, 9, 9};
    assert_int_equal(block_store(LIS_I32, out, 1, LIS_F64, values, 5), 2);
    assert_int_equal(out[1], 2);
    assert_int_equal(out[2], 9);
    int64_t wide[3] = {0, 255, 256};
    uint8_t small[3] = {7, 7, 7};
    assert_int_equal(block_store(LIS_U8, small, 1, LIS_I64, wide, 3), 2);
    assert_int_equal(small[1], 255);
    assert_int_equal(small[2], 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_via_holds_both_types),
        cmocka_unit_test(test_loading_in_place_costs_no_copy),
        cmocka_unit_test(test_every_type_there_and_back),
        cmocka_unit_test(test_store_stops_at_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
