/* What the sparse tests share: small random matrices, exact comparison, and the sweeps that every
 * unit gets (failing allocations, thread counts, the interrupt flag). */
#ifndef LIS_TEST_SPARSE_SUPPORT_H
#define LIS_TEST_SPARSE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lis/base/ctx.h"
#include "lis/base/mem.h"
#include "lis/base/rng.h"
#include "lis/sparse/csr.h"

/* Fails the test with the error's own message. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != LIS_OK) fail_msg("%s: %s", #call, error.message);                            \
    } while (0)

/* A context of one thread that nobody interrupts. */
extern lis_ctx calm;

/* A call that makes one CSR from some input: what the sweeps repeat. */
typedef lis_status make_csr(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err);

/* Entries kept with probability `density`, values in {1..9} (so that ties are common). */
lis_csr random_csr(int64_t rows, int64_t columns, double density, uint64_t seed);

/* Offsets ascend, columns ascend strictly and lie in range. */
void assert_well_formed(const lis_csr *csr);

/* Same shape and same bytes. */
void assert_csr_equal(const lis_csr *a, const lis_csr *b);

/* The value at (row, column), 0 where there is none. */
double csr_at(const lis_csr *csr, int64_t row, int64_t column);

/* 1, 2 and 4 threads give the same bytes. */
void check_threads(make_csr *make, void *arg);

/* Fails the 1st, 2nd, ... allocation until the call succeeds: each time LIS_ENOMEM, no leak, and a
 * zeroed result. */
void check_memory(make_csr *make, void *arg);

/* A raised flag gives LIS_EINTR, no leak, and a zeroed result. */
void check_interrupt(make_csr *make, void *arg);

#endif
