/* Residual k-means: vectors -> short words of codes, coarse to fine.
 *
 * Level 1 clusters the vectors, level 2 what the first centroids leave over, and so on (residual
 * vector quantisation: Juang and Gray 1982; Chen, Guan and Wang 2010), so that
 * x ~ c1[code 1] + c2[code 2] + ... Each level is Lloyd's algorithm (1982) seeded by k-means++ (Arthur
 * and Vassilvitskii 2007); a cluster that runs empty moves to the vector farthest from its centroid.
 * Items whose words begin alike are alike: ids for a ranker, or the "semantic ids" of generative
 * retrieval. */
#ifndef LIS_SPARSE_RESIDUAL_H
#define LIS_SPARSE_RESIDUAL_H

#include "lis/base/ctx.h"
#include "lis/tensor/tensor.h"

typedef struct lis_residual_options {
    int64_t levels;     /* codes a word */
    int64_t codes;      /* centroids a level, in [1, rows] */
    int64_t iterations; /* of Lloyd's algorithm at most; it stops where no vector moves */
    uint64_t seed;
} lis_residual_options;

/* 3 levels of 32 codes, 25 iterations, seed 0. */
lis_residual_options lis_residual_defaults(void);

/* New tensors, overwritten:
 *   codes      [n, levels] i32          each in [0, options.codes); ties: the lower code
 *   centroids  [levels * codes, d] f32  level l owns rows [l * codes, (l + 1) * codes)
 *   error      [levels] f64             mean squared length left over after each level
 *   x          [n, d] f32               borrowed, contiguous
 * Threads: row and centroid shards; same bytes at any count (OpenBLAS may differ between processors).
 * Errors: LIS_EARG (options; more codes than rows), LIS_EMATH where a value is not finite,
 * LIS_ENOMEM, LIS_EINTR; the three are empty then. Scratch: a copy of x, 24 bytes a row. */
lis_status lis_residual_fit(lis_ctx *ctx, lis_tensor *codes, lis_tensor *centroids,
                            lis_tensor *error, const lis_tensor *x,
                            const lis_residual_options *options, lis_error *err);

/* The words of other vectors under given centroids [levels * codes, d]: codes [n, levels] i32, new. */
lis_status lis_residual_encode(lis_ctx *ctx, lis_tensor *codes, const lis_tensor *x,
                               const lis_tensor *centroids, int64_t levels, lis_error *err);

#endif
