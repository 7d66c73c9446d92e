/* Moving rows: by a list of row codes, into counts, end to end.
 *
 * A "row" is one index of the first dimension: a number of a 1-d tensor, a vector of a 2-d one.
 * Row codes are i32, 0-based; -1 means missing. */
#ifndef LIS_TENSOR_OPS_GATHER_H
#define LIS_TENSOR_OPS_GATHER_H

#include "lis/base/ctx.h"
#include "lis/tensor/tensor.h"

/* out[i] = table[index[i]], a row of zeros where index[i] is -1.
 *   out    [n, ...] any type  written; must not overlap table
 *   table  [v, ...] same type borrowed; contiguous, as is out
 *   index  [n]      i32       borrowed; each in [-1, v), checked before any write
 * Threads: rows split into shards; same bytes for any thread count.
 * Errors: LIS_ESHAPE, LIS_EDTYPE, LIS_ERANGE (names the first bad row), LIS_EINTR. Allocates: nothing. */
lis_status lis_gather_rows(lis_ctx *ctx, const lis_tensor *out, const lis_tensor *table,
                           const lis_tensor *index, lis_error *err);

/* The same into a new tensor. LIS_ENOMEM besides. */
lis_status lis_tensor_take(lis_ctx *ctx, lis_tensor *out, const lis_tensor *table,
                           const lis_tensor *index, lis_error *err);

/* table[index[i]] += rows[i] for i = 0, 1, ...; rows whose code is -1 are skipped.
 *   table  [v, ...] f32, f64, i32 or i64  updated
 *   index  [n]      i32                   borrowed; each in [-1, v), checked before any write
 *   rows   [n, ...] same type             borrowed; must not overlap table
 * Every table row adds its rows in input order, so the sums are those of the plain loop, bit for bit,
 * at any thread count. Integers wrap around.
 * Errors: LIS_ESHAPE, LIS_EDTYPE, LIS_ERANGE, LIS_ENOMEM, LIS_EINTR (table rows are then done or not
 * done, each whole). Allocates: the rows' order, 8 (v + n) bytes, where more than one thread works. */
lis_status lis_scatter_add_rows(lis_ctx *ctx, const lis_tensor *table, const lis_tensor *index,
                                const lis_tensor *rows, lis_error *err);

/* A new tensor: `count` tensors of one type laid end to end along `dim` (0-based); their other sizes
 * agree. Views are fine. LIS_ESHAPE, LIS_EDTYPE, LIS_ERANGE, LIS_ENOMEM. */
lis_status lis_tensor_concat(lis_tensor *out, const lis_tensor *const *parts, int count, int dim,
                             lis_error *err);

/* A new i32 tensor: ascending codes of the non-zero elements of a 1-d tensor (NaN counts as one). */
lis_status lis_tensor_nonzero(lis_tensor *out, const lis_tensor *flags, lis_error *err);

/* A new f64 tensor [n]: out[c] = number, or summed weight, of the codes equal to c; -1 is skipped.
 *   codes   [m] i32, each in [-1, n)
 *   weight  [m] any type, or NULL; added in input order */
lis_status lis_tensor_bincount(lis_tensor *out, const lis_tensor *codes, const lis_tensor *weight,
                               int64_t n, lis_error *err);

#endif
