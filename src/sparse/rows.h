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

/* For rows that cost much more to make than to copy: asks every row once, always with column and value
 * of capacity `columns`, keeps its top_k largest (0: all), and joins the rows at the end. Takes twice
 * the result's memory for a moment. *out is zeroed on error. */
lis_status lis_rows_collect(lis_ctx *ctx, lis_csr *out, int64_t rows, int64_t columns,
                            int64_t top_k, lis_row_fn *fn, void *arg, lis_error *err);

/* Copies the k largest of n entries, in their order, and returns how many those are; ties: the first
 * ones; NaN counts as smallest. The output may be the input. */
int64_t lis_row_top(int32_t *out_column, float *out_value, const int32_t *column,
                    const float *value, int64_t n, int64_t k);

/* counts[k] at [k + 1] with counts[0] = 0 -> offsets in place. */
void lis_counts_to_offsets(int64_t *counts, int64_t n);

#endif
