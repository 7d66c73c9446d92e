/* Dropout's mask, drawn where it is used: a run of DRAWS 16-bit draws is a few registers, cheaper than
 * a mask kept in memory from forward to backward. */
#include <string.h>

#include "isa.h"
#include "lis/base/rng.h"

enum { DRAWS = 32, EACH = 4, WORDS = DRAWS / EACH };

NN_INLINE void draw(uint16_t *out, lis_rng stream) {
    uint64_t word[WORDS];
    for (int k = 0; k < WORDS; k++)
        word[k] = lis_rng_peek(stream, (uint64_t)k + 1);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(out, word, sizeof word);
#else
    for (int k = 0; k < DRAWS; k++)
        out[k] = (uint16_t)(word[k / EACH] >> 16 * (k % EACH));
#endif
}

NN_INLINE void mask_run(float *out, const float *x, lis_rng stream, int64_t n,
                        const nn_dropout *how, bool add) {
    uint16_t drawn[DRAWS];
    const vec keep = v_set(how->keep), zero = v_set(0);
    draw(drawn, stream);
    for (int64_t j = 0; j < n; j += V_LANES) {
        const int64_t k = n - j < V_LANES ? n - j : V_LANES;
        vec y = v_mul(v_get(x + j, k), v_where_below(drawn + j, how->drop, zero, keep));
        v_put(out + j, add ? v_add(v_get(out + j, k), y) : y, k);
    }
}

NN_INLINE void mask_rows(const nn_dropout *how, float *out, int64_t ldo, const float *x,
                         int64_t ldx, int64_t rows, int64_t width, bool add) {
    for (int64_t r = 0; r < rows; r++) {
        lis_rng stream = lis_rng_at(how->key, (uint64_t)(how->first + r));
        int64_t j = 0;
        for (; j + DRAWS <= width; j += DRAWS, stream = lis_rng_skip(stream, WORDS))
            mask_run(out + r * ldo + j, x + r * ldx + j, stream, DRAWS, how, add);
        if (j < width) mask_run(out + r * ldo + j, x + r * ldx + j, stream, width - j, how, add);
    }
}

void NN_KERNEL(dropout)(const nn_dropout *how, float *out, int64_t ldo, const float *x, int64_t ldx,
                        int64_t rows, int64_t width, bool add) {
    if (add)
        mask_rows(how, out, ldo, x, ldx, rows, width, true);
    else
        mask_rows(how, out, ldo, x, ldx, rows, width, false);
}
