#include "lis/data/safetensors.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array_name.h"
#include "half.h"
#include "json_line.h"
#include "lis/base/file.h"
#include "lis/base/mem.h"
#include "message.h"

enum { LENGTH_SIZE = 8, DIMS_MAX = 64 };

/* ---- element types */

typedef struct element {
    const char *name;
    int64_t size; /* bytes in the file */
    bool read;
    lis_dtype dtype;
} element;

static const element elements[] = {
    {"F32", 4, true, LIS_F32},     {"F16", 2, true, LIS_F32}, {"BF16", 2, true, LIS_F32},
    {"F64", 8, true, LIS_F64},     {"I32", 4, true, LIS_I32}, {"I64", 8, true, LIS_I64},
    {"U8", 1, true, LIS_U8},       {"BOOL", 1, true, LIS_U8}, {"I8", 1, false, LIS_U8},
    {"I16", 2, false, LIS_U8},     {"U16", 2, false, LIS_U8}, {"U32", 4, false, LIS_U8},
    {"U64", 8, false, LIS_U8},     {"C64", 8, false, LIS_U8}, {"F8_E4M3", 1, false, LIS_U8},
    {"F8_E5M2", 1, false, LIS_U8},
};

static const element *find_element(lis_text name) {
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (strlen(elements[i].name) == name.length &&
            memcmp(elements[i].name, name.bytes, name.length) == 0)
            return &elements[i];
    return NULL;
}

/* ---- the header */

typedef struct entry {
    const char *at; /* its description in the header, for messages */
    const element *kind;
    int64_t count; /* of elements */
    int64_t shape[LIS_TENSOR_DIMS];
    int64_t dims;       /* may be more than a tensor has */
    int64_t begin, end; /* bytes behind the header */
} entry;

typedef struct header {
    const char *path, *file; /* first byte of the file, for messages */
    const char *begin, *end;
    const char *data;
    int64_t data_size;
    lis_dict *names;
    entry *entry; /* [capacity] by code of the name */
    int64_t count, capacity;
    lis_arena scratch;
} header;

static lis_status bad(const header *h, const char *at, lis_error *err, const char *what) {
    char shown[LIS_EXCERPT];
    return lis_fail(err, LIS_EFORMAT, "%s: safetensors header, byte %lld: %s: %s; save it again",
                    h->path, (long long)(at - h->file), what,
                    lis_excerpt(shown, at, (size_t)(h->end - at)));
}

static lis_status bad_json(const header *h, const lis_json_line *line, lis_json_step step,
                           lis_error *err) {
    char what[160];
    if (step == LIS_JSON_MEMORY)
        return lis_fail_nomem(err, "a safetensors header", (double)(h->end - h->begin));
    snprintf(what, sizeof what, "not JSON, wanted %s", line->wrong);
    return bad(h, line->at, err, what);
}

/* "[2, 3]" -> its numbers; the first `most` are kept, and all are counted. */
static bool take_sizes(lis_text text, int64_t *out, int64_t most, int64_t *count) {
    const char *at = text.bytes + 1, *end = text.bytes + text.length - 1; /* inside the brackets */
    *count = 0;
    if (text.length < 2 || text.bytes[0] != '[') return false;
    for (;; at++) {
        int64_t value = 0;
        while (at < end && *at == ' ')
            at++;
        if (at == end) return *count == 0;
        const char *digits = at;
        for (; at < end && *at >= '0' && *at <= '9'; at++)
            if (__builtin_mul_overflow(value, 10, &value) ||
                __builtin_add_overflow(value, *at - '0', &value))
                return false;
        if (at == digits) return false;
        if (*count < most) out[*count] = value;
        ++*count;
        while (at < end && *at == ' ')
            at++;
        if (at == end) return true;
        if (*at != ',') return false;
        if (at + 1 == end) return false;
    }
}

/* The product of a shape that may have more dimensions than a tensor: they are counted here. */
static bool take_shape(lis_text text, entry *e) {
    int64_t all[DIMS_MAX], dims;
    if (!take_sizes(text, all, DIMS_MAX, &dims) || dims > DIMS_MAX) return false;
    e->count = 1;
    e->dims = dims;
    for (int64_t d = 0; d < dims; d++) {
        if (__builtin_mul_overflow(e->count, all[d], &e->count)) return false;
        if (d < LIS_TENSOR_DIMS) e->shape[d] = all[d];
    }
    return true;
}

static bool is(lis_text text, const char *word) {
    return text.length == strlen(word) && memcmp(text.bytes, word, text.length) == 0;
}

static lis_status take_member(const header *h, entry *e, lis_text key, const lis_json_value *value,
                              unsigned *seen, lis_error *err) {
    int64_t range[2], count;
    unsigned bit = is(key, "dtype") ? 1 : is(key, "shape") ? 2 : is(key, "data_offsets") ? 4 : 0;
    if (bit == 0 || (*seen & bit))
        return bad(h, e->at, err, "wanted dtype, shape and data_offsets, each once, in");
    *seen |= bit;
    if (bit == 1) {
        e->kind = value->string ? find_element(value->text) : NULL;
        if (!e->kind) return bad(h, e->at, err, "unknown dtype in");
    } else if (bit == 2) {
        if (!value->nested || !take_shape(value->text, e))
            return bad(h, e->at, err, "shape is no list of sizes, or overflows 64 bits, in");
    } else {
        if (!value->nested || !take_sizes(value->text, range, 2, &count) || count != 2)
            return bad(h, e->at, err, "data_offsets are not two positions in");
        e->begin = range[0];
        e->end = range[1];
    }
    return LIS_OK;
}

static lis_status check_range(const header *h, const entry *e, lis_error *err) {
    int64_t bytes;
    if (e->begin > e->end || e->end > h->data_size)
        return bad(h, e->at, err,
                   "data_offsets reach behind the file (was it cut short?) or run backwards in");
    if (__builtin_mul_overflow(e->count, e->kind->size, &bytes) || bytes != e->end - e->begin)
        return bad(h, e->at, err, "shape and dtype do not fit the bytes of data_offsets in");
    return LIS_OK;
}

static lis_status take_entry(header *h, lis_text name, lis_text description, lis_error *err) {
    lis_json_line line = {.at = description.bytes,
                          .end = description.bytes + description.length,
                          .scratch = &h->scratch};
    entry e = {.at = description.bytes};
    unsigned seen = 0;
    lis_text key;
    lis_json_value value;
    lis_json_step step;
    while ((step = lis_json_next(&line, &key, &value)) == LIS_JSON_MEMBER)
        LIS_TRY(take_member(h, &e, key, &value, &seen, err));
    if (step != LIS_JSON_END) return bad_json(h, &line, step, err);
    if (seen != 7) return bad(h, e.at, err, "wanted dtype, shape and data_offsets, each once, in");
    LIS_TRY(check_range(h, &e, err));
    LIS_TRY(lis_array_name_add(h->names, h->path, name, err));
    if (h->count == h->capacity) {
        int64_t capacity = h->capacity ? h->capacity * 2 : 64;
        entry *grown = lis_realloc(h->entry, (size_t)capacity, sizeof *grown);
        if (!grown) return lis_fail_nomem(err, "tensors of a file", (double)capacity * sizeof e);
        h->entry = grown;
        h->capacity = capacity;
    }
    h->entry[h->count++] = e;
    return LIS_OK;
}

static lis_status take_header(header *h, lis_error *err) {
    lis_json_line line = {.at = h->begin, .end = h->end, .scratch = &h->scratch};
    lis_text key;
    lis_json_value value;
    lis_json_step step;
    while ((step = lis_json_next(&line, &key, &value)) == LIS_JSON_MEMBER) {
        if (is(key, "__metadata__")) continue;
        const char *at = value.nested ? value.text.bytes : line.at;
        if (!value.nested || *at != '{')
            return bad(h, at, err, "wanted the description of a tensor");
        LIS_TRY(take_entry(h, key, value.text, err));
    }
    return step == LIS_JSON_END ? LIS_OK : bad_json(h, &line, step, err);
}

static int by_begin(const void *a, const void *b) {
    const entry *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* The ranges, in order, must follow each other from the first byte to the last. */
static lis_status check_cover(const header *h, lis_error *err) {
    entry *sorted = lis_alloc((size_t)h->count, sizeof *sorted);
    if (!sorted) return lis_fail_nomem(err, "tensors of a file", (double)h->count * sizeof *sorted);
    if (h->count) {
        memcpy(sorted, h->entry, (size_t)h->count * sizeof *sorted);
        qsort(sorted, (size_t)h->count, sizeof *sorted, by_begin);
    }
    int64_t end = 0;
    lis_status status = LIS_OK;
    for (int64_t i = 0; i < h->count && status == LIS_OK; i++) {
        if (sorted[i].begin < end)
            status = bad(h, sorted[i].at, err, "data_offsets overlap those of another tensor in");
        else if (sorted[i].begin > end)
            status = bad(h, sorted[i].at, err, "bytes that no tensor owns lie before");
        end = sorted[i].end;
    }
    lis_free(sorted);
    if (status == LIS_OK && end != h->data_size)
        status = lis_fail(err, LIS_EFORMAT,
                          "%s: the tensors end at byte %lld, but the file has %lld; was it written "
                          "over or joined with another?",
                          h->path, (long long)(h->data - h->file + end),
                          (long long)(h->data - h->file + h->data_size));
    return status;
}

static void close_header(header *h) {
    lis_arena_free(&h->scratch);
    lis_dict_release(h->names);
    lis_free(h->entry);
}

/* *h is to be closed in any case. */
static lis_status open_header(header *h, const char *path, const void *bytes, size_t size,
                              lis_error *err) {
    const unsigned char *file = bytes;
    uint64_t length = 0;
    *h = (header){.path = path, .file = bytes};
    lis_arena_init(&h->scratch);
    for (int i = LENGTH_SIZE - 1; i >= 0 && size >= LENGTH_SIZE; i--)
        length = length << 8 | file[i];
    if (size < LENGTH_SIZE || length > size - LENGTH_SIZE || length > LIS_SAFETENSORS_HEADER_MAX ||
        length < 2)
        return lis_fail(err, LIS_EFORMAT,
                        "%s: byte 0: the safetensors header claims %" PRIu64
                        " bytes and the file has %zu; it was cut short, or is no safetensors file",
                        path, length, size);
    h->begin = h->file + LENGTH_SIZE;
    h->end = h->data = h->begin + length;
    h->data_size = (int64_t)(size - LENGTH_SIZE - length);
    LIS_TRY(lis_dict_new(&h->names, err));
    LIS_TRY(take_header(h, err));
    return check_cover(h, err);
}

/* ---- elements */

static void copy_elements(lis_tensor *out, const entry *e, const unsigned char *data) {
    bool half = strcmp(e->kind->name, "F16") == 0;
    if (e->kind->size != 2) {
        memcpy(out->data, data, (size_t)(e->count * e->kind->size));
        return;
    }
    for (int64_t i = 0; i < e->count; i++) {
        uint16_t bits = (uint16_t)(data[2 * i] | data[2 * i + 1] << 8);
        lis_f32(out)[i] = half ? lis_from_half(bits) : lis_from_bfloat(bits);
    }
}

static lis_status copy_tensor(lis_tensor *out, const header *h, const entry *e, lis_text name,
                              lis_error *err) {
    char shown[LIS_EXCERPT];
    lis_excerpt(shown, name.bytes, name.length);
    if (!e->kind->read)
        return lis_fail(
            err, LIS_EDTYPE,
            "%s: tensor %s is %s, which is not read; save it as F32, F64, I32, I64, U8, "
            "F16 or BF16",
            h->path, shown, e->kind->name);
    if (e->dims < 1 || e->dims > LIS_TENSOR_DIMS)
        return lis_fail(err, LIS_ESHAPE, "%s: tensor %s has %lld dimensions; 1 to %d can be read",
                        h->path, shown, (long long)e->dims, LIS_TENSOR_DIMS);
    LIS_TRY(lis_tensor_new(out, e->kind->dtype, (int)e->dims, e->shape, err));
    copy_elements(out, e, (const unsigned char *)h->data + e->begin);
    return LIS_OK;
}

lis_status lis_safetensors_parse(lis_tensor *out, const char *path, const void *bytes, size_t size,
                                 const char *name, lis_error *err) {
    header h;
    lis_text chosen;
    *out = (lis_tensor){0};
    lis_status status = open_header(&h, path, bytes, size, err);
    if (status == LIS_OK) status = lis_array_name_choose(&chosen, h.names, path, name, err);
    if (status == LIS_OK)
        status = copy_tensor(out, &h, &h.entry[lis_dict_find(h.names, chosen)], chosen, err);
    close_header(&h);
    return status;
}

lis_status lis_safetensors_list(lis_dict **out, const char *path, const void *bytes, size_t size,
                                lis_error *err) {
    header h;
    *out = NULL;
    lis_status status = open_header(&h, path, bytes, size, err);
    if (status == LIS_OK) *out = lis_dict_retain(h.names);
    close_header(&h);
    return status;
}

lis_status lis_safetensors_read(lis_tensor *out, const char *path, const char *name,
                                lis_error *err) {
    lis_file_map map = {0};
    *out = (lis_tensor){0};
    LIS_TRY(lis_file_map_open(&map, path, err));
    lis_status status = lis_safetensors_parse(out, path, map.bytes, map.size, name, err);
    lis_file_map_close(&map);
    return status;
}

lis_status lis_safetensors_names(lis_dict **out, const char *path, lis_error *err) {
    lis_file_map map = {0};
    *out = NULL;
    LIS_TRY(lis_file_map_open(&map, path, err));
    lis_status status = lis_safetensors_list(out, path, map.bytes, map.size, err);
    lis_file_map_close(&map);
    return status;
}
