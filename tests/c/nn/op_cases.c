#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op_cases.h"

enum { NO_LOGIT = -1 }; /* the case ends in a loss of its own */

static int first_order(lis_graph *g) {
    int a = toy_embed(g, TOY_USER, "user_weight", 1), b = toy_embed(g, TOY_ITEM, "item_weight", 1);
    return toy_add(g, "sum", NODES(a, b), PLAIN);
}

static int shared_table(lis_graph *g) {
    int q = toy_embed(g, TOY_ITEM, "item", 4), k = toy_embed(g, TOY_HISTORY, "item", 4);
    int p = toy_add(g, "pool", NODES(k), SETTINGS(TEXT("mode", "mean")));
    return toy_unit(g, toy_add(g, "product", NODES(q, p), PLAIN));
}

static int linear_with(lis_graph *g, const char *activation) {
    int x = toy_add(g, "concat", NODES(toy_embed(g, TOY_USER, "u", 3), TOY_DENSE_IN), PLAIN);
    return toy_unit(g, toy_add(g, "linear", NODES(x),
                               SETTINGS(NUMBER("units", 19), TEXT("activation", activation))));
}

static int linear_plain(lis_graph *g) {
    int x = toy_embed(g, TOY_USER, "u", 3);
    return toy_unit(
        g, toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 5), TEXT("bias", "no"))));
}
static int linear_relu(lis_graph *g) {
    return linear_with(g, "relu");
}
static int linear_leaky(lis_graph *g) {
    return linear_with(g, "leaky_relu");
}
static int linear_sigmoid(lis_graph *g) {
    return linear_with(g, "sigmoid");
}
static int linear_tanh(lis_graph *g) {
    return linear_with(g, "tanh");
}

static int linear_sequence(lis_graph *g) {
    int h = toy_add(g, "linear", NODES(toy_embed(g, TOY_HISTORY, "item", 4)),
                    SETTINGS(NUMBER("units", 6), TEXT("activation", "tanh")));
    return toy_unit(g, toy_add(g, "pool", NODES(h), SETTINGS(TEXT("mode", "sum"))));
}

/* Readers before and after the concat, twice in one concat, a concat in a concat, in two concats. */
static int concat_tangle(lis_graph *g) {
    int u = toy_embed(g, TOY_USER, "u", 3), i = toy_embed(g, TOY_ITEM, "i", 3);
    int inner = toy_add(g, "concat", NODES(u, i, u), PLAIN);
    int before = toy_add(g, "product", NODES(u, i), PLAIN);
    int outer = toy_add(g, "concat", NODES(TOY_DENSE_IN, inner, before, i), PLAIN);
    int h = toy_add(g, "linear", NODES(outer), SETTINGS(NUMBER("units", 4)));
    int after = toy_add(g, "product", NODES(i, u), PLAIN);
    int side = toy_add(g, "linear", NODES(inner), SETTINGS(NUMBER("units", 4)));
    return toy_unit(g, toy_add(g, "concat", NODES(h, after, side), PLAIN));
}

static int product_self(lis_graph *g) {
    int u = toy_embed(g, TOY_USER, "u", 3);
    return toy_unit(g, toy_add(g, "product", NODES(u, u), PLAIN));
}

static int activation_reused(lis_graph *g) {
    int u = toy_embed(g, TOY_USER, "u", 3);
    int s = toy_add(g, "activation", NODES(u), SETTINGS(TEXT("kind", "sigmoid")));
    int t = toy_add(g, "activation", NODES(u), SETTINGS(TEXT("kind", "leaky_relu")));
    return toy_unit(g, toy_add(g, "sum", NODES(s, t, u), PLAIN));
}

static int weighted(lis_graph *g) {
    int k = toy_embed(g, TOY_HISTORY, "item", 4);
    int w = toy_add(g, "linear", NODES(k), SETTINGS(NUMBER("units", 1)));
    return toy_unit(g, toy_add(g, "weighted", NODES(w, k), PLAIN));
}

static int bag_of(lis_graph *g, const char *mode, const char *table, int dim) {
    return toy_add(
        g, "bag", NODES(TOY_HISTORY),
        SETTINGS(NUMBER("dim", dim), TEXT("mode", mode), TEXT("name", table), NUMBER("init", 0.5)));
}
static int bag_sum(lis_graph *g) {
    return toy_unit(g, bag_of(g, "sum", "item", 5));
}
static int bag_mean(lis_graph *g) {
    return toy_unit(g, bag_of(g, "mean", "item", 19));
}

/* Two bags, a sequence and ids read one table; the bags' gradients lie in a concat's. */
static int bag_shared(lis_graph *g) {
    int sum = bag_of(g, "sum", "item", 4), mean = bag_of(g, "mean", "item", 4);
    int q = toy_embed(g, TOY_ITEM, "item", 4), k = toy_embed(g, TOY_HISTORY, "item", 4);
    int p = toy_add(g, "pool", NODES(k), SETTINGS(TEXT("mode", "mean")));
    int x = toy_add(g, "concat", NODES(sum, TOY_DENSE_IN, mean, q), PLAIN);
    int y = toy_add(g, "product", NODES(mean, p), PLAIN);
    int h = toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 4)));
    return toy_unit(g, toy_add(g, "concat", NODES(h, y), PLAIN));
}

static int bag_weighted(lis_graph *g, int weights) {
    int y = toy_add(g, "bag", NODES(TOY_HISTORY, weights),
                    SETTINGS(NUMBER("dim", 4), TEXT("name", "item"), NUMBER("init", 0.5)));
    return toy_unit(g, toy_add(g, "concat", NODES(y, bag_of(g, "mean", "item", 4)), PLAIN));
}

/* Weights of places: given, and learnt. */
static int bag_weighted_places(lis_graph *g) {
    int given = toy_add(g, "concat", NODES(TOY_DENSE_IN, TOY_DENSE_IN), PLAIN);
    return bag_weighted(g, given);
}
static int bag_learnt_places(lis_graph *g) {
    int h = toy_embed(g, TOY_USER, "u", 3);
    int w = toy_add(g, "linear", NODES(h), SETTINGS(NUMBER("units", TOY_MAX_LEN)));
    int both = toy_add(g, "product", NODES(w, w), PLAIN);
    return toy_add(g, "sum", NODES(bag_weighted(g, w), toy_unit(g, both)), PLAIN);
}

/* Weights of events, learnt: by age, and of the item itself. */
static int bag_learnt_events(lis_graph *g) {
    int age = toy_add(g, "position", NODES(TOY_HISTORY), SETTINGS(NUMBER("dim", 1)));
    int item = toy_embed(g, TOY_HISTORY, "weight", 1);
    return bag_weighted(g, toy_add(g, "sum", NODES(age, item), PLAIN));
}

static int fm(lis_graph *g) {
    int u = toy_embed(g, TOY_USER, "u", 5), i = toy_embed(g, TOY_ITEM, "i", 5);
    int d = toy_add(g, "linear", NODES(TOY_DENSE_IN), SETTINGS(NUMBER("units", 5)));
    return toy_add(g, "fm", NODES(u, i, d), PLAIN);
}

static int deepfm(lis_graph *g) {
    int u = toy_embed(g, TOY_USER, "u", 5), i = toy_embed(g, TOY_ITEM, "i", 5);
    int x = toy_add(g, "concat", NODES(u, i, TOY_DENSE_IN), PLAIN);
    int pairs = toy_add(g, "fm", NODES(u, i), PLAIN);
    int h =
        toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 8), TEXT("activation", "tanh")));
    return toy_add(g, "sum", NODES(first_order(g), pairs, toy_unit(g, h)), PLAIN);
}

static int attention_with(lis_graph *g, const char *activation, int dim, int hidden) {
    int q = toy_embed(g, TOY_ITEM, "item", dim), k = toy_embed(g, TOY_HISTORY, "item", dim);
    int a = toy_add(g, "attention", NODES(q, k),
                    SETTINGS(NUMBER("hidden", hidden), TEXT("activation", activation)));
    return toy_unit(g, toy_add(g, "concat", NODES(q, a), PLAIN));
}
static int attention_relu(lis_graph *g) {
    return attention_with(g, "relu", 4, 6);
}
static int attention_wide(lis_graph *g) {
    return attention_with(g, "sigmoid", 16, 36);
}
static int attention_odd(lis_graph *g) {
    return attention_with(g, "leaky_relu", 17, 19);
}

static int attention_frozen_query(lis_graph *g) {
    int k = toy_embed(g, TOY_HISTORY, "item", TOY_FROZEN);
    return toy_unit(g, toy_add(g, "attention", NODES(TOY_FROZEN_IN, k),
                               SETTINGS(NUMBER("hidden", 3), TEXT("activation", "tanh"))));
}

/* One input through an op that keeps its width, in rows; then to the logit. */
static int through(lis_graph *g, const char *op, const lis_setting *setting, int settings) {
    int x = toy_add(g, "concat", NODES(toy_embed(g, TOY_USER, "u", 3), TOY_DENSE_IN), PLAIN);
    return toy_unit(g, toy_add(g, op, NODES(x), setting, settings));
}

/* The same on a sequence. */
static int along(lis_graph *g, const char *op, const lis_setting *setting, int settings) {
    int x = toy_add(g, op, NODES(toy_embed(g, TOY_HISTORY, "item", 3)), setting, settings);
    return toy_unit(g, toy_add(g, "pool", NODES(x), SETTINGS(TEXT("mode", "sum"))));
}

static int bias(lis_graph *g) {
    return through(g, "bias", PLAIN);
}
static int slice(lis_graph *g) {
    return through(g, "slice", SETTINGS(NUMBER("from", 2), NUMBER("to", 5)));
}
static int gelu(lis_graph *g) {
    return through(g, "gelu", PLAIN);
}
static int prelu(lis_graph *g) {
    return through(g, "prelu", PLAIN);
}
static int layer_norm(lis_graph *g) {
    return through(g, "layer_norm", PLAIN);
}
static int layer_norm_sequence(lis_graph *g) {
    return along(g, "layer_norm", PLAIN);
}
static int batch_norm(lis_graph *g) {
    return through(g, "batch_norm", PLAIN);
}
static int batch_norm_sequence(lis_graph *g) {
    return along(g, "batch_norm", PLAIN);
}
static int dice(lis_graph *g) {
    return through(g, "dice", PLAIN);
}
static int dropout(lis_graph *g) {
    return through(g, "dropout", SETTINGS(NUMBER("rate", 0.3)));
}

static int difference(lis_graph *g) {
    int u = toy_embed(g, TOY_USER, "u", 3), i = toy_embed(g, TOY_ITEM, "i", 3);
    int d = toy_add(g, "difference", NODES(u, i), PLAIN);
    return toy_unit(g, toy_add(g, "product", NODES(d, u), PLAIN));
}

static int dot(lis_graph *g) {
    int u = toy_embed(g, TOY_USER, "u", 3), i = toy_embed(g, TOY_ITEM, "i", 3);
    return toy_unit(g, toy_add(g, "dot", NODES(u, i, TOY_DENSE_IN, u), PLAIN));
}

static int cross_with(lis_graph *g, int rank) {
    int x0 = toy_add(g, "concat", NODES(toy_embed(g, TOY_USER, "u", 3), TOY_DENSE_IN), PLAIN);
    int x1 = toy_add(g, "cross", NODES(x0, x0), SETTINGS(NUMBER("rank", rank)));
    return toy_unit(g, toy_add(g, "cross", NODES(x0, x1), SETTINGS(NUMBER("rank", rank))));
}
static int cross_full(lis_graph *g) {
    return cross_with(g, 0);
}
static int cross_low(lis_graph *g) {
    return cross_with(g, 2);
}

static int softmax(lis_graph *g) {
    return through(g, "softmax", PLAIN);
}

static int softmax_weights(lis_graph *g) {
    int k = toy_embed(g, TOY_HISTORY, "item", 4);
    int w = toy_add(g, "softmax", NODES(toy_unit(g, k)), PLAIN);
    return toy_unit(g, toy_add(g, "weighted", NODES(w, k), PLAIN));
}

static int position(lis_graph *g) {
    int p = toy_add(g, "position", NODES(TOY_HISTORY), SETTINGS(NUMBER("dim", 4)));
    int k = toy_add(g, "product", NODES(p, toy_embed(g, TOY_HISTORY, "item", 4)), PLAIN);
    return toy_unit(g, toy_add(g, "pool", NODES(k), SETTINGS(TEXT("mode", "sum"))));
}

static int project(lis_graph *g, int x) {
    return toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 6)));
}

static int target_attention(lis_graph *g) {
    int q = toy_embed(g, TOY_ITEM, "item", 4), k = toy_embed(g, TOY_HISTORY, "item", 4);
    return toy_unit(g, toy_add(g, "attend", NODES(project(g, q), project(g, k), project(g, k)),
                               SETTINGS(NUMBER("heads", 3))));
}

static int match_trained(lis_graph *g) {
    int q = toy_embed(g, TOY_ITEM, "item", 4), k = toy_embed(g, TOY_HISTORY, "item", 4);
    int m = toy_add(g, "match", NODES(q, k), PLAIN);
    return toy_unit(g, toy_add(g, "weighted", NODES(m, k), PLAIN));
}

/* Attention whose weights get w times the likeness of target and event by vectors from outside. */
static int attention_bias(lis_graph *g) {
    int q = toy_embed(g, TOY_ITEM, "item", 4), k = toy_embed(g, TOY_HISTORY, "item", 4);
    int m = toy_add(g, "match", NODES(TOY_FROZEN_IN, toy_frozen_events(g)), PLAIN);
    int b = toy_add(g, "weighted", NODES(toy_unit(g, m), k), PLAIN);
    int a = toy_add(g, "attention", NODES(q, k), SETTINGS(NUMBER("hidden", 3)));
    return toy_unit(g, toy_add(g, "sum", NODES(a, b), PLAIN));
}

/* A transformer block as BST has it: attention and a feed-forward part, both with a way around. */
static int transformer(lis_graph *g) {
    int x = toy_add(g, "sum",
                    NODES(toy_embed(g, TOY_HISTORY, "item", 6),
                          toy_add(g, "position", NODES(TOY_HISTORY), SETTINGS(NUMBER("dim", 6)))),
                    PLAIN);
    int a = toy_add(g, "attend", NODES(project(g, x), project(g, x), project(g, x)),
                    SETTINGS(NUMBER("heads", 2)));
    int y = toy_add(g, "layer_norm", NODES(toy_add(g, "sum", NODES(x, a), PLAIN)), PLAIN);
    int f = project(g, toy_add(g, "linear", NODES(y),
                               SETTINGS(NUMBER("units", 8), TEXT("activation", "tanh"))));
    int z = toy_add(g, "sum", NODES(y, f), PLAIN);
    return toy_unit(g, toy_add(g, "pool", NODES(z), SETTINGS(TEXT("mode", "mean"))));
}

static int attend_itself(lis_graph *g) {
    int x = toy_embed(g, TOY_HISTORY, "item", 4);
    return toy_unit(g, toy_add(g, "pool", NODES(toy_add(g, "attend", NODES(x, x, x), PLAIN)),
                               SETTINGS(TEXT("mode", "sum"))));
}

/* Cases of losses add their own; the first loss's score is what predict gives. */
static int column(lis_graph *g, int from) {
    return toy_add(g, "slice", NODES(TOY_DENSE_IN),
                   SETTINGS(NUMBER("from", from), NUMBER("to", from)));
}

static int score(lis_graph *g, int dim) {
    return toy_unit(
        g, toy_add(g, "concat", NODES(toy_embed(g, TOY_USER, "u", dim), TOY_DENSE_IN), PLAIN));
}

static int weighted_logistic(lis_graph *g) {
    int w = toy_add(g, "activation", NODES(column(g, 1)), SETTINGS(TEXT("kind", "sigmoid")));
    toy_add(g, "logistic", NODES(score(g, 3), w), SETTINGS(NUMBER("share", 0.7)));
    return NO_LOGIT;
}

static int three_tasks(lis_graph *g) {
    int h = toy_add(g, "linear", NODES(score(g, 3)),
                    SETTINGS(NUMBER("units", 4), TEXT("activation", "tanh")));
    int t = toy_add(g, "activation", NODES(column(g, 2)), SETTINGS(TEXT("kind", "sigmoid")));
    toy_add(g, "logistic", NODES(toy_unit(g, h)), PLAIN);
    toy_add(g, "cross_entropy", NODES(toy_unit(g, h), t), SETTINGS(NUMBER("share", 0.3)));
    toy_add(g, "squared_error", NODES(toy_unit(g, h), column(g, 3), t),
            SETTINGS(NUMBER("share", 0.2)));
    return NO_LOGIT;
}

static int bpr(lis_graph *g) {
    int u = toy_embed(g, TOY_USER, "u", 4), a = toy_embed(g, TOY_ITEM, "i", 4);
    int b = toy_add(g, "linear", NODES(TOY_FROZEN_IN), SETTINGS(NUMBER("units", 4)));
    int better = toy_add(g, "dot", NODES(u, a), PLAIN),
        worse = toy_add(g, "dot", NODES(u, b), PLAIN);
    toy_add(g, "bpr", NODES(better, worse), PLAIN);
    return NO_LOGIT;
}

static int info_nce(lis_graph *g) {
    int u = toy_embed(g, TOY_USER, "u", 4), i = toy_embed(g, TOY_ITEM, "i", 4);
    toy_add(g, "logistic", NODES(toy_unit(g, u)), PLAIN);
    toy_add(g, "info_nce", NODES(u, i), SETTINGS(NUMBER("temperature", 0.5), NUMBER("share", 0.4)));
    return NO_LOGIT;
}

static const op_case cases[] = {
    {"embedding, first order", first_order, 1e-6},
    {"embedding, one table for ids and history", shared_table, 1e-6},
    {"linear without bias", linear_plain, 1e-6},
    {"linear relu", linear_relu, 1e-6},
    {"linear leaky relu", linear_leaky, 1e-6},
    {"linear sigmoid", linear_sigmoid, 1e-6},
    {"linear tanh", linear_tanh, 1e-6},
    {"linear on a sequence", linear_sequence, 1e-6},
    {"concat, nested and shared", concat_tangle, 1e-6},
    {"product with itself", product_self, 1e-6},
    {"activation, input read thrice", activation_reused, 1e-6},
    {"weighted sum of a sequence", weighted, 1e-6},
    {"bag, sum", bag_sum, 1e-6},
    {"bag, mean", bag_mean, 1e-6},
    {"bags, ids and a history of one table", bag_shared, 1e-6},
    {"bag, weights of places", bag_weighted_places, 1e-6},
    {"bag, learnt weights of places", bag_learnt_places, 3e-6},
    {"bag, learnt weights of events", bag_learnt_events, 1e-6},
    {"fm", fm, 1e-6},
    {"fm beside a deep part", deepfm, 1e-6},
    {"attention relu", attention_relu, 1e-6},
    {"attention 16 x 36", attention_wide, 1e-6},
    {"attention 17 x 19", attention_odd, 1e-6},
    {"attention with frozen query", attention_frozen_query, 3e-6},
    {"bias", bias, 1e-6},
    {"slice", slice, 1e-6},
    {"difference", difference, 1e-6},
    {"dot products of pairs", dot, 1e-6},
    {"gelu", gelu, 3e-6},
    {"prelu", prelu, 1e-6},
    {"layer norm", layer_norm, 3e-6},
    {"layer norm of a sequence", layer_norm_sequence, 1e-5},
    {"batch norm", batch_norm, 3e-6},
    {"batch norm of a sequence", batch_norm_sequence, 1e-5},
    {"dice", dice, 3e-6},
    {"dropout", dropout, 1e-6},
    {"cross", cross_full, 1e-6},
    {"cross of low rank", cross_low, 1e-6},
    {"softmax of columns", softmax, 1e-6},
    {"softmax of a sequence", softmax_weights, 1e-6},
    {"position", position, 1e-6},
    {"target attention in heads", target_attention, 1e-6},
    {"match of trained vectors", match_trained, 1e-6},
    {"attention with a bias by frozen events", attention_bias, 3e-6},
    {"transformer block", transformer, 3e-6},
    {"attention of a sequence to itself", attend_itself, 3e-6},
    {"weighted logistic loss", weighted_logistic, 1e-6},
    {"three tasks", three_tasks, 1e-6},
    {"bpr", bpr, 1e-6},
    {"info_nce beside a task", info_nce, 3e-6},
};

const op_case *op_cases(int *count) {
    *count = sizeof cases / sizeof *cases;
    return cases;
}

lis_model *op_case_build(const op_case *c, const char *precision) {
    lis_ctx ctx = toy_ctx(2);
    lis_graph *graph = toy_graph(3);
    int logit = c->logit(graph);
    if (logit != NO_LOGIT) toy_add(graph, "logistic", NODES(logit), PLAIN);
    const lis_model_options options = {.batch = OP_ROWS, .precision = precision};
    lis_model *model;
    lis_error err;
    if (lis_model_build(&ctx, &model, graph, &options, &err) != LIS_OK) fail_msg("%s", err.message);
    lis_graph_release(graph);
    return model;
}

double op_case_step(lis_model *model, const lis_feed *feed, const toy *log, int threads) {
    lis_ctx ctx = toy_ctx(threads);
    lis_fit_options options = lis_fit_defaults();
    lis_fit_result result;
    lis_error err;
    if (lis_model_fit(&ctx, model, feed, log->row + OP_FIRST, OP_ROWS, &options, &result, &err) !=
        LIS_OK)
        fail_msg("%s", err.message);
    return result.loss;
}

double op_case_slope(naive *o, double *parameter) {
    const double step = 1e-6, at = *parameter;
    *parameter = at + step;
    double up = naive_loss(o);
    *parameter = at - step;
    double down = naive_loss(o);
    *parameter = at;
    return (up - down) / (2 * step);
}

void op_case_check_threads(const op_case *c, const char *precision, const lis_model *model,
                           const toy *log, int threads) {
    lis_model *other = op_case_build(c, precision);
    lis_feed *feed = toy_feed(other, log);
    op_case_step(other, feed, log, threads);
    for (int i = 0; i < lis_model_parameters(model); i++) {
        lis_parameter a = lis_model_parameter(model, i), b = lis_model_parameter(other, i);
        assert_memory_equal(a.value, b.value, (size_t)(a.rows * a.columns) * sizeof(float));
    }
    lis_feed_free(feed);
    lis_model_release(other);
}
