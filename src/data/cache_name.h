/* Names of the arrays that belong to a part: "user_ids/length". */
#ifndef LIS_DATA_CACHE_NAME_H
#define LIS_DATA_CACHE_NAME_H

#include <stdbool.h>

#include "cache_format.h"
#include "lis/base/ctx.h"
#include "lis/data/cache.h"

typedef struct lis_part_name {
    char text[LIS_CACHE_NAME_MAX + 32];
} lis_part_name;

/* "<name>/<part>" into *out; returns out->text. A name too long for a cache is cut, and refused by
 * the writer or not found by the reader. */
const char *lis_part_of(lis_part_name *out, const char *name, const char *part);

/* "<first><second>", cut as above. */
void lis_name_join(lis_part_name *out, const char *first, const char *second);

bool lis_cache_has_part(const lis_cache *cache, const char *name, const char *part);

/* A part of a known length (-1: any, told in *length), as fresh memory of the caller. */
lis_status lis_cache_take(lis_ctx *ctx, const lis_cache *cache, const char *name, const char *part,
                          lis_dtype dtype, const lis_cache_range *range, int64_t *length,
                          void **out, lis_error *err);

#endif
