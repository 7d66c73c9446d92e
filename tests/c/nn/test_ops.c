/* Every op against its textbook formula: the logits, and the gradient of every parameter by central
 * differences of the f64 oracle. A new op is a line in op_cases.c and a formula
 * in naive.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../check_near.h"
#include "lis/base/parallel.h"
#include "op_cases.h"

/* Every element of small parameters, a sample of large ones. */
static int64_t stride_of(int64_t n) {
    return n > 80 ? n / 40 : 1;
}

static void check_dense(naive *o, double tolerance) {
    const lis_model *model = o->model;
    for (int w = 0; w < model->graph->weights; w++) {
        lis_parameter p = lis_model_parameter(model, w);
        int64_t n = model->graph->weight[w].average ? 0 : p.rows * p.columns;
        for (int64_t i = 0; i < n; i += stride_of(n)) {
            double got = 0, wanted = op_case_slope(o, &o->weight[w][i]);
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
            double wanted = op_case_slope(o, &o->table[t][i]),
                   size = sqrt(model->table[t].state[i]);
            double got = p.value[i] < o->table[t][i] ? size : -size;
            if (!lis_near(got, wanted, tolerance))
                fail_msg("%s[%lld]: %.9g, by differences %.9g", p.name, (long long)i, got, wanted);
        }
    }
}

static void check_case(void **state) {
    const op_case *c = *state;
    toy log;
    toy_fill(&log);
    lis_model *model = op_case_build(c, NULL);
    lis_feed *feed = toy_feed(model, &log);
    naive *oracle = naive_new(model, feed, log.row + OP_FIRST, OP_ROWS);
    naive_loss(oracle);
    lis_ctx ctx = toy_ctx(2);
    lis_error err;
    float logit[OP_ROWS];
    assert_int_equal(
        lis_model_predict(&ctx, model, feed, 0, log.row + OP_FIRST, OP_ROWS, logit, &err), LIS_OK);
    for (int r = 0; r < OP_ROWS; r++)
        assert_near(logit[r], naive_logit(oracle, r), c->tolerance);
    oracle->training = true;
    assert_near(op_case_step(model, feed, &log, 2), naive_loss(oracle), c->tolerance);
    check_dense(oracle, c->tolerance);
    check_tables(oracle, c->tolerance);
    op_case_check_threads(c, NULL, model, &log, 1);
    op_case_check_threads(c, NULL, model, &log, 4);
    naive_free(oracle);
    lis_feed_free(feed);
    lis_model_release(model);
}

/* A table read only behind a stop, or by no loss at all, stays as it was drawn. */
static void what_no_gradient_reaches_stays(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_graph *g = toy_graph(3);
    int fixed = toy_add(g, "stop", NODES(toy_embed(g, TOY_USER, "u", 3)), PLAIN);
    toy_embed(g, TOY_HISTORY, "unread", 2);
    int norm = toy_add(g, "batch_norm", NODES(toy_embed(g, TOY_ITEM, "i", 3)), PLAIN);
    int x = toy_add(
        g, "concat",
        NODES(fixed, toy_embed(g, TOY_ITEM, "i2", 2), toy_add(g, "stop", NODES(norm), PLAIN)),
        PLAIN);
    toy_add(g, "logistic", NODES(toy_unit(g, x)), PLAIN);
    lis_model *model = toy_build(g, OP_ROWS);
    lis_feed *feed = toy_feed(model, &log);
    naive *before = naive_new(model, feed, log.row, OP_ROWS);
    lis_ctx ctx = toy_ctx(1);
    lis_fit_options options = lis_fit_defaults();
    lis_fit_result result;
    assert_int_equal(lis_model_fit(&ctx, model, feed, log.row, OP_ROWS, &options, &result, NULL),
                     LIS_OK);
    for (int i = 0; i < lis_model_parameters(model); i++) {
        lis_parameter p = lis_model_parameter(model, i);
        int weights = model->graph->weights;
        const double *old = i < weights ? before->weight[i] : before->table[i - weights];
        bool moved = false;
        for (int64_t k = 0; k < p.rows * p.columns; k++)
            moved = moved || p.value[k] != (float)old[k];
        assert_int_equal(moved, !strcmp(p.name, "i2") || !strncmp(p.name, "linear", 6));
    }
    naive_free(before);
    lis_feed_free(feed);
    lis_model_release(model);
}

/* The running moments approach those of the rows. */
static void running_averages_follow_the_batches(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_graph *g = toy_graph(3);
    int x = toy_add(g, "batch_norm", NODES(TOY_DENSE_IN), SETTINGS(TEXT("name", "norm")));
    toy_add(g, "logistic", NODES(toy_unit(g, x)), PLAIN);
    lis_model *model = toy_build(g, TOY_ROWS);
    lis_feed *feed = toy_feed(model, &log);
    lis_ctx ctx = toy_ctx(2);
    lis_fit_options options = lis_fit_defaults();
    options.epochs = 100;
    lis_fit_result result;
    assert_int_equal(lis_model_fit(&ctx, model, feed, log.row, TOY_ROWS, &options, &result, NULL),
                     LIS_OK);
    for (int i = 0; i < lis_model_parameters(model); i++) {
        lis_parameter p = lis_model_parameter(model, i);
        if (strcmp(p.name, "norm.mean") != 0) continue;
        for (int j = 0; j < TOY_DENSE; j++) {
            double mean = 0;
            for (int r = 0; r < TOY_ROWS; r++)
                mean += log.dense[r * TOY_DENSE + j] / TOY_ROWS;
            assert_near(p.value[j], mean, 1e-4);
        }
    }
    lis_feed_free(feed);
    lis_model_release(model);
}

int main(void) {
    int count;
    const op_case *cases = op_cases(&count);
    struct CMUnitTest tests[100] = {0};
    assert_true(count + 2 <= 100);
    for (int i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = check_case, .initial_state = (void *)&cases[i]};
    tests[count] = (struct CMUnitTest)cmocka_unit_test(what_no_gradient_reaches_stays);
    tests[count + 1] = (struct CMUnitTest)cmocka_unit_test(running_averages_follow_the_batches);
    return _cmocka_run_group_tests("tests", tests, (size_t)count + 2, NULL, NULL);
}
