/* What the tensor tests share: tensors from literals and from random numbers, exact comparison, and
 * the sweeps that every unit gets (failing allocations, thread counts, the interrupt flag). */
#ifndef LIS_TEST_TENSOR_SUPPORT_H
#define LIS_TEST_TENSOR_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lis/base/ctx.h"
#include "lis/base/mem.h"
#include "lis/tensor/tensor.h"

/* Fails the test with the error's own message. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != LIS_OK) fail_msg("%s: %s", #call, error.message);                            \
    } while (0)

enum { DTYPES = 5 };

/* A zeroed tensor [rows, columns], or [rows] where columns is 0. */
lis_tensor zeros(lis_dtype dtype, int64_t rows, int64_t columns);

/* Small integers from -4 to 4 (0 to 8 in u8): every type holds them and their sums exactly. */
lis_tensor small_integers(lis_dtype dtype, int64_t rows, int64_t columns, uint64_t seed);

/* Standard normals, f32 or f64. */
lis_tensor normals(lis_dtype dtype, int64_t rows, int64_t columns, uint64_t seed);

/* A 1-d i32 tensor of codes in [low, bound). */
lis_tensor codes(int64_t n, int64_t low, int64_t bound, uint64_t seed);

/* Element (i, j); j is ignored where there is one dimension. */
double at(const lis_tensor *tensor, int64_t i, int64_t j);

/* Same type, shape and bytes; both contiguous. */
void assert_same(const lis_tensor *a, const lis_tensor *b);

/* A call that makes one tensor from some input: what the sweeps repeat. */
typedef lis_status make_tensor(lis_ctx *ctx, lis_tensor *out, void *arg, lis_error *err);

/* 1, 2 and 4 threads give the same bytes. */
void check_threads(make_tensor *make, void *arg);

/* Fails the 1st, 2nd, ... allocation until the call succeeds: each time LIS_ENOMEM, no leak, and an
 * untouched result. */
void check_memory(make_tensor *make, void *arg);

/* A raised flag gives LIS_EINTR, no leak, and an untouched result. */
void check_interrupt(make_tensor *make, void *arg);

#endif
