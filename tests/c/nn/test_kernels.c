/* Kernels against their definitions, on the set of instructions that LISRUN_ISA names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "../check_near.h"
#include "dropout.h"
#include "naive.h"

enum { ROWS = 3, WIDTH = 150, ROOM = ROWS * (WIDTH + 5) };

/* Same bits: a dropped -x is -0, a dropped NaN is NaN. */
static void check_dropout(const nn_dropout *how, int64_t width, bool add) {
    const nn_kernels *kernels = nn_kernels_best();
    const int64_t ldx = width + 2, ldy = width + 5;
    float x[ROOM], y[ROOM], wanted[ROOM];
    for (int i = 0; i < ROOM; i++) {
        x[i] = i % 29 == 7 ? NAN : 0.5f - (float)(i % 13);
        y[i] = wanted[i] = (float)i;
    }
    for (int64_t r = 0; r < ROWS; r++)
        for (int64_t j = 0; j < width; j++) {
            float masked = x[r * ldx + j] * (float)naive_mask(how, r, j);
            wanted[r * ldy + j] = add ? wanted[r * ldy + j] + masked : masked;
        }
    kernels->dropout(how, y, ldy, x, ldx, ROWS, width, add);
    for (int i = 0; i < ROOM; i++)
        if (isnan(wanted[i]) ? !isnan(y[i]) : memcmp(&y[i], &wanted[i], sizeof y[i]) != 0)
            fail_msg("width %d, float %d: %a, wanted %a", (int)width, i, y[i], wanted[i]);
}

static void test_dropout(void **state) {
    (void)state;
    const double rate[] = {0, 0.2, 0.5, 0.99};
    for (int k = 0; k < 4; k++) {
        nn_dropout how = nn_dropout_of(7, 3, 11, rate[k], 128);
        for (int64_t width = 0; width <= WIDTH; width++) {
            check_dropout(&how, width, false);
            check_dropout(&how, width, true);
        }
    }
}

/* The purpose, the stream and the 16 bits of an element never change: a seed's results would. */
static void test_dropout_is_as_it_was(void **state) {
    (void)state;
    const char kept[] = "1111100010010100001011011010111000001101";
    nn_dropout how = nn_dropout_of(1, 2, 3, 0.5, 0);
    for (int64_t j = 0; j < (int64_t)sizeof kept - 1; j++)
        assert_int_equal(kept[j] == '1', naive_mask(&how, 5, j) == 2);
}

static void check_log_loss(double z, double target) {
    enum { N = 11 };
    double loss[N], slope[N];
    for (int i = 0; i < N; i++) {
        loss[i] = i == N - 1 || i == 0 ? z : 0.1 * i;
        slope[i] = target;
    }
    nn_kernels_best()->log_loss(loss, slope, N);
    const long double small = expl(-fabsl(z)), sigmoid = (z > 0 ? 1 : small) / (1 + small);
    const long double wanted = fmaxl(z, 0) + log1pl(small) - (long double)target * z;
    const long double wanted_slope = sigmoid - target, unit = target > 0 ? 1 : sigmoid;
    for (int i = 0; i < N; i += N - 1) {
        if (!(fabsl(loss[i] - wanted) <= 1e-12L * fmaxl(1, fabsl(z))))
            fail_msg("loss of %g for %g: %.17g, wanted %.17Lg", z, target, loss[i], wanted);
        if (!(fabsl(slope[i] - wanted_slope) <= 1e-12L * unit + 1e-300L))
            fail_msg("slope of %g for %g: %.17g, wanted %.17Lg", z, target, slope[i], wanted_slope);
    }
}

static void test_log_loss(void **state) {
    (void)state;
    const double some[] = {0, 1e-30, 1e-8, 0.3465, 0.3466, 1, 20, 36.7, 100, 700, 708.5, 800, 1e30};
    const double target[] = {0, 1, 0.25};
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
            check_log_loss(some[i], target[k]);
            check_log_loss(-some[i], target[k]);
        }
        for (int i = -4000; i <= 4000; i++)
            check_log_loss(0.0101 * i, target[k]);
    }
}

static void test_log_loss_tells_what_is_not_finite(void **state) {
    (void)state;
    const double z[] = {NAN, INFINITY, -INFINITY, 1, 1}, t[] = {1, 0, 1, NAN, INFINITY};
    enum { N = sizeof z / sizeof z[0] };
    for (int n = 1; n <= N; n++) {
        double loss[N], slope[N];
        memcpy(loss, z, sizeof z);
        memcpy(slope, t, sizeof t);
        nn_kernels_best()->log_loss(loss, slope, n);
        for (int i = 0; i < N; i++)
            assert_true(i < n ? !isfinite(loss[i]) : memcmp(&loss[i], &z[i], sizeof z[i]) == 0);
    }
}

enum { M = 27, N_MAX = 35, K = 37, A_LD = 40, B_LD = N_MAX + NN_PAD };

/* c [m, n] by a read along its rows, or down its columns. */
static void check_product(int64_t m, int64_t n, bool down, bool add) {
    float a[A_LD * A_LD], b[K * B_LD], bias[N_MAX], c[M * N_MAX], before[M * N_MAX];
    for (int i = 0; i < A_LD * A_LD; i++)
        a[i] = (float)(i % 17) - 8;
    for (int i = 0; i < K * B_LD; i++)
        b[i] = (float)(i % 13) / 8 - 0.7f;
    for (int i = 0; i < N_MAX; i++)
        bias[i] = (float)i;
    for (int i = 0; i < M * N_MAX; i++)
        c[i] = before[i] = (float)(i % 7);
    const nn_product p = {.m = m,
                          .n = n,
                          .k = K,
                          .a = a,
                          .a_row = down ? 1 : A_LD,
                          .a_step = down ? A_LD : 1,
                          .b = b,
                          .ldb = B_LD,
                          .panel = NN_PANEL,
                          .c = c,
                          .ldc = N_MAX,
                          .add = add,
                          .bias = add ? NULL : bias,
                          .activation = add ? NN_LINEAR : NN_RELU};
    nn_kernels_best()->product(&p);
    for (int64_t i = 0; i < M; i++)
        for (int64_t j = 0; j < N_MAX; j++) {
            double wanted = add ? before[i * N_MAX + j] : bias[j];
            for (int64_t k = 0; k < K; k++)
                wanted += (double)a[i * p.a_row + k * p.a_step] * b[k * B_LD + j];
            if (!add && wanted < 0) wanted = 0;
            if (i >= m || j >= n) wanted = before[i * N_MAX + j];
            assert_near(c[i * N_MAX + j], wanted, 1e-5);
        }
}

/* Every way that rows are cut into blocks, one register wide and wider. */
static void test_product(void **state) {
    (void)state;
    const int64_t columns[] = {1, 4, 5, 8, 16, 17, N_MAX};
    for (int64_t m = 0; m <= M; m++)
        for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
            for (int k = 0; k < 4; k++)
                check_product(m, columns[i], k & 1, k & 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dropout),  cmocka_unit_test(test_dropout_is_as_it_was),
        cmocka_unit_test(test_log_loss), cmocka_unit_test(test_log_loss_tells_what_is_not_finite),
        cmocka_unit_test(test_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
