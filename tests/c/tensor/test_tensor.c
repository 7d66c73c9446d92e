#include "support.h"

#include <math.h>
#include <string.h>

static lis_error error;

static void test_new_is_zeroed_row_major_and_aligned(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++) {
        lis_tensor t;
        assert_ok(lis_tensor_new(&t, (lis_dtype)dtype, 3, (int64_t[]){2, 3, 4}, &error));
        assert_int_equal(lis_tensor_size(&t), 24);
        assert_true(lis_tensor_contiguous(&t));
        assert_memory_equal(t.stride, ((int64_t[]){12, 4, 1, 0}), sizeof t.stride);
        assert_memory_equal(t.shape, ((int64_t[]){2, 3, 4, 1}), sizeof t.shape);
        assert_int_equal((uintptr_t)t.data % LIS_ALIGN, 0);
        for (size_t i = 0; i < 24 * lis_dtype_size(t.dtype); i++)
            assert_int_equal(((char *)t.data)[i], 0);
        lis_tensor_release(&t);
        assert_null(t.data);
        lis_tensor_release(&t);
    }
}

static void test_new_rejects_impossible_shapes(void **state) {
    (void)state;
    lis_tensor t;
    int64_t huge[] = {INT64_MAX, 2}, negative[] = {3, -1};
    assert_int_equal(lis_tensor_new(&t, LIS_F32, 2, huge, &error), LIS_ESHAPE);
    assert_int_equal(lis_tensor_new(&t, LIS_F32, 2, negative, &error), LIS_ESHAPE);
    assert_int_equal(lis_tensor_new(&t, LIS_F32, 0, huge, &error), LIS_ESHAPE);
    assert_int_equal(lis_tensor_new(&t, LIS_F32, 5, huge, &error), LIS_ESHAPE);
    assert_int_equal(lis_tensor_new_1d(&t, LIS_F32, INT64_MAX / 8, &error), LIS_ENOMEM);
}

static int released;
static void count_release(void *owner) {
    released += *(int *)owner;
}

static void test_wrap_releases_its_owner_once(void **state) {
    (void)state;
    int owner = 7;
    float data[6] = {1, 2, 3, 4, 5, 6};
    lis_tensor t, view;
    int64_t before = lis_mem_read().live_blocks;
    released = 0;
    assert_ok(
        lis_tensor_wrap(&t, LIS_F32, 2, (int64_t[]){2, 3}, data, count_release, &owner, &error));
    assert_ok(lis_tensor_select(&view, &t, 0, 1, &error));
    lis_tensor_retain(&view);
    lis_tensor_release(&t);
    assert_int_equal(released, 0);
    assert_true(at(&view, 2, 0) == 6);
    lis_tensor_release(&view);
    assert_int_equal(released, 7);
    assert_ok(lis_tensor_wrap(&t, LIS_F32, 1, (int64_t[]){6}, data, NULL, NULL, &error));
    lis_tensor_release(&t);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

static void test_borrowed_views_own_nothing(void **state) {
    (void)state;
    static const int32_t data[] = {3, 1, 4, 1};
    lis_tensor t = lis_tensor_borrow(LIS_I32, 2, (int64_t[]){2, 2}, data);
    lis_tensor_retain(&t);
    assert_true(at(&t, 1, 0) == 4);
    lis_tensor_release(&t);
    assert_null(t.data);
}

/* A view's element is the element of the original that the definition names. */
static void test_views_name_the_right_elements(void **state) {
    (void)state;
    lis_tensor t = small_integers(LIS_I32, 5, 7, 1), v;
    assert_ok(lis_tensor_slice(&v, &t, 1, 2, 6, &error));
    for (int64_t i = 0; i < 5; i++)
        for (int64_t j = 0; j < 4; j++)
            assert_true(at(&v, i, j) == at(&t, i, j + 2));
    assert_false(lis_tensor_contiguous(&v));
    assert_ok(lis_tensor_transpose(&v, &t, 0, 1, &error));
    for (int64_t i = 0; i < 5; i++)
        for (int64_t j = 0; j < 7; j++)
            assert_true(at(&v, j, i) == at(&t, i, j));
    assert_ok(lis_tensor_select(&v, &t, 1, 3, &error));
    assert_int_equal(v.ndim, 1);
    for (int64_t i = 0; i < 5; i++)
        assert_true(at(&v, i, 0) == at(&t, i, 3));
    assert_ok(lis_tensor_reshape(&v, &t, 3, (int64_t[]){7, -1, 1}, &error));
    assert_int_equal(v.shape[1], 5);
    assert_true(lis_tensor_get(&v, (int64_t[]){3, 2, 0}) == at(&t, 2, 3));
    assert_ok(lis_tensor_slice(&v, &t, 0, 5, 5, &error));
    assert_int_equal(lis_tensor_size(&v), 0);
    lis_tensor_release(&t);
}

static void test_select_of_one_dimension_keeps_one_element(void **state) {
    (void)state;
    lis_tensor t = small_integers(LIS_F64, 4, 0, 2), v;
    assert_ok(lis_tensor_select(&v, &t, 0, 2, &error));
    assert_int_equal(v.ndim, 1);
    assert_int_equal(v.shape[0], 1);
    assert_true(at(&v, 0, 0) == at(&t, 2, 0));
    lis_tensor_release(&t);
}

static void test_views_reject_what_is_not_there(void **state) {
    (void)state;
    lis_tensor t = zeros(LIS_F32, 3, 4), v;
    assert_int_equal(lis_tensor_slice(&v, &t, 2, 0, 1, &error), LIS_ERANGE);
    assert_string_equal(error.message, "f32 [3, 4] has no dimension 3");
    assert_int_equal(lis_tensor_slice(&v, &t, 0, 1, 4, &error), LIS_ERANGE);
    assert_int_equal(lis_tensor_slice(&v, &t, 0, -1, 2, &error), LIS_ERANGE);
    assert_int_equal(lis_tensor_slice(&v, &t, 0, 2, 1, &error), LIS_ERANGE);
    assert_int_equal(lis_tensor_select(&v, &t, 0, INT64_MAX, &error), LIS_ERANGE);
    assert_int_equal(lis_tensor_transpose(&v, &t, 0, -1, &error), LIS_ERANGE);
    assert_int_equal(lis_tensor_reshape(&v, &t, 2, (int64_t[]){5, -1}, &error), LIS_ESHAPE);
    assert_string_equal(error.message, "cannot reshape f32 [3, 4] of 12 elements to [5, any]");
    assert_int_equal(lis_tensor_reshape(&v, &t, 2, (int64_t[]){-1, -1}, &error), LIS_ESHAPE);
    assert_int_equal(lis_tensor_reshape(&v, &t, 5, (int64_t[]){12, 1, 1, 1, 1}, &error),
                     LIS_ESHAPE);
    assert_ok(lis_tensor_transpose(&v, &t, 0, 1, &error));
    assert_int_equal(lis_tensor_reshape(&v, &v, 1, (int64_t[]){12}, &error), LIS_ESHAPE);
    lis_tensor_release(&t);
}

static void test_copies_convert_every_pair_of_types(void **state) {
    (void)state;
    for (int from = 0; from < DTYPES; from++) {
        lis_tensor t = zeros((lis_dtype)from, 40, 30), view;
        for (int64_t i = 0; i < 40; i++)
            for (int64_t j = 0; j < 30; j++)
                lis_tensor_set(&t, (int64_t[]){i, j}, (double)((i * 31 + j * 7) % 256));
        assert_ok(lis_tensor_transpose(&view, &t, 0, 1, &error));
        for (int to = 0; to < DTYPES; to++) {
            lis_tensor copy;
            assert_ok(lis_tensor_copy_as(&copy, &view, (lis_dtype)to, &error));
            assert_int_equal(copy.dtype, to);
            assert_true(lis_tensor_contiguous(&copy));
            for (int64_t i = 0; i < 40; i++)
                for (int64_t j = 0; j < 30; j++)
                    assert_true(at(&copy, j, i) == at(&t, i, j));
            lis_tensor_release(&copy);
        }
        lis_tensor_release(&t);
    }
}

static void test_i64_copies_keep_every_bit(void **state) {
    (void)state;
    int64_t value[] = {INT64_MAX, INT64_MIN, (INT64_C(1) << 53) + 1, -1};
    lis_tensor t = lis_tensor_borrow(LIS_I64, 2, (int64_t[]){2, 2}, value), view, copy;
    assert_ok(lis_tensor_transpose(&view, &t, 0, 1, &error));
    assert_ok(lis_tensor_copy_as(&copy, &view, LIS_I64, &error));
    assert_true(lis_i64(&copy)[0] == value[0] && lis_i64(&copy)[1] == value[2]);
    assert_true(lis_i64(&copy)[2] == value[1] && lis_i64(&copy)[3] == value[3]);
    lis_tensor_release(&copy);
}

/* One row a conversion: what fits truncates towards 0, what does not is refused by name. */
static void test_conversion_limits(void **state) {
    (void)state;
    static const struct {
        lis_dtype from, to;
        double value, wanted;
        bool fits;
    } cases[] = {
        {LIS_F64, LIS_I32, 2147483647.9, 2147483647, true},
        {LIS_F64, LIS_I32, 2147483648.0, 0, false},
        {LIS_F64, LIS_I32, -2147483648.9, -2147483648.0, true},
        {LIS_F64, LIS_I32, -2147483649.0, 0, false},
        {LIS_F64, LIS_I64, -0x1p63, -0x1p63, true},
        {LIS_F64, LIS_I64, 0x1p63, 0, false},
        {LIS_F64, LIS_U8, 255.9, 255, true},
        {LIS_F64, LIS_U8, 256, 0, false},
        {LIS_F64, LIS_U8, -0.9, 0, true},
        {LIS_F64, LIS_U8, -1, 0, false},
        {LIS_F64, LIS_I32, NAN, 0, false},
        {LIS_F32, LIS_U8, -1.5, 0, false},
        {LIS_F32, LIS_U8, 3.7, 3, true},
        {LIS_F32, LIS_I64, INFINITY, 0, false},
        {LIS_I64, LIS_I32, 4e9, 0, false},
        {LIS_I64, LIS_U8, 256, 0, false},
        {LIS_I32, LIS_U8, -1, 0, false},
        {LIS_F64, LIS_F32, 1e300, INFINITY, true},
        {LIS_F32, LIS_F64, 0.5, 0.5, true},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        lis_tensor in = zeros(cases[k].from, 700, 0), out;
        int64_t last = 699;
        assert_true(lis_tensor_set(&in, &last, cases[k].value));
        lis_status status = lis_tensor_copy_as(&out, &in, cases[k].to, &error);
        assert_int_equal(status, cases[k].fits ? LIS_OK : LIS_ERANGE);
        if (cases[k].fits) {
            assert_true(lis_tensor_get(&out, &last) == cases[k].wanted);
            lis_tensor_release(&out);
        } else {
            assert_memory_equal(error.message, "element 700, ", 13);
            assert_non_null(strstr(error.message, lis_dtype_name(cases[k].to)));
        }
        lis_tensor_release(&in);
    }
}

static void test_assign_wants_equal_shapes(void **state) {
    (void)state;
    lis_tensor a = zeros(LIS_F32, 3, 4), b = zeros(LIS_F32, 4, 3), row;
    assert_int_equal(lis_tensor_assign(&a, &b, &error), LIS_ESHAPE);
    assert_string_equal(error.message, "cannot assign f32 [4, 3] to f32 [3, 4]: shapes differ");
    lis_tensor source = small_integers(LIS_I64, 4, 0, 3);
    assert_ok(lis_tensor_select(&row, &a, 0, 1, &error));
    assert_ok(lis_tensor_assign(&row, &source, &error));
    for (int64_t j = 0; j < 4; j++) {
        assert_true(at(&a, 1, j) == at(&source, j, 0));
        assert_true(at(&a, 0, j) == 0 && at(&a, 2, j) == 0);
    }
    lis_tensor_release(&a);
    lis_tensor_release(&b);
    lis_tensor_release(&source);
}

static void test_set_refuses_what_does_not_fit(void **state) {
    (void)state;
    lis_tensor t = zeros(LIS_U8, 2, 0);
    int64_t one = 1;
    assert_true(lis_tensor_set(&t, &one, 200));
    assert_false(lis_tensor_set(&t, &one, 256));
    assert_false(lis_tensor_set(&t, &one, NAN));
    assert_true(lis_tensor_get(&t, &one) == 200);
    lis_tensor_release(&t);
}

static void test_expectations_name_both_sides(void **state) {
    (void)state;
    lis_tensor t = zeros(LIS_F32, 3, 4), view, empty = {0};
    assert_ok(lis_tensor_expect_2d(&t, "x", LIS_F32, -1, 4, &error));
    assert_int_equal(lis_tensor_expect_2d(&t, "x", LIS_F32, 5, -1, &error), LIS_ESHAPE);
    assert_string_equal(error.message, "'x': wanted f32 [5, any], got f32 [3, 4]");
    assert_int_equal(lis_tensor_expect_2d(&t, "x", LIS_I32, 3, 4, &error), LIS_EDTYPE);
    assert_string_equal(error.message, "'x': wanted i32 [3, 4], got f32 [3, 4]");
    assert_int_equal(lis_tensor_expect_1d(&t, "rows", LIS_I32, -1, &error), LIS_ESHAPE);
    assert_string_equal(error.message, "'rows': wanted i32 [any], got f32 [3, 4]");
    assert_ok(lis_tensor_transpose(&view, &t, 0, 1, &error));
    assert_int_equal(lis_tensor_expect_2d(&view, "x", LIS_F32, 4, 3, &error), LIS_ESHAPE);
    assert_non_null(strstr(error.message, "strided view"));
    assert_int_equal(lis_tensor_expect_1d(&empty, "x", LIS_F32, -1, &error), LIS_ESHAPE);
    assert_non_null(strstr(error.message, "empty tensor box"));
    lis_tensor_release(&t);
}

static void test_hash_sees_content_not_layout(void **state) {
    (void)state;
    lis_tensor t = small_integers(LIS_I32, 6, 5, 9), view, copy;
    uint64_t of_view, of_copy, of_t, other;
    assert_ok(lis_tensor_transpose(&view, &t, 0, 1, &error));
    assert_ok(lis_tensor_copy_as(&copy, &view, LIS_I32, &error));
    assert_ok(lis_tensor_hash(&view, &of_view, &error));
    assert_ok(lis_tensor_hash(&copy, &of_copy, &error));
    assert_ok(lis_tensor_hash(&t, &of_t, &error));
    assert_true(of_view == of_copy && of_view != of_t);
    lis_i32(&copy)[29] ^= 1;
    assert_ok(lis_tensor_hash(&copy, &other, &error));
    assert_true(other != of_copy);
    lis_tensor_release(&copy);
    assert_ok(lis_tensor_reshape(&view, &t, 1, (int64_t[]){30}, &error));
    assert_ok(lis_tensor_hash(&view, &other, &error));
    assert_true(other != of_t);
    lis_mem_fail_after(0);
    assert_ok(lis_tensor_transpose(&view, &t, 0, 1, &error));
    assert_int_equal(lis_tensor_hash(&view, &other, &error), LIS_ENOMEM);
    lis_tensor_release(&t);
}

static lis_status make_new(lis_ctx *ctx, lis_tensor *out, void *arg, lis_error *err) {
    (void)ctx;
    (void)arg;
    return lis_tensor_new_2d(out, LIS_F32, 3, 4, err);
}

static lis_status make_copy(lis_ctx *ctx, lis_tensor *out, void *arg, lis_error *err) {
    (void)ctx;
    return lis_tensor_copy_as(out, arg, LIS_I64, err);
}

static void test_memory(void **state) {
    (void)state;
    lis_tensor t = small_integers(LIS_F32, 30, 20, 4);
    check_memory(make_new, NULL);
    check_memory(make_copy, &t);
    lis_tensor_release(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_is_zeroed_row_major_and_aligned),
        cmocka_unit_test(test_new_rejects_impossible_shapes),
        cmocka_unit_test(test_wrap_releases_its_owner_once),
        cmocka_unit_test(test_borrowed_views_own_nothing),
        cmocka_unit_test(test_views_name_the_right_elements),
        cmocka_unit_test(test_select_of_one_dimension_keeps_one_element),
        cmocka_unit_test(test_views_reject_what_is_not_there),
        cmocka_unit_test(test_copies_convert_every_pair_of_types),
        cmocka_unit_test(test_i64_copies_keep_every_bit),
        cmocka_unit_test(test_conversion_limits),
        cmocka_unit_test(test_assign_wants_equal_shapes),
        cmocka_unit_test(test_set_refuses_what_does_not_fit),
        cmocka_unit_test(test_expectations_name_both_sides),
        cmocka_unit_test(test_hash_sees_content_not_layout),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
