#include "source.h"

#include <stdbool.h>

#include "lis/base/mem.h"
#include "unpack.h"
#include "utf8.h"

enum { FIRST_ROOM = 1 << 20 };

/* What a packed file unpacks to, in one growing block. */
typedef struct unpacked {
    lis_ctx *ctx;
    const char *path; /* for messages */
    char *bytes;
    size_t size, capacity;
    size_t limit; /* more is an error */
    bool head;    /* or, with this, where it ends: what comes behind is left packed */
} unpacked;

/* More room behind out->size: at least one byte. */
static lis_status grow(unpacked *out, lis_error *err) {
    if (lis_ctx_interrupted(out->ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
    if (out->size < out->capacity) return LIS_OK;
    if (out->capacity >= out->limit) return lis_unpack_fail_limit(out->path, out->limit, err);
    size_t capacity = out->capacity ? out->capacity * 2 : FIRST_ROOM;
    if (capacity > out->limit) capacity = out->limit;
    char *bytes = lis_realloc(out->bytes, capacity, 1);
    if (!bytes) return lis_fail_nomem(err, "an unpacked file", (double)capacity);
    out->bytes = bytes;
    out->capacity = capacity;
    return LIS_OK;
}

static lis_status unpack(unpacked *out, const lis_file_map *map, lis_error *err) {
    lis_unpacker *unpacker;
    LIS_TRY(lis_unpacker_open(&unpacker, out->path, map->bytes, map->size, err));
    lis_status status = LIS_OK;
    while (status == LIS_OK && !lis_unpacker_ended(unpacker)) {
        size_t made = 0;
        if (out->head && out->size == out->limit) break;
        status = grow(out, err);
        if (status == LIS_OK)
            status = lis_unpacker_step(unpacker, out->bytes + out->size, out->capacity - out->size,
                                       &made, err);
        out->size += made;
    }
    lis_unpacker_close(unpacker);
    return status;
}

/* Unpacks into *source and closes the map. */
static lis_status open_packed(lis_source *source, lis_file_map *map, unpacked *out,
                              lis_error *err) {
    lis_status status = unpack(out, map, err);
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
    if (!lis_unpack_knows(map.bytes, map.size)) {
        *source = (lis_source){.bytes = (const char *)map.bytes, .size = map.size, .map = map};
        return LIS_OK;
    }
    unpacked out = {.ctx = ctx, .path = path, .limit = lis_unpack_limit(map.size, unpack_max)};
    return open_packed(source, &map, &out, err);
}

lis_status lis_source_open_head(lis_ctx *ctx, lis_source *source, const char *path, size_t most,
                                lis_error *err) {
    lis_file_map map = {0};
    *source = (lis_source){0};
    LIS_TRY(lis_file_map_open(&map, path, err));
    if (!lis_unpack_knows(map.bytes, map.size)) {
        size_t size = map.size < most ? map.size : most;
        *source = (lis_source){.bytes = (const char *)map.bytes, .size = size, .map = map};
        return LIS_OK;
    }
    unpacked out = {.ctx = ctx, .path = path, .limit = most, .head = true};
    return open_packed(source, &map, &out, err);
}

lis_status lis_source_from_latin1(lis_source *source, lis_error *err) {
    size_t beyond = 0;
    for (size_t i = 0; i < source->size; i++)
        beyond += (unsigned char)source->bytes[i] >= 0x80;
    if (beyond == 0) return LIS_OK;
    char *bytes = lis_alloc(source->size + beyond, 1);
    if (!bytes) return lis_fail_nomem(err, "text as UTF-8", (double)(source->size + beyond));
    size_t size = lis_utf8_from_latin1(bytes, source->bytes, source->size);
    lis_source_close(source);
    *source = (lis_source){.bytes = bytes, .size = size, .unpacked = bytes};
    return LIS_OK;
}

void lis_source_close(lis_source *source) {
    lis_file_map_close(&source->map);
    lis_free(source->unpacked);
    *source = (lis_source){0};
}
