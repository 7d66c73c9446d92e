/* Lanes in fours, which every processor of today has registers for. */
#include <stdint.h>

typedef float four __attribute__((vector_size(16)));
typedef float four_anywhere __attribute__((vector_size(16), aligned(4), may_alias));
typedef int32_t four_masks __attribute__((vector_size(16)));

typedef struct block {
    four half[2];
} block;

typedef struct lanes {
    double lane[8];
} lanes;

static inline block all(float value) {
    four half = {value, value, value, value};
    return (block){{half, half}};
}

static inline four choose(four_masks chosen, four a, four b) {
    return (four)((chosen & (four_masks)a) | (~chosen & (four_masks)b));
}

static inline block larger(block a, block b) {
    return (block){{choose(a.half[0] > b.half[0], a.half[0], b.half[0]),
                    choose(a.half[1] > b.half[1], a.half[1], b.half[1])}};
}

static inline block smaller(block a, block b) {
    return (block){{choose(a.half[0] < b.half[0], a.half[0], b.half[0]),
                    choose(a.half[1] < b.half[1], a.half[1], b.half[1])}};
}

static inline four load(const float *from) {
    return *(const four_anywhere *)from;
}

static inline void store(float *to, block value) {
    *(four_anywhere *)to = value.half[0];
    *(four_anywhere *)(to + 4) = value.half[1];
}

static inline block first(block value, int64_t count, float rest) {
    int32_t n = (int32_t)count;
    four_masks lane = {0, 1, 2, 3};
    block other = all(rest);
    return (block){{choose(lane < n, value.half[0], other.half[0]),
                    choose(lane + 4 < n, value.half[1], other.half[1])}};
}

static inline block across(block value, int distance) {
    four a = value.half[0], b = value.half[1];
    if (distance == 4) return (block){{b, a}};
    if (distance == 2) return (block){{{a[2], a[3], a[0], a[1]}, {b[2], b[3], b[0], b[1]}}};
    return (block){{{a[1], a[0], a[3], a[2]}, {b[1], b[0], b[3], b[2]}}};
}

static inline int64_t reaching(const float *cosine, float edge) {
    four_masks reached = (load(cosine) >= edge) + (load(cosine + 4) >= edge);
    return -(reached[0] + reached[1] + reached[2] + reached[3]);
}

static inline void gather(lanes *sum, block value) {
    for (int l = 0; l < 8; l++)
        sum->lane[l] += (double)value.half[l / 4][l % 4];
}

static inline double total(lanes sum) {
    for (int half = 4; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            sum.lane[l] += sum.lane[l + half];
    return sum.lane[0];
}

/* The first of up to four numbers, then 0. */
static inline four load_some(const float *from, int64_t count) {
    if (count >= 4) return load(from);
    return (four){from[0], count > 1 ? from[1] : 0, count > 2 ? from[2] : 0, 0};
}

static inline float product(const float *a, const float *b, int64_t dim) {
    four sum[4] = {{0}, {0}, {0}, {0}};
    int64_t j = 0;
    for (; dim - j >= 16; j += 16)
        for (int q = 0; q < 4; q++)
            sum[q] += load(a + j + 4 * q) * load(b + j + 4 * q);
    for (int q = 0; q < 4; q++)
        if (j + 4 * q < dim)
            sum[q] += load_some(a + j + 4 * q, dim - j - 4 * q) *
                      load_some(b + j + 4 * q, dim - j - 4 * q);
    four folded = (sum[0] + sum[2]) + (sum[1] + sum[3]);
    return (folded[0] + folded[2]) + (folded[1] + folded[3]);
}

static inline block products(const float *target, const float *const row[8], int64_t dim) {
    block out;
    for (int l = 0; l < 8; l++)
        out.half[l / 4][l % 4] = product(target, row[l], dim);
    return out;
}

#include "similarity_body.h"

const lis_similarity_kernel lis_similarity_portable = {.name = "portable",
                                                       .statistics = kernel_statistics};
