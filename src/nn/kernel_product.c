/* Matrix products of one shard. Sums of ROWS x VECTORS registers stay in registers over a run of
 * STEPS values of k; the run's piece of b stays in the first-level cache while the rows of a pass
 * by. Columns come in panels of NN_PANEL, which linear layers keep packed (pack.h). */
#include "activation.h"
#include "isa.h"

#if defined(__AVX512F__)
enum { ROWS = 6, VECTORS = 4 };
#elif defined(__AVX2__)
enum { ROWS = 6, VECTORS = 2 };
#else
enum { ROWS = 4, VECTORS = 2 };
#endif
enum { STEPS = 128 };

/* One block of c: `rows` x `vectors` registers, over k in [begin, end). */
typedef struct block {
    const float *a, *b;
    float *c;
    int64_t columns; /* of c that exist; the last register may reach past them */
    int64_t begin, end;
    bool fresh; /* do not add to what c holds, but to the bias */
    bool last;  /* then apply the activation */
    const float *bias;
} block;

NN_INLINE void run_block(const nn_product *p, const block *x, int rows, int vectors) {
    vec sum[ROWS][VECTORS];
    for (int v = 0; v < vectors; v++) {
        int64_t j = (int64_t)v * V_LANES, n = x->columns - j < V_LANES ? x->columns - j : V_LANES;
        vec bias = x->bias ? v_load_part(x->bias + j, n) : v_set(0);
        for (int r = 0; r < rows; r++)
            sum[r][v] = x->fresh ? bias : v_load_part(x->c + r * p->ldc + j, n);
    }
    const float *b = x->b + x->begin * p->ldb;
    for (int64_t k = x->begin; k < x->end; k++, b += p->ldb) {
        vec line[VECTORS];
        for (int v = 0; v < vectors; v++)
            line[v] = v_load(b + v * V_LANES);
        for (int r = 0; r < rows; r++) {
            vec a = v_set(x->a[r * p->a_row + k * p->a_step]);
            for (int v = 0; v < vectors; v++)
                sum[r][v] = v_fma(a, line[v], sum[r][v]);
        }
    }
    for (int v = 0; v < vectors; v++) {
        int64_t j = (int64_t)v * V_LANES, n = x->columns - j < V_LANES ? x->columns - j : V_LANES;
        for (int r = 0; r < rows; r++) {
            vec y = x->last ? activate_vec(sum[r][v], p->activation) : sum[r][v];
            v_store_part(x->c + r * p->ldc + j, y, n);
        }
    }
}

/* The constants make each of these a loop of its own, its sums in registers. */
NN_INLINE void run_rows(const nn_product *p, const block *x, int rows) {
    switch ((x->columns + V_LANES - 1) / V_LANES) {
    case 1:
        run_block(p, x, rows, 1);
        break;
#if defined(__AVX512F__)
    case 2:
        run_block(p, x, rows, 2);
        break;
    case 3:
        run_block(p, x, rows, 3);
        break;
#endif
    default:
        run_block(p, x, rows, VECTORS);
        break;
    }
}

static void run_pass(const nn_product *p, block x) {
    int64_t left = p->m;
    for (; left >= ROWS; left -= ROWS) {
        run_rows(p, &x, ROWS);
        x.a += ROWS * p->a_row;
        x.c += ROWS * p->ldc;
    }
    for (; left >= 2; left -= 2) {
        run_rows(p, &x, 2);
        x.a += 2 * p->a_row;
        x.c += 2 * p->ldc;
    }
    if (left) run_rows(p, &x, 1);
}

void NN_KERNEL(product)(const nn_product *p) {
    enum { WIDE = VECTORS * V_LANES };
    int64_t runs = p->k > 0 ? (p->k + STEPS - 1) / STEPS : 1;
    int64_t steps = (p->k + runs - 1) / runs;
    for (int64_t j = 0; j < p->n; j += WIDE)
        for (int64_t run = 0; run < runs; run++) {
            int64_t begin = run * steps, end = begin + steps < p->k ? begin + steps : p->k;
            run_pass(p, (block){.a = p->a,
                                .b = p->b + j / NN_PANEL * p->panel + j % NN_PANEL,
                                .c = p->c + j,
                                .columns = p->n - j < WIDE ? p->n - j : WIDE,
                                .begin = begin,
                                .end = end,
                                .fresh = run == 0 && !p->add,
                                .last = run == runs - 1,
                                .bias = p->bias ? p->bias + j : NULL});
        }
}
