#include "lis/data/cache.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cache_frame.h"
#include "lis/base/file.h"
#include "lis/base/hash.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "message.h"

enum { RATIO_MAX = 100 };
static const uint64_t unpack_min = (uint64_t)1 << 30;

struct lis_cache {
    lis_file_map map;
    char *path;
    const lis_cache_head *head;
    const lis_cache_array_record *array; /* all four lie in the map */
    const lis_frame_record *frame;
    const lis_cache_note_record *note;
    const char *text;
    uint64_t content_bytes;
};

/* ---- opening: the head */

static lis_status damaged(const char *path, size_t at, lis_error *err, const char *what) {
    return lis_fail(err, LIS_EFORMAT,
                    "'%s', byte %zu: %s; the file was cut short or damaged, write it again", path,
                    at, what);
}

static lis_status check_head(const lis_file_map *map, const char *path, lis_error *err) {
    const lis_cache_head *head = (const void *)map->bytes;
    if (map->size < sizeof head->magic || memcmp(head->magic, LIS_CACHE_MAGIC, 8) != 0)
        return lis_fail(err, LIS_EFORMAT, "'%s' is no columnar cache: it does not begin as one",
                        path);
    if (map->size < sizeof *head) return damaged(path, map->size, err, "the head ends early");
    if (head->order != LIS_CACHE_ORDER && head->order == __builtin_bswap32(LIS_CACHE_ORDER))
        return lis_fail(err, LIS_EFORMAT,
                        "'%s' was written on a machine with the other order of bytes; write it "
                        "again on this one",
                        path);
    if (head->head_hash != lis_hash(head, offsetof(lis_cache_head, head_hash), 0))
        return damaged(path, 0, err, "the checksum of the head does not fit");
    if (head->order != LIS_CACHE_ORDER || head->version != LIS_CACHE_VERSION)
        return lis_fail(err, LIS_EFORMAT,
                        "'%s' has version %u of the format, this program reads version %d; write "
                        "it again",
                        path, (unsigned)head->version, LIS_CACHE_VERSION);
    if (head->file_bytes != map->size)
        return lis_fail(err, LIS_EFORMAT,
                        "'%s' has %zu bytes, its head promises %llu: the file was cut short or "
                        "damaged",
                        path, map->size, (unsigned long long)head->file_bytes);
    return LIS_OK;
}

/* The parts of the directory end to end, checked against its size without overflow. */
static lis_status find_parts(lis_cache *cache, lis_error *err) {
    const lis_cache_head *head = cache->head;
    uint64_t at = head->directory_at, bytes = head->directory_bytes, size = cache->map.size;
    if (at % 8 != 0 || at < sizeof *head || at > size || bytes != size - at)
        return damaged(cache->path, 24, err, "the directory does not lie at the end of the file");
    if (head->arrays > LIS_CACHE_ARRAYS_MAX || head->frames > bytes || head->text_bytes > bytes ||
        head->notes > bytes)
        return damaged(cache->path, 48, err, "the directory is too small for its parts");
    uint64_t arrays = head->arrays * sizeof *cache->array;
    uint64_t frames = head->frames * sizeof *cache->frame;
    uint64_t notes = head->notes * sizeof *cache->note;
    if (arrays + frames + notes + head->text_bytes != bytes)
        return damaged(cache->path, 48, err, "the parts of the directory do not fill it");
    const unsigned char *directory = cache->map.bytes + at;
    if (lis_hash(directory, bytes, 0) != head->directory_hash)
        return damaged(cache->path, at, err, "the checksum of the directory does not fit");
    cache->array = (const void *)directory;
    cache->frame = (const void *)(directory + arrays);
    cache->note = (const void *)(directory + arrays + frames);
    cache->text = (const char *)directory + arrays + frames + notes;
    return LIS_OK;
}

/* ---- opening: the directory. A checksum that fits says only that nothing was damaged by chance. */

static size_t place_of(const lis_cache *cache, const void *record) {
    return (size_t)((const unsigned char *)record - cache->map.bytes);
}

static lis_status wrong_array(const lis_cache *cache, const lis_cache_array_record *array,
                              lis_error *err, const char *what) {
    char name[LIS_EXCERPT];
    lis_excerpt(name, cache->text + array->name_at, array->name_bytes);
    return lis_fail(err, LIS_EFORMAT, "'%s', byte %zu: array %s %s", cache->path,
                    place_of(cache, array), name, what);
}

/* A piece of the text that a NUL follows. */
static bool is_text(const lis_cache *cache, uint32_t at, uint32_t length) {
    uint64_t size = cache->head->text_bytes;
    return at < size && length < size - at && cache->text[at + length] == '\0';
}

static uint64_t frames_of(const lis_cache_array_record *array) {
    return array->length / array->frame + (array->length % array->frame > 0);
}

static lis_status check_array(const lis_cache *cache, const lis_cache_array_record *array,
                              uint64_t first_frame, lis_error *err) {
    size_t place = place_of(cache, array);
    if (!is_text(cache, array->name_at, array->name_bytes) || array->name_bytes == 0 ||
        array->name_bytes > LIS_CACHE_NAME_MAX ||
        strlen(cache->text + array->name_at) != array->name_bytes)
        return damaged(cache->path, place, err, "an array has no proper name");
    if (array->dtype > LIS_U8) return wrong_array(cache, array, err, "has an unknown type");
    if (array->frame == 0 || array->frame > LIS_CACHE_FRAME_MAX)
        return wrong_array(cache, array, err, "has impossible frames");
    uint64_t frames = frames_of(array);
    if (array->length > INT64_MAX / 8 || array->first_frame != first_frame ||
        frames > cache->head->frames - first_frame)
        return wrong_array(cache, array, err, "has more elements than frames hold");
    return LIS_OK;
}

static int64_t frame_elements(const lis_cache_array_record *array, uint64_t number) {
    uint64_t begin = number * array->frame;
    return (int64_t)(array->length - begin < array->frame ? array->length - begin : array->frame);
}

static lis_status wrong_frame(const lis_cache *cache, const lis_cache_array_record *array,
                              uint64_t number, size_t at, lis_error *err, const char *what) {
    char name[LIS_EXCERPT];
    lis_excerpt(name, cache->text + array->name_at, array->name_bytes);
    return lis_fail(err, LIS_EFORMAT, "'%s', byte %zu: frame %llu of column %s: %s", cache->path,
                    at, (unsigned long long)number + 1, name, what);
}

static lis_status check_frames(const lis_cache *cache, const lis_cache_array_record *array,
                               uint64_t frames, lis_error *err) {
    uint64_t low = sizeof *cache->head, high = cache->head->directory_at;
    for (uint64_t k = 0; k < frames; k++) {
        const lis_frame_record *frame = &cache->frame[array->first_frame + k];
        const char *flaw = lis_frame_flaw(frame, (lis_dtype)array->dtype, frame_elements(array, k));
        if (!flaw && (frame->at < low || frame->at > high || frame->stored > high - frame->at))
            flaw = "does not lie within the file";
        if (flaw) return wrong_frame(cache, array, k, place_of(cache, frame), err, flaw);
    }
    return LIS_OK;
}

static lis_status check_notes(const lis_cache *cache, lis_error *err) {
    for (uint32_t k = 0; k < cache->head->notes; k++) {
        const lis_cache_note_record *note = &cache->note[k];
        if (!is_text(cache, note->key_at, note->key_bytes) ||
            !is_text(cache, note->text_at, note->text_bytes))
            return damaged(cache->path, place_of(cache, note), err, "a note lies nowhere");
    }
    return LIS_OK;
}

static lis_status check_size(const lis_cache *cache, int64_t unpack_max, lis_error *err) {
    uint64_t limit = (uint64_t)unpack_max, size = cache->map.size;
    if (unpack_max <= 0) limit = size * RATIO_MAX > unpack_min ? size * RATIO_MAX : unpack_min;
    if (cache->content_bytes <= limit) return LIS_OK;
    return lis_fail(err, LIS_EFORMAT,
                    "'%s' promises %llu bytes of columns out of %llu in the file, beyond the limit "
                    "of %llu; if this is no decompression bomb, raise unpack_max",
                    cache->path, (unsigned long long)cache->content_bytes, (unsigned long long)size,
                    (unsigned long long)limit);
}

static lis_status check_directory(lis_cache *cache, int64_t unpack_max, lis_error *err) {
    LIS_TRY(find_parts(cache, err));
    uint64_t first_frame = 0;
    for (uint32_t a = 0; a < cache->head->arrays; a++) {
        const lis_cache_array_record *array = &cache->array[a];
        LIS_TRY(check_array(cache, array, first_frame, err));
        uint64_t frames = frames_of(array);
        LIS_TRY(check_frames(cache, array, frames, err));
        first_frame += frames;
        /* at most 8 MiB a frame of the directory: no overflow */
        cache->content_bytes += array->length * lis_dtype_size((lis_dtype)array->dtype);
    }
    if (first_frame != cache->head->frames)
        return damaged(cache->path, cache->head->directory_at, err, "frames belong to no array");
    LIS_TRY(check_notes(cache, err));
    return check_size(cache, unpack_max, err);
}

lis_status lis_cache_open(lis_cache **out, const char *path, int64_t unpack_max, lis_error *err) {
    *out = NULL;
    lis_cache *cache = lis_calloc(1, sizeof *cache);
    if (!cache) return lis_fail_nomem(err, "a cache", (double)sizeof *cache);
    lis_status status = lis_file_map_open(&cache->map, path, err);
    if (status == LIS_OK) status = check_head(&cache->map, path, err);
    if (status == LIS_OK) {
        cache->head = (const void *)cache->map.bytes;
        cache->path = lis_alloc(strlen(path) + 1, 1);
        if (!cache->path) status = lis_fail_nomem(err, "a path", (double)strlen(path));
    }
    if (status == LIS_OK) {
        memcpy(cache->path, path, strlen(path) + 1);
        status = check_directory(cache, unpack_max, err);
    }
    if (status == LIS_OK)
        *out = cache;
    else
        lis_cache_close(cache);
    return status;
}

void lis_cache_close(lis_cache *cache) {
    if (!cache) return;
    lis_file_map_close(&cache->map);
    lis_free(cache->path);
    lis_free(cache);
}

/* ---- what is in it */

const char *lis_cache_path(const lis_cache *cache) {
    return cache->path;
}

int64_t lis_cache_file_bytes(const lis_cache *cache) {
    return (int64_t)cache->map.size;
}

int64_t lis_cache_content_bytes(const lis_cache *cache) {
    return (int64_t)cache->content_bytes;
}

int64_t lis_cache_arrays(const lis_cache *cache) {
    return cache->head->arrays;
}

/* Of names, types and the frames' checksums: neither notes nor places. */
uint64_t lis_cache_hash(const lis_cache *cache) {
    uint64_t hash = 0;
    for (uint32_t a = 0; a < cache->head->arrays; a++) {
        const lis_cache_array_record *array = &cache->array[a];
        uint64_t shape[] = {array->dtype, array->length, array->frame};
        hash = lis_hash(cache->text + array->name_at, array->name_bytes, hash);
        hash = lis_hash(shape, sizeof shape, hash);
        for (uint64_t k = 0; k < frames_of(array); k++) {
            const lis_frame_record *frame = &cache->frame[array->first_frame + k];
            uint64_t content[] = {frame->hash, (uint64_t)frame->base, (uint64_t)frame->first};
            hash = lis_hash(content, sizeof content, hash);
        }
    }
    return hash;
}

lis_cache_array lis_cache_array_at(const lis_cache *cache, int64_t index) {
    const lis_cache_array_record *array = &cache->array[index];
    uint64_t frames = frames_of(array);
    int64_t stored = 0;
    for (uint64_t k = 0; k < frames; k++)
        stored += cache->frame[array->first_frame + k].stored;
    return (lis_cache_array){.name = cache->text + array->name_at,
                             .dtype = (lis_dtype)array->dtype,
                             .kind = array->kind,
                             .length = (int64_t)array->length,
                             .stored = stored};
}

int64_t lis_cache_find(const lis_cache *cache, const char *name) {
    for (uint32_t a = 0; a < cache->head->arrays; a++)
        if (strcmp(cache->text + cache->array[a].name_at, name) == 0) return a;
    return -1;
}

lis_status lis_cache_expect(const lis_cache *cache, const char *name, lis_dtype dtype,
                            int64_t *index, int64_t *length, lis_error *err) {
    *index = lis_cache_find(cache, name);
    if (*index < 0) return lis_fail(err, LIS_EFORMAT, "'%s' has no column '%s'", cache->path, name);
    const lis_cache_array_record *array = &cache->array[*index];
    if (array->dtype != (uint32_t)dtype)
        return lis_fail(err, LIS_EFORMAT, "'%s': column '%s' is %s, wanted %s", cache->path, name,
                        lis_dtype_name((lis_dtype)array->dtype), lis_dtype_name(dtype));
    if (length) *length = (int64_t)array->length;
    return LIS_OK;
}

lis_text lis_cache_note(const lis_cache *cache, const char *key) {
    for (uint32_t k = 0; k < cache->head->notes; k++)
        if (strcmp(cache->text + cache->note[k].key_at, key) == 0)
            return (lis_text){cache->text + cache->note[k].text_at, cache->note[k].text_bytes};
    return (lis_text){NULL, 0};
}

/* ---- reading */

typedef struct reading {
    const lis_cache *cache;
    const lis_cache_array_record *array;
    int64_t begin, end; /* elements */
    uint64_t first;     /* the frame that holds `begin` */
    const lis_cache_range *range;
    unsigned char *out;
    lis_frame_scratch *scratch; /* [threads] */
    unsigned char **edge;       /* [threads] a whole frame where only a part is wanted */
} reading;

/* The first value outside [low, limit), n where there is none. The first pass has no branch, so that
 * it becomes vectors; the second only names the culprit. */
#define FIRST_OUTSIDE(name, type)                                                                  \
    static int64_t name(const type *value, int64_t n, type low, type most) {                       \
        type outside = 0;                                                                          \
        for (int64_t i = 0; i < n; i++)                                                            \
            outside |= (type)((value[i] < low) | (value[i] > most));                               \
        int64_t at = 0;                                                                            \
        while (at < n && (!outside || (value[at] >= low && value[at] <= most)))                    \
            at++;                                                                                  \
        return at;                                                                                 \
    }

FIRST_OUTSIDE(first_outside_u8, uint8_t)
FIRST_OUTSIDE(first_outside_i32, int32_t)
FIRST_OUTSIDE(first_outside_i64, int64_t)

static int64_t clamp(int64_t value, int64_t low, int64_t high) {
    return value < low ? low : value > high ? high : value;
}

static int64_t first_outside(lis_dtype dtype, const void *value, int64_t n,
                             const lis_cache_range *range) {
    int64_t low = range->low, most = range->limit - 1;
    if (low >= range->limit) return 0;
    if (dtype == LIS_I64) return first_outside_i64(value, n, low, most);
    if (dtype == LIS_I32)
        return first_outside_i32(value, n, (int32_t)clamp(low, INT32_MIN, INT32_MAX),
                                 (int32_t)clamp(most, INT32_MIN, INT32_MAX));
    if (dtype == LIS_U8)
        return first_outside_u8(value, n, (uint8_t)clamp(low, 0, 255),
                                (uint8_t)clamp(most, 0, 255));
    return n;
}

static lis_status check_values(const reading *r, const void *value, int64_t from, int64_t n,
                               lis_error *err) {
    if (!r->range) return LIS_OK;
    int64_t at = first_outside((lis_dtype)r->array->dtype, value, n, r->range);
    if (at == n) return LIS_OK;
    return lis_fail(err, LIS_EFORMAT,
                    "'%s': column '%s', element %lld lies outside [%lld, %lld); the file does not "
                    "hold together, write it again",
                    r->cache->path, r->cache->text + r->array->name_at, (long long)(from + at),
                    (long long)r->range->low, (long long)r->range->limit);
}

/* Decodes one frame, straight into place where all of it is wanted. */
static lis_status read_frame(void *arg, lis_shard shard, lis_error *err) {
    const reading *r = arg;
    uint64_t number = r->first + (uint64_t)shard.index;
    const lis_frame_record *frame = &r->cache->frame[r->array->first_frame + number];
    lis_dtype dtype = (lis_dtype)r->array->dtype;
    size_t size = lis_dtype_size(dtype);
    int64_t n = frame_elements(r->array, number), from = (int64_t)number * r->array->frame;
    int64_t low = from < r->begin ? r->begin - from : 0;
    int64_t high = from + n > r->end ? r->end - from : n;
    unsigned char *place = r->out + (size_t)(from + low - r->begin) * size, *whole = place;
    if (low > 0 || high < n) {
        unsigned char **edge = &r->edge[shard.worker];
        if (!*edge) *edge = lis_alloc(r->array->frame, size);
        if (!*edge) return lis_fail_nomem(err, "a frame", (double)r->array->frame * 8);
        whole = *edge;
    }
    lis_status status = lis_frame_decode(&r->scratch[shard.worker], frame,
                                         r->cache->map.bytes + frame->at, dtype, n, whole, err);
    if (status == LIS_EFORMAT) {
        lis_error why = err ? *err : (lis_error){0};
        return wrong_frame(r->cache, r->array, number, frame->at, err, why.message);
    }
    LIS_TRY(status);
    if (whole != place) memcpy(place, whole + (size_t)low * size, (size_t)(high - low) * size);
    return check_values(r, place, from + low, high - low, err);
}

/* Frames [first, first + count) were read once, and the caller has what they held. */
static void forget_frames(const reading *r, uint64_t count) {
    size_t low = r->cache->map.size, high = 0;
    for (uint64_t k = 0; k < count; k++) {
        const lis_frame_record *frame = &r->cache->frame[r->array->first_frame + r->first + k];
        low = frame->at < low ? frame->at : low;
        high = frame->at + frame->stored > high ? frame->at + frame->stored : high;
    }
    lis_file_map_forget(&r->cache->map, low, high);
}

lis_status lis_cache_read(lis_ctx *ctx, const lis_cache *cache, int64_t index, int64_t begin,
                          int64_t end, const lis_cache_range *range, void *out, lis_error *err) {
    const lis_cache_array_record *array = &cache->array[index];
    if (begin < 0 || begin > end || end > (int64_t)array->length)
        return lis_fail(err, LIS_ERANGE, "elements [%lld, %lld) of column '%s', which has %llu",
                        (long long)begin, (long long)end, cache->text + array->name_at,
                        (unsigned long long)array->length);
    if (begin == end) return LIS_OK;
    size_t threads = (size_t)ctx->threads;
    reading r = {.cache = cache,
                 .array = array,
                 .begin = begin,
                 .end = end,
                 .first = (uint64_t)begin / array->frame,
                 .range = range,
                 .out = out};
    uint64_t frames = (uint64_t)(end - 1) / array->frame - r.first + 1;
    r.scratch = lis_calloc(threads, sizeof *r.scratch);
    r.edge = lis_calloc(threads, sizeof *r.edge);
    lis_status status = LIS_OK;
    if (!r.scratch || !r.edge)
        status = lis_fail_nomem(err, "reading a cache", (double)threads * sizeof *r.scratch);
    else
        status = lis_parallel_for(ctx, (int64_t)frames, 1, read_frame, &r, err);
    for (size_t t = 0; t < threads; t++) {
        if (r.scratch) lis_frame_scratch_close(&r.scratch[t]);
        if (r.edge) lis_free(r.edge[t]);
    }
    lis_free(r.scratch);
    lis_free(r.edge);
    forget_frames(&r, frames);
    return status;
}

/* ---- verifying */

static lis_status verify_frame(void *arg, lis_shard shard, lis_error *err) {
    const reading *r = arg;
    const lis_frame_record *frame = &r->cache->frame[r->array->first_frame + (uint64_t)shard.index];
    if (lis_hash(r->cache->map.bytes + frame->at, frame->stored, 0) == frame->hash) return LIS_OK;
    return wrong_frame(r->cache, r->array, (uint64_t)shard.index, frame->at, err,
                       LIS_FRAME_DAMAGED);
}

lis_status lis_cache_verify(lis_ctx *ctx, const lis_cache *cache, lis_error *err) {
    for (uint32_t a = 0; a < cache->head->arrays; a++) {
        reading r = {.cache = cache, .array = &cache->array[a]};
        uint64_t frames = frames_of(r.array);
        lis_status status = lis_parallel_for(ctx, (int64_t)frames, 1, verify_frame, &r, err);
        forget_frames(&r, frames);
        LIS_TRY(status);
    }
    return LIS_OK;
}

/* ---- the file's own memory */

/* The bytes of an array whose plain frames lie end to end, aligned for its type: true, and where. */
static bool lies_plain(const reading *r, uint64_t frames, size_t *begin, size_t *end) {
    const lis_frame_record *frame = &r->cache->frame[r->array->first_frame];
    if (frames == 0 || frame->at % LIS_ALIGN != 0) return false;
    *begin = *end = frame->at;
    for (uint64_t k = 0; k < frames; k++, *end += frame[k - 1].stored)
        if (frame[k].transform != LIS_FRAME_PLAIN || frame[k].zstd || frame[k].at != *end)
            return false;
    return true;
}

/* A frame of memory that is the tensor's already: checksum and range. */
static lis_status check_frame(void *arg, lis_shard shard, lis_error *err) {
    const reading *r = arg;
    uint64_t number = (uint64_t)shard.index;
    const lis_frame_record *frame = &r->cache->frame[r->array->first_frame + number];
    int64_t from = (int64_t)number * r->array->frame, n = frame_elements(r->array, number);
    const unsigned char *values =
        r->out + (size_t)from * lis_dtype_size((lis_dtype)r->array->dtype);
    if (lis_hash(values, frame->stored, 0) != frame->hash)
        return wrong_frame(r->cache, r->array, number, frame->at, err, LIS_FRAME_DAMAGED);
    return check_values(r, values, from, n, err);
}

static void drop_map(void *owner) {
    lis_file_map_close(owner);
    lis_free(owner);
}

static lis_status wrap_map(reading *r, size_t begin, size_t end, lis_tensor *out, lis_error *err) {
    const lis_cache *cache = r->cache;
    lis_file_map *part = lis_calloc(1, sizeof *part);
    if (!part) return lis_fail_nomem(err, "a mapping", (double)sizeof *part);
    lis_status status = lis_file_map_part(part, &cache->map, cache->path, begin, end, err);
    int64_t length = (int64_t)r->array->length;
    if (status == LIS_OK)
        status =
            lis_tensor_wrap(out, (lis_dtype)r->array->dtype, 1, &length,
                            (char *)part->base + (part->extent - part->size), drop_map, part, err);
    if (status != LIS_OK) drop_map(part);
    return status;
}

lis_status lis_cache_tensor(lis_ctx *ctx, const lis_cache *cache, int64_t index,
                            const lis_cache_range *range, lis_tensor *out, lis_error *err) {
    reading r = {.cache = cache, .array = &cache->array[index], .range = range};
    uint64_t frames = frames_of(r.array);
    size_t begin, end;
    lis_status status;
    *out = (lis_tensor){0};
    if (lies_plain(&r, frames, &begin, &end)) {
        LIS_TRY(wrap_map(&r, begin, end, out, err));
        r.out = out->data;
        status = lis_parallel_for(ctx, (int64_t)frames, 1, check_frame, &r, err);
    } else {
        int64_t length = (int64_t)r.array->length;
        LIS_TRY(lis_tensor_new_1d(out, (lis_dtype)r.array->dtype, length, err));
        status = lis_cache_read(ctx, cache, index, 0, length, range, out->data, err);
    }
    if (status != LIS_OK) lis_tensor_release(out);
    return status;
}
