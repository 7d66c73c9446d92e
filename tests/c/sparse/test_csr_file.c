#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lis/base/file.h"
#include "lis/sparse/csr_file.h"

static lis_error error;
static char path[64];

static int make_path(void **state) {
    (void)state;
    strcpy(path, "/tmp/lis-csr-XXXXXX");
    int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int remove_path(void **state) {
    (void)state;
    return unlink(path);
}

/* The saved bytes, for tampering. */
static unsigned char *saved_bytes(size_t *size) {
    lis_file_map map = {0};
    assert_ok(lis_file_map_open(&map, path, &error));
    unsigned char *bytes = test_malloc(map.size + 1);
    memcpy(bytes, map.bytes, map.size);
    *size = map.size;
    lis_file_map_close(&map);
    return bytes;
}

/* Without the sync of lis_file_save: thousands of damaged files are written here. */
static void overwrite(const unsigned char *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void test_what_is_saved_is_loaded(void **state) {
    (void)state;
    for (int n = 0; n < 3; n++) {
        lis_csr csr = random_csr(n * 7, n * 5, 0.4, 1), back;
        assert_ok(lis_csr_save(&csr, path, &error));
        assert_ok(lis_csr_load(&back, path, &error));
        assert_csr_equal(&csr, &back);
        lis_csr_free(&csr);
        lis_csr_free(&back);
    }
}

static void test_every_truncation_and_every_flipped_bit_is_an_error(void **state) {
    (void)state;
    lis_csr csr = random_csr(5, 6, 0.4, 2), back;
    size_t size;
    assert_ok(lis_csr_save(&csr, path, &error));
    unsigned char *bytes = saved_bytes(&size);
    for (size_t length = 0; length < size; length++) {
        overwrite(bytes, length);
        assert_int_equal(lis_csr_load(&back, path, &error), LIS_EFORMAT);
        assert_null(back.offset);
    }
    bytes[size] = 0;
    overwrite(bytes, size + 1);
    assert_int_equal(lis_csr_load(&back, path, &error), LIS_EFORMAT);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        overwrite(bytes, size);
        assert_int_equal(lis_csr_load(&back, path, &error), LIS_EFORMAT);
        assert_non_null(strstr(error.message, path));
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    test_free(bytes);
    lis_csr_free(&csr);
}

/* Files whose checksum is right and whose content is not. */
static void load_broken(const lis_csr *csr, const char *words) {
    lis_csr back;
    assert_ok(lis_csr_save(csr, path, &error));
    assert_int_equal(lis_csr_load(&back, path, &error), LIS_EFORMAT);
    assert_non_null(strstr(error.message, words));
}

static void test_a_right_checksum_is_not_believed(void **state) {
    (void)state;
    lis_csr csr = random_csr(4, 6, 1, 3);
    csr.column[7] = csr.column[8];
    load_broken(&csr, "row 1 has column 2 after 2");
    csr.column[7] = -1;
    load_broken(&csr, "row 1 has column -1");
    csr.column[7] = 6;
    load_broken(&csr, "stay below 6");
    csr.column[7] = 1;
    csr.offset[0] = 1;
    load_broken(&csr, "offset 0 is 1");
    csr.offset[0] = 0;
    csr.offset[2] = 100;
    load_broken(&csr, "offset 2 is 100");
    csr.offset[2] = 12;
    csr.offset[4] = 23;
    load_broken(&csr, "rows end at 23 of 24");
    lis_csr_free(&csr);
}

static void test_missing_files_and_folders(void **state) {
    (void)state;
    lis_csr csr = random_csr(2, 2, 1, 3), back;
    assert_int_equal(lis_csr_load(&back, "/no/such/file", &error), LIS_EIO);
    assert_int_equal(lis_csr_save(&csr, "/dev/null/x", &error), LIS_EIO);
    lis_csr_free(&csr);
}

static lis_status make_loaded(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    (void)ctx, (void)arg;
    return lis_csr_load(out, path, err);
}

static void test_failing_allocations(void **state) {
    (void)state;
    lis_csr csr = random_csr(5, 6, 0.4, 2);
    assert_ok(lis_csr_save(&csr, path, &error));
    check_memory(make_loaded, NULL);
    lis_csr_free(&csr);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_saved_is_loaded),
        cmocka_unit_test(test_every_truncation_and_every_flipped_bit_is_an_error),
        cmocka_unit_test(test_a_right_checksum_is_not_believed),
        cmocka_unit_test(test_missing_files_and_folders),
        cmocka_unit_test(test_failing_allocations),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
