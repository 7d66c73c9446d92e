#include "lis/base/folder.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lis/base/file.h"
#include "lis/base/mem.h"
#include "support.h"

static lis_error error;
static char folder[] = "/tmp/lis-folder-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int setup(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void names_come_in_order(void **state) {
    (void)state;
    lis_folder list;
    assert_ok(lis_folder_list(&list, folder, &error));
    assert_int_equal(list.count, 0);
    lis_folder_free(&list);
    for (int i = 39; i >= 0; i--) {
        char name[16];
        snprintf(name, sizeof name, "f%02d", i);
        assert_ok(lis_file_save(in_folder(name), "x", 1, &error));
    }
    assert_ok(lis_file_make_folder(in_folder("a folder"), &error));
    assert_ok(lis_folder_list(&list, folder, &error));
    assert_int_equal(list.count, 41);
    assert_string_equal(list.name[0], "a folder");
    assert_string_equal(list.name[1], "f00");
    assert_string_equal(list.name[40], "f39");
    lis_folder_free(&list);
    lis_folder_free(&list);
}

static void what_is_no_folder(void **state) {
    (void)state;
    lis_folder list;
    assert_true(lis_folder_exists(folder));
    assert_false(lis_folder_exists(in_folder("f00")));
    assert_false(lis_folder_exists(in_folder("none")));
    assert_int_equal(lis_folder_list(&list, in_folder("none"), &error), LIS_EIO);
    assert_non_null(strstr(error.message, "cannot read folder"));
    assert_int_equal(lis_folder_list(&list, in_folder("f00"), &error), LIS_EIO);
    assert_null(list.name);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (int64_t successes = 0;; successes++) {
        lis_folder list;
        int64_t before = lis_mem_read().live_blocks;
        lis_mem_fail_after(successes);
        lis_status status = lis_folder_list(&list, folder, &error);
        lis_mem_fail_after(-1);
        if (status == LIS_OK) lis_folder_free(&list);
        assert_int_equal(lis_mem_read().live_blocks, before);
        if (status == LIS_OK) break;
        assert_int_equal(status, LIS_ENOMEM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_in_order),
        cmocka_unit_test(what_is_no_folder),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, setup, remove_folder);
}
