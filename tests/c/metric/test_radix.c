#include "lis/metric/radix.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Random keys in bits [low, high); the bits below carry the row number, so that ordering by the
 * whole value is the stable order. */
static void fill(uint64_t *rows, int64_t n, int low, int high, uint64_t seed) {
    lis_rng rng = lis_rng_open(seed, "radix", 0);
    uint64_t mask = high == 64 ? UINT64_MAX : (UINT64_C(1) << high) - 1;
    for (int64_t i = 0; i < n; i++)
        rows[i] = (lis_rng_next(&rng) & mask & ~((UINT64_C(1) << low) - 1)) | (uint64_t)i;
}

static void test_order_and_stability(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    const int64_t sizes[] = {0, 1, 2, 47, 48, 49, 1000, 70000, 300001};
    const int widths[][2] = {{32, 64}, {33, 52}, {20, 27}, {24, 24}};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
            int64_t n = sizes[k];
            uint64_t *rows = lis_alloc((size_t)n, 8), *scratch = lis_alloc((size_t)n, 8);
            uint64_t *wanted = lis_alloc((size_t)n, 8), *sorted;
            fill(wanted, n, widths[w][0], widths[w][1], k);
            for (int threads = 1; threads <= 4; threads *= 2) {
                lis_ctx_init(&ctx, threads);
                fill(rows, n, widths[w][0], widths[w][1], k);
                assert_ok(lis_radix_sort(&ctx, rows, scratch, n, widths[w][0], widths[w][1],
                                         &sorted, &error));
                qsort(wanted, (size_t)n, 8, by_value);
                assert_memory_equal(sorted, wanted, (size_t)n * 8);
            }
            lis_free(rows);
            lis_free(scratch);
            lis_free(wanted);
        }
    }
}

static void test_alone(void **state) {
    (void)state;
    const int64_t sizes[] = {0, 1, 2, 3, 48, 49, 500};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        int64_t n = sizes[k];
        uint64_t rows[500], scratch[500], wanted[500];
        fill(rows, n, 10, 43, k);
        memcpy(wanted, rows, sizeof rows);
        qsort(wanted, (size_t)n, 8, by_value);
        assert_memory_equal(lis_radix_sort_alone(rows, scratch, n, 10, 43), wanted, (size_t)n * 8);
    }
}

static void test_key_orders_as_the_float(void **state) {
    (void)state;
    const float ascending[] = {-INFINITY, -3e38f, -2.0f, -1e-40f, 0.0f,
                               1e-45f,    1e-40f, 0.5f,  3e38f,   INFINITY};
    for (size_t i = 1; i < sizeof ascending / sizeof ascending[0]; i++)
        assert_true(lis_radix_key(ascending[i - 1]) < lis_radix_key(ascending[i]));
    assert_int_equal(lis_radix_key(-0.0f), lis_radix_key(0.0f));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_stability),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_key_orders_as_the_float),
    };
    return cmocka_run_group_tests_name("metric/radix", tests, NULL, NULL);
}
