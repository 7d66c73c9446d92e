#include "unpack.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "lis/base/mem.h"

enum {
    FIRST_ROOM = 1 << 20,
    PIECE = 1 << 26,      /* what zlib is shown at once: its counters have 32 bits */
    GZIP_OF_ANY_SIZE = 31 /* a window of 2^15 bytes, and a gzip header rather than a zlib one */
};

lis_status lis_unpack_grow(lis_unpacked *out, lis_error *err) {
    if (lis_ctx_interrupted(out->ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
    if (out->size < out->capacity) return LIS_OK;
    if (out->capacity >= out->limit)
        return lis_fail(err, LIS_EFORMAT,
                        "%s: unpacks to more than %zu bytes, far more than its size suggests; if "
                        "this is no decompression bomb, raise unpack_max",
                        out->path, out->limit);
    size_t capacity = out->capacity ? out->capacity * 2 : FIRST_ROOM;
    if (capacity > out->limit) capacity = out->limit;
    char *bytes = lis_realloc(out->bytes, capacity, 1);
    if (!bytes) return lis_fail_nomem(err, "an unpacked file", (double)capacity);
    out->bytes = bytes;
    out->capacity = capacity;
    return LIS_OK;
}

static lis_status cut_short(const lis_unpacked *out, const char *format, size_t size,
                            lis_error *err) {
    return lis_fail(err, LIS_EFORMAT,
                    "%s: the %s data ends in the middle, after %zu bytes; the file was cut short: "
                    "copy or pack it again",
                    out->path, format, size);
}

static lis_status damaged(const lis_unpacked *out, const char *format, size_t at, const char *why,
                          lis_error *err) {
    return lis_fail(err, LIS_EFORMAT, "%s: the %s data is damaged at byte %zu: %s", out->path,
                    format, at, why ? why : "unknown reason");
}

/* ---- gzip */

static void *zlib_alloc(void *opaque, unsigned count, unsigned size) {
    (void)opaque;
    return lis_alloc(count, size);
}

static void zlib_free(void *opaque, void *block) {
    (void)opaque;
    lis_free(block);
}

/* One member; *taken is moved behind it. */
static lis_status gzip_member(lis_unpacked *out, z_stream *stream, const unsigned char *bytes,
                              size_t size, size_t *taken, lis_error *err) {
    for (;;) {
        if (lis_unpack_done(out)) return LIS_OK;
        LIS_TRY(lis_unpack_grow(out, err));
        size_t left = size - *taken, room = out->capacity - out->size;
        stream->next_in = (unsigned char *)(uintptr_t)(bytes + *taken);
        stream->avail_in = (unsigned)(left < PIECE ? left : PIECE);
        stream->next_out = (unsigned char *)out->bytes + out->size;
        stream->avail_out = (unsigned)(room < PIECE ? room : PIECE);
        unsigned offered = stream->avail_in, free_before = stream->avail_out;
        int answer = inflate(stream, Z_NO_FLUSH);
        *taken += offered - stream->avail_in;
        out->size += free_before - stream->avail_out;
        if (answer == Z_STREAM_END) return LIS_OK;
        if (answer == Z_MEM_ERROR) return lis_fail_nomem(err, "a gzip reader", 1 << 16);
        bool stuck = answer == Z_BUF_ERROR && stream->avail_out > 0;
        if (stuck && *taken == size) return cut_short(out, "gzip", size, err);
        if (answer != Z_OK && answer != Z_BUF_ERROR)
            return damaged(out, "gzip", *taken, stream->msg, err);
    }
}

lis_status lis_unpack_gzip(lis_unpacked *out, const unsigned char *bytes, size_t size,
                           lis_error *err) {
    z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free};
    if (inflateInit2(&stream, GZIP_OF_ANY_SIZE) != Z_OK)
        return lis_fail_nomem(err, "a gzip reader", 1 << 16);
    lis_status status = LIS_OK;
    for (size_t taken = 0; taken < size && status == LIS_OK && !lis_unpack_done(out);) {
        status = gzip_member(out, &stream, bytes, size, &taken, err);
        if (status == LIS_OK) inflateReset(&stream);
    }
    inflateEnd(&stream);
    return status;
}

/* ---- zstd */

static lis_status zstd_frames(lis_unpacked *out, ZSTD_DCtx *decoder, const unsigned char *bytes,
                              size_t size, lis_error *err) {
    ZSTD_inBuffer in = {.src = bytes, .size = size};
    size_t wanted = 1; /* 0 at the end of a frame */
    while ((in.pos < in.size || wanted != 0) && !lis_unpack_done(out)) {
        LIS_TRY(lis_unpack_grow(out, err));
        size_t room = out->capacity - out->size, before = in.pos;
        ZSTD_outBuffer to = {.dst = out->bytes + out->size, .size = room < PIECE ? room : PIECE};
        wanted = ZSTD_decompressStream(decoder, &to, &in);
        if (ZSTD_isError(wanted))
            return damaged(out, "zstd", in.pos, ZSTD_getErrorName(wanted), err);
        out->size += to.pos;
        bool idle = in.pos == before && to.pos == 0;
        if (idle && in.pos == in.size && wanted != 0) return cut_short(out, "zstd", size, err);
    }
    return LIS_OK;
}

lis_status lis_unpack_zstd(lis_unpacked *out, const unsigned char *bytes, size_t size,
                           lis_error *err) {
    ZSTD_DCtx *decoder = ZSTD_createDCtx();
    if (!decoder) return lis_fail_nomem(err, "a zstd reader", 1 << 17);
    lis_status status = zstd_frames(out, decoder, bytes, size, err);
    ZSTD_freeDCtx(decoder);
    return status;
}
