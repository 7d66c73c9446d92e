/* Every op against its textbook formula: the logits, and the gradient of every parameter by central
 * differences of the f64 oracle. A new op is a line in `cases` and a formula in naive.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "../check_near.h"
#include "lis/base/parallel.h"
#include "naive.h"
#include "toy.h"

enum { ROWS = 150 }; /* a whole shard and a part */

static int embed(lis_graph *g, int input, const char *name, int dim) {
    return toy_add(g, "embedding", NODES(input),
                   SETTINGS(NUMBER("dim", dim), TEXT("name", name), NUMBER("init", 0.5)));
}

static int unit(lis_graph *g, int x) {
    return toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 1)));
}

static int first_order(lis_graph *g) {
    int a = embed(g, TOY_USER, "user_weight", 1), b = embed(g, TOY_ITEM, "item_weight", 1);
    return toy_add(g, "sum", NODES(a, b), PLAIN);
}

static int shared_table(lis_graph *g) {
    int q = embed(g, TOY_ITEM, "item", 4), k = embed(g, TOY_HISTORY, "item", 4);
    int p = toy_add(g, "pool", NODES(k), SETTINGS(TEXT("mode", "mean")));
    return unit(g, toy_add(g, "product", NODES(q, p), PLAIN));
}

static int linear_with(lis_graph *g, const char *activation) {
    int x = toy_add(g, "concat", NODES(embed(g, TOY_USER, "u", 3), TOY_DENSE_IN), PLAIN);
    return unit(g, toy_add(g, "linear", NODES(x),
                           SETTINGS(NUMBER("units", 19), TEXT("activation", activation))));
}

static int linear_plain(lis_graph *g) {
    int x = embed(g, TOY_USER, "u", 3);
    return unit(g,
                toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 5), TEXT("bias", "no"))));
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
    int h = toy_add(g, "linear", NODES(embed(g, TOY_HISTORY, "item", 4)),
                    SETTINGS(NUMBER("units", 6), TEXT("activation", "tanh")));
    return unit(g, toy_add(g, "pool", NODES(h), SETTINGS(TEXT("mode", "sum"))));
}

/* Readers before and after the concat, twice in one concat, a concat in a concat, in two concats. */
static int concat_tangle(lis_graph *g) {
    int u = embed(g, TOY_USER, "u", 3), i = embed(g, TOY_ITEM, "i", 3);
    int inner = toy_add(g, "concat", NODES(u, i, u), PLAIN);
    int before = toy_add(g, "product", NODES(u, i), PLAIN);
    int outer = toy_add(g, "concat", NODES(TOY_DENSE_IN, inner, before, i), PLAIN);
    int h = toy_add(g, "linear", NODES(outer), SETTINGS(NUMBER("units", 4)));
    int after = toy_add(g, "product", NODES(i, u), PLAIN);
    int side = toy_add(g, "linear", NODES(inner), SETTINGS(NUMBER("units", 4)));
    return unit(g, toy_add(g, "concat", NODES(h, after, side), PLAIN));
}

static int product_self(lis_graph *g) {
    int u = embed(g, TOY_USER, "u", 3);
    return unit(g, toy_add(g, "product", NODES(u, u), PLAIN));
}

static int activation_reused(lis_graph *g) {
    int u = embed(g, TOY_USER, "u", 3);
    int s = toy_add(g, "activation", NODES(u), SETTINGS(TEXT("kind", "sigmoid")));
    int t = toy_add(g, "activation", NODES(u), SETTINGS(TEXT("kind", "leaky_relu")));
    return unit(g, toy_add(g, "sum", NODES(s, t, u), PLAIN));
}

static int weighted(lis_graph *g) {
    int k = embed(g, TOY_HISTORY, "item", 4);
    int w = toy_add(g, "linear", NODES(k), SETTINGS(NUMBER("units", 1)));
    return unit(g, toy_add(g, "weighted", NODES(w, k), PLAIN));
}

static int fm(lis_graph *g) {
    int u = embed(g, TOY_USER, "u", 5), i = embed(g, TOY_ITEM, "i", 5);
    int d = toy_add(g, "linear", NODES(TOY_DENSE_IN), SETTINGS(NUMBER("units", 5)));
    return toy_add(g, "fm", NODES(u, i, d), PLAIN);
}

static int deepfm(lis_graph *g) {
    int u = embed(g, TOY_USER, "u", 5), i = embed(g, TOY_ITEM, "i", 5);
    int x = toy_add(g, "concat", NODES(u, i, TOY_DENSE_IN), PLAIN);
    int pairs = toy_add(g, "fm", NODES(u, i), PLAIN);
    int h =
        toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 8), TEXT("activation", "tanh")));
    return toy_add(g, "sum", NODES(first_order(g), pairs, unit(g, h)), PLAIN);
}

static int attention_with(lis_graph *g, const char *activation, int dim, int hidden) {
    int q = embed(g, TOY_ITEM, "item", dim), k = embed(g, TOY_HISTORY, "item", dim);
    int a = toy_add(g, "attention", NODES(q, k),
                    SETTINGS(NUMBER("hidden", hidden), TEXT("activation", activation)));
    return unit(g, toy_add(g, "concat", NODES(q, a), PLAIN));
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
    int k = embed(g, TOY_HISTORY, "item", TOY_FROZEN);
    return unit(g, toy_add(g, "attention", NODES(TOY_FROZEN_IN, k),
                           SETTINGS(NUMBER("hidden", 3), TEXT("activation", "tanh"))));
}

static const struct op_case {
    const char *name;
    int (*logit)(lis_graph *g);
    double tolerance;
} cases[] = {
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
    {"fm", fm, 1e-6},
    {"fm beside a deep part", deepfm, 1e-6},
    {"attention relu", attention_relu, 1e-6},
    {"attention 16 x 36", attention_wide, 1e-6},
    {"attention 17 x 19", attention_odd, 1e-6},
    {"attention with frozen query", attention_frozen_query, 1e-6},
};
enum { CASES = sizeof cases / sizeof *cases };

/* Slope of the oracle's loss in one parameter. */
static double slope(naive *o, double *parameter) {
    const double step = 1e-6, at = *parameter;
    *parameter = at + step;
    double up = naive_loss(o);
    *parameter = at - step;
    double down = naive_loss(o);
    *parameter = at;
    return (up - down) / (2 * step);
}

/* Every element of small parameters, a sample of large ones. */
static int64_t stride_of(int64_t n) {
    return n > 80 ? n / 40 : 1;
}

static void check_dense(naive *o, double tolerance) {
    const lis_model *model = o->model;
    for (int w = 0; w < model->graph->weights; w++) {
        lis_parameter p = lis_model_parameter(model, w);
        int64_t n = p.rows * p.columns;
        for (int64_t i = 0; i < n; i += stride_of(n)) {
            double got = 0, wanted = slope(o, &o->weight[w][i]);
            for (int64_t s = 0; s < lis_shard_count(o->rows, LIS_NN_SHARD); s++)
                got += model->dense_gradient[s * model->dense_size + model->weight_at[w] + i];
            if (!lis_near(got, wanted, tolerance))
                fail_msg("%s[%lld]: %.9g, by differences %.9g", p.name, (long long)i, got, wanted);
        }
    }
}

/* After its first step Adagrad's sum is the square of the gradient, and the step has its sign. */
static void check_tables(naive *o, double tolerance) {
    const lis_model *model = o->model;
    for (int t = 0; t < model->graph->tables; t++) {
        lis_parameter p = lis_model_parameter(model, model->graph->weights + t);
        int64_t n = p.rows * p.columns;
        for (int64_t i = 0; i < n; i += stride_of(n)) {
            double wanted = slope(o, &o->table[t][i]), size = sqrt(model->table[t].state[i]);
            double got = p.value[i] < o->table[t][i] ? size : -size;
            if (!lis_near(got, wanted, tolerance))
                fail_msg("%s[%lld]: %.9g, by differences %.9g", p.name, (long long)i, got, wanted);
        }
    }
}

static void check_case(void **state) {
    const struct op_case *c = *state;
    toy log;
    toy_fill(&log);
    lis_graph *graph = toy_graph(3);
    toy_add(graph, "logistic", NODES(c->logit(graph)), PLAIN);
    lis_model *model = toy_build(graph, ROWS);
    lis_feed *feed = toy_feed(model, &log);
    naive *oracle = naive_new(model, feed, log.row + 40, ROWS);
    double loss = naive_loss(oracle);
    lis_ctx ctx = toy_ctx(2);
    lis_error err;
    float logit[ROWS];
    assert_int_equal(lis_model_predict(&ctx, model, feed, log.row + 40, ROWS, logit, &err), LIS_OK);
    for (int r = 0; r < ROWS; r++)
        assert_near(logit[r], naive_logit(oracle, r), c->tolerance);
    lis_fit_options options = lis_fit_defaults();
    lis_fit_result result;
    assert_int_equal(lis_model_fit(&ctx, model, feed, log.row + 40, ROWS, &options, &result, &err),
                     LIS_OK);
    assert_near(result.loss, loss, c->tolerance);
    check_dense(oracle, c->tolerance);
    check_tables(oracle, c->tolerance);
    naive_free(oracle);
    lis_feed_free(feed);
    lis_model_release(model);
}

int main(void) {
    struct CMUnitTest tests[CASES];
    for (int i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = check_case, .initial_state = (void *)&cases[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
