/* gzip and zstd. Checksums keep a fuzzer out, so that every second input is what the text behind it
 * packs to, with one byte changed or the end cut off. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "fuzz.h"
#include "source.h"
#include "window.h"

enum { MOST = 1 << 16 };

static size_t pack_gzip(uint8_t *out, size_t room, const uint8_t *data, size_t size) {
    z_stream stream = {0};
    FUZZ_PROMISE(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    stream.next_in = (uint8_t *)(uintptr_t)data;
    stream.avail_in = (unsigned)size;
    stream.next_out = out;
    stream.avail_out = (unsigned)room;
    FUZZ_PROMISE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&stream);
    return stream.total_out;
}

/* Through a window, a few bytes at a time, comes what comes at once. */
static lis_status pass_through(const char *path, const lis_source *whole, lis_error *err) {
    lis_window window;
    size_t passed = 0, step = 7;
    LIS_TRY(lis_window_open(&window, path, false, MOST, err));
    lis_status status = lis_window_fill(fuzz_ctx(), &window, step, err);
    while (status == LIS_OK && window.size > 0) {
        size_t n = window.size < step ? window.size : step;
        if (whole->bytes)
            FUZZ_PROMISE(passed + n <= whole->size &&
                         memcmp(whole->bytes + passed, window.bytes, n) == 0);
        lis_window_pass(&window, n);
        passed += n;
        status = lis_window_fill(fuzz_ctx(), &window, ++step, err);
    }
    FUZZ_PROMISE(status != LIS_OK || !whole->bytes || passed == whole->size);
    lis_window_close(&window);
    return status;
}

static void open_and_close(const void *data, size_t size) {
    lis_error error;
    lis_source source;
    const char *path = fuzz_path(data, size);
    lis_status status = lis_source_open(fuzz_ctx(), &source, path, MOST, &error);
    if (status == LIS_OK) FUZZ_PROMISE(!source.unpacked || source.size <= MOST);
    FUZZ_PROMISE(pass_through(path, &source, &error) == status);
    lis_source_close(&source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t blocks = fuzz_blocks();
    unsigned form = fuzz_take(&data, &size);
    if (form & 1) {
        unsigned at = fuzz_take(&data, &size), change = fuzz_take(&data, &size);
        size_t room = ZSTD_compressBound(size) + 1024, length;
        uint8_t *packed = malloc(room);
        FUZZ_PROMISE(packed);
        if (form & 2)
            length = pack_gzip(packed, room, data, size);
        else
            length = ZSTD_compress(packed, room, data, size, 1);
        FUZZ_PROMISE(!ZSTD_isError(length));
        if (form & 4)
            length -= at < length ? at : length;
        else
            packed[at % length] ^= (uint8_t)change;
        open_and_close(packed, length);
        free(packed);
    } else {
        open_and_close(data, size);
    }
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
