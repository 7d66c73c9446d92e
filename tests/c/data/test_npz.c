#include "support.h"

#include "lis/data/npz.h"
#include "npz_golden.h"

#define BYTES(array) array, sizeof array

static lis_ctx *one_thread(void) {
    static lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    return &ctx;
}

static lis_status parse(lis_tensor *out, const void *bytes, size_t size, const char *name,
                        lis_error *err) {
    void *copy = malloc(size + 1); /* its own block: a read past the end is seen */
    memcpy(copy, bytes, size);
    lis_status status = lis_npz_parse(one_thread(), out, "v.npz", copy, size, name, err);
    free(copy);
    return status;
}

static void numpys_archives_are_read(void **state) {
    (void)state;
    static const struct {
        const unsigned char *bytes;
        size_t size;
        const char *name, *what;
    } cases[] = {
        {BYTES(npz_stored), "title", "f32 [2, 3]"},
        {BYTES(npz_stored), "ids", "i64 [3]"},
        {BYTES(npz_deflated), "title", "i32 [200, 3]"},
        {BYTES(npz_deflated), NULL, "i32 [200, 3]"},
        {BYTES(npz_wide), "title", "f32 [2, 3]"},
        {BYTES(npz_wide), "ids", "i64 [3]"},
        {BYTES(npz_wide_deflated), NULL, "i32 [200, 3]"},
        {BYTES(npz_commented), NULL, "f32 [2, 3]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error;
        lis_tensor tensor, flat;
        char text[LIS_TENSOR_TEXT];
        int64_t all = -1;
        assert_ok(parse(&tensor, cases[i].bytes, cases[i].size, cases[i].name, &error));
        assert_string_equal(lis_tensor_describe(&tensor, text), cases[i].what);
        assert_ok(lis_tensor_reshape(&flat, &tensor, 1, &all, &error));
        for (int64_t k = 0; k < flat.shape[0]; k++)
            assert_true(lis_tensor_get(&flat, &k) == (double)k);
        lis_tensor_release(&tensor);
    }
}

static void names_are_listed(void **state) {
    (void)state;
    lis_error error;
    lis_dict *names;
    assert_ok(lis_npz_list(&names, "v.npz", BYTES(npz_stored), &error));
    assert_int_equal(lis_dict_size(names), 2);
    assert_int_equal(lis_dict_find(names, (lis_text){"title", 5}), 0);
    assert_int_equal(lis_dict_find(names, (lis_text){"ids", 3}), 1);
    lis_dict_release(names);
    assert_ok(lis_npz_list(&names, "v.npz", BYTES(npz_commented), &error));
    assert_int_equal(lis_dict_size(names), 1);
    lis_dict_release(names);
}

static void wrong_names_are_answered(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor;
    assert_int_equal(parse(&tensor, BYTES(npz_stored), "titel", &error), LIS_EARG);
    assert_holds(error.message,
                 "v.npz: no array 'titel'; the file has 'title', 'ids' (did you mean "
                 "'title'?)");
    assert_int_equal(parse(&tensor, BYTES(npz_stored), NULL, &error), LIS_EARG);
    assert_holds(error.message, "the file has 2 arrays: name one of 'title', 'ids'");
    assert_int_equal(parse(&tensor, BYTES(npz_empty), NULL, &error), LIS_EFORMAT);
    assert_holds(error.message, "the file holds no arrays");
}

/* ---- archives that lie */

/* The archive with the little-endian number of `bytes` bytes at `at` replaced. */
static lis_status parse_patched(const unsigned char *bytes, size_t size, size_t at, int count,
                                uint64_t value, lis_error *err) {
    unsigned char *copy = malloc(size);
    lis_tensor tensor;
    memcpy(copy, bytes, size);
    for (int i = 0; i < count; i++)
        copy[at + (size_t)i] = (unsigned char)(value >> 8 * i);
    lis_status status = parse(&tensor, copy, size, "title", err);
    if (status == LIS_OK)
        lis_tensor_release(&tensor);
    else
        assert_null(tensor.storage);
    free(copy);
    return status;
}

static size_t directory_of(const unsigned char *bytes, size_t size) {
    for (size_t at = 0; at + 4 <= size; at++)
        if (memcmp(bytes + at, "PK\1\2", 4) == 0) return at;
    fail_msg("no directory");
    return 0;
}

static void lies_are_found(void **state) {
    (void)state;
    size_t stored = directory_of(BYTES(npz_stored)), deflated = directory_of(BYTES(npz_deflated));
    size_t end = sizeof npz_stored - 22;
    const struct {
        const unsigned char *bytes;
        size_t size, at;
        int count;
        uint64_t value;
        const char *says;
    } cases[] = {
        {BYTES(npz_stored), end + 16, 4, 1 << 20, "the directory that it names lies outside"},
        {BYTES(npz_stored), end + 12, 4, 1 << 20, "the directory that it names lies outside"},
        {BYTES(npz_stored), end + 16, 4, 0xffffffff, "zip64 record that the last one speaks of"},
        {BYTES(npz_stored), end + 16, 4, 4, "wanted an entry of the directory"},
        {BYTES(npz_stored), end + 10, 2, 40, "wanted an entry of the directory"},
        {BYTES(npz_stored), stored + 28, 2, 60000, "reaches behind the directory"},
        {BYTES(npz_stored), stored + 42, 4, 1 << 20, "no header where the directory says"},
        {BYTES(npz_stored), stored + 42, 4, 7, "no header where the directory says"},
        {BYTES(npz_stored), stored + 20, 4, 1 << 20, "reaches into the directory"},
        {BYTES(npz_stored), stored + 24, 4, 10, "the directory gives it two sizes"},
        {BYTES(npz_stored), stored + 24, 4, 0xffffffff, "64-bit sizes are missing"},
        {BYTES(npz_stored), stored + 16, 4, 1, "does not have the checksum"},
        {BYTES(npz_stored), stored + 10, 2, 14, "its packing is not known"},
        {BYTES(npz_stored), stored + 8, 2, 1, "it is encrypted"},
        {BYTES(npz_stored), 30, 1, 'T', "give it two names"},
        {BYTES(npz_deflated), deflated + 24, 4, 2000, "cut or too long"},
        {BYTES(npz_deflated), deflated + 24, 4, 4000, "unpacks to less than the directory says"},
        {BYTES(npz_deflated), deflated + 24, 4, 0x7fffffff, "a hundred times its size"},
        {BYTES(npz_deflated), deflated + 20, 4, 20, "cut or too long"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error = {0};
        lis_status status = parse_patched(cases[i].bytes, cases[i].size, cases[i].at,
                                          cases[i].count, cases[i].value, &error);
        if (status != LIS_EFORMAT) fail_msg("case %zu: status %d, %s", i, status, error.message);
        assert_holds(error.message, "v.npz");
        assert_holds(error.message, cases[i].says);
    }
}

static void names_that_are_no_text(void **state) {
    (void)state;
    unsigned char copy[sizeof npz_stored];
    size_t second = directory_of(BYTES(npz_stored)) + 46 + strlen("title.npy");
    memcpy(copy, npz_stored, sizeof copy);
    lis_error error;
    lis_tensor tensor;
    memcpy(copy + second + 46, "\xff", 1); /* ids.npy */
    assert_int_equal(parse(&tensor, copy, sizeof copy, "title", &error), LIS_EFORMAT);
    assert_holds(error.message, "is no name for an array");
}

static void survive(const unsigned char *bytes, size_t size) {
    lis_error error;
    lis_tensor tensor;
    int64_t before = lis_mem_read().live_blocks;
    for (size_t cut = 0; cut < size; cut++)
        assert_int_not_equal(parse(&tensor, bytes, cut, "title", &error), LIS_OK);
    unsigned char *copy = malloc(size);
    memcpy(copy, bytes, size);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        copy[bit / 8] ^= (unsigned char)(1U << bit % 8);
        if (parse(&tensor, copy, size, "title", &error) == LIS_OK) lis_tensor_release(&tensor);
        copy[bit / 8] = bytes[bit / 8];
    }
    free(copy);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

static void every_cut_and_every_flip_is_survived(void **state) {
    (void)state;
    survive(BYTES(npz_stored));
    survive(BYTES(npz_deflated));
    survive(BYTES(npz_wide));
}

static void files_are_read(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor;
    lis_dict *names;
    const char *path = test_path("v.npz");
    write_file(path, BYTES(npz_deflated));
    assert_ok(lis_npz_read(one_thread(), &tensor, path, NULL, &error));
    lis_tensor_release(&tensor);
    assert_ok(lis_npz_names(&names, path, &error));
    lis_dict_release(names);
    assert_int_equal(remove(path), 0);
    assert_int_equal(lis_npz_read(one_thread(), &tensor, path, NULL, &error), LIS_EIO);
    assert_int_equal(lis_npz_names(&names, path, &error), LIS_EIO);
    assert_null(names);
    assert_int_equal(parse(&tensor, "hello there, this is text", 25, NULL, &error), LIS_EFORMAT);
    assert_holds(error.message, "no zip archive");
}

static void an_interrupt_stops_it(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor;
    lis_ctx *ctx = one_thread();
    lis_ctx_interrupt(ctx);
    assert_int_equal(lis_npz_parse(ctx, &tensor, "v.npz", BYTES(npz_deflated), NULL, &error),
                     LIS_EINTR);
    assert_int_equal(lis_npz_parse(ctx, &tensor, "v.npz", BYTES(npz_stored), "ids", &error),
                     LIS_EINTR);
    assert_null(tensor.storage);
}

static lis_status make(void *arg, lis_error *err) {
    return lis_npz_parse(one_thread(), arg, "v.npz", BYTES(npz_deflated), "title", err);
}

static void drop(void *arg) {
    lis_tensor_release(arg);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    lis_tensor tensor;
    check_allocations(make, drop, &tensor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numpys_archives_are_read),
        cmocka_unit_test(names_are_listed),
        cmocka_unit_test(wrong_names_are_answered),
        cmocka_unit_test(lies_are_found),
        cmocka_unit_test(names_that_are_no_text),
        cmocka_unit_test(every_cut_and_every_flip_is_survived),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(an_interrupt_stops_it),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
