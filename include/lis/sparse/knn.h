/* Exact nearest neighbours of dense vectors, by brute force in blocks: a block of queries times a
 * block of vectors is one matrix product, of which each query keeps its k best so far. */
#ifndef LIS_SPARSE_KNN_H
#define LIS_SPARSE_KNN_H

#include "lis/sparse/csr.h"
#include "lis/sparse/plan.h"
#include "lis/tensor/tensor.h"

typedef enum lis_knn_metric {
    LIS_KNN_DOT,      /* q . x */
    LIS_KNN_COSINE,   /* q . x / (|q| |x|); 0 where a vector is 0 */
    LIS_KNN_EUCLIDEAN /* -|q - x|^2, so that larger is nearer here too */
} lis_knn_metric;

typedef struct lis_knn_options {
    int64_t k;
    lis_knn_metric metric;
    bool skip_self; /* vector r is no neighbour of query r: for queries that are the vectors */
} lis_knn_options;

/* What lis_knn_build takes for so many queries and vectors. */
lis_plan lis_knn_plan(int64_t queries, int64_t vectors, const lis_knn_options *options,
                      int threads);

/* *out is overwritten: [n, m] with the min(k, m) nearest vectors of each query (one fewer where it
 * skips itself and they are short), columns ascending, values as the metric says. Ties: lower id.
 *   query    [n, d] f32  borrowed, contiguous
 *   vectors  [m, d] f32  borrowed, contiguous; may be the same tensor
 * Threads: query shards; same bytes at any count (OpenBLAS may differ between processors).
 * Errors: LIS_ESHAPE, LIS_EDTYPE, LIS_EARG where k < 1, LIS_EMATH where a value is not finite,
 * LIS_ENOMEM (told before it is made where the plan does not fit), LIS_EINTR. Scratch for each worker: 64 x (1024 + 2 k) numbers. */
lis_status lis_knn_build(lis_ctx *ctx, lis_csr *out, const lis_tensor *query,
                         const lis_tensor *vectors, const lis_knn_options *options, lis_error *err);

#endif
