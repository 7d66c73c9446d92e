#include "lis/tensor/ops_reduce.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "support.h"

static lis_error error;
static lis_ctx ctx;

/* The definition, over n values in a row. */
static double naive_reduce(lis_reduction op, const double *x, int64_t n) {
    double sum = 0, low = x[0], high = x[0], squares = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += x[i];
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    for (int64_t i = 0; i < n; i++)
        squares += (x[i] - sum / (double)n) * (x[i] - sum / (double)n);
    return op == LIS_SUM    ? sum
           : op == LIS_MEAN ? sum / (double)n
           : op == LIS_MIN  ? low
           : op == LIS_MAX  ? high
                            : squares / (double)(n - 1);
}

static double summary_of(lis_reduction op, const lis_summary *s) {
    return op == LIS_SUM    ? s->sum
           : op == LIS_MEAN ? s->mean
           : op == LIS_MIN  ? s->min
           : op == LIS_MAX  ? s->max
                            : lis_summary_variance(s);
}

static void test_summaries_agree_with_the_definition(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++)
        for (int64_t n = 1; n < 200000; n = n * 5 + 2) {
            lis_tensor t = small_integers((lis_dtype)dtype, n, 0, (uint64_t)n);
            double *x = lis_alloc((size_t)n, sizeof *x);
            int64_t nonzero = 0;
            for (int64_t i = 0; i < n; i++) {
                x[i] = lis_tensor_get(&t, &i);
                nonzero += x[i] != 0;
            }
            lis_summary s;
            assert_ok(lis_tensor_summarize(&ctx, &s, &t, &error));
            assert_int_equal(s.n, n);
            assert_int_equal(s.nonzero, nonzero);
            assert_int_equal(s.nans, 0);
            for (int op = LIS_SUM; op <= (n > 1 ? LIS_VARIANCE : LIS_MAX); op++)
                assert_near(summary_of((lis_reduction)op, &s),
                            naive_reduce((lis_reduction)op, x, n), 1e-12);
            lis_free(x);
            lis_tensor_release(&t);
        }
}

/* Values around 1e9 with unit spread: the textbook formula for the variance loses every digit. */
static void test_variance_keeps_its_digits(void **state) {
    (void)state;
    lis_tensor t = normals(LIS_F64, 100000, 0, 3);
    lis_summary near_zero, far_away;
    assert_ok(lis_tensor_summarize(&ctx, &near_zero, &t, &error));
    for (int64_t i = 0; i < 100000; i++)
        lis_f64(&t)[i] += 1e9;
    assert_ok(lis_tensor_summarize(&ctx, &far_away, &t, &error));
    assert_near(lis_summary_variance(&far_away), lis_summary_variance(&near_zero), 1e-7);
    lis_tensor_release(&t);
}

static void test_nan_and_empty(void **state) {
    (void)state;
    float x[4] = {1, NAN, 3, 0};
    lis_tensor t = lis_tensor_borrow(LIS_F32, 1, (int64_t[]){4}, x);
    lis_summary s;
    assert_ok(lis_tensor_summarize(&ctx, &s, &t, &error));
    assert_int_equal(s.nans, 1);
    assert_int_equal(s.nonzero, 3);
    assert_true(isnan(s.sum) && isnan(s.mean) && isnan(s.min) && isnan(s.max));
    t.shape[0] = 0;
    assert_ok(lis_tensor_summarize(&ctx, &s, &t, &error));
    assert_true(s.n == 0 && s.sum == 0 && isnan(s.mean) && isnan(s.min));
    assert_true(isnan(lis_summary_variance(&s)));
}

static void check_reduction(lis_reduction op, const lis_tensor *t, int dim) {
    lis_tensor out;
    double x[100];
    assert_ok(lis_tensor_reduce(&ctx, &out, op, t, dim, &error));
    assert_int_equal(out.ndim, 1);
    assert_int_equal(out.dtype, t->dtype == LIS_F32 ? LIS_F32 : LIS_F64);
    for (int64_t i = 0; i < t->shape[1 - dim]; i++) {
        for (int64_t j = 0; j < t->shape[dim]; j++)
            x[j] = dim == 0 ? at(t, j, i) : at(t, i, j);
        assert_near(at(&out, i, 0), naive_reduce(op, x, t->shape[dim]), 1e-6);
    }
    lis_tensor_release(&out);
}

static void test_reductions_along_each_dimension(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++) {
        lis_tensor t = small_integers((lis_dtype)dtype, 37, 53, 5), view;
        assert_ok(lis_tensor_transpose(&view, &t, 0, 1, &error));
        for (int op = LIS_SUM; op <= LIS_VARIANCE; op++)
            for (int dim = 0; dim < 2; dim++) {
                check_reduction((lis_reduction)op, &t, dim);
                check_reduction((lis_reduction)op, &view, dim);
            }
        lis_tensor_release(&t);
    }
}

static void test_reductions_of_three_dimensions_and_of_one(void **state) {
    (void)state;
    lis_tensor cube, out;
    assert_ok(lis_tensor_new(&cube, LIS_I32, 3, (int64_t[]){3, 4, 5}, &error));
    for (int i = 0; i < 60; i++)
        lis_i32(&cube)[i] = i;
    assert_ok(lis_tensor_reduce(&ctx, &out, LIS_SUM, &cube, 1, &error));
    assert_int_equal(out.shape[0], 3);
    assert_int_equal(out.shape[1], 5);
    for (int64_t i = 0; i < 3; i++)
        for (int64_t k = 0; k < 5; k++)
            assert_true(at(&out, i, k) == (double)(4 * (20 * i + k) + 5 * 6));
    lis_tensor_release(&out);
    lis_tensor_release(&cube);
    lis_tensor line = small_integers(LIS_F32, 1000, 0, 6);
    assert_ok(lis_tensor_reduce(&ctx, &out, LIS_MAX, &line, 0, &error));
    assert_int_equal(lis_tensor_size(&out), 1);
    assert_true(at(&out, 0, 0) == 4);
    lis_tensor_release(&out);
    lis_tensor_release(&line);
}

static void test_impossible_reductions(void **state) {
    (void)state;
    lis_tensor none = zeros(LIS_F32, 0, 3), one = zeros(LIS_F32, 1, 3), out;
    assert_int_equal(lis_tensor_reduce(&ctx, &out, LIS_MIN, &none, 0, &error), LIS_EMATH);
    assert_int_equal(lis_tensor_reduce(&ctx, &out, LIS_VARIANCE, &one, 0, &error), LIS_EMATH);
    assert_string_equal(error.message,
                        "cannot reduce dimension 1 of f32 [1, 3]: it takes at least 2 values");
    assert_int_equal(lis_tensor_reduce(&ctx, &out, LIS_SUM, &one, 2, &error), LIS_ERANGE);
    assert_ok(lis_tensor_reduce(&ctx, &out, LIS_SUM, &none, 0, &error));
    assert_true(at(&out, 2, 0) == 0);
    lis_tensor_release(&out);
    lis_tensor_release(&none);
    lis_tensor_release(&one);
}

static lis_status make_summary(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    lis_summary s;
    LIS_TRY(lis_tensor_summarize(c, &s, arg, err));
    lis_tensor made;
    LIS_TRY(lis_tensor_new_1d(&made, LIS_F64, 5, err));
    memcpy(made.data, (double[]){s.sum, s.mean, s.min, s.max, s.squares}, 5 * sizeof(double));
    *out = made;
    return LIS_OK;
}

static lis_status make_row_means(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    return lis_tensor_reduce(c, out, LIS_MEAN, arg, 1, err);
}

static lis_status make_column_variances(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    return lis_tensor_reduce(c, out, LIS_VARIANCE, arg, 0, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    lis_tensor x = normals(LIS_F32, 7000, 41, 12);
    make_tensor *makes[] = {make_summary, make_row_means, make_column_variances};
    for (int k = 0; k < 3; k++) {
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
        cmocka_unit_test(test_summaries_agree_with_the_definition),
        cmocka_unit_test(test_variance_keeps_its_digits),
        cmocka_unit_test(test_nan_and_empty),
        cmocka_unit_test(test_reductions_along_each_dimension),
        cmocka_unit_test(test_reductions_of_three_dimensions_and_of_one),
        cmocka_unit_test(test_impossible_reductions),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
