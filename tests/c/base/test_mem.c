#include "lis/base/mem.h"

#include <string.h>

#include "lis/base/parallel.h"
#include "support.h"

static void test_blocks_are_aligned_and_counted(void **state) {
    (void)state;
    lis_mem_stats before = lis_mem_read();
    void *blocks[40];
    int64_t bytes = 0;
    for (size_t i = 0; i < 40; i++) {
        blocks[i] = lis_alloc(i, 7);
        bytes += (int64_t)i * 7;
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % LIS_ALIGN, 0);
        memset(blocks[i], 0xAA, i * 7);
    }
    lis_mem_stats during = lis_mem_read();
    assert_int_equal(during.live_blocks - before.live_blocks, 40);
    assert_int_equal(during.live_bytes - before.live_bytes, bytes);
    assert_int_equal(during.calls - before.calls, 40);
    for (size_t i = 0; i < 40; i++)
        lis_free(blocks[i]);
    lis_mem_stats after = lis_mem_read();
    assert_int_equal(after.live_blocks, before.live_blocks);
    assert_int_equal(after.live_bytes, before.live_bytes);
}

static void test_calloc_is_zeroed_even_after_use(void **state) {
    (void)state;
    for (int round = 0; round < 20; round++) {
        unsigned char *bytes = lis_calloc(1000, 3);
        for (int i = 0; i < 3000; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xFF, 3000);
        lis_free(bytes);
    }
}

static void test_impossible_sizes_give_null(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_bytes;
    assert_null(lis_alloc(SIZE_MAX, 2));
    assert_null(lis_alloc(SIZE_MAX, 1));
    assert_null(lis_calloc((size_t)1 << 40, (size_t)1 << 40));
    assert_int_equal(lis_mem_read().live_bytes, before);
    lis_free(NULL);
}

static void test_realloc_keeps_the_content(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_blocks;
    char *text = lis_realloc(NULL, 4, 1);
    memcpy(text, "abc", 4);
    text = lis_realloc(text, 5000, 1);
    assert_string_equal(text, "abc");
    assert_int_equal((uintptr_t)text % LIS_ALIGN, 0);
    text = lis_realloc(text, 4, 1);
    assert_string_equal(text, "abc");
    lis_mem_fail_after(0);
    assert_null(lis_realloc(text, 10000, 1));
    assert_string_equal(text, "abc");
    lis_free(text);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

static void test_peak_and_limit(void **state) {
    (void)state;
    lis_mem_reset_peak();
    int64_t base = lis_mem_read().live_bytes;
    void *big = lis_alloc(100000, 1);
    lis_free(big);
    assert_int_equal(lis_mem_read().peak_bytes, base + 100000);
    lis_mem_reset_peak();
    assert_int_equal(lis_mem_read().peak_bytes, base);
    lis_mem_limit(base + 1000);
    assert_null(lis_alloc(1001, 1));
    void *fits = lis_alloc(1000, 1);
    assert_non_null(fits);
    assert_null(lis_alloc(1, 1));
    assert_int_equal(lis_mem_room(), 0);
    lis_free(fits);
    assert_int_equal(lis_mem_room(), 1000);
    lis_mem_limit(base > 1 ? base - 1 : 1);
    if (base > 1) assert_int_equal(lis_mem_room(), 0);
    lis_mem_limit(0);
    assert_true(lis_mem_room() > 1 << 20); /* what the machine has */
    assert_int_equal(lis_mem_read().live_bytes, base);
}

static void test_injected_failure_happens_once(void **state) {
    (void)state;
    lis_mem_fail_after(2);
    void *a = lis_alloc(1, 1), *b = lis_alloc(1, 1), *c = lis_alloc(1, 1), *d = lis_alloc(1, 1);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(c);
    assert_non_null(d);
    lis_free(a);
    lis_free(b);
    lis_free(d);
    lis_mem_fail_after(0);
    lis_mem_fail_after(-1);
    void *e = lis_alloc(1, 1);
    assert_non_null(e);
    lis_free(e);
}

static lis_status churn(void *arg, lis_shard shard, lis_error *err) {
    (void)arg;
    (void)err;
    for (int i = 0; i < 100; i++) {
        int64_t *block = lis_calloc((size_t)(shard.index % 7) + 1, sizeof *block);
        if (!block) return LIS_ENOMEM;
        block[0] = shard.index;
        lis_free(block);
    }
    return LIS_OK;
}

static void test_counters_survive_threads(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 4);
    lis_mem_stats before = lis_mem_read();
    assert_int_equal(lis_parallel_for(&ctx, 200, 1, churn, NULL, NULL), LIS_OK);
    lis_mem_stats after = lis_mem_read();
    assert_int_equal(after.live_blocks, before.live_blocks);
    assert_int_equal(after.live_bytes, before.live_bytes);
    assert_int_equal(after.calls, before.calls + 200 * 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_aligned_and_counted),
        cmocka_unit_test(test_calloc_is_zeroed_even_after_use),
        cmocka_unit_test(test_impossible_sizes_give_null),
        cmocka_unit_test(test_realloc_keeps_the_content),
        cmocka_unit_test(test_peak_and_limit),
        cmocka_unit_test(test_injected_failure_happens_once),
        cmocka_unit_test(test_counters_survive_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
