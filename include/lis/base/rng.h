/* Random streams keyed by (seed, purpose, index).
 *
 * A stream's numbers depend on its key alone, never on a thread or on what other streams drew, so
 * the same seed gives the same run at any thread count. Generator: SplitMix64 (Steele, Lea, Flood
 * 2014) started at a mixed key; period 2^64 per stream. Not for cryptography. */
#ifndef LIS_BASE_RNG_H
#define LIS_BASE_RNG_H

#include <stdint.h>

typedef struct lis_rng {
    uint64_t state;
} lis_rng;

/* SplitMix64's step, 2^64 / golden ratio. */
#define LIS_RNG_STEP 0x9E3779B97F4A7C15u

/* SplitMix64's output function: every input bit reaches every output bit. */
static inline uint64_t lis_rng_mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* purpose: a short constant such as "shuffle" or "init:user"; index: row, shard, table, fold... */
lis_rng lis_rng_open(uint64_t seed, const char *purpose, uint64_t index);

/* The same stream in two steps, for loops over index: the key of (seed, purpose), and its stream. */
uint64_t lis_rng_key(uint64_t seed, const char *purpose);
static inline lis_rng lis_rng_at(uint64_t key, uint64_t index) {
    return (lis_rng){.state = lis_rng_mix((key ^ index) + LIS_RNG_STEP)};
}

/* The next 64 random bits. */
uint64_t lis_rng_next(lis_rng *rng);

/* What call k >= 1 of lis_rng_next from here on would give: for loops over k in vector registers. */
static inline uint64_t lis_rng_peek(lis_rng rng, uint64_t k) {
    return lis_rng_mix(rng.state + k * LIS_RNG_STEP);
}

/* The stream behind k calls of lis_rng_next. */
static inline lis_rng lis_rng_skip(lis_rng rng, uint64_t k) {
    return (lis_rng){.state = rng.state + k * LIS_RNG_STEP};
}

/* Uniform in [0, bound) without modulo bias (Lemire 2019); bound 0 gives 0. */
uint64_t lis_rng_below(lis_rng *rng, uint64_t bound);

/* Uniform in [0, 1): 53 random bits. */
double lis_rng_uniform(lis_rng *rng);

/* Standard normal (Box-Muller, one of the pair used: no hidden state). */
double lis_rng_normal(lis_rng *rng);

/* out[0..n) = scale * standard normals, both of each Box-Muller pair: half the logarithms of n calls
 * of lis_rng_normal (and other numbers). For initial weights. */
void lis_rng_fill_normal(lis_rng *rng, float *out, int64_t n, double scale);

/* Fisher-Yates on n ids, in place. */
void lis_rng_shuffle_i32(lis_rng *rng, int32_t *ids, int64_t n);
void lis_rng_shuffle_i64(lis_rng *rng, int64_t *ids, int64_t n);

/* A well-mixed 64-bit hash of one key: for hashing users into folds. */
uint64_t lis_rng_hash(uint64_t seed, const char *purpose, uint64_t key);

#endif
