/* Building a CSR row by row, in parallel, with its exact size known before it is allocated.
 *
 * Two passes: the first asks every row for its entry count, the second asks it to write them. Rows
 * are made by one worker each, so the result has the same bytes at any thread count; and a caller
 * that finds the counted size too large can stop in between (lis_rows_count, then lis_rows_fill). */
#ifndef LIS_SPARSE_ROWS_H
#define LIS_SPARSE_ROWS_H

#include "lis/sparse/csr.h"

/* Returns the number of entries of `row`; where column is not NULL also writes them, columns
 * strictly ascending. Both calls must agree. worker in [0, ctx->threads) picks scratch memory. */
typedef int64_t lis_row_fn(void *arg, int64_t row, int worker, int32_t *column, float *value);

/* Sets shape, offset and nnz of *out; column and value stay NULL. */
lis_status lis_rows_count(lis_ctx *ctx, lis_csr *out, int64_t rows, int64_t columns, lis_row_fn *fn,
                          void *arg, lis_error *err);

/* Allocates and fills column and value of a counted CSR; frees it all on error. */
lis_status lis_rows_fill(lis_ctx *ctx, lis_csr *out, lis_row_fn *fn, void *arg, lis_error *err);

/* Both. *out is zeroed on error. */
lis_status lis_rows_build(lis_ctx *ctx, lis_csr *out, int64_t rows, int64_t columns, lis_row_fn *fn,
                          void *arg, lis_error *err);

/* counts[k] at [k + 1] with counts[0] = 0 -> offsets in place. */
void lis_counts_to_offsets(int64_t *counts, int64_t n);

#endif
