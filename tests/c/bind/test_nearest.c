#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <string.h>

#include "bind/nearest.h"

/* The definition, without a table: exponential, so words are short. */
static int naive_distance(const char *a, size_t m, const char *b, size_t n) {
    if (m == 0 || n == 0) return (int)(2 * (m + n));
    int last = a[m - 1] == b[n - 1] ? 0 : tolower(a[m - 1]) == tolower(b[n - 1]) ? 1 : 2;
    int best = naive_distance(a, m - 1, b, n - 1) + last;
    int dropped = naive_distance(a, m - 1, b, n) + 2;
    int added = naive_distance(a, m, b, n - 1) + 2;
    best = dropped < best ? dropped : best;
    best = added < best ? added : best;
    if (m > 1 && n > 1 && a[m - 1] == b[n - 2] && a[m - 2] == b[n - 1]) {
        int swapped = naive_distance(a, m - 2, b, n - 2) + 2;
        best = swapped < best ? swapped : best;
    }
    return best;
}

static void test_distance_agrees_with_the_definition(void **state) {
    (void)state;
    static const char *const words[] = {"",     "a",     "ab",   "ba",   "abc",   "acb",  "fold",
                                        "flod", "folds", "seed", "sede", "deeds", "Fold", "AB"};
    enum { N = sizeof words / sizeof *words };
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            assert_int_equal(
                lis_edit_distance(words[i], words[j]),
                naive_distance(words[i], strlen(words[i]), words[j], strlen(words[j])));
}

static void test_long_words_are_cut_not_overrun(void **state) {
    (void)state;
    char a[1000], b[1000];
    memset(a, 'a', sizeof a);
    memset(b, 'b', sizeof b);
    a[999] = b[999] = '\0';
    assert_int_equal(lis_edit_distance(a, a), 0);
    assert_int_equal(lis_edit_distance(a, b), 2 * 63);
}

static void test_nearest_is_near_or_nothing(void **state) {
    (void)state;
    static const char *const names[] = {"folds", "seeds", "seed", "threads", NULL};
    assert_string_equal(lis_nearest("fold", names), "folds");
    assert_string_equal(lis_nearest("sede", names), "seed");
    assert_string_equal(lis_nearest("seedz", names), "seeds");
    assert_string_equal(lis_nearest("therads", names), "threads");
    assert_string_equal(lis_nearest("folds", names), "folds");
    assert_string_equal(lis_nearest("thr", names), "threads"); /* the beginning of one name */
    assert_null(lis_nearest("se", names));                     /* of two */
    assert_null(lis_nearest("batch", names));
    assert_null(lis_nearest("xy", names));
    assert_null(lis_nearest("", names));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance_agrees_with_the_definition),
        cmocka_unit_test(test_long_words_are_cut_not_overrun),
        cmocka_unit_test(test_nearest_is_near_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
