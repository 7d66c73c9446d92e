#include "lis/base/hash.h"

#include <string.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_seed_chains_and_separates),
        cmocka_unit_test(test_every_bit_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
