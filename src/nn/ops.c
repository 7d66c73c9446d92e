/* The op table: one line an op. */
#include <stddef.h>
#include <string.h>

#include "op.h"

extern const nn_op nn_op_ids, nn_op_dense, nn_op_history, nn_op_frozen;
extern const nn_op nn_op_embedding;
extern const nn_op nn_op_bag;
extern const nn_op nn_op_linear;
extern const nn_op nn_op_concat;
extern const nn_op nn_op_product;
extern const nn_op nn_op_sum;
extern const nn_op nn_op_activation;
extern const nn_op nn_op_pool;
extern const nn_op nn_op_weighted;
extern const nn_op nn_op_fm;
extern const nn_op nn_op_attention;
extern const nn_op nn_op_bias;
extern const nn_op nn_op_slice;
extern const nn_op nn_op_difference;
extern const nn_op nn_op_dot;
extern const nn_op nn_op_gelu;
extern const nn_op nn_op_prelu;
extern const nn_op nn_op_dice;
extern const nn_op nn_op_layer_norm;
extern const nn_op nn_op_batch_norm;
extern const nn_op nn_op_dropout;
extern const nn_op nn_op_cross;
extern const nn_op nn_op_stop;
extern const nn_op nn_op_softmax;
extern const nn_op nn_op_position;
extern const nn_op nn_op_attend;
extern const nn_op nn_op_match;
extern const nn_op nn_op_logistic;
extern const nn_op nn_op_cross_entropy;
extern const nn_op nn_op_squared_error;
extern const nn_op nn_op_bpr;
extern const nn_op nn_op_info_nce;

const nn_op *const nn_ops[] = {
    &nn_op_ids,           /* g:ids("user", 1000) */
    &nn_op_dense,         /* g:dense("price", 1) */
    &nn_op_history,       /* g:history("clicked", 500, 50) */
    &nn_op_frozen,        /* g:frozen(history, "vectors", 16) */
    &nn_op_embedding,     /* g:embedding(ids_or_history, {dim = 16, name = "item", init = 0.01}) */
    &nn_op_bag,           /* g:bag(history, {dim = 16, mode = "mean"}); weights behind history */
    &nn_op_linear,        /* g:linear(x, {units = 64, activation = "relu"}) */
    &nn_op_concat,        /* g:concat{a, b, c} */
    &nn_op_product,       /* g:product(a, b) */
    &nn_op_sum,           /* g:sum{a, b, c} */
    &nn_op_activation,    /* g:activation(x, "relu") */
    &nn_op_pool,          /* g:pool(sequence, "mean") */
    &nn_op_weighted,      /* g:weighted(weights, sequence) */
    &nn_op_fm,            /* g:fm{a, b, c} */
    &nn_op_attention,     /* g:attention(query, sequence, {hidden = 36, activation = "relu"}) */
    &nn_op_bias,          /* g:bias(x) */
    &nn_op_slice,         /* g:slice(x, 1, 8) */
    &nn_op_difference,    /* g:difference(a, b) */
    &nn_op_dot,           /* g:dot{a, b, c}: inner products of all pairs */
    &nn_op_gelu,          /* g:gelu(x) */
    &nn_op_prelu,         /* g:prelu(x) */
    &nn_op_dice,          /* g:dice(x) */
    &nn_op_layer_norm,    /* g:layer_norm(x) */
    &nn_op_batch_norm,    /* g:batch_norm(x) */
    &nn_op_dropout,       /* g:dropout(x, 0.2) */
    &nn_op_cross,         /* g:cross(x0, x, {rank = 16}) */
    &nn_op_stop,          /* g:stop(x) */
    &nn_op_softmax,       /* g:softmax(x): columns of rows, events of a sequence */
    &nn_op_position,      /* g:position(history, {dim = 16}) */
    &nn_op_attend,        /* g:attend(query, keys, values, {heads = 2}) */
    &nn_op_match,         /* g:match(query, sequence): inner products */
    &nn_op_logistic,      /* g:logistic(logit): and a weight */
    &nn_op_cross_entropy, /* g:cross_entropy(logit, target): and a weight */
    &nn_op_squared_error, /* g:squared_error(score, target): and a weight */
    &nn_op_bpr,           /* g:bpr(better, worse): and a weight */
    &nn_op_info_nce,      /* g:info_nce(a, b, {temperature = 0.1}) */
    NULL};

const nn_op *nn_op_find(const char *name) {
    for (int i = 0; nn_ops[i]; i++)
        if (!strcmp(nn_ops[i]->name, name)) return nn_ops[i];
    return NULL;
}

const char *lis_op_name(int index) {
    for (int i = 0; nn_ops[i]; i++)
        if (i == index) return nn_ops[i]->name;
    return NULL;
}

const char *lis_op_positional(const char *name, int at) {
    const nn_op *op = nn_op_find(name);
    return op && at >= 0 && at < NN_POSITIONAL_MAX ? op->positional[at] : NULL;
}
