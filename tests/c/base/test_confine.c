#include "lis/base/confine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lis/base/file.h"
#include "support.h"

static lis_error error;
static char folder[] = "/tmp/lis-confine-XXXXXX";

/* Everything happens in the folder: relative paths are what recipes use. */
static int setup(void **state) {
    (void)state;
    if (!mkdtemp(folder) || chdir(folder) != 0) return -1;
    if (mkdir("in", 0777) != 0 || mkdir("in/deep", 0777) != 0 || mkdir("inside", 0777) != 0)
        return -1;
    if (symlink("../inside", "in/way-out") != 0 || symlink("nowhere", "in/dangling") != 0)
        return -1;
    return symlink("in", "way-in");
}

static int remove_folder(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return chdir("/") != 0 || system(command) != 0;
}

static void assert_allowed(const char *path, bool allowed) {
    lis_status status = lis_confine_check(path, &error);
    if ((status == LIS_OK) != allowed) fail_msg("'%s': %s", path, lis_status_name(status));
}

static void test_without_a_folder_everything_is_allowed(void **state) {
    (void)state;
    assert_allowed("/etc/passwd", true);
    assert_allowed("nothing/here", true);
}

static void test_what_lies_inside(void **state) {
    (void)state;
    assert_int_equal(lis_confine_writes("in", &error), LIS_OK);
    assert_allowed("in", true);
    assert_allowed("in/", true);
    assert_allowed("in/new", true);
    assert_allowed("in/new/and/deeper", true);
    assert_allowed("./in/deep/../new", true);
    assert_allowed("way-in/new", true);
    assert_allowed("inside", false); /* begins with the same letters */
    assert_allowed("new", false);
    assert_allowed("", false);
    assert_allowed("in/..", false);
    assert_allowed("in/../new", false);
    assert_allowed("in/new/../../new", false); /* the way through what does not exist */
    assert_allowed("in/way-out/new", false);
    assert_allowed("in/dangling", false);
    assert_allowed("/", false);
    assert_int_equal(lis_confine_writes(NULL, &error), LIS_OK);
}

static void test_a_folder_that_does_not_exist_yet(void **state) {
    (void)state;
    assert_int_equal(lis_confine_writes("later/on", &error), LIS_OK);
    assert_allowed("later/on/file", true);
    assert_allowed("later/file", false);
    assert_int_equal(lis_file_save("later/on/file", "x", 1, &error), LIS_OK);
    assert_int_equal(lis_file_save("later/file", "x", 1, &error), LIS_EIO);
    assert_non_null(strstr(error.message, "writing is confined to '"));
    assert_int_equal(lis_file_make_folder("elsewhere", &error), LIS_EIO);
    assert_int_equal(chdir("in"), 0);
    assert_allowed("../later/on/file", true); /* the folder is what it was at first */
    assert_int_equal(chdir(".."), 0);
    assert_int_equal(lis_confine_writes(NULL, &error), LIS_OK);
}

static void test_paths_beyond_any_limit(void **state) {
    (void)state;
    char path[9000];
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(lis_confine_writes(path, &error), LIS_EIO);
    assert_int_equal(lis_confine_writes("in", &error), LIS_OK);
    assert_allowed(path, false);
    for (size_t i = 0; i + 2 < 4000; i += 2)
        memcpy(path + i, "x/", 2);
    path[4000] = '\0';
    assert_allowed(path, false);
    assert_int_equal(lis_confine_writes(NULL, &error), LIS_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_folder_everything_is_allowed),
        cmocka_unit_test(test_what_lies_inside),
        cmocka_unit_test(test_a_folder_that_does_not_exist_yet),
        cmocka_unit_test(test_paths_beyond_any_limit),
    };
    return cmocka_run_group_tests(tests, setup, remove_folder);
}
