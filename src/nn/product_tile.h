/* A panel of c by the processor's matrix tiles (AMX): 2 x 2 tiles of 16 x 16 sums, NN_TILE pairs of k
 * a step. A tile sums the first and the second products of its pairs apart, from 0. */
#ifndef LIS_NN_PRODUCT_TILE_H
#define LIS_NN_PRODUCT_TILE_H

#include "product_block.h"

enum { SIDE = 16, BOTH = 2 * SIDE };

/* Every tile has 16 rows of 64 bytes. */
static void open_tiles(void) {
    struct {
        uint8_t palette, start, reserved[14];
        uint16_t bytes[16];
        uint8_t rows[16];
    } shape = {.palette = 1};
    for (int t = 0; t < 8; t++) {
        shape.bytes[t] = SIDE * sizeof(float);
        shape.rows[t] = SIDE;
    }
    _tile_loadconfig(&shape);
}

/* out [BOTH, BOTH] = a's rows times b's columns. gcc's tile instructions do not say that they read and
 * write memory: the barriers do. */
static void multiply_tiles(const block *x, const uint32_t *a, const uint32_t *b, float *out) {
    const int64_t lda = x->a_row * (int64_t)sizeof *a, ldb = x->ldb * (int64_t)sizeof *b;
    const int64_t ldo = BOTH * (int64_t)sizeof *out;
    __asm__ volatile("" ::: "memory");
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t k = 0; k < x->end; k += NN_TILE) {
        _tile_loadd(4, a + k, lda);
        _tile_loadd(5, a + SIDE * x->a_row + k, lda);
        _tile_loadd(6, b + k * x->ldb, ldb);
        _tile_loadd(7, b + k * x->ldb + SIDE, ldb);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, out, ldo);
    _tile_stored(1, out + SIDE, ldo);
    _tile_stored(2, out + SIDE * BOTH, ldo);
    _tile_stored(3, out + SIDE * BOTH + SIDE, ldo);
    __asm__ volatile("" ::: "memory");
}

/* What is in `from` [rows, BOTH] joins column j on of c's rows from c on. */
static void join_rows(const block *x, const float *from, float *c, int64_t rows, int64_t j) {
    for (int64_t v = j; v < j + BOTH && v < x->columns; v += V_LANES) {
        const int64_t n = x->columns - v < V_LANES ? x->columns - v : V_LANES;
        const vec bias = x->bias ? v_load_part(x->bias + v, n) : v_set(0);
        for (int64_t r = 0; r < rows; r++) {
            float *to = c + r * x->ldc + v;
            vec y = v_load(from + r * BOTH + v - j);
            y = v_add(y, x->fresh ? bias : v_load_part(to, n));
            v_store_part(to, x->last ? activate_vec(y, x->activation) : y, n);
        }
    }
}

/* `rows` rows of c, up to NN_PANEL columns. a has whole tiles behind its last row, with any content. */
static void run_tiles(const block *x, int64_t rows) {
    float out[BOTH * BOTH] __attribute__((aligned(64)));
    open_tiles();
    for (int64_t r = 0; r < rows; r += BOTH)
        for (int64_t j = 0; j < x->columns; j += BOTH) {
            multiply_tiles(x, x->a + r * x->a_row, x->b + j, out);
            join_rows(x, out, x->c + r * x->ldc, rows - r < BOTH ? rows - r : BOTH, j);
        }
    _tile_release();
}

#endif
