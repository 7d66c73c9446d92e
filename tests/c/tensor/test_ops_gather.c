#include "lis/tensor/ops_gather.h"

#include <math.h>
#include <string.h>

#include "lis/base/rng.h"
#include "support.h"

static lis_error error;
static lis_ctx ctx;

static void test_take_agrees_with_the_definition(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++)
        for (int64_t width = 0; width <= 5; width += 5) {
            lis_tensor table = small_integers((lis_dtype)dtype, 50, width, 1), out;
            lis_tensor index = codes(333, -1, 50, 2);
            assert_ok(lis_tensor_take(&ctx, &out, &table, &index, &error));
            assert_int_equal(out.shape[0], 333);
            assert_int_equal(out.ndim, table.ndim);
            for (int64_t i = 0; i < 333; i++)
                for (int64_t j = 0; j < (width ? width : 1); j++) {
                    int32_t from = lis_i32(&index)[i];
                    assert_true(at(&out, i, j) == (from < 0 ? 0 : at(&table, from, j)));
                }
            lis_tensor_release(&out);
            lis_tensor_release(&table);
            lis_tensor_release(&index);
        }
}

static void test_bad_codes_are_named_before_any_write(void **state) {
    (void)state;
    lis_tensor table = small_integers(LIS_F32, 5, 2, 1), out = small_integers(LIS_F32, 4, 2, 2);
    int32_t high[] = {0, 4, 5, 9}, low[] = {0, -1, -2, 1};
    lis_tensor index = lis_tensor_borrow(LIS_I32, 1, (int64_t[]){4}, high), before;
    assert_ok(lis_tensor_copy_as(&before, &out, LIS_F32, &error));
    assert_int_equal(lis_gather_rows(&ctx, &out, &table, &index, &error), LIS_ERANGE);
    assert_string_equal(error.message, "'index' row 3: code 5 is outside [0, 5) and is not -1");
    index.data = low;
    assert_int_equal(lis_gather_rows(&ctx, &out, &table, &index, &error), LIS_ERANGE);
    assert_int_equal(lis_scatter_add_rows(&ctx, &table, &index, &out, &error), LIS_ERANGE);
    assert_same(&before, &out);
    lis_tensor_release(&table);
    lis_tensor_release(&out);
    lis_tensor_release(&before);
}

static void test_misfits_name_both_shapes(void **state) {
    (void)state;
    lis_tensor table = zeros(LIS_F32, 5, 2), out = zeros(LIS_F32, 4, 3),
               wide = zeros(LIS_F64, 4, 2);
    lis_tensor index = codes(4, 0, 5, 1), flags = zeros(LIS_U8, 4, 0), view, taken;
    assert_int_equal(lis_gather_rows(&ctx, &out, &table, &index, &error), LIS_ESHAPE);
    assert_string_equal(error.message, "'out' f32 [4, 3] and 'table' f32 [5, 2] must agree in type "
                                       "and in the shape of a row");
    assert_int_equal(lis_gather_rows(&ctx, &wide, &table, &index, &error), LIS_EDTYPE);
    assert_int_equal(lis_tensor_take(&ctx, &taken, &table, &table, &error), LIS_ESHAPE);
    assert_int_equal(lis_scatter_add_rows(&ctx, &flags, &index, &flags, &error), LIS_EDTYPE);
    assert_ok(lis_tensor_transpose(&view, &table, 0, 1, &error));
    lis_tensor short_index = codes(1, 0, 2, 1);
    assert_int_equal(lis_tensor_take(&ctx, &taken, &view, &short_index, &error), LIS_ESHAPE);
    assert_non_null(strstr(error.message, "strided view"));
    lis_tensor_release(&table);
    lis_tensor_release(&out);
    lis_tensor_release(&wide);
    lis_tensor_release(&index);
    lis_tensor_release(&flags);
    lis_tensor_release(&short_index);
}

/* The plain loop in the tensor's own arithmetic: bit for bit, at any thread count and size. */
static void check_scatter(lis_dtype dtype, int64_t n, int threads) {
    enum { V = 300, D = 3 };
    lis_ctx many;
    lis_ctx_init(&many, threads);
    bool real = dtype == LIS_F32 || dtype == LIS_F64;
    lis_tensor table = real ? normals(dtype, V, D, 1) : small_integers(dtype, V, D, 1), wanted;
    lis_tensor rows = real ? normals(dtype, n, D, 2) : small_integers(dtype, n, D, 2);
    lis_tensor index = codes(n, -1, V, 3);
    assert_ok(lis_tensor_copy_as(&wanted, &table, dtype, &error));
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < D && lis_i32(&index)[i] >= 0; j++) {
            int64_t to = (int64_t)lis_i32(&index)[i] * D + j, from = i * D + j;
            if (dtype == LIS_F32)
                lis_f32(&wanted)[to] += lis_f32(&rows)[from];
            else if (dtype == LIS_F64)
                lis_f64(&wanted)[to] += lis_f64(&rows)[from];
            else if (dtype == LIS_I32)
                lis_i32(&wanted)[to] += lis_i32(&rows)[from];
            else
                lis_i64(&wanted)[to] += lis_i64(&rows)[from];
        }
    assert_ok(lis_scatter_add_rows(&many, &table, &index, &rows, &error));
    assert_same(&wanted, &table);
    lis_tensor_release(&table);
    lis_tensor_release(&wanted);
    lis_tensor_release(&rows);
    lis_tensor_release(&index);
}

static void test_scatter_is_the_plain_loop(void **state) {
    (void)state;
    for (int dtype = 0; dtype < LIS_U8; dtype++)
        for (int threads = 1; threads <= 4; threads *= 2) {
            check_scatter((lis_dtype)dtype, 1000, threads);
            check_scatter((lis_dtype)dtype, 100000, threads);
        }
}

static void test_scatter_memory(void **state) {
    (void)state;
    lis_tensor table = zeros(LIS_F32, 10, 2), rows = normals(LIS_F32, 100000, 2, 1);
    lis_tensor index = codes(100000, 0, 10, 1);
    int64_t before = lis_mem_read().live_blocks;
    for (int64_t successes = 0; successes < 2; successes++) {
        lis_mem_fail_after(successes);
        assert_int_equal(lis_scatter_add_rows(&ctx, &table, &index, &rows, &error), LIS_ENOMEM);
        assert_int_equal(lis_mem_read().live_blocks, before);
        assert_true(at(&table, 0, 0) == 0);
    }
    lis_tensor_release(&table);
    lis_tensor_release(&rows);
    lis_tensor_release(&index);
}

static void test_concat_along_each_dimension(void **state) {
    (void)state;
    lis_tensor a = small_integers(LIS_I32, 4, 3, 1), b = small_integers(LIS_I32, 2, 3, 2), out, t;
    const lis_tensor *tall[] = {&a, &b, &a};
    assert_ok(lis_tensor_concat(&out, tall, 3, 0, &error));
    assert_int_equal(out.shape[0], 10);
    for (int64_t i = 0; i < 10; i++)
        for (int64_t j = 0; j < 3; j++)
            assert_true(at(&out, i, j) == (i < 4   ? at(&a, i, j)
                                           : i < 6 ? at(&b, i - 4, j)
                                                   : at(&a, i - 6, j)));
    lis_tensor_release(&out);
    assert_ok(lis_tensor_transpose(&t, &b, 0, 1, &error)); /* [3, 2], a view */
    lis_tensor c = small_integers(LIS_I32, 3, 4, 3);
    const lis_tensor *flat[] = {&t, &c};
    assert_ok(lis_tensor_concat(&out, flat, 2, 1, &error));
    for (int64_t i = 0; i < 3; i++)
        for (int64_t j = 0; j < 6; j++)
            assert_true(at(&out, i, j) == (j < 2 ? at(&b, j, i) : at(&c, i, j - 2)));
    lis_tensor_release(&out);
    assert_int_equal(lis_tensor_concat(&out, flat, 2, 0, &error), LIS_ESHAPE);
    assert_string_equal(error.message,
                        "part 2, i32 [3, 4], does not fit behind part 1, i32 [3, 2], "
                        "along dimension 1");
    assert_int_equal(lis_tensor_concat(&out, flat, 2, 2, &error), LIS_ERANGE);
    assert_int_equal(lis_tensor_concat(&out, flat, 0, 0, &error), LIS_EARG);
    lis_tensor_release(&a);
    lis_tensor_release(&b);
    lis_tensor_release(&c);
}

static void test_nonzero_lists_codes(void **state) {
    (void)state;
    for (int dtype = 0; dtype < DTYPES; dtype++) {
        lis_tensor t = small_integers((lis_dtype)dtype, 2000, 0, 4), out;
        assert_ok(lis_tensor_nonzero(&out, &t, &error));
        int64_t k = 0;
        for (int64_t i = 0; i < 2000; i++)
            if (at(&t, i, 0) != 0) assert_int_equal(lis_i32(&out)[k++], i);
        assert_int_equal(out.shape[0], k);
        lis_tensor_release(&out);
        lis_tensor_release(&t);
    }
    lis_tensor square = zeros(LIS_U8, 2, 2), out;
    assert_int_equal(lis_tensor_nonzero(&out, &square, &error), LIS_ESHAPE);
    lis_tensor_release(&square);
}

static void test_bincount_counts_and_weighs(void **state) {
    (void)state;
    lis_tensor index = codes(5000, -1, 20, 5), weight = normals(LIS_F32, 5000, 0, 6), out;
    double count[20] = {0}, sum[20] = {0};
    for (int64_t i = 0; i < 5000; i++) {
        int32_t code = lis_i32(&index)[i];
        if (code < 0) continue;
        count[code]++;
        sum[code] += (double)lis_f32(&weight)[i];
    }
    assert_ok(lis_tensor_bincount(&out, &index, NULL, 20, &error));
    assert_int_equal(out.dtype, LIS_F64);
    assert_memory_equal(out.data, count, sizeof count);
    lis_tensor_release(&out);
    assert_ok(lis_tensor_bincount(&out, &index, &weight, 20, &error));
    assert_memory_equal(out.data, sum, sizeof sum);
    lis_tensor_release(&out);
    assert_int_equal(lis_tensor_bincount(&out, &index, NULL, 19, &error), LIS_ERANGE);
    weight.shape[0] = 4999;
    assert_int_equal(lis_tensor_bincount(&out, &index, &weight, 20, &error), LIS_ESHAPE);
    lis_tensor_release(&index);
    lis_tensor_release(&weight);
}

typedef struct gather_input {
    lis_tensor table, index;
} gather_input;

static lis_status make_taken(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    gather_input *in = arg;
    return lis_tensor_take(c, out, &in->table, &in->index, err);
}

static lis_status make_joined(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    (void)c;
    gather_input *in = arg;
    return lis_tensor_concat(out, (const lis_tensor *[]){&in->table, &in->table}, 2, 1, err);
}

static lis_status make_codes(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    (void)c;
    return lis_tensor_nonzero(out, &((gather_input *)arg)->index, err);
}

static lis_status make_counts(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    (void)c;
    return lis_tensor_bincount(out, &((gather_input *)arg)->index, NULL, 700, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    gather_input in = {.table = normals(LIS_F32, 700, 19, 1), .index = codes(90000, -1, 700, 2)};
    check_threads(make_taken, &in);
    check_memory(make_taken, &in);
    check_interrupt(make_taken, &in);
    check_memory(make_joined, &in);
    check_memory(make_codes, &in);
    check_memory(make_counts, &in);
    lis_tensor_release(&in.table);
    lis_tensor_release(&in.index);
}

static int setup(void **state) {
    (void)state;
    lis_ctx_init(&ctx, 2);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take_agrees_with_the_definition),
        cmocka_unit_test(test_bad_codes_are_named_before_any_write),
        cmocka_unit_test(test_misfits_name_both_shapes),
        cmocka_unit_test(test_scatter_is_the_plain_loop),
        cmocka_unit_test(test_scatter_memory),
        cmocka_unit_test(test_concat_along_each_dimension),
        cmocka_unit_test(test_nonzero_lists_codes),
        cmocka_unit_test(test_bincount_counts_and_weighs),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
