#include <string.h>

#include "cache_name.h"
#include "lis/base/mem.h"
#include "lis/data/cache_parts.h"

enum { STRINGS_A_BLOCK = 1 << 16 };

/* A block of strings end to end. */
typedef struct block {
    int32_t *length; /* [STRINGS_A_BLOCK] */
    char *bytes;
    size_t room;
} block;

static lis_status gather(block *b, const lis_dict *dict, int64_t begin, int64_t n, size_t *size,
                         lis_error *err) {
    *size = 0;
    for (int64_t k = 0; k < n; k++) {
        size_t length = lis_dict_text(dict, (int32_t)(begin + k)).length;
        if (length > INT32_MAX)
            return lis_fail(err, LIS_EARG, "a string of %zu bytes does not fit a cache", length);
        b->length[k] = (int32_t)length;
        *size += length;
    }
    if (*size > b->room) {
        lis_free(b->bytes);
        b->bytes = lis_alloc(*size, 1);
        b->room = b->bytes ? *size : 0;
        if (!b->bytes) return lis_fail_nomem(err, "a dictionary's strings", (double)*size);
    }
    char *to = b->bytes;
    for (int64_t k = 0; k < n; k++) {
        lis_text text = lis_dict_text(dict, (int32_t)(begin + k));
        memcpy(to, text.bytes, text.length);
        to += text.length;
    }
    return LIS_OK;
}

lis_status lis_cache_put_dict(lis_ctx *ctx, lis_cache_writer *writer, const char *name,
                              const lis_dict *dict, lis_error *err) {
    lis_part_name part;
    int64_t lengths, bytes, strings = lis_dict_size(dict);
    LIS_TRY(lis_cache_add(writer, lis_part_of(&part, name, "length"), LIS_I32, LIS_CACHE_PART,
                          &lengths, err));
    LIS_TRY(lis_cache_add(writer, lis_part_of(&part, name, "bytes"), LIS_U8, LIS_CACHE_PART, &bytes,
                          err));
    block b = {.length = lis_alloc(STRINGS_A_BLOCK, sizeof *b.length)};
    lis_status status =
        b.length ? LIS_OK : lis_fail_nomem(err, "a dictionary", STRINGS_A_BLOCK * 4);
    for (int64_t begin = 0; status == LIS_OK && begin < strings; begin += STRINGS_A_BLOCK) {
        int64_t n = strings - begin < STRINGS_A_BLOCK ? strings - begin : STRINGS_A_BLOCK;
        size_t size;
        status = gather(&b, dict, begin, n, &size, err);
        if (status == LIS_OK) status = lis_cache_append(ctx, writer, lengths, b.length, n, err);
        if (status == LIS_OK)
            status = lis_cache_append(ctx, writer, bytes, b.bytes, (int64_t)size, err);
    }
    lis_free(b.length);
    lis_free(b.bytes);
    return status;
}

bool lis_cache_has_dict(const lis_cache *cache, const char *name) {
    return lis_cache_has_part(cache, name, "length");
}

static lis_status fill_dict(const lis_cache *cache, const char *name, const int32_t *length,
                            int64_t strings, const char *bytes, int64_t size, lis_dict **out,
                            lis_error *err) {
    int64_t total = 0;
    for (int64_t k = 0; k < strings; k++)
        total += length[k];
    if (total != size || strings > LIS_DICT_MAX)
        return lis_fail(err, LIS_EFORMAT,
                        "'%s': dictionary '%s' has %lld bytes, its strings want %lld",
                        lis_cache_path(cache), name, (long long)size, (long long)total);
    LIS_TRY(lis_dict_new(out, err));
    lis_status status = lis_dict_fill(*out, length, strings, bytes, err);
    if (status == LIS_OK) return LIS_OK;
    lis_dict_release(*out);
    *out = NULL;
    return status;
}

lis_status lis_cache_read_dict(lis_ctx *ctx, const lis_cache *cache, const char *name,
                               lis_dict **out, lis_error *err) {
    static const lis_cache_range lengths = {.low = 1, .limit = INT32_MAX};
    int64_t strings = -1, size = -1;
    void *length, *bytes = NULL;
    *out = NULL;
    LIS_TRY(lis_cache_take(ctx, cache, name, "length", LIS_I32, &lengths, &strings, &length, err));
    lis_status status = lis_cache_take(ctx, cache, name, "bytes", LIS_U8, NULL, &size, &bytes, err);
    if (status == LIS_OK) status = fill_dict(cache, name, length, strings, bytes, size, out, err);
    lis_free(length);
    lis_free(bytes);
    return status;
}
