#include "lis/base/arena.h"

#include <string.h>

#include "lis/base/mem.h"
#include "support.h"

static void test_blocks_are_aligned_and_apart(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_blocks;
    lis_arena arena;
    lis_arena_init(&arena);
    assert_int_equal(lis_mem_read().live_blocks, before);
    unsigned char *blocks[500];
    for (size_t i = 0; i < 500; i++) {
        blocks[i] = lis_arena_alloc(&arena, i, 3);
        assert_int_equal((uintptr_t)blocks[i] % LIS_ALIGN, 0);
        memset(blocks[i], (int)(i & 0xFF), i * 3);
    }
    for (size_t i = 0; i < 500; i++)
        for (size_t j = 0; j < i * 3; j++)
            assert_int_equal(blocks[i][j], i & 0xFF);
    assert_true(arena.used_bytes >= 500 * 499 / 2 * 3);
    lis_arena_free(&arena);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

static void test_a_block_larger_than_any_chunk(void **state) {
    (void)state;
    lis_arena arena;
    lis_arena_init(&arena);
    char *big = lis_arena_alloc(&arena, 3 << 20, 1);
    assert_non_null(big);
    memset(big, 1, 3 << 20);
    lis_arena_free(&arena);
}

static void test_text_is_copied_and_closed(void **state) {
    (void)state;
    lis_arena arena;
    lis_arena_init(&arena);
    char *text = lis_arena_text(&arena, "abcdef", 3), *empty = lis_arena_text(&arena, NULL, 0);
    assert_string_equal(text, "abc");
    assert_string_equal(empty, "");
    assert_true(text != empty);
    lis_arena_free(&arena);
}

static void test_reset_reuses_the_newest_chunk(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_blocks;
    lis_arena arena;
    lis_arena_init(&arena);
    lis_arena_reset(&arena);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 100; i++)
            assert_non_null(lis_arena_alloc(&arena, 100, 1));
        lis_arena_reset(&arena);
        assert_int_equal(arena.used_bytes, 0);
        assert_int_equal(lis_mem_read().live_blocks, before + 1);
    }
    int64_t calls = lis_mem_read().calls;
    for (int i = 0; i < 50; i++)
        lis_arena_alloc(&arena, 100, 1);
    assert_int_equal(lis_mem_read().calls, calls);
    lis_arena_free(&arena);
}

static void test_failure_leaves_the_arena_usable(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_blocks;
    lis_arena arena;
    lis_arena_init(&arena);
    assert_null(lis_arena_alloc(&arena, SIZE_MAX, 2));
    assert_null(lis_arena_alloc(&arena, SIZE_MAX, 1));
    assert_null(lis_arena_text(&arena, "", SIZE_MAX));
    lis_mem_fail_after(0);
    assert_null(lis_arena_alloc(&arena, 10, 1));
    assert_non_null(lis_arena_alloc(&arena, 10, 1));
    lis_mem_fail_after(0);
    assert_null(lis_arena_alloc(&arena, 1 << 20, 1));
    assert_non_null(lis_arena_text(&arena, "x", 1));
    lis_arena_free(&arena);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_aligned_and_apart),
        cmocka_unit_test(test_a_block_larger_than_any_chunk),
        cmocka_unit_test(test_text_is_copied_and_closed),
        cmocka_unit_test(test_reset_reuses_the_newest_chunk),
        cmocka_unit_test(test_failure_leaves_the_arena_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
