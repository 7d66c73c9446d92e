/* Optimisers against their papers' formulas in f64; schedules, clipping, and learning with each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "../check_near.h"
#include "lis/base/hash.h"
#include "lis/base/rng.h"
#include "optim.h"
#include "state.h"
#include "toy.h"

enum { N = 21, STEPS = 30 };

/* One parameter's step, as the papers write it; s and t are its state, row the gradient's row. */
static void naive_step(nn_rule rule, const nn_rates *r, int64_t step, double *w, double *s,
                       double *t, double g, double row_mean_square) {
    double rate = r->rate, slope = r->scale * g + r->l2 * *w, decay = r->decay * *w;
    switch (rule) {
    case NN_SGD:
        *w -= rate * slope + decay;
        break;
    case NN_ADAGRAD:
        *s += slope * slope;
        *w -= rate * slope / (sqrt(*s) + 1e-10) + decay;
        break;
    case NN_ROW_ADAGRAD:
        *s += row_mean_square;
        *w -= rate * slope / (sqrt(*s) + 1e-10) + decay;
        break;
    case NN_ADAM: {
        *s = 0.9 * *s + 0.1 * slope;
        *t = 0.999 * *t + 0.001 * slope * slope;
        double mean = *s / (1 - pow(0.9, (double)step)),
               square = *t / (1 - pow(0.999, (double)step));
        *w -= rate * mean / (sqrt(square) + 1e-8) + decay;
        break;
    }
    case NN_FTRL: {
        g *= r->scale;
        if (*t == 0) *s = -*w * (1 / rate + r->l2);
        double sigma = (sqrt(*t + g * g) - sqrt(*t)) / rate;
        *s += g - sigma * *w;
        *t += g * g;
        double curve = (1 + sqrt(*t)) / rate + r->l2;
        *w = fabs(*s) <= r->l1 ? 0 : -(*s - copysign(r->l1, *s)) / curve;
        break;
    }
    default:
        fail();
    }
}

static void check_rule(nn_rule rule) {
    lis_fit_options options = lis_fit_defaults();
    options.dense_rate = options.table_rate = 0.05;
    options.l2 = 0.1;
    options.l1 = 0.02;
    lis_rng rng = lis_rng_open(1, "optim", rule);
    float w[N], state[2 * N] = {0}, g[N];
    double nw[N], ns[N] = {0}, nt[N] = {0};
    for (int i = 0; i < N; i++)
        nw[i] = w[i] = (float)lis_rng_normal(&rng);
    for (int64_t step = 1; step <= STEPS; step++) {
        nn_rates r = nn_table_rates(&options, rule, step, 1);
        r.decay = rule == NN_FTRL ? 0 : 0.01f;
        r.scale = 0.5f;
        double mean = 0;
        for (int i = 0; i < N; i++) {
            g[i] = (float)lis_rng_normal(&rng);
            mean += pow(r.scale * g[i] + r.l2 * nw[i], 2) / N;
        }
        nn_kernels_best()->step[rule](&r, w, state, state + N, g, N);
        for (int i = 0; i < N; i++) {
            naive_step(rule, &r, step, &nw[i], &ns[i], &nt[i], g[i], mean);
            if (!lis_near(w[i], nw[i], 2e-5))
                fail_msg("%s, step %lld: %.9g, wanted %.9g", nn_rules[rule].name, (long long)step,
                         w[i], nw[i]);
        }
    }
}

static void every_rule_as_its_paper(void **state) {
    (void)state;
    for (int rule = 0; rule < NN_RULES; rule++)
        check_rule((nn_rule)rule);
}

static void names_are_checked(void **state) {
    (void)state;
    nn_rule rule;
    lis_error err;
    assert_int_equal(nn_rule_find(NULL, NN_ADAM, true, &rule, &err), LIS_OK);
    assert_int_equal(rule, NN_ADAM);
    assert_int_equal(nn_rule_find("row_adagrad", NN_ADAM, false, &rule, &err), LIS_OK);
    assert_int_equal(rule, NN_ROW_ADAGRAD);
    assert_int_equal(nn_rule_find("row_adagrad", NN_ADAM, true, &rule, &err), LIS_EARG);
    assert_non_null(strstr(err.message, "'sgd', 'adagrad', 'adam', 'ftrl'"));
}

static void schedules(void **state) {
    (void)state;
    lis_fit_options o = lis_fit_defaults();
    assert_near(nn_schedule(&o, 7, 10), 1, 0);
    o.warmup = 4;
    assert_near(nn_schedule(&o, 0, 10), 0.25, 0);
    assert_near(nn_schedule(&o, 3, 10), 1, 0);
    o.schedule = LIS_LINEAR;
    assert_near(nn_schedule(&o, 4, 10), 1, 0);
    assert_near(nn_schedule(&o, 7, 10), 0.5, 1e-15);
    o.schedule = LIS_COSINE;
    assert_near(nn_schedule(&o, 7, 10), 0.5, 1e-15);
    assert_near(nn_schedule(&o, 10, 10), 0, 1e-15);
}

static lis_model *build(const char *dense, const char *table) {
    lis_ctx ctx = toy_ctx(1);
    lis_graph *graph = toy_graph(5);
    toy_din(graph);
    lis_model *model;
    lis_error err;
    const lis_model_options options = {
        .batch = 64, .dense_optimiser = dense, .table_optimiser = table};
    if (lis_model_build(&ctx, &model, graph, &options, &err) != LIS_OK) fail_msg("%s", err.message);
    lis_graph_release(graph);
    return model;
}

static uint64_t hash_of(const lis_model *model) {
    uint64_t hash = 0;
    for (int i = 0; i < lis_model_parameters(model); i++) {
        lis_parameter p = lis_model_parameter(model, i);
        hash = lis_hash(p.value, (size_t)(p.rows * p.columns) * sizeof(float), hash);
    }
    return hash;
}

/* Trains the toy ranker and returns the last epoch's loss; *hash: of the parameters. */
static double train(const char *dense, const char *table, const lis_fit_options *options,
                    int threads, uint64_t *hash) {
    static toy log;
    toy_fill(&log);
    lis_ctx ctx = toy_ctx(threads);
    lis_model *model = build(dense, table);
    lis_feed *feed = toy_feed(model, &log);
    lis_fit_result result;
    lis_error err;
    if (lis_model_fit(&ctx, model, feed, log.row, TOY_ROWS, options, &result, &err) != LIS_OK)
        fail_msg("%s", err.message);
    *hash = hash_of(model);
    lis_feed_free(feed);
    lis_model_release(model);
    return result.loss;
}

static void every_rule_learns_the_same_on_any_threads(void **state) {
    (void)state;
    const struct {
        const char *dense, *table;
        double dense_rate, table_rate;
    } cases[] = {{"adam", "adagrad", 0.01, 0.05},
                 {"sgd", "sgd", 0.1, 1},
                 {"adagrad", "row_adagrad", 0.05, 0.05},
                 {"adam", "adam", 0.01, 0.01},
                 {"ftrl", "ftrl", 0.1, 0.1}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        lis_fit_options o = lis_fit_defaults();
        o.epochs = 40;
        o.dense_rate = cases[c].dense_rate;
        o.table_rate = cases[c].table_rate;
        o.clip = 2;
        o.schedule = LIS_COSINE;
        o.warmup = 5;
        uint64_t one, two, four;
        double loss = train(cases[c].dense, cases[c].table, &o, 1, &one);
        if (!(loss < 0.4)) fail_msg("%s ends at %.3f", cases[c].table, loss);
        train(cases[c].dense, cases[c].table, &o, 2, &two);
        train(cases[c].dense, cases[c].table, &o, 4, &four);
        assert_true(one == two && one == four);
    }
}

/* One step of plain descent moves the dense parameters by rate * clip at most. */
static void clipping_bounds_the_step(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_ctx ctx = toy_ctx(2);
    lis_model *before = build("sgd", "sgd"), *after = build("sgd", "sgd");
    lis_feed *feed = toy_feed(after, &log);
    lis_fit_options o = lis_fit_defaults();
    o.dense_rate = o.table_rate = 1;
    o.clip = 1e-3;
    lis_fit_result result;
    assert_int_equal(lis_model_fit(&ctx, after, feed, log.row, 64, &o, &result, NULL), LIS_OK);
    double dense = 0, longest = 0;
    for (int i = 0; i < lis_model_parameters(before); i++) {
        lis_parameter a = lis_model_parameter(before, i), b = lis_model_parameter(after, i);
        for (int64_t r = 0; r < a.rows; r++) {
            double row = 0;
            for (int64_t k = r * a.columns; k < (r + 1) * a.columns; k++)
                row += pow((double)a.value[k] - b.value[k], 2);
            if (i < after->graph->weights)
                dense += row;
            else
                longest = fmax(longest, row);
        }
    }
    assert_near(sqrt(dense), 1e-3, 1e-5);
    assert_near(sqrt(longest), 1e-3, 1e-5);
    lis_feed_free(feed);
    lis_model_release(before);
    lis_model_release(after);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_as_its_paper),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(schedules),
        cmocka_unit_test(every_rule_learns_the_same_on_any_threads),
        cmocka_unit_test(clipping_bounds_the_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
