#include "lis/base/rng.h"

#include <math.h>

/* FNV-1a: purposes are short constants. */
static uint64_t hash_text(const char *text) {
    uint64_t h = 0xCBF29CE484222325u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 0x100000001B3u;
    return h;
}

uint64_t lis_rng_key(uint64_t seed, const char *purpose) {
    return lis_rng_mix((lis_rng_mix(seed + LIS_RNG_STEP) ^ hash_text(purpose)) + LIS_RNG_STEP);
}

lis_rng lis_rng_open(uint64_t seed, const char *purpose, uint64_t index) {
    return lis_rng_at(lis_rng_key(seed, purpose), index);
}

uint64_t lis_rng_next(lis_rng *rng) {
    return lis_rng_mix(rng->state += LIS_RNG_STEP);
}

uint64_t lis_rng_below(lis_rng *rng, uint64_t bound) {
    if (bound == 0) return 0;
    unsigned __int128 product = (unsigned __int128)lis_rng_next(rng) * bound;
    if ((uint64_t)product < bound) {
        uint64_t threshold = -bound % bound; /* 2^64 mod bound */
        while ((uint64_t)product < threshold)
            product = (unsigned __int128)lis_rng_next(rng) * bound;
    }
    return (uint64_t)(product >> 64);
}

double lis_rng_uniform(lis_rng *rng) {
    return (double)(lis_rng_next(rng) >> 11) * 0x1p-53;
}

/* Box and Muller 1958: radius sqrt(-2 log u) with u in (0, 1], angle uniform on the circle. */
static double normal_radius(lis_rng *rng) {
    return sqrt(-2.0 * log(1.0 - lis_rng_uniform(rng)));
}

static double normal_angle(lis_rng *rng) {
    return 6.283185307179586 * lis_rng_uniform(rng);
}

double lis_rng_normal(lis_rng *rng) {
    double radius = normal_radius(rng);
    return radius * cos(normal_angle(rng));
}

void lis_rng_fill_normal(lis_rng *rng, float *out, int64_t n, double scale) {
    for (int64_t i = 0; i < n; i += 2) {
        double radius = scale * normal_radius(rng);
        double angle = normal_angle(rng);
        out[i] = (float)(radius * cos(angle));
        if (i + 1 < n) out[i + 1] = (float)(radius * sin(angle));
    }
}

void lis_rng_shuffle_i32(lis_rng *rng, int32_t *ids, int64_t n) {
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)lis_rng_below(rng, (uint64_t)i + 1);
        int32_t kept = ids[i];
        ids[i] = ids[j];
        ids[j] = kept;
    }
}

void lis_rng_shuffle_i64(lis_rng *rng, int64_t *ids, int64_t n) {
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)lis_rng_below(rng, (uint64_t)i + 1);
        int64_t kept = ids[i];
        ids[i] = ids[j];
        ids[j] = kept;
    }
}

uint64_t lis_rng_hash(uint64_t seed, const char *purpose, uint64_t key) {
    lis_rng rng = lis_rng_open(seed, purpose, key);
    return lis_rng_next(&rng);
}
