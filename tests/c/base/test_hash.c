#include "lis/base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support.h"

/* XXH3_64bits of "" and "a", as the xxhsum tool prints them: fingerprints must not change between
 * versions, for caches are named by them. */
static void test_known_values(void **state) {
    (void)state;
    assert_true(lis_hash("", 0, 0) == UINT64_C(0x2d06800538d394c2));
    assert_true(lis_hash("a", 1, 0) == UINT64_C(0xe6c632b61e964e1f));
}

static void test_seed_chains_and_separates(void **state) {
    (void)state;
    uint64_t chained = lis_hash("cd", 2, lis_hash("ab", 2, 0));
    assert_true(chained == lis_hash("cd", 2, lis_hash("ab", 2, 0)));
    assert_true(chained != lis_hash("ab", 2, lis_hash("cd", 2, 0)));
    assert_true(lis_hash("ab", 2, 1) != lis_hash("ab", 2, 2));
}

static void test_every_bit_counts(void **state) {
    (void)state;
    unsigned char bytes[300] = {0};
    uint64_t before = lis_hash(bytes, sizeof bytes, 0);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] ^= (unsigned char)(1u << (i % 8));
        assert_true(lis_hash(bytes, sizeof bytes, 0) != before);
        bytes[i] ^= (unsigned char)(1u << (i % 8));
    }
}

static uint64_t hash_of(const char *path, int threads) {
    lis_ctx ctx;
    lis_error error;
    uint64_t hash = 0;
    lis_ctx_init(&ctx, threads);
    assert_ok(lis_hash_file(&ctx, path, &hash, &error));
    return hash;
}

static void test_files_of_any_size(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, (4 << 20) - 1, 4 << 20, (9 << 20) + 7};
    char path[] = "/tmp/lis-hash-XXXXXX";
    int made = mkstemp(path);
    assert_true(made >= 0 && close(made) == 0);
    uint64_t seen[5];
    for (int k = 0; k < 5; k++) {
        char *bytes = calloc(sizes[k] + 1, 1);
        FILE *file = fopen(path, "wb");
        assert_int_equal(fwrite(bytes, 1, sizes[k], file), sizes[k]);
        assert_int_equal(fclose(file), 0);
        seen[k] = hash_of(path, 1);
        assert_true(hash_of(path, 2) == seen[k] && hash_of(path, 4) == seen[k]);
        for (int before = 0; before < k; before++)
            assert_true(seen[before] != seen[k]);
        if (sizes[k] > 0) {
            bytes[sizes[k] - 1] = 1;
            file = fopen(path, "wb");
            assert_int_equal(fwrite(bytes, 1, sizes[k], file), sizes[k]);
            assert_int_equal(fclose(file), 0);
            assert_true(hash_of(path, 2) != seen[k]);
        }
        free(bytes);
    }
    lis_ctx ctx;
    lis_error error;
    uint64_t hash;
    lis_ctx_init(&ctx, 2);
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_hash_file(&ctx, path, &hash, &error), LIS_EINTR);
    unlink(path);
    assert_int_equal(lis_hash_file(&ctx, path, &hash, &error), LIS_EIO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_seed_chains_and_separates),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_files_of_any_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
