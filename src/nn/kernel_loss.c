/* The logistic loss of a shard's rows, in f64 registers. */
#include <string.h>

#include "isa.h"

typedef double wide __attribute__((vector_size(sizeof(vec))));
typedef int64_t wide_bits __attribute__((vector_size(sizeof(vec))));
enum { W_LANES = sizeof(wide) / sizeof(double) };

NN_INLINE wide where(wide_bits mask, wide a, wide b) {
    return (wide)(((wide_bits)a & mask) | ((wide_bits)b & ~mask));
}

/* e^x for x <= 0, within 1e-12 of it: 2^k e^r, |r| <= ln(2) / 2, by Taylor's series. Below -708, where
 * 2^k would end, e^-708. */
NN_INLINE wide exp_to_one(wide x) {
    /* Adding 1.5 * 2^52 rounds to whole numbers, which the lowest bits then hold. */
    const double whole = 0x1.8p52, ln2 = 0x1.62e42feep-1, ln2_rest = 0x1.a39ef35793c76p-33;
    const wide least = (wide){0} - 708;
    x = where(x < least, least, x);
    wide shifted = x * 0x1.71547652b82fep0 + whole, k = shifted - whole;
    wide r = (x - k * ln2) - k * ln2_rest, sum = (wide){0} + 1;
    for (int n = 10; n > 0; n--)
        sum = 1 + r * (1.0 / n) * sum;
    return sum * (wide)(((wide_bits)shifted + 1023) << 52);
}

/* log(1 + x) for x in [0, 1], within 1e-12 of it: 2 artanh(u), u = x / (2 + x) <= 1 / 3. */
NN_INLINE wide log_from_one(wide x) {
    wide u = x / (2 + x), square = u * u, sum = (wide){0} + 1.0 / 23;
    for (int n = 21; n > 0; n -= 2)
        sum = 1.0 / n + square * sum;
    return 2 * u * sum;
}

NN_INLINE void log_loss_lanes(double *score, double *target, size_t n) {
    const wide zero = {0}, one = zero + 1;
    wide z = zero, t = zero;
    memcpy(&z, score, n * sizeof *score);
    memcpy(&t, target, n * sizeof *target);
    wide small = exp_to_one(where(z > zero, -z, z));
    wide loss = where(z > zero, z, zero) + log_from_one(small) - t * z;
    wide slope = where(z > zero, one, small) / (one + small) - t;
    memcpy(score, &loss, n * sizeof *score);
    memcpy(target, &slope, n * sizeof *target);
}

void NN_KERNEL(log_loss)(double *score, double *target, int64_t n) {
    int64_t i = 0;
    for (; i + W_LANES <= n; i += W_LANES)
        log_loss_lanes(score + i, target + i, W_LANES);
    if (i < n) log_loss_lanes(score + i, target + i, (size_t)(n - i));
}
