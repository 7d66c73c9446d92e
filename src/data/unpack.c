#include "unpack.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "lis/base/mem.h"

enum {
    RATIO_MAX = 100,
    PIECE = 1 << 26,      /* what is shown at once: zlib's counters have 32 bits */
    GZIP_OF_ANY_SIZE = 31 /* a window of 2^15 bytes, and a gzip header rather than a zlib one */
};

struct lis_unpacker {
    const char *path;
    const unsigned char *bytes;
    size_t size, taken;
    bool ended;
    z_stream gzip;
    bool gzip_open;
    ZSTD_DCtx *zstd; /* NULL for gzip */
};

static bool begins_with(const unsigned char *bytes, size_t size, const char *magic, size_t length) {
    return size >= length && memcmp(bytes, magic, length) == 0;
}

static bool is_gzip(const unsigned char *bytes, size_t size) {
    return begins_with(bytes, size, "\x1f\x8b\x08", 3);
}

bool lis_unpack_knows(const unsigned char *bytes, size_t size) {
    return is_gzip(bytes, size) || begins_with(bytes, size, "\x28\xb5\x2f\xfd", 4);
}

size_t lis_unpack_limit(size_t size, int64_t unpack_max) {
    if (unpack_max > 0) return (size_t)unpack_max;
    size_t limit = size < SIZE_MAX / RATIO_MAX ? size * RATIO_MAX : SIZE_MAX;
    return limit > LIS_UNPACK_MIN ? limit : LIS_UNPACK_MIN;
}

lis_status lis_unpack_fail_limit(const char *path, size_t limit, lis_error *err) {
    return lis_fail(err, LIS_EFORMAT,
                    "%s: unpacks to more than %zu bytes, far more than its size suggests; if "
                    "this is no decompression bomb, raise unpack_max",
                    path, limit);
}

static lis_status cut_short(const lis_unpacker *u, lis_error *err) {
    return lis_fail(err, LIS_EFORMAT,
                    "%s: the %s data ends in the middle, after %zu bytes; the file was cut short: "
                    "copy or pack it again",
                    u->path, u->zstd ? "zstd" : "gzip", u->size);
}

static lis_status damaged(const lis_unpacker *u, const char *why, lis_error *err) {
    return lis_fail(err, LIS_EFORMAT, "%s: the %s data is damaged at byte %zu: %s", u->path,
                    u->zstd ? "zstd" : "gzip", u->taken, why ? why : "unknown reason");
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
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

static lis_status gzip_open(lis_unpacker *u, lis_error *err) {
    u->gzip = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free};
    if (inflateInit2(&u->gzip, GZIP_OF_ANY_SIZE) != Z_OK)
        return lis_fail_nomem(err, "a gzip reader", 1 << 16);
    u->gzip_open = true;
    return LIS_OK;
}

/* Behind the end of a member another one may begin. */
static lis_status gzip_step(lis_unpacker *u, char *to, size_t room, size_t *made, lis_error *err) {
    z_stream *stream = &u->gzip;
    unsigned offered = (unsigned)least(u->size - u->taken, PIECE);
    unsigned free_before = (unsigned)least(room, PIECE);
    stream->next_in = (unsigned char *)(uintptr_t)(u->bytes + u->taken);
    stream->avail_in = offered;
    stream->next_out = (unsigned char *)to;
    stream->avail_out = free_before;
    int answer = inflate(stream, Z_NO_FLUSH);
    u->taken += offered - stream->avail_in;
    *made = free_before - stream->avail_out;
    if (answer == Z_STREAM_END) {
        u->ended = u->taken == u->size;
        inflateReset(stream);
        return LIS_OK;
    }
    if (answer == Z_MEM_ERROR) return lis_fail_nomem(err, "a gzip reader", 1 << 16);
    bool stuck = answer == Z_BUF_ERROR && stream->avail_out > 0;
    if (stuck && u->taken == u->size) return cut_short(u, err);
    if (answer != Z_OK && answer != Z_BUF_ERROR) return damaged(u, stream->msg, err);
    return LIS_OK;
}

/* ---- zstd */

static lis_status zstd_step(lis_unpacker *u, char *to, size_t room, size_t *made, lis_error *err) {
    ZSTD_inBuffer in = {.src = u->bytes, .size = u->size, .pos = u->taken};
    ZSTD_outBuffer out = {.dst = to, .size = least(room, PIECE)};
    size_t wanted = ZSTD_decompressStream(u->zstd, &out, &in); /* 0 at the end of a frame */
    bool idle = in.pos == u->taken && out.pos == 0;
    u->taken = in.pos;
    if (ZSTD_isError(wanted)) return damaged(u, ZSTD_getErrorName(wanted), err);
    *made = out.pos;
    u->ended = u->taken == u->size && wanted == 0;
    return idle && u->taken == u->size && wanted != 0 ? cut_short(u, err) : LIS_OK;
}

/* ---- either */

lis_status lis_unpacker_open(lis_unpacker **out, const char *path, const unsigned char *bytes,
                             size_t size, lis_error *err) {
    lis_status status = LIS_OK;
    lis_unpacker *u = lis_calloc(1, sizeof *u);
    *out = NULL;
    if (!u) return lis_fail_nomem(err, "an unpacker", sizeof *u);
    u->path = path;
    u->bytes = bytes;
    u->size = size;
    if (is_gzip(bytes, size))
        status = gzip_open(u, err);
    else if (!(u->zstd = ZSTD_createDCtx()))
        status = lis_fail_nomem(err, "a zstd reader", 1 << 17);
    if (status == LIS_OK)
        *out = u;
    else
        lis_unpacker_close(u);
    return status;
}

void lis_unpacker_close(lis_unpacker *u) {
    if (!u) return;
    if (u->gzip_open) inflateEnd(&u->gzip);
    ZSTD_freeDCtx(u->zstd);
    lis_free(u);
}

lis_status lis_unpacker_step(lis_unpacker *u, char *to, size_t room, size_t *made, lis_error *err) {
    return u->zstd ? zstd_step(u, to, room, made, err) : gzip_step(u, to, room, made, err);
}

bool lis_unpacker_ended(const lis_unpacker *u) {
    return u->ended;
}

size_t lis_unpacker_taken(const lis_unpacker *u) {
    return u->taken;
}
