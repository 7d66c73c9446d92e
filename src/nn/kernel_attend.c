/* Scaled dot-product attention of one query, one head; op_attend.c has the formulas. */
#include "activation.h"
#include "isa.h"

NN_INLINE int64_t lanes(int64_t left) {
    return left < V_LANES ? left : V_LANES;
}

NN_INLINE float dot(const float *a, const float *b, int64_t n) {
    vec sum = v_set(0);
    for (int64_t j = 0; j < n; j += V_LANES)
        sum = v_fma(v_get(a + j, lanes(n - j)), v_get(b + j, lanes(n - j)), sum);
    return v_sum(sum);
}

/* to += scale * x */
NN_INLINE void add_to(float *to, vec x, float scale, int64_t n) {
    v_put(to, v_fma(v_set(scale), x, v_get(to, n)), n);
}

void NN_KERNEL(attend)(const nn_head *h, float *out) {
    for (int64_t t = 0; t < h->events; t++)
        h->p[t] = h->scale * dot(h->query, h->key + t * h->ldk, h->size);
    NN_KERNEL(softmax)(h->p, h->p, h->events);
    for (int64_t j = 0; j < h->size; j += V_LANES) {
        const int64_t n = lanes(h->size - j);
        vec sum = v_set(0);
        for (int64_t t = 0; t < h->events; t++)
            sum = v_fma(v_set(h->p[t]), v_get(h->value + t * h->ldv + j, n), sum);
        v_put(out + j, sum, n);
    }
}

/* Events [begin, end), with the slopes of their scores in ds. Gradients may be rows of one matrix: one
 * pass each, so that no row is read where it has just been written. */
static void add_events(const nn_head *h, const nn_head_gradient *g, const float *dout,
                       const float *ds, int64_t begin, int64_t end) {
    for (int64_t j = 0; j < h->size; j += V_LANES) {
        const int64_t n = lanes(h->size - j);
        const vec slope = v_get(dout + j, n), query = v_get(h->query + j, n);
        vec dquery = v_set(0);
        for (int64_t t = begin; t < end; t++) {
            dquery = v_fma(v_set(ds[t - begin]), v_get(h->key + t * h->ldk + j, n), dquery);
            if (g->value) add_to(g->value + t * g->ldv + j, slope, h->p[t], n);
        }
        for (int64_t t = begin; g->key && t < end; t++)
            add_to(g->key + t * g->ldk + j, query, ds[t - begin], n);
        if (g->query) add_to(g->query + j, dquery, 1, n);
    }
}

void NN_KERNEL(attend_back)(const nn_head *h, const nn_head_gradient *g, const float *out,
                            const float *dout) {
    enum { PIECE = 64 };
    float ds[PIECE];
    const float mean = dot(dout, out, h->size); /* of p (dy . v) */
    for (int64_t begin = 0; begin < h->events; begin += PIECE) {
        const int64_t end = begin + PIECE < h->events ? begin + PIECE : h->events;
        for (int64_t t = begin; t < end; t++) {
            const float along = dot(dout, h->value + t * h->ldv, h->size);
            ds[t - begin] = h->scale * h->p[t] * (along - mean);
        }
        add_events(h, g, dout, ds, begin, end);
    }
}
