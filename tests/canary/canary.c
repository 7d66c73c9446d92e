/* Rigged on purpose: run apart, and expected to fail (tests/canary/check.sh). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void sum_is_right(void **state) {
    (void)state;
    assert_int_equal(1 + 1, 2);
}

static void sum_is_wrong(void **state) {
    (void)state;
    assert_int_equal(1 + 1, 3);
}

static void survives(void **state) {
    (void)state;
}

static void dies(void **state) {
    (void)state;
    abort();
}

int main(int argc, char **argv) {
    (void)argv;
    const struct CMUnitTest sums[] = {
        cmocka_unit_test(sum_is_right),
        cmocka_unit_test(sum_is_wrong),
    };
    const struct CMUnitTest crash[] = {
        cmocka_unit_test(survives),
        cmocka_unit_test(dies),
    };
    return argc == 1 ? cmocka_run_group_tests(sums, NULL, NULL)
                     : cmocka_run_group_tests(crash, NULL, NULL);
}
