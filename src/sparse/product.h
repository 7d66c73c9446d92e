/* The row-by-row product of two sparse matrices, with a last word about each row. */
#ifndef LIS_SPARSE_PRODUCT_H
#define LIS_SPARSE_PRODUCT_H

#include "lis/sparse/csr.h"

/* May rewrite the values of a finished row before its largest are chosen. */
typedef void lis_finish_fn(void *arg, int64_t row, int64_t n, const int32_t *column, float *value);

typedef struct lis_product_rule {
    int64_t top_k; /* 0: all */
    bool drop_diagonal;
    lis_finish_fn *finish; /* NULL: none */
    void *arg;
    const char *what, *cure; /* for the message where it does not fit into memory */
} lis_product_rule;

/* As lis_csr_multiply; shapes are the caller's to check. */
lis_status lis_product_build(lis_ctx *ctx, lis_csr *out, const lis_csr *a, const lis_csr *b,
                             const lis_product_rule *rule, lis_error *err);

#endif
