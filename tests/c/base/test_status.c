#include <errno.h>
#include <string.h>

#include "support.h"

static lis_error error;

static void test_fail_formats_and_returns(void **state) {
    (void)state;
    assert_int_equal(lis_fail(&error, LIS_ESHAPE, "wanted %d, got %s", 3, "x"), LIS_ESHAPE);
    assert_int_equal(error.status, LIS_ESHAPE);
    assert_string_equal(error.message, "wanted 3, got x");
}

static void test_no_error_struct_is_fine(void **state) {
    (void)state;
    assert_int_equal(lis_fail(NULL, LIS_EARG, "%s", "unread"), LIS_EARG);
    assert_int_equal(lis_fail_io(NULL, ENOENT, "cannot open", "x"), LIS_EIO);
    assert_int_equal(lis_fail_nomem(NULL, "a table", 8), LIS_ENOMEM);
}

static void test_a_message_can_be_put_behind_another(void **state) {
    (void)state;
    lis_fail(&error, LIS_EFORMAT, "column 2 is no number");
    lis_fail(&error, error.status, "'%s', line %d: %s", "a.tsv", 7, error.message);
    assert_string_equal(error.message, "'a.tsv', line 7: column 2 is no number");
}

static void test_a_long_message_is_cut(void **state) {
    (void)state;
    char text[3 * LIS_ERROR_MAX];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    lis_fail(&error, LIS_EARG, "%s", text);
    assert_int_equal(strlen(error.message), LIS_ERROR_MAX - 1);
}

static void test_io_errors_name_path_and_reason(void **state) {
    (void)state;
    lis_fail_io(&error, ENOENT, "cannot open", "no/such");
    assert_string_equal(error.message, "cannot open 'no/such': No such file or directory");
    lis_fail_nomem(&error, "a table", 1e9);
    assert_string_equal(error.message, "out of memory for a table (1000000000 bytes)");
}

static void test_every_status_has_a_name(void **state) {
    (void)state;
    for (int status = LIS_OK; status <= LIS_ESTATE; status++)
        assert_string_not_equal(lis_status_name((lis_status)status), "unknown status");
    assert_string_equal(lis_status_name((lis_status)999), "unknown status");
}

static lis_status twice(lis_status first, int *reached) {
    LIS_TRY(first);
    ++*reached;
    return LIS_OK;
}

static void test_try_returns_early(void **state) {
    (void)state;
    int reached = 0;
    assert_int_equal(twice(LIS_EMATH, &reached), LIS_EMATH);
    assert_int_equal(reached, 0);
    assert_int_equal(twice(LIS_OK, &reached), LIS_OK);
    assert_int_equal(reached, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fail_formats_and_returns),
        cmocka_unit_test(test_no_error_struct_is_fine),
        cmocka_unit_test(test_a_message_can_be_put_behind_another),
        cmocka_unit_test(test_a_long_message_is_cut),
        cmocka_unit_test(test_io_errors_name_path_and_reason),
        cmocka_unit_test(test_every_status_has_a_name),
        cmocka_unit_test(test_try_returns_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
