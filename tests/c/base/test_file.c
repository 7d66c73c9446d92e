#include "lis/base/file.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lis/base/mem.h"
#include "support.h"

static lis_error error;
static char folder[] = "/tmp/lis-file-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[4][256];
    static int turn;
    char *text = path[turn++ % 4];
    snprintf(text, sizeof path[0], "%s/%s", folder, name);
    return text;
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

static int entries(const char *path) {
    int count = 0;
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    if (dir) closedir(dir);
    return count;
}

static void assert_content(const char *path, const char *wanted) {
    lis_file_map map = {0};
    assert_ok(lis_file_map_open(&map, path, &error));
    assert_int_equal(map.size, strlen(wanted));
    assert_memory_equal(map.bytes, wanted, map.size);
    lis_file_map_close(&map);
}

static void test_save_and_map(void **state) {
    (void)state;
    const char *path = in_folder("save/a/b.txt");
    assert_ok(lis_file_save(path, "one", 3, &error));
    assert_content(path, "one");
    assert_ok(lis_file_save(path, "twenty", 6, &error));
    assert_content(path, "twenty");
    assert_int_equal(entries(in_folder("save/a")), 1);
    assert_ok(lis_file_save(in_folder("save/empty"), NULL, 0, &error));
    lis_file_map map = {0};
    assert_ok(lis_file_map_open(&map, in_folder("save/empty"), &error));
    assert_int_equal(map.size, 0);
    assert_non_null(map.bytes);
    lis_file_map_close(&map);
    lis_file_map_close(&map);
}

static void test_a_part_is_a_mapping_of_its_own(void **state) {
    (void)state;
    enum { SIZE = 20000 };
    static char content[SIZE];
    const char *path = in_folder("part");
    for (int i = 0; i < SIZE; i++)
        content[i] = (char)(i * 7);
    lis_file_map whole = {0}, part = {0};
    lis_file_stamp before, after;
    assert_ok(lis_file_save(path, content, SIZE, &error));
    assert_ok(lis_file_look(&before, path, &error));
    assert_int_equal(before.size, SIZE);
    assert_true(before.modified > 0);
    assert_ok(lis_file_map_open(&whole, path, &error));
    assert_ok(lis_file_map_part(&part, &whole, path, 5000, 15001, &error));
    assert_int_equal(part.size, 10001);
    assert_memory_equal(part.bytes, content + 5000, 10001);
    ((char *)part.base)[part.extent - 1] = 99; /* the file and the other mapping stay */
    lis_file_map_forget(&whole, 0, SIZE);
    assert_memory_equal(whole.bytes, content, SIZE);
    lis_file_map_close(&part);
    assert_ok(lis_file_look(&after, path, &error));
    assert_int_equal(after.modified, before.modified);
    assert_ok(lis_file_save(path, content, SIZE, &error));
    assert_int_equal(lis_file_map_part(&part, &whole, path, 0, 1, &error), LIS_EIO);
    assert_non_null(strstr(error.message, "was replaced"));
    assert_int_equal(lis_file_look(&after, folder, &error), LIS_EIO);
    assert_int_equal(lis_file_look(&after, in_folder("none"), &error), LIS_EIO);
    lis_file_map_close(&whole);
    unlink(path);
}

static void test_a_head_is_completed_last(void **state) {
    (void)state;
    lis_file file = {0};
    const char *path = in_folder("head");
    assert_ok(lis_file_create(&file, path, &error));
    assert_ok(lis_file_write(&file, "....body", 8, &error));
    assert_ok(lis_file_rewind(&file, &error));
    assert_ok(lis_file_write(&file, "head", 4, &error));
    assert_ok(lis_file_commit(&file, &error));
    assert_int_equal(lis_file_rewind(&file, &error), LIS_ESTATE);
    assert_content(path, "headbody");
    unlink(path);
}

static void test_nothing_shows_before_commit(void **state) {
    (void)state;
    const char *path = in_folder("slow/x");
    lis_file file = {0};
    assert_ok(lis_file_create(&file, path, &error));
    assert_ok(lis_file_write(&file, "half", 4, &error));
    assert_int_equal(access(path, F_OK), -1);
    assert_ok(lis_file_commit(&file, &error));
    assert_content(path, "half");
    assert_int_equal(lis_file_write(&file, "x", 1, &error), LIS_ESTATE);
    assert_int_equal(lis_file_commit(&file, &error), LIS_ESTATE);
    lis_file_abort(&file);
    assert_content(path, "half");
}

static void test_abort_leaves_the_earlier_file(void **state) {
    (void)state;
    const char *path = in_folder("abort/x");
    assert_ok(lis_file_save(path, "old", 3, &error));
    lis_file file = {0};
    assert_ok(lis_file_create(&file, path, &error));
    assert_ok(lis_file_write(&file, "new", 3, &error));
    lis_file_abort(&file);
    lis_file_abort(&file);
    assert_content(path, "old");
    assert_int_equal(entries(in_folder("abort")), 1);
}

/* A process that dies in the middle of writing: the final name keeps its old content. */
static void test_crash_leaves_the_earlier_file(void **state) {
    (void)state;
    const char *path = in_folder("crash/x");
    assert_ok(lis_file_save(path, "old", 3, &error));
    pid_t child = fork();
    if (child == 0) {
        lis_file file = {0};
        if (lis_file_create(&file, path, NULL) == LIS_OK) {
            lis_file_write(&file, "new", 3, NULL);
            fflush(file.stream);
        }
        _exit(0); /* no commit, no abort */
    }
    int how;
    waitpid(child, &how, 0);
    assert_content(path, "old");
    assert_ok(lis_file_save(path, "newer", 5, &error)); /* the child's leftover is not in the way */
    assert_content(path, "newer");
}

static void test_two_writers_do_not_meet(void **state) {
    (void)state;
    const char *path = in_folder("pair/x");
    lis_file a = {0}, b = {0};
    assert_ok(lis_file_create(&a, path, &error));
    assert_ok(lis_file_create(&b, path, &error));
    assert_string_not_equal(a.temporary, b.temporary);
    assert_ok(lis_file_write(&a, "aaa", 3, &error));
    assert_ok(lis_file_write(&b, "b", 1, &error));
    assert_ok(lis_file_commit(&b, &error));
    assert_ok(lis_file_commit(&a, &error));
    assert_content(path, "aaa");
}

static void test_a_full_disk_is_reported_and_cleaned(void **state) {
    (void)state;
    const char *path = in_folder("full/x");
    static const char block[1 << 16];
    lis_file file = {0};
    assert_ok(lis_file_create(&file, path, &error));
    FILE *full = freopen("/dev/full", "wb", file.stream);
    assert_non_null(full);
    lis_status status = LIS_OK;
    for (int i = 0; i < 4 && status == LIS_OK; i++)
        status = lis_file_write(&file, block, sizeof block, &error);
    assert_int_equal(status, LIS_EIO);
    assert_non_null(strstr(error.message, path));
    assert_int_equal(lis_file_commit(&file, &error), LIS_EIO);
    assert_int_equal(entries(in_folder("full")), 0);
}

static void test_errors_name_the_path(void **state) {
    (void)state;
    lis_file_map map = {0};
    const char *missing = in_folder("missing");
    assert_int_equal(lis_file_map_open(&map, missing, &error), LIS_EIO);
    assert_non_null(strstr(error.message, missing));
    assert_int_equal(lis_file_map_open(&map, folder, &error), LIS_EIO);
    assert_non_null(strstr(error.message, "not a regular file"));
    assert_ok(lis_file_save(in_folder("plain"), "x", 1, &error));
    assert_int_equal(lis_file_save(in_folder("plain/below"), "x", 1, &error), LIS_EIO);
    assert_int_equal(lis_file_make_folder(in_folder("plain"), &error), LIS_EIO);
    assert_ok(lis_file_make_folder(in_folder("deep/er/est/"), &error));
    assert_ok(lis_file_make_folder(in_folder("deep/er/est"), &error));
    assert_int_equal(lis_file_save(in_folder("deep"), "x", 1, &error), LIS_EIO);
    assert_int_equal(entries(in_folder("deep")), 1);
}

static void test_memory_failures_leave_nothing(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_blocks;
    const char *path = in_folder("sweep/x");
    lis_status status = LIS_ENOMEM;
    for (int64_t successes = 0; status != LIS_OK; successes++) {
        assert_int_equal(entries(in_folder("sweep")), 0);
        lis_mem_fail_after(successes);
        status = lis_file_save(path, "text", 4, &error);
        lis_mem_fail_after(-1);
        assert_true(status == LIS_OK || status == LIS_ENOMEM);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
    assert_content(path, "text");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_save_and_map),
        cmocka_unit_test(test_a_part_is_a_mapping_of_its_own),
        cmocka_unit_test(test_a_head_is_completed_last),
        cmocka_unit_test(test_nothing_shows_before_commit),
        cmocka_unit_test(test_abort_leaves_the_earlier_file),
        cmocka_unit_test(test_crash_leaves_the_earlier_file),
        cmocka_unit_test(test_two_writers_do_not_meet),
        cmocka_unit_test(test_a_full_disk_is_reported_and_cleaned),
        cmocka_unit_test(test_errors_name_the_path),
        cmocka_unit_test(test_memory_failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, setup, remove_folder);
}
