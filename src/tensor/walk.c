#include "walk.h"

/* Element steps of operand k in dimension `dim` of the walked shape. */
static int64_t stride_in(const lis_tensor *operand, int ndim, int dim) {
    int own = dim - (ndim - operand->ndim);
    return own < 0 || operand->shape[own] == 1 ? 0 : operand->stride[own];
}

walk walk_over(int ndim, const int64_t *shape, int operands, const lis_tensor *const *operand) {
    walk w = {.operands = operands, .size = 1};
    for (int dim = ndim - 1; dim >= 0; dim--) {
        w.size *= shape[dim];
        if (shape[dim] == 1) continue;
        int top = w.ndim - 1; /* the outermost dimension so far */
        bool even = top >= 0;
        for (int k = 0; k < operands && even; k++)
            even = stride_in(operand[k], ndim, dim) == w.stride[k][top] * w.shape[top];
        if (even) {
            w.shape[top] *= shape[dim];
            continue;
        }
        w.shape[w.ndim] = shape[dim];
        for (int k = 0; k < operands; k++)
            w.stride[k][w.ndim] = stride_in(operand[k], ndim, dim);
        w.ndim++;
    }
    if (w.ndim == 0) { /* a single element */
        w.ndim = 1;
        w.shape[0] = 1;
    }
    return w;
}

walk_run walk_at(const walk *w, int64_t at, int64_t end, int64_t longest) {
    walk_run run = {0};
    int64_t inside = at % w->shape[0];
    int64_t rest = at / w->shape[0];
    run.length = w->shape[0] - inside;
    if (run.length > end - at) run.length = end - at;
    if (run.length > longest) run.length = longest;
    for (int k = 0; k < w->operands; k++) {
        run.step[k] = w->stride[k][0];
        run.offset[k] = inside * run.step[k];
    }
    for (int dim = 1; dim < w->ndim; dim++) {
        int64_t index = rest % w->shape[dim];
        rest /= w->shape[dim];
        for (int k = 0; k < w->operands; k++)
            run.offset[k] += index * w->stride[k][dim];
    }
    return run;
}
