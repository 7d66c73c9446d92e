/* Positive pointwise mutual information: counts -> how much more often than by chance.
 *
 *     r_i = sum_j C[i, j]     c_j = sum_i C[i, j]     P_a(j) = c_j^a / sum_k c_k^a
 *
 *     out[i, j] = max(0, log( C[i, j] / (r_i P_a(j)) ) - shift)
 *
 * natural logarithm; entries that come out 0 are not stored.
 *   shift      log k of k negative samples: with it, factorising the result is what skip-gram with
 *              negative sampling does (Levy and Goldberg 2014)
 *   smoothing  a, the exponent of the context distribution: 0.75 damps the bias towards rare
 *              contexts (Levy, Goldberg and Dagan 2015); 1 keeps a symmetric C symmetric, other
 *              values do not */
#ifndef LIS_SPARSE_PPMI_H
#define LIS_SPARSE_PPMI_H

#include "lis/sparse/csr.h"

typedef struct lis_ppmi_options {
    double shift;     /* any finite number; 0: none */
    double smoothing; /* > 0; 1: none */
} lis_ppmi_options;

/* *out is overwritten. Threads: row shards; same bytes at any count. Scratch: 4 bytes an entry.
 * Errors: LIS_EARG (options); LIS_ERANGE names the first entry that is negative or not finite;
 * LIS_ENOMEM; LIS_EINTR. */
lis_status lis_csr_ppmi(lis_ctx *ctx, lis_csr *out, const lis_csr *counts,
                        const lis_ppmi_options *options, lis_error *err);

#endif
