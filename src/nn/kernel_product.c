/* Matrix products of one shard. Columns come in panels of NN_PANEL, which linear layers keep packed
 * (dense.h). */
#include "isa.h"

enum { STEPS = 128, HALVES = 1 };
typedef float element;
typedef vec line;

NN_INLINE line line_load(const float *p, int half) {
    (void)half;
    return v_load(p);
}

NN_INLINE line line_set(float x, int half) {
    (void)half;
    return v_set(x);
}

NN_INLINE vec line_dot(vec sum, line a, line b) {
    return v_fma(a, b, sum);
}

#include "product_block.h"

void NN_KERNEL(product)(const nn_product *p) {
    int64_t runs = p->k > 0 ? (p->k + STEPS - 1) / STEPS : 1;
    int64_t steps = (p->k + runs - 1) / runs;
    for (int64_t j = 0; j < p->n; j += WIDE)
        for (int64_t run = 0; run < runs; run++) {
            int64_t begin = run * steps, end = begin + steps < p->k ? begin + steps : p->k;
            run_pass((block){.a = p->a,
                             .b = p->b + j / NN_PANEL * p->panel + j % NN_PANEL,
                             .a_row = p->a_row,
                             .a_step = p->a_step,
                             .ldb = p->ldb,
                             .c = p->c + j,
                             .ldc = p->ldc,
                             .columns = p->n - j < WIDE ? p->n - j : WIDE,
                             .begin = begin,
                             .end = end,
                             .fresh = run == 0 && !p->add,
                             .last = run == runs - 1,
                             .bias = p->bias ? p->bias + j : NULL,
                             .activation = p->activation},
                     p->m);
        }
}
