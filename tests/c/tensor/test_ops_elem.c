#include "lis/tensor/ops_elem.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "support.h"

static lis_error error;
static lis_ctx ctx;

/* ---- oracles: one number at a time, in double */

static double naive_binary(lis_binary op, double a, double b) {
    switch (op) {
    case LIS_ADD:
        return a + b;
    case LIS_SUB:
        return a - b;
    case LIS_MUL:
        return a * b;
    case LIS_DIV:
        return a / b;
    case LIS_POW:
        return pow(a, b);
    case LIS_MINIMUM:
        return a < b ? a : b;
    case LIS_MAXIMUM:
        break;
    }
    return a > b ? a : b;
}

static double naive_compare(lis_compare op, double a, double b) {
    switch (op) {
    case LIS_EQ:
        return a == b;
    case LIS_NE:
        return a != b;
    case LIS_LT:
        return a < b;
    case LIS_LE:
        return a <= b;
    case LIS_GT:
        return a > b;
    case LIS_GE:
        return a >= b;
    case LIS_AND:
        return a != 0 && b != 0;
    case LIS_OR:
        break;
    }
    return a != 0 || b != 0;
}

static double naive_unary(lis_unary op, double a) {
    switch (op) {
    case LIS_NEG:
        return -a;
    case LIS_ABS:
        return fabs(a);
    case LIS_EXP:
        return exp(a);
    case LIS_LOG:
        return log(a);
    case LIS_SQRT:
        return sqrt(a);
    case LIS_SIGMOID:
        return 1 / (1 + exp(-a));
    case LIS_TANH:
        break;
    }
    return tanh(a);
}

static int agree(double got, double wanted) {
    return (isnan(got) && isnan(wanted)) || lis_near(got, wanted, 1e-6);
}

/* ---- the tests */

static void test_promotion(void **state) {
    (void)state;
    static const lis_dtype wanted[DTYPES][DTYPES] = {
        /*             f32      f64      i32      i64      u8 */
        [LIS_F32] = {LIS_F32, LIS_F64, LIS_F32, LIS_F64, LIS_F32},
        [LIS_F64] = {LIS_F64, LIS_F64, LIS_F64, LIS_F64, LIS_F64},
        [LIS_I32] = {LIS_F32, LIS_F64, LIS_I32, LIS_I64, LIS_I32},
        [LIS_I64] = {LIS_F64, LIS_F64, LIS_I64, LIS_I64, LIS_I64},
        [LIS_U8] = {LIS_F32, LIS_F64, LIS_I32, LIS_I64, LIS_I32},
    };
    for (int a = 0; a < DTYPES; a++)
        for (int b = 0; b < DTYPES; b++)
            assert_int_equal(lis_dtype_promote((lis_dtype)a, (lis_dtype)b), wanted[a][b]);
}

static void test_every_operation_on_every_pair_of_types(void **state) {
    (void)state;
    for (int da = 0; da < DTYPES; da++)
        for (int db = 0; db < DTYPES; db++) {
            lis_tensor a = small_integers((lis_dtype)da, 13, 9, 1), out;
            lis_tensor b = small_integers((lis_dtype)db, 13, 9, 2);
            for (int op = LIS_ADD; op <= LIS_MAXIMUM; op++) {
                assert_ok(lis_tensor_binary(&ctx, &out, (lis_binary)op, &a, &b, &error));
                for (int64_t i = 0; i < 13; i++)
                    for (int64_t j = 0; j < 9; j++)
                        assert_true(agree(at(&out, i, j), naive_binary((lis_binary)op, at(&a, i, j),
                                                                       at(&b, i, j))));
                lis_tensor_release(&out);
            }
            for (int op = LIS_EQ; op <= LIS_OR; op++) {
                assert_ok(lis_tensor_compare(&ctx, &out, (lis_compare)op, &a, &b, &error));
                assert_int_equal(out.dtype, LIS_U8);
                for (int64_t i = 0; i < 13; i++)
                    for (int64_t j = 0; j < 9; j++)
                        assert_true(at(&out, i, j) ==
                                    naive_compare((lis_compare)op, at(&a, i, j), at(&b, i, j)));
                lis_tensor_release(&out);
            }
            lis_tensor_release(&a);
            lis_tensor_release(&b);
        }
}

static void test_every_function_on_every_type(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++) {
        lis_tensor a = small_integers((lis_dtype)dtype, 21, 40, 3), view, out;
        assert_ok(lis_tensor_transpose(&view, &a, 0, 1, &error));
        for (int op = LIS_NEG; op <= LIS_TANH; op++) {
            assert_ok(lis_tensor_unary(&ctx, &out, (lis_unary)op, &view, &error));
            for (int64_t i = 0; i < 21; i++)
                for (int64_t j = 0; j < 40; j++)
                    assert_true(agree(at(&out, j, i), naive_unary((lis_unary)op, at(&a, i, j))));
            lis_tensor_release(&out);
        }
        lis_tensor_release(&a);
    }
}

static void test_rows_columns_and_numbers_stretch(void **state) {
    (void)state;
    lis_tensor x = small_integers(LIS_F32, 30, 7, 4), row = small_integers(LIS_F32, 7, 0, 5);
    lis_tensor column = small_integers(LIS_F32, 30, 1, 6), out;
    float half = 0.5F;
    lis_tensor number = lis_tensor_borrow(LIS_F32, 1, (int64_t[]){1}, &half);
    assert_ok(lis_tensor_binary(&ctx, &out, LIS_SUB, &x, &row, &error));
    for (int64_t i = 0; i < 30; i++)
        for (int64_t j = 0; j < 7; j++)
            assert_true(at(&out, i, j) == at(&x, i, j) - at(&row, j, 0));
    lis_tensor_release(&out);
    assert_ok(lis_tensor_binary(&ctx, &out, LIS_SUB, &column, &row, &error)); /* an outer one */
    assert_int_equal(out.shape[1], 7);
    for (int64_t i = 0; i < 30; i++)
        for (int64_t j = 0; j < 7; j++)
            assert_true(at(&out, i, j) == at(&column, i, 0) - at(&row, j, 0));
    lis_tensor_release(&out);
    assert_ok(lis_tensor_binary(&ctx, &out, LIS_MUL, &number, &x, &error));
    for (int64_t i = 0; i < 30; i++)
        assert_true(at(&out, i, 3) == 0.5 * at(&x, i, 3));
    lis_tensor_release(&out);
    assert_int_equal(lis_tensor_binary(&ctx, &out, LIS_ADD, &x, &column, &error), LIS_OK);
    lis_tensor_release(&out);
    lis_tensor odd = zeros(LIS_F32, 6, 0);
    assert_int_equal(lis_tensor_binary(&ctx, &out, LIS_ADD, &x, &odd, &error), LIS_ESHAPE);
    assert_string_equal(error.message,
                        "cannot add f32 [30, 7] and f32 [6]: sizes 7 and 6 of dimension 2 differ");
    lis_tensor_release(&x);
    lis_tensor_release(&row);
    lis_tensor_release(&column);
    lis_tensor_release(&odd);
}

static void test_integers_are_exact_and_do_not_wrap(void **state) {
    (void)state;
    int64_t big[2] = {(INT64_C(1) << 53) + 1, INT64_MAX}, one[2] = {1, 1};
    lis_tensor a = lis_tensor_borrow(LIS_I64, 1, (int64_t[]){2}, big), out;
    lis_tensor b = lis_tensor_borrow(LIS_I64, 1, (int64_t[]){2}, one);
    assert_int_equal(lis_tensor_binary(&ctx, &out, LIS_ADD, &a, &b, &error), LIS_ERANGE);
    assert_string_equal(error.message, "cannot add: the result of element 2 does not fit i64");
    assert_ok(lis_tensor_binary(&ctx, &out, LIS_SUB, &a, &b, &error));
    assert_true(lis_i64(&out)[0] == INT64_C(1) << 53);
    lis_tensor_release(&out);
    assert_ok(lis_tensor_compare(&ctx, &out, LIS_EQ, &a, &a, &error));
    assert_int_equal(lis_u8(&out)[0], 1);
    lis_tensor_release(&out);
    int32_t narrow[1] = {INT32_MAX};
    lis_tensor c = lis_tensor_borrow(LIS_I32, 1, (int64_t[]){1}, narrow);
    assert_int_equal(lis_tensor_binary(&ctx, &out, LIS_MUL, &c, &c, &error), LIS_ERANGE);
    int64_t lowest[1] = {INT64_MIN};
    lis_tensor d = lis_tensor_borrow(LIS_I64, 1, (int64_t[]){1}, lowest);
    assert_int_equal(lis_tensor_unary(&ctx, &out, LIS_NEG, &d, &error), LIS_ERANGE);
    assert_int_equal(lis_tensor_unary(&ctx, &out, LIS_ABS, &d, &error), LIS_ERANGE);
}

static void test_nan_wins_minimum_and_maximum(void **state) {
    (void)state;
    float x[3] = {NAN, 1, NAN}, y[3] = {1, NAN, NAN};
    lis_tensor a = lis_tensor_borrow(LIS_F32, 1, (int64_t[]){3}, x), out;
    lis_tensor b = lis_tensor_borrow(LIS_F32, 1, (int64_t[]){3}, y);
    for (int op = LIS_MINIMUM; op <= LIS_MAXIMUM; op++) {
        assert_ok(lis_tensor_binary(&ctx, &out, (lis_binary)op, &a, &b, &error));
        for (int i = 0; i < 3; i++)
            assert_true(isnan(lis_f32(&out)[i]));
        lis_tensor_release(&out);
    }
}

static void test_updates_in_place(void **state) {
    (void)state;
    lis_tensor x = small_integers(LIS_F32, 40, 33, 7), before,
               row = small_integers(LIS_I32, 33, 0, 8);
    lis_tensor view;
    assert_ok(lis_tensor_copy_as(&before, &x, LIS_F32, &error));
    assert_ok(lis_tensor_update(&ctx, &x, LIS_ADD, -2.0, &row, &error));
    for (int64_t i = 0; i < 40; i++)
        for (int64_t j = 0; j < 33; j++)
            assert_true(at(&x, i, j) == at(&before, i, j) - 2 * at(&row, j, 0));
    assert_ok(lis_tensor_update(&ctx, &x, LIS_SUB, 1.0, &x, &error)); /* itself */
    for (int64_t i = 0; i < 40; i++)
        assert_true(at(&x, i, 5) == 0);
    assert_ok(lis_tensor_slice(&view, &x, 1, 3, 4, &error));
    float three = 3;
    lis_tensor number = lis_tensor_borrow(LIS_F32, 1, (int64_t[]){1}, &three);
    assert_ok(lis_tensor_update(&ctx, &view, LIS_MAXIMUM, 1.0, &number, &error));
    assert_true(at(&x, 9, 3) == 3 && at(&x, 9, 4) == 0);
    assert_int_equal(lis_tensor_update(&ctx, &row, LIS_ADD, 1.0, &x, &error), LIS_ESHAPE);
    assert_string_equal(error.message,
                        "f32 [40, 33] does not stretch to i32 [33], which is updated in place");
    lis_tensor_release(&x);
    lis_tensor_release(&before);
    lis_tensor_release(&row);
}

static void test_integer_updates_keep_their_type(void **state) {
    (void)state;
    uint8_t bytes[2] = {250, 3};
    double half = 0.5;
    lis_tensor t = lis_tensor_borrow(LIS_U8, 1, (int64_t[]){2}, bytes);
    lis_tensor number = lis_tensor_borrow(LIS_F64, 1, (int64_t[]){1}, &half);
    assert_ok(lis_tensor_update(&ctx, &t, LIS_MUL, 1.0, &number, &error));
    assert_int_equal(bytes[0], 125);
    assert_int_equal(bytes[1], 1);
    assert_ok(lis_tensor_update(&ctx, &t, LIS_ADD, 0.5, &t, &error));
    assert_int_equal(bytes[0], 187);
    assert_int_equal(lis_tensor_update(&ctx, &t, LIS_ADD, 1.0, &t, &error), LIS_ERANGE);
}

static void test_fill(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++) {
        lis_tensor t = zeros((lis_dtype)dtype, 50, 40), column;
        assert_ok(lis_tensor_select(&column, &t, 1, 7, &error));
        assert_ok(lis_tensor_fill(&column, 9, &error));
        for (int64_t i = 0; i < 50; i++)
            for (int64_t j = 0; j < 40; j++)
                assert_true(at(&t, i, j) == (j == 7 ? 9 : 0));
        lis_tensor_release(&t);
    }
    lis_tensor t = zeros(LIS_U8, 3, 0);
    assert_int_equal(lis_tensor_fill(&t, 300, &error), LIS_ERANGE);
    assert_true(at(&t, 0, 0) == 0);
    lis_tensor_release(&t);
}

static void test_normalize_rows(void **state) {
    (void)state;
    lis_tensor x = normals(LIS_F32, 100, 9, 1), out;
    memset(lis_f32(&x) + 9 * 5, 0, 9 * sizeof(float));
    lis_f32(&x)[9 * 6] = 1e30F; /* its square overflows f32 */
    assert_ok(lis_tensor_normalize_rows(&ctx, &out, &x, &error));
    for (int64_t i = 0; i < 100; i++) {
        double squares = 0, dot = 0, length = 0;
        for (int64_t j = 0; j < 9; j++) {
            squares += at(&out, i, j) * at(&out, i, j);
            dot += at(&out, i, j) * at(&x, i, j);
            length += at(&x, i, j) * at(&x, i, j);
        }
        assert_near(squares, i == 5 ? 0 : 1, 1e-6);
        assert_near(dot / (i == 5 ? 1 : sqrt(length)), i == 5 ? 0 : 1, 1e-6);
    }
    lis_tensor_release(&out);
    lis_tensor_release(&x);
}

static lis_status make_sum(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    lis_tensor row;
    LIS_TRY(lis_tensor_select(&row, arg, 0, 3, err));
    return lis_tensor_binary(c, out, LIS_ADD, arg, &row, err);
}

static lis_status make_flags(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    lis_tensor row;
    LIS_TRY(lis_tensor_select(&row, arg, 0, 3, err));
    return lis_tensor_compare(c, out, LIS_LT, arg, &row, err);
}

static lis_status make_exp(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    return lis_tensor_unary(c, out, LIS_EXP, arg, err);
}

static lis_status make_unit(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    return lis_tensor_normalize_rows(c, out, arg, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    lis_tensor x = normals(LIS_F32, 5000, 33, 11);
    make_tensor *makes[] = {make_sum, make_flags, make_exp, make_unit};
    for (int k = 0; k < 4; k++) {
        check_threads(makes[k], &x);
        check_memory(makes[k], &x);
        check_interrupt(makes[k], &x);
    }
    lis_tensor_release(&x);
}

static int setup(void **state) {
    (void)state;
    lis_ctx_init(&ctx, 2);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_promotion),
        cmocka_unit_test(test_every_operation_on_every_pair_of_types),
        cmocka_unit_test(test_every_function_on_every_type),
        cmocka_unit_test(test_rows_columns_and_numbers_stretch),
        cmocka_unit_test(test_integers_are_exact_and_do_not_wrap),
        cmocka_unit_test(test_nan_wins_minimum_and_maximum),
        cmocka_unit_test(test_updates_in_place),
        cmocka_unit_test(test_integer_updates_keep_their_type),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_normalize_rows),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
