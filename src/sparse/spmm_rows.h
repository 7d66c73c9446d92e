/* The kernels behind spmm.h: the same loops, compiled for each width of vectors. */
#ifndef LIS_SPARSE_SPMM_ROWS_H
#define LIS_SPARSE_SPMM_ROWS_H

#include "lis/sparse/csr.h"

/* out = a x, all row-major, `width` columns. */
typedef struct lis_rows_job {
    const lis_csr *a;
    const float *x;
    float *out;
    int64_t width;
} lis_rows_job;

/* Computes rows [begin, end) of out. */
typedef void lis_rows_fn(const lis_rows_job *job, int64_t begin, int64_t end);

enum { LIS_ROWS_KERNELS = 3 };

/* Those that this processor can run, the best last; returns their number. */
int lis_rows_kernels(lis_rows_fn *usable[LIS_ROWS_KERNELS]);

#endif
