/* Files that are far larger than what is in them: every reader must end with an error that names the
 * file, in little memory. What is cut or flipped is tried beside each reader. */
#include <fcntl.h>
#include <unistd.h>

#include "lis/data/cache.h"
#include "lis/data/delimited.h"
#include "lis/data/jsonl.h"
#include "lis/data/lines.h"
#include "lis/data/npy.h"
#include "lis/data/npz.h"
#include "lis/data/safetensors.h"
#include "support.h"

enum { LONG_LINE = 100 << 20, LITTLE = 64 << 20 };

typedef lis_status reading(lis_ctx *ctx, const char *path, lis_error *err);

static lis_status read_delimited(lis_ctx *ctx, const char *path, lis_error *err) {
    lis_table out;
    lis_status status = lis_delimited_read(ctx, &out, path, &(lis_delimited_options){0}, err);
    lis_table_free(&out);
    return status;
}

static lis_status read_jsonl(lis_ctx *ctx, const char *path, lis_error *err) {
    lis_table out;
    lis_status status = lis_jsonl_read(ctx, &out, path, &(lis_delimited_options){0}, err);
    lis_table_free(&out);
    return status;
}

static lis_status read_npy(lis_ctx *ctx, const char *path, lis_error *err) {
    lis_tensor out;
    (void)ctx;
    lis_status status = lis_npy_read(&out, path, err);
    lis_tensor_release(&out);
    return status;
}

static lis_status read_npz(lis_ctx *ctx, const char *path, lis_error *err) {
    lis_tensor out;
    lis_status status = lis_npz_read(ctx, &out, path, NULL, err);
    lis_tensor_release(&out);
    return status;
}

static lis_status read_safetensors(lis_ctx *ctx, const char *path, lis_error *err) {
    lis_tensor out;
    (void)ctx;
    lis_status status = lis_safetensors_read(&out, path, NULL, err);
    lis_tensor_release(&out);
    return status;
}

static lis_status read_cache(lis_ctx *ctx, const char *path, lis_error *err) {
    lis_cache *out;
    (void)ctx;
    lis_status status = lis_cache_open(&out, path, 0, err);
    lis_cache_close(out);
    return status;
}

/* `head`, then a hole: a file of `size` bytes that takes no place on the disk. */
static const char *sparse_file(const char *head, size_t length, off_t size) {
    const char *path = test_path("hole");
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(file >= 0);
    assert_int_equal(write(file, head, length), length);
    assert_int_equal(ftruncate(file, size), 0);
    assert_int_equal(close(file), 0);
    return path;
}

static void check_refused(reading *read, const char *path, lis_status wanted, const char *piece) {
    lis_error error;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_mem_reset_peak();
    int64_t live = lis_mem_read().live_bytes, blocks = lis_mem_read().live_blocks;
    assert_int_equal(read(&ctx, path, &error), wanted);
    assert_holds(error.message, piece);
    assert_true(lis_mem_read().peak_bytes - live < LITTLE);
    assert_int_equal(lis_mem_read().live_blocks, blocks);
    unlink(path);
}

#define HEAD(text) text, sizeof(text) - 1

static void a_line_of_a_hundred_megabytes(void **state) {
    (void)state;
    check_refused(read_delimited, sparse_file(HEAD("user,item\na,x\nb,"), LONG_LINE), LIS_EFORMAT,
                  "hole:3: ");
    check_refused(read_delimited, sparse_file(HEAD(""), LONG_LINE), LIS_EFORMAT, "hole:1: ");
    check_refused(read_jsonl, sparse_file(HEAD("{\"a\": 1}\n{\"a\": \""), LONG_LINE), LIS_EFORMAT,
                  "hole:2: ");
    check_refused(read_jsonl, sparse_file(HEAD(""), LONG_LINE), LIS_EFORMAT, "hole:1: ");
}

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HUGE_FILE ((off_t)1 << 36) /* the thread sanitizer leaves no room to map more */
#endif
#endif
#ifndef HUGE_FILE
#define HUGE_FILE ((off_t)1 << 41)
#endif

/* Two terabytes that are not there: what a header says is compared with the file before it is asked
 * of the memory. */
static void files_of_terabytes(void **state) {
    (void)state;
    static const char npy[] = "\x93NUMPY\1\0\x43\0{'descr': '<f8', 'fortran_order': False, "
                              "'shape': (274877906944,)}\n";
    static const char header[] = "\0\0\0\0\0\1\0\0{\"a\":";
    check_refused(read_npy, sparse_file(HEAD(npy), 1 << 20), LIS_EFORMAT, "was cut short");
    check_refused(read_npz, sparse_file(HEAD("PK\3\4"), HUGE_FILE), LIS_EFORMAT, "hole: ");
    check_refused(read_safetensors, sparse_file(HEAD(header), HUGE_FILE), LIS_EFORMAT, "hole: ");
    check_refused(read_cache, sparse_file(HEAD("LISDATA\n"), HUGE_FILE), LIS_EFORMAT, "hole");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_a_hundred_megabytes),
        cmocka_unit_test(files_of_terabytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
