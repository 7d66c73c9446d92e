/* Cleaning a log: which rows stay, and ids without gaps for those that do.
 *
 * Rows are (user, item, time, ...) by position; ids are codes, -1 where there is none. Flags are u8:
 * 1 = stays. Everything here is linear in the rows and runs on one thread. */
#ifndef LIS_DATA_CLEAN_H
#define LIS_DATA_CLEAN_H

#include <stdbool.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/dict.h"

typedef struct lis_clean_rows {
    int64_t rows;
    const int32_t *user, *item; /* [rows] in [-1, users) and [-1, items) */
    int64_t users, items;
} lis_clean_rows;

typedef struct lis_k_core {
    int64_t rows, users, items; /* that stay */
    int64_t passes;             /* until nothing more went */
} lis_k_core;

/* keep[r] = 1 for rows of the largest part of the log in which every user has at least `least_user`
 * rows and every item `least_item`; rows without user or item go. A pass drops, all at once, the rows
 * of every user and item that is below; the part that is left does not depend on the order (Seidman
 * 1983), and passes are those of that rule. Each row is visited once: O(rows) time, 8 bytes a row of
 * scratch.
 * Errors: LIS_ERANGE for a code out of range (named) and for more than 2^31 - 1 rows; LIS_ENOMEM;
 * LIS_EINTR. */
lis_status lis_clean_k_core(lis_ctx *ctx, uint8_t *keep, const lis_clean_rows *log,
                            int64_t least_user, int64_t least_item, lis_k_core *out,
                            lis_error *err);

typedef enum lis_keep { LIS_KEEP_FIRST, LIS_KEEP_LAST, LIS_KEEP_MAX } lis_keep;

/* keep[r] = 1 for one row of each (user, item), or (user, item, time) where `same_time`.
 *   time   [rows] or NULL: what first and last mean; NULL: position
 *   value  [rows] with LIS_KEEP_MAX: the largest stays, a NaN only where there is no number
 * Rows that tie: of LIS_KEEP_LAST the last by position, else the first. Rows without user or item are
 * like no other. Errors: as above. 16 bytes a row of scratch. */
lis_status lis_clean_distinct(lis_ctx *ctx, uint8_t *keep, const lis_clean_rows *log,
                              const int64_t *time, const double *value, bool same_time,
                              lis_keep which, lis_error *err);

/* keep[c] = 1 for a share of the codes [0, n): by a hash of seed and string, or of seed and code where
 * dict is NULL. So a user stays or goes whatever else the log holds, and a smaller share of the same
 * seed is a part of a larger one. share in [0, 1]. */
void lis_clean_share(uint8_t *keep, const lis_dict *dict, int64_t n, double share, int64_t seed);

/* Numbers codes by first appearance: code[r] becomes the new code; -1 stays -1.
 *   code   [rows] in [-1, size), read and written
 *   old    [size] written up to *n, the number of new codes: the old code of each
 *   fresh  [size] written: the new code of each old one, -1 where it does not appear
 * Errors: LIS_ERANGE (nothing written). */
lis_status lis_clean_recode(int32_t *code, int64_t rows, int64_t size, int32_t *old, int32_t *fresh,
                            int64_t *n, lis_error *err);

/* out[r] = fresh[code[r]], -1 where code[r] is: other columns of the same codes.
 *   out, code  [n]     fresh  [size], of lis_clean_recode
 * Errors: LIS_ERANGE (nothing written). */
lis_status lis_clean_remap(int32_t *out, const int32_t *code, int64_t n, const int32_t *fresh,
                           int64_t size, lis_error *err);

/* A new dictionary: string k is that of code[k] in `from`. Codes are distinct, each in [0, size of
 * from): else LIS_ERANGE. LIS_ENOMEM. *out is NULL on error. */
lis_status lis_clean_dict(lis_dict **out, const lis_dict *from, const int32_t *code, int64_t n,
                          lis_error *err);

#endif
