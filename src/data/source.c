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

lis_status lis_source_open(lis_ctx *ctx, lis_source *source, const char *path, int64_t unpack_max,
                           lis_error *err) {
    lis_file_map map = {0};
    *source = (lis_source){0};
    LIS_TRY(lis_file_map_open(&map, path, err));
    unpacker *unpack = unpacker_of(&map);
    if (!unpack) {
        *source = (lis_source){.bytes = (const char *)map.bytes, .size = map.size, .map = map};
        return LIS_OK;
    }
    lis_unpacked out = {.ctx = ctx, .path = path, .limit = limit_of(map.size, unpack_max)};
    lis_status status = unpack(&out, map.bytes, map.size, err);
    lis_file_map_close(&map);
    if (status != LIS_OK) {
        lis_free(out.bytes);
        return status;
    }
    *source = (lis_source){.bytes = out.bytes, .size = out.size, .unpacked = out.bytes};
    return LIS_OK;
}

void lis_source_close(lis_source *source) {
    lis_file_map_close(&source->map);
    lis_free(source->unpacked);
    *source = (lis_source){0};
}
