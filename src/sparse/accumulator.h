/* A dense row that knows which of its parts were touched (the "sparse accumulator" of Gilbert, Moler
 * and Schreiber 1992).
 *
 * Adding is one sum and two byte stores; draining visits, in ascending order, only blocks that were
 * touched, so a row costs what it holds and not what it could hold. Where only the number of touched
 * columns is wanted, marking and counting are cheaper still. One accumulator a worker. */
#ifndef LIS_SPARSE_ACCUMULATOR_H
#define LIS_SPARSE_ACCUMULATOR_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

enum {
    LIS_BLOCK_BITS = 3, /* 8 sums: one cache line, one flag */
    LIS_PAGE_BITS = 12  /* 4096 sums: 512 block flags, one page flag */
};

typedef struct lis_accumulator {
    double *sum;    /* [pages * 4096] zero between rows */
    uint8_t *block; /* [pages * 512] set where one of 8 sums was touched */
    uint8_t *mark;  /* [pages * 4096] for marking: set where a column was touched */
    uint8_t *page;  /* [pages] */
    int64_t pages;
} lis_accumulator;

/* One for each worker of ctx. *pool is NULL on error: LIS_ENOMEM. */
lis_status lis_accumulators_new(lis_accumulator **pool, const lis_ctx *ctx, int64_t columns,
                                lis_error *err);
void lis_accumulators_free(lis_accumulator *pool, const lis_ctx *ctx); /* NULL is fine */

static inline void lis_accumulator_add(lis_accumulator *acc, int32_t column, double weight) {
    acc->sum[column] += weight;
    acc->block[column >> LIS_BLOCK_BITS] = 1;
    acc->page[column >> LIS_PAGE_BITS] = 1;
}

static inline void lis_accumulator_mark(lis_accumulator *acc, int32_t column) {
    acc->mark[column] = 1;
    acc->page[column >> LIS_PAGE_BITS] = 1;
}

/* How many columns were marked, but for `skip` (-1: none); leaves the accumulator empty. A row is
 * either added to or marked, not both. */
int64_t lis_accumulator_count(lis_accumulator *acc, int64_t skip);

/* The sums s with s >= least and s != 0, but for column `skip` (-1: none), in ascending order; leaves
 * the accumulator empty. Returns their number; writes them where column is not NULL. */
int64_t lis_accumulator_drain(lis_accumulator *acc, int64_t skip, double least, int32_t *column,
                              float *value);

#endif
