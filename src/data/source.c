#include "source.h"

#include <stdbool.h>
#include <string.h>

#include "lis/base/mem.h"
#include "unpack.h"

enum { RATIO_MAX = 100 };

typedef lis_status unpacker(lis_unpacked *out, const unsigned char *bytes, size_t size,
                            lis_error *err);

static bool begins_with(const lis_file_map *map, const char *magic, size_t length) {
    return map->size >= length && memcmp(map->bytes, magic, length) == 0;
}

static unpacker *unpacker_of(const lis_file_map *map) {
    if (begins_with(map, "\x1f\x8b\x08", 3)) return lis_unpack_gzip;
    if (begins_with(map, "\x28\xb5\x2f\xfd", 4)) return lis_unpack_zstd;
    return NULL;
}

static size_t limit_of(size_t size, int64_t unpack_max) {
    if (unpack_max > 0) return (size_t)unpack_max;
    size_t limit = size < SIZE_MAX / RATIO_MAX ? size * RATIO_MAX : SIZE_MAX;
    return limit > LIS_UNPACK_MIN ? limit : LIS_UNPACK_MIN;
}

/* Unpacks into *source and closes the map. */
static lis_status open_packed(lis_source *source, lis_file_map *map, lis_unpacked *out,
                              lis_error *err) {
    lis_status status = unpacker_of(map)(out, map->bytes, map->size, err);
    lis_file_map_close(map);
    if (status != LIS_OK) {
        lis_free(out->bytes);
        return status;
    }
    *source = (lis_source){.bytes = out->bytes, .size = out->size, .unpacked = out->bytes};
    return LIS_OK;
}

lis_status lis_source_open(lis_ctx *ctx, lis_source *source, const char *path, int64_t unpack_max,
                           lis_error *err) {
    lis_file_map map = {0};
    *source = (lis_source){0};
    LIS_TRY(lis_file_map_open(&map, path, err));
    if (!unpacker_of(&map)) {
        *source = (lis_source){.bytes = (const char *)map.bytes, .size = map.size, .map = map};
        return LIS_OK;
    }
    lis_unpacked out = {.ctx = ctx, .path = path, .limit = limit_of(map.size, unpack_max)};
    return open_packed(source, &map, &out, err);
}

lis_status lis_source_open_head(lis_ctx *ctx, lis_source *source, const char *path, size_t most,
                                lis_error *err) {
    lis_file_map map = {0};
    *source = (lis_source){0};
    LIS_TRY(lis_file_map_open(&map, path, err));
    if (!unpacker_of(&map)) {
        size_t size = map.size < most ? map.size : most;
        *source = (lis_source){.bytes = (const char *)map.bytes, .size = size, .map = map};
        return LIS_OK;
    }
    lis_unpacked out = {.ctx = ctx, .path = path, .limit = most, .head = true};
    return open_packed(source, &map, &out, err);
}

lis_status lis_source_from_latin1(lis_source *source, lis_error *err) {
    size_t beyond = 0;
    for (size_t i = 0; i < source->size; i++)
        beyond += (unsigned char)source->bytes[i] >= 0x80;
    if (beyond == 0) return LIS_OK;
    char *bytes = lis_alloc(source->size + beyond, 1), *put = bytes;
    if (!bytes) return lis_fail_nomem(err, "text as UTF-8", (double)(source->size + beyond));
    for (size_t i = 0; i < source->size; i++) {
        unsigned char c = (unsigned char)source->bytes[i];
        if (c >= 0x80) *put++ = (char)(0xc0 | c >> 6);
        *put++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    size_t size = source->size + beyond;
    lis_source_close(source);
    *source = (lis_source){.bytes = bytes, .size = size, .unpacked = bytes};
    return LIS_OK;
}

void lis_source_close(lis_source *source) {
    lis_file_map_close(&source->map);
    lis_free(source->unpacked);
    *source = (lis_source){0};
}
