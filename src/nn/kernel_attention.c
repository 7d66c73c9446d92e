/* DIN attention of one row; op_attention.c has the formulas. Events go EVENTS at a time and hidden
 * units up to COLUMNS registers at a time, so that sums stay in registers. hidden is a multiple of
 * every V_LANES here: op_attention.c pads it with zeros. */
#include "activation.h"
#include "isa.h"

enum { EVENTS = 4, COLUMNS = 3 };

/* out = a + x[row] * b for every row of [rows, width], width a multiple of V_LANES. */
static void scale_rows(float *restrict out, const float *restrict a, const float *restrict b,
                       const float *x, int64_t rows, int64_t width) {
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j += V_LANES) {
            int64_t at = i * width + j;
            v_store(out + at, v_fma(v_set(x[i]), v_load(b + at), v_load(a + at)));
        }
}

static float dot_part(const float *a, const float *b, int64_t n) {
    vec sum = v_set(0);
    int64_t i = 0;
    for (; i + V_LANES <= n; i += V_LANES)
        sum = v_fma(v_load(a + i), v_load(b + i), sum);
    if (i < n) sum = v_fma(v_load_part(a + i, n - i), v_load_part(b + i, n - i), sum);
    return v_sum(sum);
}

/* `events` (1 or EVENTS) rows of hidden units, `columns` registers of them from column j; their part
 * of the events' weights is added to part[]. */
NN_INLINE void hidden_block(const nn_attention *at, const float *matrix, const float *query_part,
                            const float *key, int64_t ld, float *hidden, int64_t j, int events,
                            int columns, vec *part) {
    const int64_t h = at->hidden;
    vec sum[EVENTS][COLUMNS];
    for (int e = 0; e < events; e++)
        for (int c = 0; c < columns; c++)
            sum[e][c] = v_load(query_part + j + c * V_LANES);
    for (int64_t i = 0; i < at->dim; i++)
        for (int c = 0; c < columns; c++) {
            vec m = v_load(matrix + i * h + j + c * V_LANES);
            for (int e = 0; e < events; e++)
                sum[e][c] = v_fma(v_set(key[e * ld + i]), m, sum[e][c]);
        }
    for (int c = 0; c < columns; c++) {
        vec second = v_load(at->second + j + c * V_LANES);
        for (int e = 0; e < events; e++) {
            vec y = activate_vec(sum[e][c], at->activation);
            v_store(hidden + e * h + j + c * V_LANES, y);
            part[e] = v_fma(y, second, part[e]);
        }
    }
}

NN_INLINE void forward_events(const nn_attention *at, const float *matrix, const float *query_part,
                              const float *key, int64_t ld, float *hidden, float *weight,
                              int events) {
    vec part[EVENTS];
    for (int e = 0; e < events; e++)
        part[e] = v_set(0);
    int64_t j = 0;
    for (; j + COLUMNS * V_LANES <= at->hidden; j += COLUMNS * V_LANES)
        hidden_block(at, matrix, query_part, key, ld, hidden, j, events, COLUMNS, part);
    for (; j < at->hidden; j += V_LANES)
        hidden_block(at, matrix, query_part, key, ld, hidden, j, events, 1, part);
    for (int e = 0; e < events; e++)
        weight[e] = v_sum(part[e]) + at->second_bias;
}

/* out[0..dim) = sum over events of weight[t] key[t,:] */
static void pool(float *out, const float *key, int64_t ld, const float *weight, int64_t length,
                 int64_t dim) {
    for (int64_t i = 0; i < dim; i += V_LANES) {
        int64_t n = dim - i < V_LANES ? dim - i : V_LANES;
        vec sum = v_set(0);
        if (n == V_LANES)
            for (int64_t t = 0; t < length; t++)
                sum = v_fma(v_set(weight[t]), v_load(key + t * ld + i), sum);
        else
            for (int64_t t = 0; t < length; t++)
                sum = v_fma(v_set(weight[t]), v_load_part(key + t * ld + i, n), sum);
        v_store_part(out + i, sum, n);
    }
}

void NN_KERNEL(attention)(const nn_attention *at, const float *query, const float *query_part,
                          const float *key, int64_t ld, int64_t length, float *hidden,
                          float *weight, float *out) {
    const int64_t h = at->hidden;
    float *matrix = at->work;
    int64_t t = 0;
    scale_rows(matrix, at->key_part, at->product_part, query, at->dim, h);
    for (; t + EVENTS <= length; t += EVENTS)
        forward_events(at, matrix, query_part, key + t * ld, ld, hidden + t * h, weight + t,
                       EVENTS);
    for (; t < length; t++)
        forward_events(at, matrix, query_part, key + t * ld, ld, hidden + t * h, weight + t, 1);
    pool(out, key, ld, weight, length, at->dim);
}

/* The slopes of `events` rows of hidden units, into dhidden, and what they give to the second layer
 * and the query part. dweight[e] is the slope of the event's weight. */
NN_INLINE void slope_block(const nn_attention *at, float *dsecond, float *dquery_part,
                           const float *hidden, const float *dweight, float *dhidden, int events) {
    for (int64_t j = 0; j < at->hidden; j += V_LANES) {
        vec second = v_load(at->second + j), dv = v_load(dsecond + j), dq = v_load(dquery_part + j);
        for (int e = 0; e < events; e++) {
            vec y = v_load(hidden + e * at->hidden + j), dw = v_set(dweight[e]);
            vec dy = slope_vec(v_mul(dw, second), y, at->activation);
            dv = v_fma(dw, y, dv);
            dq = v_add(dq, dy);
            v_store(dhidden + e * at->hidden + j, dy);
        }
        v_store(dsecond + j, dv);
        v_store(dquery_part + j, dq);
    }
}

/* dmatrix[i,:] += sum over events of key[e,i] dhidden[e,:], `columns` registers from column j. */
NN_INLINE void matrix_block(const nn_attention *at, float *dmatrix, const float *key, int64_t ld,
                            const float *dhidden, int64_t j, int events, int columns) {
    const int64_t h = at->hidden;
    vec dy[EVENTS][COLUMNS];
    for (int e = 0; e < events; e++)
        for (int c = 0; c < columns; c++)
            dy[e][c] = v_load(dhidden + e * h + j + c * V_LANES);
    for (int64_t i = 0; i < at->dim; i++)
        for (int c = 0; c < columns; c++) {
            float *to = dmatrix + i * h + j + c * V_LANES;
            vec sum = v_load(to);
            for (int e = 0; e < events; e++)
                sum = v_fma(v_set(key[e * ld + i]), dy[e][c], sum);
            v_store(to, sum);
        }
}

/* dkey[e,:] = (or +=) weight[e] dout + dhidden[e,:] matrix', with the matrix transposed: turned
 * [hidden, width]. Two sums an event hide the latency of the chain. */
NN_INLINE void key_block(const nn_attention *at, const float *turned, int64_t width,
                         const float *dout, const float *weight, const float *dhidden, float *dkey,
                         int64_t lddk, bool add, int events) {
    for (int64_t i = 0; i < at->dim; i += V_LANES) {
        int64_t n = at->dim - i < V_LANES ? at->dim - i : V_LANES;
        vec even[EVENTS], odd[EVENTS], slope_out = v_load_part(dout + i, n);
        for (int e = 0; e < events; e++) {
            even[e] = v_mul(v_set(weight[e]), slope_out);
            odd[e] = add ? v_load_part(dkey + e * lddk + i, n) : v_set(0);
        }
        for (int64_t j = 0; j < at->units; j += 2) {
            vec m0 = v_load(turned + j * width + i), m1 = v_load(turned + (j + 1) * width + i);
            for (int e = 0; e < events; e++) {
                even[e] = v_fma(v_set(dhidden[e * at->hidden + j]), m0, even[e]);
                odd[e] = v_fma(v_set(dhidden[e * at->hidden + j + 1]), m1, odd[e]);
            }
        }
        for (int e = 0; e < events; e++)
            v_store_part(dkey + e * lddk + i, v_add(even[e], odd[e]), n);
    }
}

/* What the backward pass of one row reads and writes. */
typedef struct row {
    const nn_attention *at;
    const nn_attention_gradient *gradient;
    const float *key, *hidden, *weight, *dout;
    int64_t ld, lddk, width;
    float *dkey, *dquery_part, *turned, *dmatrix, *dhidden;
    bool add;
} row;

NN_INLINE void backward_events(const row *r, int64_t t, int events) {
    const nn_attention *at = r->at;
    const float *key = r->key + t * r->ld;
    float dweight[EVENTS];
    for (int e = 0; e < events; e++) {
        dweight[e] = dot_part(r->dout, key + e * r->ld, at->dim);
        *r->gradient->second_bias += dweight[e];
    }
    slope_block(at, r->gradient->second, r->dquery_part, r->hidden + t * at->hidden, dweight,
                r->dhidden, events);
    int64_t j = 0;
    for (; j + COLUMNS * V_LANES <= at->hidden; j += COLUMNS * V_LANES)
        matrix_block(at, r->dmatrix, key, r->ld, r->dhidden, j, events, COLUMNS);
    for (; j < at->hidden; j += V_LANES)
        matrix_block(at, r->dmatrix, key, r->ld, r->dhidden, j, events, 1);
    if (r->dkey)
        key_block(at, r->turned, r->width, r->dout, r->weight + t, r->dhidden,
                  r->dkey + t * r->lddk, r->lddk, r->add, events);
}

/* Splits the gradient of the row's matrix into those of its two parts, and the query's. */
static void split_matrix(const row *r, const float *query, float *dquery) {
    const nn_attention *at = r->at;
    for (int64_t i = 0; i < at->dim; i++) {
        vec sum = v_set(0), q = v_set(query[i]);
        for (int64_t j = 0; j < at->hidden; j += V_LANES) {
            int64_t here = i * at->hidden + j;
            vec dm = v_load(r->dmatrix + here);
            float *dk = r->gradient->key_part + here, *dp = r->gradient->product_part + here;
            v_store(dk, v_add(v_load(dk), dm));
            v_store(dp, v_fma(q, dm, v_load(dp)));
            sum = v_fma(dm, v_load(at->product_part + here), sum);
        }
        if (dquery) dquery[i] += v_sum(sum);
    }
}

void NN_KERNEL(attention_back)(const nn_attention *at, const nn_attention_gradient *gradient,
                               const float *query, const float *key, int64_t ld, int64_t length,
                               const float *hidden, const float *weight, const float *dout,
                               float *dkey, int64_t lddk, bool add, float *dquery,
                               float *dquery_part) {
    const int64_t h = at->hidden, width = at->width;
    float *turned = at->work, *dmatrix = turned + h * width, *dhidden = dmatrix + at->dim * h;
    row r = {.at = at,
             .gradient = gradient,
             .key = key,
             .hidden = hidden,
             .weight = weight,
             .dout = dout,
             .ld = ld,
             .lddk = lddk,
             .width = width,
             .dkey = dkey,
             .dquery_part = dquery_part,
             .turned = turned,
             .dmatrix = dmatrix,
             .dhidden = dhidden,
             .add = add};
    memset(dmatrix, 0, (size_t)(at->dim * h) * sizeof *dmatrix);
    memset(dquery_part, 0, (size_t)h * sizeof *dquery_part);
    for (int64_t j = 0; dkey && j < at->units; j++)
        for (int64_t i = 0; i < width; i += V_LANES) {
            int64_t n = at->dim - i < V_LANES ? at->dim - i : V_LANES;
            vec k = v_load(at->key_turned + j * width + i);
            vec p = v_load(at->product_turned + j * width + i);
            if (n > 0) k = v_fma(v_load_part(query + i, n), p, k);
            v_store(turned + j * width + i, k);
        }
    int64_t t = 0;
    for (; t + EVENTS <= length; t += EVENTS)
        backward_events(&r, t, EVENTS);
    for (; t < length; t++)
        backward_events(&r, t, 1);
    split_matrix(&r, query, dquery);
}
