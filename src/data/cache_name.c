#include "cache_name.h"

#include <stdio.h>

#include "lis/base/mem.h"

const char *lis_part_of(lis_part_name *out, const char *name, const char *part) {
    snprintf(out->text, sizeof out->text, "%.*s/%s", LIS_CACHE_NAME_MAX + 1, name, part);
    return out->text;
}

void lis_name_join(lis_part_name *out, const char *first, const char *second) {
    if (snprintf(out->text, sizeof out->text, "%s%s", first, second) > LIS_CACHE_NAME_MAX)
        out->text[LIS_CACHE_NAME_MAX + 1] = '\0'; /* still too long for a cache */
}

bool lis_cache_has_part(const lis_cache *cache, const char *name, const char *part) {
    lis_part_name full;
    return lis_cache_find(cache, lis_part_of(&full, name, part)) >= 0;
}

lis_status lis_cache_take(lis_ctx *ctx, const lis_cache *cache, const char *name, const char *part,
                          lis_dtype dtype, const lis_cache_range *range, int64_t *length,
                          void **out, lis_error *err) {
    lis_part_name full;
    int64_t index, found;
    *out = NULL;
    LIS_TRY(lis_cache_expect(cache, lis_part_of(&full, name, part), dtype, &index, &found, err));
    if (*length >= 0 && found != *length)
        return lis_fail(err, LIS_EFORMAT, "'%s': column '%s' has %lld elements, wanted %lld",
                        lis_cache_path(cache), full.text, (long long)found, (long long)*length);
    *length = found;
    *out = lis_alloc((size_t)found, lis_dtype_size(dtype));
    if (!*out) return lis_fail_nomem(err, full.text, (double)found * 8);
    lis_status status = lis_cache_read(ctx, cache, index, 0, found, range, *out, err);
    if (status == LIS_OK) return LIS_OK;
    lis_free(*out);
    *out = NULL;
    return status;
}
