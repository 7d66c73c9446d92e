#include "block.h"

#include <math.h>
#include <string.h>

lis_dtype block_via(lis_dtype a, lis_dtype b) {
    bool a_float = a == LIS_F32 || a == LIS_F64;
    bool b_float = b == LIS_F32 || b == LIS_F64;
    if (!a_float && !b_float) return LIS_I64;
    bool a_small = a == LIS_F32 || a == LIS_U8;
    bool b_small = b == LIS_F32 || b == LIS_U8;
    return a_small && b_small ? LIS_F32 : LIS_F64;
}

/* One loop a pair of types; the unit step apart so that it vectorises. */
#define COPY_LOOP(TO, to, to_step, FROM, from, from_step)                                          \
    do {                                                                                           \
        TO *out_ = (TO *)(to);                                                                     \
        const FROM *in_ = (const FROM *)(from);                                                    \
        if ((to_step) == 1 && (from_step) == 1)                                                    \
            for (int64_t i = 0; i < n; i++)                                                        \
                out_[i] = (TO)in_[i];                                                              \
        else                                                                                       \
            for (int64_t i = 0; i < n; i++)                                                        \
                out_[i * (to_step)] = (TO)in_[i * (from_step)];                                    \
    } while (0)

#define DEFINE_LOAD(name, TO)                                                                      \
    static void name(TO *to, lis_dtype dtype, const void *from, int64_t step, int64_t n) {         \
        switch (dtype) {                                                                           \
        case LIS_F32:                                                                              \
            COPY_LOOP(TO, to, 1, float, from, step);                                               \
            break;                                                                                 \
        case LIS_F64:                                                                              \
            COPY_LOOP(TO, to, 1, double, from, step);                                              \
            break;                                                                                 \
        case LIS_I32:                                                                              \
            COPY_LOOP(TO, to, 1, int32_t, from, step);                                             \
            break;                                                                                 \
        case LIS_I64:                                                                              \
            COPY_LOOP(TO, to, 1, int64_t, from, step);                                             \
            break;                                                                                 \
        case LIS_U8:                                                                               \
            COPY_LOOP(TO, to, 1, uint8_t, from, step);                                             \
            break;                                                                                 \
        }                                                                                          \
    }

DEFINE_LOAD(load_f32, float)
DEFINE_LOAD(load_f64, double)
DEFINE_LOAD(load_i64, int64_t)

const void *block_load(block *scratch, lis_dtype via, lis_dtype dtype, const void *from,
                       int64_t step, int64_t n) {
    if (via == dtype && step == 1) return from;
    if (via == LIS_F32)
        load_f32(scratch->f32, dtype, from, step, n);
    else if (via == LIS_F64)
        load_f64(scratch->f64, dtype, from, step, n);
    else
        load_i64(scratch->i64, dtype, from, step, n);
    return scratch;
}

/* How many leading values an integer type can hold, [low, high] being its range. */
static int64_t fitting_i64(const int64_t *values, int64_t n, int64_t low, int64_t high) {
    int64_t i = 0;
    while (i < n && values[i] >= low && values[i] <= high)
        i++;
    return i;
}

/* Open bounds, so that 255.9 truncates to 255; every comparison with NaN is false. */
static int64_t fitting_f64(const double *values, int64_t n, double above, double below) {
    int64_t i = 0;
    while (i < n && values[i] > above && values[i] < below)
        i++;
    return i;
}

static int64_t store_integers(lis_dtype dtype, void *to, int64_t step, const int64_t *values,
                              int64_t n) {
    if (dtype == LIS_I32) {
        n = fitting_i64(values, n, INT32_MIN, INT32_MAX);
        COPY_LOOP(int32_t, to, step, int64_t, values, 1);
    } else if (dtype == LIS_U8) {
        n = fitting_i64(values, n, 0, UINT8_MAX);
        COPY_LOOP(uint8_t, to, step, int64_t, values, 1);
    } else if (dtype == LIS_I64) {
        COPY_LOOP(int64_t, to, step, int64_t, values, 1);
    } else if (dtype == LIS_F32) {
        COPY_LOOP(float, to, step, int64_t, values, 1);
    } else {
        COPY_LOOP(double, to, step, int64_t, values, 1);
    }
    return n;
}

static int64_t store_doubles(lis_dtype dtype, void *to, int64_t step, const double *values,
                             int64_t n) {
    if (dtype == LIS_F32) {
        COPY_LOOP(float, to, step, double, values, 1);
    } else if (dtype == LIS_F64) {
        COPY_LOOP(double, to, step, double, values, 1);
    } else if (dtype == LIS_I32) {
        n = fitting_f64(values, n, -0x1p31 - 1.0, 0x1p31);
        COPY_LOOP(int32_t, to, step, double, values, 1);
    } else if (dtype == LIS_U8) {
        n = fitting_f64(values, n, -1.0, 256.0);
        COPY_LOOP(uint8_t, to, step, double, values, 1);
    } else {
        /* The double below -2^63 is 2048 away: nextafter includes -2^63 itself. */
        n = fitting_f64(values, n, nextafter(-0x1p63, -INFINITY), 0x1p63);
        COPY_LOOP(int64_t, to, step, double, values, 1);
    }
    return n;
}

int64_t block_store(lis_dtype dtype, void *to, int64_t step, lis_dtype via, const void *values,
                    int64_t n) {
    if (via == LIS_I64) return store_integers(dtype, to, step, values, n);
    if (via == LIS_F64) return store_doubles(dtype, to, step, values, n);
    if (dtype == LIS_F32) {
        COPY_LOOP(float, to, step, float, values, 1);
        return n;
    }
    block wide;
    load_f64(wide.f64, LIS_F32, values, 1, n);
    return store_doubles(dtype, to, step, wide.f64, n);
}
