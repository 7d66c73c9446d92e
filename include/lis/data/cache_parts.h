/* What a columnar cache (cache.h) holds beyond plain arrays: dictionaries, histories, tables.
 *
 *     dictionary D   arrays "D/length" i32 and "D/bytes" u8: its strings in order of their codes
 *     history H      "H/item" i32, "H/begin" i64 and "H/seen" i64: where each row's window begins,
 *                    and how many events it holds; opening sorts nothing
 *     table          a column C of any type is the array "C" (its values, or its offsets), of the
 *                    column's kind; dictionary C; text "C/text" u8; list "C/items" i32, "C/marks" f32
 *
 * Readers check what they build: codes and offsets are in range whatever the file says. */
#ifndef LIS_DATA_CACHE_PARTS_H
#define LIS_DATA_CACHE_PARTS_H

#include <stdbool.h>

#include "lis/data/cache.h"
#include "lis/data/cache_writer.h"
#include "lis/data/history.h"
#include "lis/data/table.h"

/* Writes a dictionary. Errors as lis_cache_put. */
lis_status lis_cache_put_dict(lis_ctx *ctx, lis_cache_writer *writer, const char *name,
                              const lis_dict *dict, lis_error *err);

/* A dictionary with one reference, the caller's; NULL on error. Errors as lis_cache_read, and
 * LIS_EFORMAT where it is missing or its parts do not fit. */
lis_status lis_cache_read_dict(lis_ctx *ctx, const lis_cache *cache, const char *name,
                               lis_dict **out, lis_error *err);

/* Whether there is a dictionary of that name. */
bool lis_cache_has_dict(const lis_cache *cache, const char *name);

/* Writes a history. Errors as lis_cache_put. */
lis_status lis_cache_put_history(lis_ctx *ctx, lis_cache_writer *writer, const char *name,
                                 const lis_history *history, lis_error *err);

/* A history of a log with `rows` rows whose item codes are below `items`; the caller frees it, and it
 * is zeroed on error. Errors as lis_cache_read_dict. */
lis_status lis_cache_read_history(lis_ctx *ctx, const lis_cache *cache, const char *name,
                                  int64_t rows, int64_t items, lis_history *out, lis_error *err);

/* Whether there is a history of that name. */
bool lis_cache_has_history(const lis_cache *cache, const char *name);

/* Writes every column of a table, its name behind `prefix` ("": none). Errors as lis_cache_put. */
lis_status lis_cache_put_table(lis_ctx *ctx, lis_cache_writer *writer, const char *prefix,
                               const lis_table *table, lis_error *err);

/* A table of every array that is a column and whose name begins with `prefix`; the caller frees it, and it is zeroed on error. Errors as
 * lis_cache_read_dict. */
lis_status lis_cache_read_table(lis_ctx *ctx, const lis_cache *cache, const char *prefix,
                                lis_table *out, lis_error *err);

#endif
