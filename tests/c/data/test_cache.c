#include "support.h"

#include <stddef.h>

#include "cache_format.h"
#include "lis/base/file.h"
#include "lis/base/hash.h"
#include "lis/data/cache.h"
#include "lis/data/cache_writer.h"

static lis_error error;
static lis_ctx ctx;

static int open_ctx(void **state) {
    (void)state;
    lis_ctx_init(&ctx, 2);
    return 0;
}

/* ---- what is written is read */

enum { MOST = 5000, FRAME = 700 };

/* Fills n elements in one of several manners, so that every transform is chosen. */
static void fill(void *values, lis_dtype dtype, int64_t n, int manner, uint64_t seed) {
    lis_rng rng = lis_rng_open(seed, "cache", (uint64_t)manner);
    for (int64_t i = 0; i < n; i++) {
        uint64_t any = lis_rng_below(&rng, UINT64_MAX);
        int64_t number = manner == 0   ? (int64_t)(any % 5)
                         : manner == 1 ? 1500000000 + i * 3 + (int64_t)(any % 3)
                         : manner == 2 ? -1 + (int64_t)(any % 100000)
                         : manner == 3 ? (int64_t)any
                                       : 7;
        switch (dtype) {
        case LIS_U8:
            ((uint8_t *)values)[i] = (uint8_t)number;
            break;
        case LIS_I32:
            ((int32_t *)values)[i] = (int32_t)number;
            break;
        case LIS_I64:
            ((int64_t *)values)[i] = number;
            break;
        case LIS_F32:
            ((float *)values)[i] = (float)number * (manner == 2 ? 0.37F : 1);
            break;
        case LIS_F64:
            ((double *)values)[i] = manner == 3   ? (double)number / 3
                                    : manner == 2 ? NAN
                                    : manner == 4 ? -0.0
                                                  : (double)number;
            break;
        }
    }
}

static unsigned char *bytes_of(const char *path, size_t *size) {
    lis_file_map map = {0};
    assert_ok(lis_file_map_open(&map, path, &error));
    unsigned char *bytes = malloc(map.size + 1);
    memcpy(bytes, map.bytes, map.size);
    *size = map.size;
    lis_file_map_close(&map);
    return bytes;
}

static void check_round_trip(lis_dtype dtype, int64_t n, int manner, bool plain) {
    static unsigned char values[MOST * 8], back[MOST * 8];
    const char *path = test_path("trip.lisd");
    lis_cache_options options = {.frame = FRAME, .plain = plain};
    lis_cache_writer *writer;
    lis_cache *cache;
    int64_t index, length;
    size_t size = (size_t)n * lis_dtype_size(dtype);
    fill(values, dtype, n, manner, 1);
    assert_ok(lis_cache_create(&writer, path, &options, &error));
    assert_ok(lis_cache_put(&ctx, writer, "x", dtype, 3, values, n, &error));
    assert_ok(lis_cache_commit(&ctx, writer, &error));
    lis_cache_discard(writer);
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    assert_ok(lis_cache_expect(cache, "x", dtype, &index, &length, &error));
    assert_int_equal(length, n);
    assert_int_equal(lis_cache_array_at(cache, index).kind, 3);
    assert_int_equal(lis_cache_content_bytes(cache), size);
    assert_ok(lis_cache_read(&ctx, cache, index, 0, n, NULL, back, &error));
    assert_memory_equal(values, back, size);
    lis_tensor tensor;
    assert_ok(lis_cache_tensor(&ctx, cache, index, NULL, &tensor, &error));
    lis_cache_close(cache);
    assert_int_equal(tensor.shape[0], n);
    assert_memory_equal(values, tensor.data, size);
    lis_tensor_release(&tensor);
}

/* Arrays that are the file's own memory: checked, and free to be written to. */
static void plain_arrays_are_mapped(void **state) {
    (void)state;
    static int32_t values[MOST];
    char path[256];
    strcpy(path, test_path("mapped.lisd"));
    lis_cache_options options = {.frame = 512, .plain = true};
    lis_cache_writer *writer;
    lis_cache *cache;
    lis_tensor tensor, again;
    fill(values, LIS_I32, MOST, 2, 9);
    assert_ok(lis_cache_create(&writer, path, &options, &error));
    assert_ok(lis_cache_put(&ctx, writer, "a", LIS_I32, 0, values, 77, &error));
    assert_ok(lis_cache_put(&ctx, writer, "b", LIS_I32, 0, values, MOST, &error));
    assert_ok(lis_cache_commit(&ctx, writer, &error));
    lis_cache_discard(writer);
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    int64_t bytes = lis_mem_read().live_bytes;
    assert_ok(lis_cache_tensor(&ctx, cache, 1, NULL, &tensor, &error));
    assert_true(lis_mem_read().live_bytes - bytes < MOST); /* nothing was copied */
    lis_i32(&tensor)[3] = -77;
    assert_ok(lis_cache_tensor(&ctx, cache, 1, NULL, &again, &error));
    assert_memory_equal(again.data, values, MOST * sizeof *values);
    lis_tensor_release(&again);
    lis_cache_range codes = {.low = -1, .limit = 50};
    assert_int_equal(lis_cache_tensor(&ctx, cache, 1, &codes, &again, &error), LIS_EFORMAT);
    assert_null(again.data);
    size_t size;
    unsigned char *content = bytes_of(path, &size);
    remove(path);
    content[600] ^= 1; /* of b: a ends at 128 + 77 * 4 */
    write_file(path, content, size);
    assert_int_equal(lis_cache_tensor(&ctx, cache, 1, NULL, &again, &error), LIS_EIO);
    assert_holds(error.message, "was replaced while it was open");
    lis_cache_close(cache);
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    assert_int_equal(lis_cache_tensor(&ctx, cache, 1, NULL, &again, &error), LIS_EFORMAT);
    assert_holds(error.message, "frame 1 of column 'b'");
    lis_cache_close(cache);
    assert_int_equal(lis_i32(&tensor)[3], -77);
    lis_tensor_release(&tensor);
    free(content);
}

static void every_type_comes_back(void **state) {
    (void)state;
    static const int64_t lengths[] = {0, 1, 2, FRAME - 1, FRAME, FRAME + 1, MOST};
    for (int dtype = LIS_F32; dtype <= LIS_U8; dtype++)
        for (int manner = 0; manner < 5; manner++)
            for (int k = 0; k < 7; k++)
                check_round_trip((lis_dtype)dtype, lengths[k], manner, k % 2);
}

static void any_range_comes_back(void **state) {
    (void)state;
    static int64_t values[MOST], back[MOST];
    const char *path = test_path("range.lisd");
    lis_cache_options options = {.frame = 64};
    lis_cache_writer *writer;
    lis_cache *cache;
    fill(values, LIS_I64, 1000, 2, 2);
    assert_ok(lis_cache_create(&writer, path, &options, &error));
    assert_ok(lis_cache_put(&ctx, writer, "x", LIS_I64, LIS_CACHE_PART, values, 1000, &error));
    assert_ok(lis_cache_commit(&ctx, writer, &error));
    lis_cache_discard(writer);
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    lis_rng rng = lis_rng_open(3, "range", 0);
    for (int k = 0; k < 300; k++) {
        int64_t begin = (int64_t)lis_rng_below(&rng, 1001);
        int64_t end = begin + (int64_t)lis_rng_below(&rng, (uint64_t)(1001 - begin));
        assert_ok(lis_cache_read(&ctx, cache, 0, begin, end, NULL, back, &error));
        assert_memory_equal(values + begin, back, (size_t)(end - begin) * 8);
    }
    assert_int_equal(lis_cache_read(&ctx, cache, 0, -1, 5, NULL, back, &error), LIS_ERANGE);
    assert_int_equal(lis_cache_read(&ctx, cache, 0, 6, 5, NULL, back, &error), LIS_ERANGE);
    assert_int_equal(lis_cache_read(&ctx, cache, 0, 0, 1001, NULL, back, &error), LIS_ERANGE);
    lis_cache_range codes = {.low = -1, .limit = 1000};
    assert_int_equal(lis_cache_read(&ctx, cache, 0, 0, 1000, &codes, back, &error), LIS_EFORMAT);
    assert_holds(error.message, "outside [-1, 1000)");
    codes.limit = 100000;
    assert_ok(lis_cache_read(&ctx, cache, 0, 0, 1000, &codes, back, &error));
    lis_cache_close(cache);
}

/* A small file of two arrays and two notes; portions: how many elements at once. */
static void write_small(const char *path, int64_t n, int64_t portion, int threads) {
    static int64_t time[MOST];
    static int32_t item[MOST];
    lis_cache_options options = {.frame = 50};
    lis_cache_writer *writer;
    int64_t times, items;
    lis_ctx own;
    lis_ctx_init(&own, threads);
    fill(time, LIS_I64, n, 1, 4);
    fill(item, LIS_I32, n, 2, 5);
    assert_ok(lis_cache_create(&writer, path, &options, &error));
    assert_ok(lis_cache_add(writer, "time", LIS_I64, LIS_CACHE_PART, &times, &error));
    assert_ok(lis_cache_add(writer, "item", LIS_I32, LIS_CACHE_PART, &items, &error));
    for (int64_t at = 0; at < n; at += portion) {
        int64_t count = n - at < portion ? n - at : portion;
        assert_ok(lis_cache_append(&own, writer, times, time + at, count, &error));
        assert_ok(lis_cache_append(&own, writer, items, item + at, count, &error));
    }
    assert_ok(lis_cache_set_note(writer, "name", (lis_text){"first", 5}, &error));
    assert_ok(lis_cache_set_note(writer, "rows", (lis_text){"240", 3}, &error));
    assert_ok(lis_cache_set_note(writer, "name", (lis_text){"a log", 5}, &error));
    assert_ok(lis_cache_commit(&own, writer, &error));
    lis_cache_discard(writer);
}

static void the_bytes_do_not_depend_on_threads(void **state) {
    (void)state;
    char path[256];
    strcpy(path, test_path("small.lisd"));
    size_t size[3];
    unsigned char *bytes[3];
    for (int k = 0; k < 3; k++) {
        write_small(path, 1240, 60, 1 << k);
        bytes[k] = bytes_of(path, &size[k]);
        assert_int_equal(size[k], size[0]);
        assert_memory_equal(bytes[k], bytes[0], size[0]);
    }
    for (int k = 0; k < 3; k++)
        free(bytes[k]);
}

static void portions_make_the_same_content(void **state) {
    (void)state;
    char path[256];
    strcpy(path, test_path("portions.lisd"));
    static const int64_t portions[] = {1, 7, 50, 1240};
    uint64_t hash = 0;
    for (int k = 0; k < 4; k++) {
        lis_cache *cache;
        write_small(path, 1240, portions[k], 2);
        assert_ok(lis_cache_open(&cache, path, 0, &error));
        if (k > 0) assert_true(lis_cache_hash(cache) == hash);
        hash = lis_cache_hash(cache);
        lis_text name = lis_cache_note(cache, "name");
        assert_int_equal(name.length, 5);
        assert_memory_equal(name.bytes, "a log", 5);
        assert_null(lis_cache_note(cache, "other").bytes);
        assert_int_equal(lis_cache_find(cache, "item"), 1);
        assert_int_equal(lis_cache_find(cache, "ite"), -1);
        lis_cache_close(cache);
    }
}

/* ---- hostile files */

/* A new file each time: some file systems flush one that is cut to nothing and written again. */
static void replace_file(const char *path, const void *bytes, size_t size) {
    remove(path);
    write_file(path, bytes, size);
}

/* Opens a file and reads all of it, on one thread, as thousands of files are read; the first error. */
static lis_status read_all(const char *path) {
    lis_ctx one;
    lis_cache *cache;
    lis_ctx_init(&one, 1);
    LIS_TRY(lis_cache_open(&cache, path, 1 << 20, &error));
    lis_status status = LIS_OK, verified = lis_cache_verify(&one, cache, &error);
    for (int64_t a = 0; status == LIS_OK && a < lis_cache_arrays(cache); a++) {
        lis_cache_array array = lis_cache_array_at(cache, a);
        void *out = malloc((size_t)array.length * lis_dtype_size(array.dtype) + 1);
        assert_non_null(out);
        status = lis_cache_read(&one, cache, a, 0, array.length, NULL, out, &error);
        free(out);
    }
    lis_cache_note(cache, "name");
    lis_cache_close(cache);
    assert_true(verified == LIS_OK || status != LIS_OK);
    return status;
}

static void every_truncation_is_an_error(void **state) {
    (void)state;
    char path[256];
    strcpy(path, test_path("cut.lisd"));
    size_t size;
    write_small(path, 240, 240, 1);
    unsigned char *bytes = bytes_of(path, &size);
    for (size_t length = 0; length < size; length++) {
        replace_file(path, bytes, length);
        assert_int_equal(read_all(path), LIS_EFORMAT);
        assert_holds(error.message, path);
    }
    bytes[size] = 0;
    replace_file(path, bytes, size + 1);
    assert_int_equal(read_all(path), LIS_EFORMAT);
    free(bytes);
}

/* Bytes between frames and directory are padding: they alone may change unnoticed. */
static void every_flipped_byte_is_an_error(void **state) {
    (void)state;
    char path[256];
    strcpy(path, test_path("flipped.lisd"));
    size_t size, unnoticed = 0;
    write_small(path, 240, 240, 1);
    unsigned char *bytes = bytes_of(path, &size);
    for (size_t k = 0; k < size; k++)
        for (int bit = 0; bit < 8; bit += 7) {
            bytes[k] ^= (unsigned char)(1 << bit);
            replace_file(path, bytes, size);
            lis_status status = read_all(path);
            if (status == LIS_OK)
                unnoticed++;
            else
                assert_int_equal(status, LIS_EFORMAT);
            bytes[k] ^= (unsigned char)(1 << bit);
        }
    assert_true(unnoticed <= 2 * 7);
    free(bytes);
}

static void sign(unsigned char *bytes) {
    lis_cache_head *head = (void *)bytes;
    head->directory_hash = lis_hash(bytes + head->directory_at, head->directory_bytes, 0);
    head->head_hash = lis_hash(head, offsetof(lis_cache_head, head_hash), 0);
}

/* Every byte of head and directory changed, and all checksums made to fit: whatever the file says
 * then, reading it ends, in bounds. */
static void a_right_checksum_is_not_believed(void **state) {
    (void)state;
    char path[256];
    strcpy(path, test_path("signed.lisd"));
    size_t size;
    write_small(path, 240, 240, 1);
    unsigned char *bytes = bytes_of(path, &size);
    const lis_cache_head clean = *(const lis_cache_head *)(const void *)bytes;
    static const unsigned char changes[] = {1, 0x80, 0xff, 0x7f};
    for (size_t k = 0; k < size; k++) {
        if (k >= sizeof clean && k < clean.directory_at) continue;
        for (int c = 0; c < 4; c++) {
            unsigned char *copy = malloc(size);
            memcpy(copy, bytes, size);
            copy[k] ^= changes[c];
            lis_cache_head *head = (void *)copy;
            if (head->directory_at == clean.directory_at &&
                head->directory_bytes == clean.directory_bytes)
                sign(copy);
            else
                head->head_hash = lis_hash(head, offsetof(lis_cache_head, head_hash), 0);
            replace_file(path, copy, size);
            lis_status status = read_all(path);
            assert_true(status == LIS_OK || status == LIS_EFORMAT);
            free(copy);
        }
    }
    free(bytes);
}

static void expect_broken(const unsigned char *bytes, size_t size, const char *words) {
    const char *path = test_path("broken.lisd");
    replace_file(path, bytes, size);
    assert_int_equal(read_all(path), LIS_EFORMAT);
    assert_holds(error.message, words);
    assert_holds(error.message, path);
}

static void errors_say_where(void **state) {
    (void)state;
    char path[256];
    strcpy(path, test_path("where.lisd"));
    size_t size;
    write_small(path, 240, 240, 1);
    unsigned char *bytes = bytes_of(path, &size), *copy = malloc(size);
    lis_cache_head *head = (void *)copy;
#define FRESH memcpy(copy, bytes, size)
    FRESH, copy[0] = 'X';
    expect_broken(copy, size, "no columnar cache");
    FRESH, copy[8] = 2, sign(copy);
    expect_broken(copy, size, "version 2");
    FRESH, head->order = 0x04030201, sign(copy);
    expect_broken(copy, size, "other order of bytes");
    FRESH, head->directory_at -= 8, sign(copy);
    expect_broken(copy, size, "byte 24");
    FRESH, copy[sizeof *head + 3] ^= 1;
    expect_broken(copy, size, "byte 96: frame 1 of column 'time': the checksum does not fit");
    FRESH;
    lis_cache_array_record *array = (void *)(copy + head->directory_at);
    lis_frame_record *frame = (void *)(array + 2);
    array[1].length = 1 << 30, sign(copy);
    expect_broken(copy, size, "array 'item' has more elements than frames hold");
    FRESH, array[1].dtype = 9, sign(copy);
    expect_broken(copy, size, "array 'item' has an unknown type");
    FRESH, frame[1].at = size, sign(copy);
    expect_broken(copy, size, "frame 2 of column 'time': does not lie within the file");
    FRESH, frame[1].width = 60, sign(copy);
    expect_broken(copy, size, "too many bits");
    FRESH, frame[1].packed++, sign(copy);
    expect_broken(copy, size, "a size that does not fit its elements");
    FRESH, frame[1].zstd = 1, sign(copy);
    expect_broken(copy, size, "frame 2 of column 'time'");
    free(copy);
    free(bytes);
}

/* Frames of one value take no bytes: a small file may promise much. */
static void bombs_are_refused(void **state) {
    (void)state;
    const char *path = test_path("bomb.lisd");
    lis_cache_options options = {.frame = LIS_CACHE_FRAME_MAX};
    lis_cache_writer *writer;
    lis_cache *cache;
    int64_t index, *zeros = calloc(LIS_CACHE_FRAME_MAX, sizeof *zeros);
    assert_ok(lis_cache_create(&writer, path, &options, &error));
    assert_ok(lis_cache_add(writer, "x", LIS_I64, LIS_CACHE_PART, &index, &error));
    for (int k = 0; k < 150; k++)
        assert_ok(lis_cache_append(&ctx, writer, index, zeros, LIS_CACHE_FRAME_MAX, &error));
    assert_ok(lis_cache_commit(&ctx, writer, &error));
    lis_cache_discard(writer);
    free(zeros);
    assert_int_equal(lis_cache_open(&cache, path, 0, &error), LIS_EFORMAT);
    assert_holds(error.message, "raise unpack_max");
    assert_null(cache);
    assert_ok(lis_cache_open(&cache, path, INT64_MAX, &error));
    lis_cache_close(cache);
}

/* ---- misuse, memory, interrupts */

static void misuse_is_told(void **state) {
    (void)state;
    const char *path = test_path("misuse.lisd");
    lis_cache_writer *writer;
    lis_cache *cache;
    int64_t index, zero = 0;
    lis_cache_options options = {.level = 20};
    assert_int_equal(lis_cache_create(&writer, path, &options, &error), LIS_EARG);
    options = (lis_cache_options){.frame = LIS_CACHE_FRAME_MAX + 1};
    assert_int_equal(lis_cache_create(&writer, path, &options, &error), LIS_EARG);
    assert_int_equal(lis_cache_create(&writer, "/dev/null/x", NULL, &error), LIS_EIO);
    assert_int_equal(lis_cache_open(&cache, "/no/such/file", 0, &error), LIS_EIO);
    assert_ok(lis_cache_create(&writer, path, NULL, &error));
    assert_int_equal(lis_cache_add(writer, "", LIS_I64, 0, &index, &error), LIS_EARG);
    assert_ok(lis_cache_put(&ctx, writer, "x", LIS_I64, 0, &zero, 1, &error));
    assert_int_equal(lis_cache_add(writer, "x", LIS_I64, 0, &index, &error), LIS_EARG);
    assert_int_equal(lis_cache_append(&ctx, writer, 0, &zero, 1, &error), LIS_EARG);
    assert_holds(error.message, "column 'x' was put whole");
    assert_int_equal(lis_cache_set_note(writer, "", (lis_text){"", 0}, &error), LIS_EARG);
    assert_ok(lis_cache_commit(&ctx, writer, &error));
    assert_int_equal(lis_cache_append(&ctx, writer, 0, &zero, 1, &error), LIS_ESTATE);
    assert_int_equal(lis_cache_commit(&ctx, writer, &error), LIS_ESTATE);
    lis_cache_discard(writer);
    assert_ok(lis_cache_create(&writer, path, NULL, &error));
    lis_cache_discard(writer); /* leaves the earlier file */
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    assert_int_equal(lis_cache_expect(cache, "y", LIS_I64, &index, NULL, &error), LIS_EFORMAT);
    assert_int_equal(lis_cache_expect(cache, "x", LIS_I32, &index, NULL, &error), LIS_EFORMAT);
    assert_holds(error.message, "column 'x' is i64, wanted i32");
    lis_cache_close(cache);
}

static lis_status write_and_read(void *arg, lis_error *err) {
    static int64_t values[MOST];
    lis_cache_options options = {.frame = 50};
    lis_cache_writer *writer = NULL;
    lis_cache *cache = NULL;
    lis_status status = lis_cache_create(&writer, arg, &options, err);
    if (status == LIS_OK) status = lis_cache_put(&ctx, writer, "x", LIS_I64, 0, values, 160, err);
    if (status == LIS_OK) status = lis_cache_set_note(writer, "k", (lis_text){"v", 1}, err);
    if (status == LIS_OK) status = lis_cache_commit(&ctx, writer, err);
    lis_cache_discard(writer);
    if (status == LIS_OK) status = lis_cache_open(&cache, arg, 0, err);
    if (status == LIS_OK) status = lis_cache_read(&ctx, cache, 0, 10, 155, NULL, values, err);
    lis_cache_close(cache);
    return status;
}

static void nothing(void *arg) {
    (void)arg;
}

static void failing_allocations_leave_nothing(void **state) {
    (void)state;
    char path[256];
    strcpy(path, test_path("memory.lisd"));
    lis_ctx_init(&ctx, 1);
    check_allocations(write_and_read, nothing, path);
    lis_ctx_init(&ctx, 2);
}

static void an_interrupt_ends_both(void **state) {
    (void)state;
    char path[256];
    strcpy(path, test_path("small.lisd"));
    write_small(path, 240, 240, 1);
    static int64_t out[240];
    lis_cache_writer *writer;
    lis_cache *cache;
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    assert_ok(lis_cache_create(&writer, test_path("other.lisd"), NULL, &error));
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_cache_read(&ctx, cache, 0, 0, 240, NULL, out, &error), LIS_EINTR);
    assert_int_equal(lis_cache_put(&ctx, writer, "x", LIS_I64, 0, out, 1, &error), LIS_EINTR);
    assert_int_equal(lis_cache_commit(&ctx, writer, &error), LIS_ESTATE);
    lis_ctx_clear_interrupt(&ctx);
    lis_cache_discard(writer);
    lis_cache_close(cache);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_comes_back),
        cmocka_unit_test(plain_arrays_are_mapped),
        cmocka_unit_test(any_range_comes_back),
        cmocka_unit_test(the_bytes_do_not_depend_on_threads),
        cmocka_unit_test(portions_make_the_same_content),
        cmocka_unit_test(every_truncation_is_an_error),
        cmocka_unit_test(every_flipped_byte_is_an_error),
        cmocka_unit_test(a_right_checksum_is_not_believed),
        cmocka_unit_test(errors_say_where),
        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(misuse_is_told),
        cmocka_unit_test(failing_allocations_leave_nothing),
        cmocka_unit_test(an_interrupt_ends_both),
    };
    return cmocka_run_group_tests(tests, open_ctx, NULL);
}
