#include "support.h"

#include <string.h>

#include "check_near.h"
#include "lis/sparse/spmm.h"
#include "spmm_rows.h"

static lis_error error;

static lis_tensor random_dense(int64_t rows, int64_t columns, uint64_t seed) {
    lis_tensor x;
    lis_rng rng = lis_rng_open(seed, "dense", 0);
    assert_ok(lis_tensor_new_2d(&x, LIS_F32, rows, columns, &error));
    for (int64_t k = 0; k < rows * columns; k++)
        lis_f32(&x)[k] = (float)lis_rng_normal(&rng);
    return x;
}

/* Every entry of the product as the sum it is. */
static void check_product(const lis_csr *a, int64_t width, bool transposed) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    int64_t rows = transposed ? a->columns : a->rows, inner = transposed ? a->rows : a->columns;
    lis_tensor x = random_dense(inner, width, 1), out = random_dense(rows, width, 2);
    if (transposed)
        assert_ok(lis_csr_matmul_transposed(&ctx, &out, a, &x, &error));
    else
        assert_ok(lis_csr_matmul(&ctx, &out, a, &x, &error));
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t j = 0; j < width; j++) {
            double sum = 0;
            for (int64_t c = 0; c < inner; c++)
                sum += (transposed ? csr_at(a, c, r) : csr_at(a, r, c)) *
                       (double)lis_f32(&x)[c * width + j];
            assert_near(lis_f32(&out)[r * width + j], sum, 1e-5);
        }
    }
    lis_tensor_release(&x);
    lis_tensor_release(&out);
}

static void test_every_width_agrees_with_the_sums(void **state) {
    (void)state;
    lis_csr a = random_csr(21, 13, 0.4, 3);
    for (int64_t width = 0; width <= 170; width += width < 36 ? 1 : 13) {
        check_product(&a, width, false);
        check_product(&a, width, true);
    }
    lis_csr_free(&a);
}

/* Small integers: every order of summation and every vector width gives the same bytes. */
static void test_every_kernel_of_this_processor_agrees(void **state) {
    (void)state;
    enum { ROWS = 40, COLUMNS = 30, WIDEST = 150 };
    static float x[COLUMNS * WIDEST], plain[ROWS * WIDEST], out[ROWS * WIDEST];
    lis_csr a = random_csr(ROWS, COLUMNS, 0.4, 5);
    lis_rng rng = lis_rng_open(6, "x", 0);
    for (int k = 0; k < COLUMNS * WIDEST; k++)
        x[k] = (float)lis_rng_below(&rng, 9) - 4;
    lis_rows_fn *kernels[LIS_ROWS_KERNELS];
    int count = lis_rows_kernels(kernels);
    for (int64_t width = 1; width <= WIDEST; width++) {
        kernels[0](&(lis_rows_job){&a, x, plain, width}, 0, ROWS);
        for (int k = 1; k < count; k++) {
            memset(out, 0x7F, sizeof out);
            kernels[k](&(lis_rows_job){&a, x, out, width}, 0, ROWS);
            assert_memory_equal(out, plain, sizeof(float) * ROWS * (size_t)width);
        }
    }
    lis_csr_free(&a);
}

static void test_empty_and_single_rows(void **state) {
    (void)state;
    lis_csr empty = random_csr(4, 3, 0, 1), none = random_csr(0, 3, 0, 1),
            one = random_csr(1, 40, 1, 1);
    check_product(&empty, 20, false);
    check_product(&none, 20, false);
    check_product(&one, 20, false);
    check_product(&one, 20, true);
    lis_csr_free(&empty);
    lis_csr_free(&none);
    lis_csr_free(&one);
}

static void test_errors_print_both_shapes(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_csr a = random_csr(4, 3, 0.5, 1);
    lis_tensor x = random_dense(4, 2, 1), out = random_dense(4, 2, 1);
    assert_int_equal(lis_csr_matmul(&ctx, &out, &a, &x, &error), LIS_ESHAPE);
    assert_non_null(strstr(error.message, "'x'"));
    lis_tensor_release(&x);
    x = random_dense(3, 2, 1);
    lis_tensor_release(&out);
    out = random_dense(4, 3, 1);
    assert_int_equal(lis_csr_matmul(&ctx, &out, &a, &x, &error), LIS_ESHAPE);
    assert_int_equal(lis_csr_matmul_transposed(&ctx, &out, &a, &x, &error), LIS_ESHAPE);
    x.dtype = LIS_I32;
    assert_int_equal(lis_csr_matmul(&ctx, &out, &a, &x, &error), LIS_EDTYPE);
    x.dtype = LIS_F32;
    lis_tensor_release(&x);
    lis_tensor_release(&out);
    lis_csr_free(&a);
}

static void test_same_bytes_at_any_thread_count(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_csr a = random_csr(500, 300, 0.2, 4);
    lis_tensor x = random_dense(300, 45, 1), alone = random_dense(500, 45, 2), many;
    lis_ctx_init(&ctx, 1);
    assert_ok(lis_csr_matmul(&ctx, &alone, &a, &x, &error));
    for (int threads = 2; threads <= 4; threads *= 2) {
        lis_ctx_init(&ctx, threads);
        many = random_dense(500, 45, 3);
        assert_ok(lis_csr_matmul(&ctx, &many, &a, &x, &error));
        assert_memory_equal(lis_f32(&many), lis_f32(&alone), sizeof(float) * 500 * 45);
        lis_tensor_release(&many);
    }
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_csr_matmul(&ctx, &alone, &a, &x, &error), LIS_EINTR);
    lis_tensor_release(&x);
    lis_tensor_release(&alone);
    lis_csr_free(&a);
}

static void test_transposed_product_survives_failing_allocations(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr a = random_csr(30, 20, 0.2, 4);
    lis_tensor x = random_dense(30, 5, 1), out = random_dense(20, 5, 2);
    int64_t before = lis_mem_read().live_blocks;
    lis_status status = LIS_ENOMEM;
    for (int64_t successes = 0; status != LIS_OK; successes++) {
        lis_mem_fail_after(successes);
        status = lis_csr_matmul_transposed(&ctx, &out, &a, &x, &error);
        lis_mem_fail_after(-1);
        assert_true(status == LIS_OK || status == LIS_ENOMEM);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
    lis_tensor_release(&x);
    lis_tensor_release(&out);
    lis_csr_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_width_agrees_with_the_sums),
        cmocka_unit_test(test_every_kernel_of_this_processor_agrees),
        cmocka_unit_test(test_empty_and_single_rows),
        cmocka_unit_test(test_errors_print_both_shapes),
        cmocka_unit_test(test_same_bytes_at_any_thread_count),
        cmocka_unit_test(test_transposed_product_survives_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
