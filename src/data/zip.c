#include "zip.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#include "lis/base/mem.h"
#include "message.h"

enum {
    END_SIZE = 22, /* of the record that ends the file, less its comment */
    COMMENT_MAX = 65535,
    LOCATOR_SIZE = 20, /* of the pointer to the zip64 record */
    END64_SIZE = 56,
    ENTRY_SIZE = 46, /* of a directory entry, less name and extras */
    LOCAL_SIZE = 30,
    STORED = 0,
    DEFLATED = 8,
    ENCRYPTED = 1,   /* flag */
    ZIP64_EXTRA = 1, /* id of the field with 64-bit sizes */
    PIECE = 1 << 26, /* what zlib is shown at once: its counters have 32 bits */
    RATIO_MAX = 100,
    SIZE_FREE = 1 << 26 /* any ratio is fine below it */
};

static const uint32_t END_SIGN = 0x06054b50, END64_SIGN = 0x06064b50, LOCATOR_SIGN = 0x07064b50,
                      ENTRY_SIGN = 0x02014b50, LOCAL_SIGN = 0x04034b50;

/* ---- numbers, little-endian */

static uint64_t number(const unsigned char *at, int bytes) {
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

static unsigned u16(const unsigned char *at) {
    return (unsigned)number(at, 2);
}

static uint32_t u32(const unsigned char *at) {
    return (uint32_t)number(at, 4);
}

static uint64_t u64(const unsigned char *at) {
    return number(at, 8);
}

static lis_status broken(const lis_zip *zip, uint64_t at, const char *what, lis_error *err) {
    return lis_fail(err, LIS_EFORMAT,
                    "%s: zip archive, byte %" PRIu64 ": %s; it was cut short or is damaged: save "
                    "it again",
                    zip->path, at, what);
}

/* Whether [at, at + length) lies before `end`. */
static bool inside(uint64_t at, uint64_t length, uint64_t end) {
    return at <= end && length <= end - at;
}

/* ---- the directory */

static bool find_end(const lis_zip *zip, uint64_t *out) {
    if (zip->size < END_SIZE) return false;
    uint64_t last = zip->size - END_SIZE;
    uint64_t first = last > COMMENT_MAX ? last - COMMENT_MAX : 0;
    for (uint64_t at = last + 1; at-- > first;) {
        const unsigned char *end = zip->bytes + at;
        if (u32(end) != END_SIGN || at + END_SIZE + u16(end + 20) != zip->size) continue;
        *out = at;
        return true;
    }
    return false;
}

/* Sizes that do not fit the record at the end stand in one of 64 bits before it. */
static lis_status read_end64(lis_zip *zip, uint64_t end, lis_error *err) {
    if (end < LOCATOR_SIZE || u32(zip->bytes + end - LOCATOR_SIZE) != LOCATOR_SIGN)
        return broken(zip, end, "the zip64 record that the last one speaks of is missing", err);
    uint64_t at = u64(zip->bytes + end - LOCATOR_SIZE + 8);
    if (!inside(at, END64_SIZE, end - LOCATOR_SIZE) || u32(zip->bytes + at) != END64_SIGN)
        return broken(zip, end - LOCATOR_SIZE, "it points at a zip64 record where none is", err);
    const unsigned char *record = zip->bytes + at;
    uint64_t size = u64(record + 40);
    zip->entries = u64(record + 32);
    zip->begin = u64(record + 48);
    if (!inside(zip->begin, size, at))
        return broken(zip, at, "the directory that it names lies outside the file", err);
    zip->end = zip->begin + size;
    return LIS_OK;
}

lis_status lis_zip_open(lis_zip *zip, const char *path, const void *bytes, size_t size,
                        lis_error *err) {
    uint64_t end;
    *zip = (lis_zip){.path = path, .bytes = bytes, .size = size};
    if (!find_end(zip, &end))
        return lis_fail(
            err, LIS_EFORMAT,
            "%s: no zip archive: the record that ends one is missing; was it cut short?", path);
    const unsigned char *record = zip->bytes + end;
    uint64_t length = u32(record + 12);
    zip->entries = u16(record + 10);
    zip->begin = u32(record + 16);
    if (zip->entries == 0xffff || length == 0xffffffff || zip->begin == 0xffffffff)
        return read_end64(zip, end, err);
    if (!inside(zip->begin, length, end))
        return broken(zip, end, "the directory that it names lies outside the file", err);
    zip->end = zip->begin + length;
    return LIS_OK;
}

/* The 64-bit values of the extra field, for those sizes that read 0xffffffff, in this order. */
static bool read_extra64(lis_zip_entry *entry, const unsigned char *extra, size_t length) {
    uint64_t *wide[] = {&entry->size, &entry->packed, &entry->header};
    bool needed = false;
    for (int i = 0; i < 3; i++)
        needed = needed || *wide[i] == 0xffffffff;
    for (size_t at = 0; needed && length - at >= 4 && at < length;) {
        size_t field = u16(extra + at + 2);
        if (field > length - at - 4) return false;
        const unsigned char *value = extra + at + 4, *end = value + field;
        at += 4 + field;
        if (u16(value - 4) != ZIP64_EXTRA) continue;
        for (int i = 0; i < 3; i++) {
            if (*wide[i] != 0xffffffff) continue;
            if (end - value < 8) return false;
            *wide[i] = u64(value);
            value += 8;
        }
        return true;
    }
    return !needed;
}

lis_status lis_zip_next(const lis_zip *zip, uint64_t *at, lis_zip_entry *out, lis_error *err) {
    uint64_t here = *at;
    *out = (lis_zip_entry){0};
    if (!inside(here, ENTRY_SIZE, zip->end) || u32(zip->bytes + here) != ENTRY_SIGN)
        return broken(zip, here, "wanted an entry of the directory", err);
    const unsigned char *entry = zip->bytes + here;
    uint64_t name = u16(entry + 28), extra = u16(entry + 30), comment = u16(entry + 32);
    if (!inside(here + ENTRY_SIZE, name + extra + comment, zip->end))
        return broken(zip, here, "the entry reaches behind the directory", err);
    *out = (lis_zip_entry){.name = {(const char *)entry + ENTRY_SIZE, name},
                           .packed = u32(entry + 20),
                           .size = u32(entry + 24),
                           .header = u32(entry + 42),
                           .crc = u32(entry + 16),
                           .method = u16(entry + 10),
                           .flags = u16(entry + 8)};
    if (!read_extra64(out, entry + ENTRY_SIZE + name, extra))
        return broken(zip, here, "the entry's 64-bit sizes are missing", err);
    *at = here + ENTRY_SIZE + name + extra + comment;
    return LIS_OK;
}

/* ---- content */

static lis_status bad_entry(const lis_zip *zip, const lis_zip_entry *entry, lis_error *err,
                            const char *what) {
    char shown[LIS_EXCERPT];
    return lis_fail(err, LIS_EFORMAT, "%s: %s (byte %" PRIu64 "): %s", zip->path,
                    lis_excerpt(shown, entry->name.bytes, entry->name.length), entry->header, what);
}

/* Where the entry's packed bytes begin: behind a header that repeats its name. */
static lis_status find_packed(const lis_zip *zip, const lis_zip_entry *entry,
                              const unsigned char **out, lis_error *err) {
    const unsigned char *local = zip->bytes + entry->header;
    if (!inside(entry->header, LOCAL_SIZE, zip->begin) || u32(local) != LOCAL_SIGN)
        return bad_entry(zip, entry, err, "there is no header where the directory says; damaged?");
    uint64_t name = u16(local + 26), extra = u16(local + 28);
    uint64_t at = entry->header + LOCAL_SIZE + name + extra;
    if (!inside(at, entry->packed, zip->begin))
        return bad_entry(zip, entry, err, "it reaches into the directory; cut short or damaged");
    if (name != entry->name.length || memcmp(local + LOCAL_SIZE, entry->name.bytes, name) != 0)
        return bad_entry(zip, entry, err, "its header and the directory give it two names");
    *out = zip->bytes + at;
    return LIS_OK;
}

static lis_status check_sum(lis_ctx *ctx, const lis_zip *zip, const lis_zip_entry *entry,
                            const unsigned char *bytes, lis_error *err) {
    uLong sum = crc32(0, NULL, 0);
    for (uint64_t at = 0; at < entry->size; at += PIECE) {
        if (lis_ctx_interrupted(ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
        uint64_t left = entry->size - at;
        sum = crc32(sum, bytes + at, (uInt)(left < PIECE ? left : PIECE));
    }
    if (sum == entry->crc) return LIS_OK;
    return bad_entry(zip, entry, err, "its content does not have the checksum of the directory");
}

static void *zlib_alloc(void *opaque, unsigned count, unsigned size) {
    (void)opaque;
    return lis_alloc(count, size);
}

static void zlib_free(void *opaque, void *block) {
    (void)opaque;
    lis_free(block);
}

/* Fills `to`, of the size that the directory names; what inflates to less or more is an error. */
static lis_status inflate_into(lis_ctx *ctx, const lis_zip *zip, const lis_zip_entry *entry,
                               z_stream *stream, const unsigned char *from, unsigned char *to,
                               lis_error *err) {
    uint64_t taken = 0, made = 0;
    for (;;) {
        if (lis_ctx_interrupted(ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
        uint64_t left = entry->packed - taken, room = entry->size - made;
        unsigned offered = (unsigned)(left < PIECE ? left : PIECE);
        unsigned free_before = (unsigned)(room < PIECE ? room : PIECE);
        stream->next_in = (unsigned char *)(uintptr_t)(from + taken);
        stream->avail_in = offered;
        stream->next_out = to + made;
        stream->avail_out = free_before;
        int answer = inflate(stream, Z_NO_FLUSH);
        taken += offered - stream->avail_in;
        made += free_before - stream->avail_out;
        if (answer == Z_STREAM_END) break;
        if (answer == Z_MEM_ERROR) return lis_fail_nomem(err, "a reader of deflate", 1 << 16);
        bool moved = offered != stream->avail_in || free_before != stream->avail_out;
        if (answer != Z_OK || !moved)
            return bad_entry(zip, entry, err,
                             stream->msg ? stream->msg : "its deflated data is cut or too long");
    }
    if (made == entry->size) return LIS_OK;
    return bad_entry(zip, entry, err, "it unpacks to less than the directory says");
}

static lis_status read_deflated(lis_ctx *ctx, const lis_zip *zip, const lis_zip_entry *entry,
                                const unsigned char *from, lis_zip_content *out, lis_error *err) {
    if (entry->size > SIZE_FREE && entry->size / RATIO_MAX > entry->packed)
        return bad_entry(zip, entry, err,
                         "it claims to unpack to more than a hundred times its size; if this is no "
                         "decompression bomb, save it uncompressed (numpy.savez)");
    out->owned = lis_alloc((size_t)entry->size, 1);
    if (!out->owned) return lis_fail_nomem(err, "an unpacked array", (double)entry->size);
    z_stream stream = {.zalloc = zlib_alloc, .zfree = zlib_free};
    if (inflateInit2(&stream, -15) != Z_OK)
        return lis_fail_nomem(err, "a reader of deflate", 1 << 16);
    lis_status status = inflate_into(ctx, zip, entry, &stream, from, out->owned, err);
    inflateEnd(&stream);
    out->bytes = out->owned;
    return status;
}

void lis_zip_release(lis_zip_content *content) {
    lis_free(content->owned);
    *content = (lis_zip_content){0};
}

lis_status lis_zip_read(lis_ctx *ctx, const lis_zip *zip, const lis_zip_entry *entry,
                        lis_zip_content *out, lis_error *err) {
    const unsigned char *packed = NULL;
    *out = (lis_zip_content){0};
    if (entry->flags & ENCRYPTED)
        return bad_entry(zip, entry, err, "it is encrypted; save it without a password");
    LIS_TRY(find_packed(zip, entry, &packed, err));
    lis_status status = LIS_OK;
    if (entry->method == DEFLATED)
        status = read_deflated(ctx, zip, entry, packed, out, err);
    else if (entry->method != STORED)
        return bad_entry(zip, entry, err,
                         "its packing is not known; numpy.savez and savez_compressed are read");
    else if (entry->packed != entry->size)
        return bad_entry(zip, entry, err, "it is stored, but the directory gives it two sizes");
    else
        out->bytes = packed;
    out->size = (size_t)entry->size;
    if (status == LIS_OK) status = check_sum(ctx, zip, entry, out->bytes, err);
    if (status != LIS_OK) lis_zip_release(out);
    return status;
}
