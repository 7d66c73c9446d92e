/* Compressed sparse rows: item-item pair graphs and user-item interactions.
 *
 * Columns within a row are strictly ascending. f32 values, i32 ids, i64 offsets. Functions that make
 * a CSR overwrite *out (never release it) and leave it zeroed on error. `in` and `out` never alias. */
#ifndef LIS_SPARSE_CSR_H
#define LIS_SPARSE_CSR_H

#include <stdbool.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

typedef struct lis_csr {
    int64_t rows, columns;
    int64_t nnz;
    int64_t *offset; /* [rows + 1]; row r owns entries [offset[r], offset[r + 1]) */
    int32_t *column; /* [nnz] */
    float *value;    /* [nnz] */
} lis_csr;

/* Owned arrays, uninitialised but for offset[0] = 0 and offset[rows] = nnz. LIS_ENOMEM, LIS_ESHAPE. */
lis_status lis_csr_new(lis_csr *out, int64_t rows, int64_t columns, int64_t nnz, lis_error *err);
void lis_csr_free(lis_csr *csr); /* leaves a zeroed struct; a zeroed struct is fine */

/* Bytes that the three arrays of such a CSR take: the figure to print before making one. */
double lis_csr_bytes(int64_t rows, int64_t nnz);

/* Triples (row[k], column[k], value[k]) k < n -> CSR; duplicates are summed in input order (in f64);
 * entries that sum to zero stay. value NULL: all ones.
 * Errors: LIS_ERANGE names the first bad k; LIS_ENOMEM, LIS_EINTR. One thread. Cost O(n + rows + columns) (two
 * counting passes). */
lis_status lis_csr_from_triples(const lis_ctx *ctx, lis_csr *out, int64_t rows, int64_t columns,
                                const int32_t *row, const int32_t *column, const float *value,
                                int64_t n, lis_error *err);

/* New matrices of their own: columns stay ascending. One thread. Errors: LIS_ENOMEM; LIS_EINTR. */
lis_status lis_csr_transpose(const lis_ctx *ctx, lis_csr *out, const lis_csr *in, lis_error *err);
lis_status lis_csr_copy(lis_csr *out, const lis_csr *in, lis_error *err);

/* out = a + scale * b, same shape; entries that cancel to exactly 0 are dropped. Threads: row
 * shards. Errors: LIS_ESHAPE, LIS_ENOMEM, LIS_EINTR. */
lis_status lis_csr_add(lis_ctx *ctx, lis_csr *out, const lis_csr *a, float scale, const lis_csr *b,
                       lis_error *err);

/* out = term[0] + term[1] + ..., of one shape: each entry summed in f64 in this order, then rounded. Sums of
 * exactly 0, and NaN, are dropped. Threads: row shards. Errors: LIS_ESHAPE names the first other shape, LIS_EARG
 * where terms < 1, LIS_ENOMEM, LIS_EINTR. */
lis_status lis_csr_sum(lis_ctx *ctx, lis_csr *out, const lis_csr *const *term, int64_t terms,
                       lis_error *err);

/* out[p(r), p(c)] = in[r, c]: rows and columns relabelled by the same permutation (P C P', the
 * placebo). in must be square; permutation [rows] is checked to be one: LIS_EARG. Threads: row shards where rows are
 * full enough. Errors: LIS_ESHAPE, LIS_ENOMEM, LIS_EINTR. */
lis_status lis_csr_permute(lis_ctx *ctx, lis_csr *out, const lis_csr *in,
                           const int32_t *permutation, lis_error *err);

/* The k largest of every row (ties: lower column first; NaN counts as smallest), columns ascending
 * again. Threads: row shards. Errors: LIS_EARG where k < 0, LIS_ENOMEM, LIS_EINTR. */
lis_status lis_csr_top_k(lis_ctx *ctx, lis_csr *out, const lis_csr *in, int64_t k, lis_error *err);

/* The entries with value >= least (NaN goes). Threads: row shards. Errors: LIS_ENOMEM, LIS_EINTR. */
lis_status lis_csr_prune(lis_ctx *ctx, lis_csr *out, const lis_csr *in, float least,
                         lis_error *err);

/* A dose of a graph: the entries whose unordered pair {r, c} is drawn, each with chance `share`. The draw
 * is lis_rng_hash of the pair alone: a symmetric matrix stays symmetric, a pair falls the same way in
 * every matrix of one seed, and a smaller share keeps a subset of a larger one. Threads: row shards.
 * Errors: LIS_EARG where share is outside [0, 1], LIS_ENOMEM, LIS_EINTR. */
lis_status lis_csr_thin(lis_ctx *ctx, lis_csr *out, const lis_csr *in, double share, uint64_t seed,
                        lis_error *err);

/* Row sums in f64: out[rows]. */
void lis_csr_row_sums(const lis_csr *csr, double *out);

/* rows == columns and in[r, c] == in[c, r] bit for bit. Reads every entry once, allocates one i64
 * per row: LIS_ENOMEM. */
lis_status lis_csr_is_symmetric(const lis_csr *csr, bool *answer, lis_error *err);

/* Hash of shape and content: equal matrices, equal hashes. */
uint64_t lis_csr_hash(const lis_csr *csr);

#endif
