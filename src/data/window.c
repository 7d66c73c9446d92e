#include "window.h"

#include <string.h>

#include "lis/base/mem.h"
#include "utf8.h"

enum { FIRST_ROOM = 1 << 20 };

lis_status lis_window_open(lis_window *w, const char *path, bool latin1, int64_t unpack_max,
                           lis_error *err) {
    *w = (lis_window){.path = path, .latin1 = latin1};
    lis_status status = lis_file_map_open(&w->map, path, err);
    if (status == LIS_OK && lis_unpack_knows(w->map.bytes, w->map.size)) {
        w->limit = lis_unpack_limit(w->map.size, unpack_max);
        status = lis_unpacker_open(&w->unpacker, path, w->map.bytes, w->map.size, err);
    }
    if (status != LIS_OK) lis_window_close(w);
    w->bytes = (const char *)w->map.bytes;
    return status;
}

static bool is_mapped(const lis_window *w) {
    return !w->unpacker && !w->latin1;
}

static void take(lis_window *w, size_t upto) {
    lis_file_map_forget(&w->map, w->taken, upto);
    w->taken = upto;
}

/* The next bytes as the file has them, unpacked: into to[0..room), *made of them. */
static lis_status read_raw(lis_window *w, char *to, size_t room, size_t *made, lis_error *err) {
    *made = 0;
    if (!w->unpacker) {
        size_t left = w->map.size - w->taken;
        *made = left < room ? left : room;
        memcpy(to, w->map.bytes + w->taken, *made);
        take(w, w->taken + *made);
        w->last = w->taken == w->map.size;
        return LIS_OK;
    }
    LIS_TRY(lis_unpacker_step(w->unpacker, to, room, made, err));
    take(w, lis_unpacker_taken(w->unpacker));
    w->last = lis_unpacker_ended(w->unpacker);
    w->unpacked += *made;
    bool beyond = w->unpacked > w->limit || (w->unpacked == w->limit && !w->last);
    return beyond ? lis_unpack_fail_limit(w->path, w->limit, err) : LIS_OK;
}

/* Latin-1 is read into the upper half of the room, from where it widens into the whole. */
static lis_status read_more(lis_window *w, lis_error *err) {
    char *end = w->buffer + w->size;
    size_t room = w->capacity - w->size, made;
    size_t raw = w->latin1 ? room / 2 : room;
    char *to = w->latin1 ? end + room - raw : end;
    LIS_TRY(read_raw(w, to, raw, &made, err));
    w->size += w->latin1 ? lis_utf8_from_latin1(end, to, made) : made;
    return LIS_OK;
}

/* Room behind the bytes that are here, at least for one of Latin-1. */
static lis_status make_room(lis_window *w, lis_error *err) {
    if (w->capacity - w->size >= 2) return LIS_OK;
    size_t capacity = w->capacity ? w->capacity + w->capacity / 2 : FIRST_ROOM;
    char *buffer = lis_realloc(w->buffer, capacity, 1);
    if (!buffer) return lis_fail_nomem(err, "a window on a file", (double)capacity);
    w->bytes = w->buffer = buffer;
    w->capacity = capacity;
    return LIS_OK;
}

lis_status lis_window_fill(lis_ctx *ctx, lis_window *w, size_t wanted, lis_error *err) {
    if (is_mapped(w)) {
        w->size = w->map.size - w->taken;
        w->last = true;
        return LIS_OK;
    }
    if (w->size >= wanted || w->last) return LIS_OK;
    if (w->size) memmove(w->buffer, w->bytes, w->size);
    w->bytes = w->buffer;
    while (w->size < wanted && !w->last) {
        if (lis_ctx_interrupted(ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
        LIS_TRY(make_room(w, err));
        LIS_TRY(read_more(w, err));
    }
    return LIS_OK;
}

void lis_window_pass(lis_window *w, size_t n) {
    w->bytes += n;
    w->size -= n;
    if (is_mapped(w)) take(w, w->taken + n);
}

void lis_window_close(lis_window *w) {
    lis_unpacker_close(w->unpacker);
    lis_file_map_close(&w->map);
    lis_free(w->buffer);
    *w = (lis_window){0};
}
