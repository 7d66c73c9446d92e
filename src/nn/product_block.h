/* The inner loop of a matrix product, for files compiled once an instruction set. Sums of ROWS x
 * VECTORS registers stay in registers over a run of k; the run's piece of b stays in the first-level
 * cache while the rows of a pass by.
 *
 * The including file says what a and b are made of: `element`, one step of k in a, and in one column
 * of b; `line`, a register of them; HALVES, how many multiply-adds a step takes (by line_load and
 * line_set, half by half); line_dot(sum, a, b). */
#ifndef LIS_NN_PRODUCT_BLOCK_H
#define LIS_NN_PRODUCT_BLOCK_H

#include "activation.h"

#if defined(__AVX512F__)
enum { ROWS = 6, VECTORS = 4 };
#elif defined(__AVX2__)
enum { ROWS = 6, VECTORS = 2 };
#else
enum { ROWS = 4, VECTORS = 2 };
#endif
enum { TALL = 12 };                /* rows of a block one register wide */
enum { WIDE = VECTORS * V_LANES }; /* columns of a block; divides NN_PANEL */

/* One block of c: `rows` x `vectors` registers, over steps [begin, end). */
typedef struct block {
    const element *a, *b;
    int64_t a_row, a_step, ldb;
    float *c;
    int64_t ldc;
    int64_t columns; /* of c that exist; the last register may reach past them */
    int64_t begin, end;
    bool fresh; /* do not add to what c holds, but to the bias */
    bool last;  /* then apply the activation */
    const float *bias;
    nn_activation activation;
} block;

NN_INLINE void run_block(const block *x, int rows, int vectors) {
    vec sum[TALL][VECTORS];
    for (int v = 0; v < vectors; v++) {
        int64_t j = (int64_t)v * V_LANES, n = x->columns - j < V_LANES ? x->columns - j : V_LANES;
        vec bias = x->bias ? v_load_part(x->bias + j, n) : v_set(0);
        for (int r = 0; r < rows; r++)
            sum[r][v] = x->fresh ? bias : v_load_part(x->c + r * x->ldc + j, n);
    }
    const element *b = x->b + x->begin * x->ldb;
    for (int64_t k = x->begin; k < x->end; k++, b += x->ldb)
        for (int half = 0; half < HALVES; half++) {
            line across[VECTORS];
            for (int v = 0; v < vectors; v++)
                across[v] = line_load(b + v * V_LANES, half);
            for (int r = 0; r < rows; r++) {
                line a = line_set(x->a[r * x->a_row + k * x->a_step], half);
                for (int v = 0; v < vectors; v++)
                    sum[r][v] = line_dot(sum[r][v], a, across[v]);
            }
        }
    for (int v = 0; v < vectors; v++) {
        int64_t j = (int64_t)v * V_LANES, n = x->columns - j < V_LANES ? x->columns - j : V_LANES;
        for (int r = 0; r < rows; r++) {
            vec y = x->last ? activate_vec(sum[r][v], x->activation) : sum[r][v];
            v_store_part(x->c + r * x->ldc + j, y, n);
        }
    }
}

/* The constants make each of these a loop of its own, its sums in registers. */
NN_INLINE void run_rows(const block *x, int rows) {
#if defined(__AVX512F__)
    switch ((x->columns + V_LANES - 1) / V_LANES) {
    case 2:
        run_block(x, rows, 2);
        return;
    case 3:
        run_block(x, rows, 3);
        return;
    }
#endif
    run_block(x, rows, VECTORS);
}

/* As many passes of `step` rows as fit; returns the rows left. */
NN_INLINE int64_t run_steps(block *x, int64_t rows, int step, bool narrow) {
    for (; rows >= step; rows -= step) {
        if (narrow)
            run_block(x, step, 1);
        else
            run_rows(x, step);
        x->a += step * x->a_row;
        x->c += step * x->ldc;
    }
    return rows;
}

/* `rows` rows of c, from x on. One register wide, it takes more rows to have as many sums at work. */
NN_INLINE void run_pass(block x, int64_t rows) {
    if (x.columns <= V_LANES) {
        rows = run_steps(&x, rows, TALL, true);
        rows = run_steps(&x, rows, 8, true);
        rows = run_steps(&x, rows, 4, true);
        rows = run_steps(&x, rows, 2, true);
        run_steps(&x, rows, 1, true);
    } else {
        rows = run_steps(&x, rows, ROWS, false);
        rows = run_steps(&x, rows, 2, false);
        run_steps(&x, rows, 1, false);
    }
}

#endif
