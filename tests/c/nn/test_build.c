/* Building: options and shapes are checked, memory may fail at any point, names carry the seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "lis/base/mem.h"
#include "toy.h"

static lis_status try_add(lis_graph *graph, const char *op, const int *input, int inputs,
                          const lis_setting *setting, int settings, const char *story) {
    int node;
    lis_error err = {0};
    lis_status status = lis_graph_add(graph, &node, op, input, inputs, setting, settings, &err);
    if (!strstr(err.message, story)) fail_msg("'%s' lacks '%s'", err.message, story);
    return status;
}

static void mistakes_are_named_where_they_are_made(void **state) {
    (void)state;
    lis_graph *g = toy_graph(1);
    int nodes = lis_graph_nodes(g);
    const struct {
        const char *op;
        int input;
        lis_setting setting;
        lis_status status;
        const char *story;
    } bad[] = {
        {"linaer", TOY_DENSE_IN, NUMBER("units", 3), LIS_EARG, "there is no op 'linaer'"},
        {"linear", TOY_DENSE_IN, NUMBER("unit", 3), LIS_EARG, "did you mean 'units'?"},
        {"linear", TOY_DENSE_IN, TEXT("activation", "relu"), LIS_EARG, "needs option 'units'"},
        {"linear", TOY_DENSE_IN, NUMBER("units", 2.5), LIS_ERANGE, "a whole number"},
        {"linear", TOY_DENSE_IN, NUMBER("units", 0), LIS_ERANGE, "is 0, wanted"},
        {"linear", TOY_DENSE_IN, TEXT("units", "x"), LIS_EARG, "must be a number"},
        {"linear", TOY_USER, NUMBER("units", 3), LIS_ESHAPE, "'user') is ids"},
        {"activation", TOY_DENSE_IN, TEXT("kind", "rleu"), LIS_EARG, "'relu', 'leaky_relu'"},
        {"embedding", TOY_DENSE_IN, NUMBER("dim", 3), LIS_ESHAPE, "wanted ids or a history"},
        {"pool", TOY_DENSE_IN, TEXT("mode", "mean"), LIS_ESHAPE, "wanted a sequence"},
        {"logistic", TOY_DENSE_IN, TEXT("name", "loss"), LIS_ESHAPE, "3 columns, wanted 1"},
        {"linear", 99, NUMBER("units", 3), LIS_ERANGE, "node 99 of 5"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(try_add(g, bad[i].op, &bad[i].input, 1, &bad[i].setting, 1, bad[i].story),
                         bad[i].status);
    assert_int_equal(lis_graph_nodes(g), nodes);
    assert_int_equal(try_add(g, "bag", NODES(TOY_HISTORY, TOY_DENSE_IN), SETTINGS(NUMBER("dim", 2)),
                             "'dense' are rows of 3 columns, wanted a sequence of 'history' of 1 "
                             "column, or rows of 6"),
                     LIS_ESHAPE);
    assert_int_equal(try_add(g, "bag", NODES(TOY_USER), SETTINGS(NUMBER("dim", 2)),
                             "'user') is ids, wanted a history"),
                     LIS_ESHAPE);
    assert_int_equal(try_add(g, "product", NODES(TOY_DENSE_IN, TOY_FROZEN_IN), PLAIN,
                             "'dense' has 3 columns and 'frozen' has 4"),
                     LIS_ESHAPE);
    assert_int_equal(try_add(g, "ids", PLAIN, SETTINGS(TEXT("name", "user"), NUMBER("vocab", 2)),
                             "exists already"),
                     LIS_EARG);
    toy_add(g, "embedding", NODES(TOY_USER), SETTINGS(NUMBER("dim", 2), TEXT("name", "t")));
    assert_int_equal(try_add(g, "embedding", NODES(TOY_ITEM),
                             SETTINGS(NUMBER("dim", 2), TEXT("name", "t")), "table of that name"),
                     LIS_ESHAPE);
    const lis_model_options options = {.batch = 64}, none = {.batch = 0};
    const lis_model_options vague = {.batch = 64, .precision = "fp8"};
    lis_ctx ctx = toy_ctx(1);
    lis_error err;
    lis_model *model;
    assert_int_equal(lis_model_build(&ctx, &model, g, &options, &err), LIS_EARG);
    assert_non_null(strstr(err.message, "no loss"));
    toy_din(g);
    assert_int_equal(lis_model_build(&ctx, &model, g, &none, &err), LIS_ERANGE);
    assert_int_equal(lis_model_build(&ctx, &model, g, &vague, &err), LIS_EARG);
    assert_string_equal(err.message, "there is no precision 'fp8'; there are 'f32', 'bf16'");
    assert_int_equal(lis_model_build(&ctx, &model, g, &options, &err), LIS_OK);
    assert_int_equal(try_add(g, "sum", NODES(TOY_DENSE_IN), PLAIN, "has been built"), LIS_ESTATE);
    lis_model_release(model);
    lis_graph_release(g);
}

static void ids_are_checked_when_bound(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_graph *graph = toy_graph(1);
    toy_frozen_events(graph);
    toy_din(graph);
    lis_model *model = toy_build(graph, 64);
    lis_feed *feed;
    lis_error err;
    assert_int_equal(lis_feed_new(&feed, model, TOY_ROWS, &err), LIS_OK);
    log.item[7] = TOY_ITEMS;
    assert_int_equal(lis_feed_ids(feed, "item", log.item, &err), LIS_ERANGE);
    assert_non_null(strstr(err.message, "'item': the id of row 7 is 13, outside [0, 13)"));
    log.index[9] = -2;
    assert_int_equal(
        lis_feed_frozen(feed, "frozen", log.frozen, TOY_ITEMS, TOY_FROZEN, log.index, &err),
        LIS_ERANGE);
    log.event[5] = -1;
    assert_int_equal(lis_feed_history(feed, "history", &log.history, &err), LIS_ERANGE);
    assert_non_null(strstr(err.message, "event 5 is -1"));
    log.event[5] = 0;
    log.begin[8] = 9;
    assert_int_equal(lis_feed_history(feed, "history", &log.history, &err), LIS_ERANGE);
    assert_non_null(strstr(err.message, "row 8 has events [9, 8) of 300"));
    log.history.rows--;
    assert_int_equal(lis_feed_history(feed, "history", &log.history, &err), LIS_ESHAPE);
    assert_int_equal(lis_feed_dense(feed, "dense", log.dense, 2, &err), LIS_ESHAPE);
    assert_int_equal(lis_feed_events(feed, "parts", log.parts, 1, TOY_FROZEN, log.part, &err),
                     LIS_ESHAPE);
    assert_non_null(strstr(err.message, "1 lines, but its history has 13 items"));
    int64_t lines = 2 * TOY_ITEMS;
    assert_int_equal(lis_feed_events(feed, "parts", log.parts, lines, TOY_FROZEN, log.part, &err),
                     LIS_ERANGE);
    assert_non_null(strstr(err.message, "the offset of row 2 is 26, outside [0, 14)"));
    assert_int_equal(lis_feed_dense(feed, "item", log.dense, 3, &err), LIS_EARG);
    assert_int_equal(lis_feed_ids(feed, "itme", log.item, &err), LIS_EARG);
    assert_non_null(strstr(err.message, "user, item, dense, frozen, history"));
    lis_feed_free(feed);
    lis_model_release(model);
}

/* A wider arm starts from the base's values wherever names and rows agree. */
static void initial_values_follow_names_and_rows(void **state) {
    (void)state;
    lis_model *model[2];
    for (int wide = 0; wide < 2; wide++) {
        lis_graph *g = toy_graph(9);
        int u = toy_add(g, "embedding", NODES(TOY_USER),
                        SETTINGS(NUMBER("dim", 4), TEXT("name", "user_vector")));
        int extra[] = {u, TOY_DENSE_IN};
        int x = toy_add(g, "concat", extra, 1 + wide, PLAIN);
        int z = toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 1), TEXT("name", "top")));
        toy_add(g, "logistic", NODES(z), PLAIN);
        model[wide] = toy_build(g, 64);
    }
    lis_parameter base = lis_model_parameter(model[0], 2), arm = lis_model_parameter(model[1], 2);
    assert_string_equal(base.name, "user_vector");
    assert_memory_equal(base.value, arm.value, sizeof(float) * TOY_USERS * 4);
    base = lis_model_parameter(model[0], 0);
    arm = lis_model_parameter(model[1], 0);
    assert_string_equal(arm.name, "top.weight");
    for (int i = 0; i < 4; i++)
        assert_true((base.value[i] > 0) == (arm.value[i] > 0));
    lis_model_release(model[0]);
    lis_model_release(model[1]);
}

static lis_status build_and_fit(const toy *log) {
    static const lis_setting dim[] = {NUMBER("dim", 3)};
    static const lis_setting units[] = {NUMBER("units", 1)};
    static const lis_setting user[] = {TEXT("name", "user"), NUMBER("vocab", TOY_USERS)};
    static const lis_model_options planned = {.batch = 64};
    lis_ctx ctx = toy_ctx(2);
    lis_graph *graph = NULL;
    lis_model *model = NULL;
    lis_feed *feed = NULL;
    lis_fit_result result;
    lis_fit_options options = lis_fit_defaults();
    float ahead[TOY_ROWS];
    options.shuffle = true;
    options.ahead = ahead;
    lis_error err = {0};
    int node = 0;
    lis_status status = lis_graph_new(&graph, 1, &err);
    if (!status) status = lis_graph_add(graph, &node, "ids", NULL, 0, user, 2, &err);
    if (!status) status = lis_graph_add(graph, &node, "embedding", &node, 1, dim, 1, &err);
    if (!status) status = lis_graph_add(graph, &node, "linear", &node, 1, units, 1, &err);
    if (!status) status = lis_graph_add(graph, &node, "logistic", &node, 1, NULL, 0, &err);
    if (!status) status = lis_model_build(&ctx, &model, graph, &planned, &err);
    if (!status) status = lis_feed_new(&feed, model, TOY_ROWS, &err);
    if (!status) status = lis_feed_ids(feed, "user", log->user, &err);
    if (!status) status = lis_feed_label(feed, log->label, &err);
    if (!status)
        status = lis_model_fit(&ctx, model, feed, log->row, TOY_ROWS, &options, &result, &err);
    if (status == LIS_ENOMEM) assert_true(err.message[0] != '\0');
    lis_feed_free(feed);
    lis_model_release(model);
    lis_graph_release(graph);
    return status;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    int64_t live = lis_mem_read().live_blocks;
    lis_status status = LIS_ENOMEM;
    int failures = 0;
    for (; status == LIS_ENOMEM && failures < 1000; failures++) {
        lis_mem_fail_after(failures);
        status = build_and_fit(&log);
        lis_mem_fail_after(-1);
        assert_int_equal(lis_mem_read().live_blocks, live);
    }
    assert_int_equal(status, LIS_OK);
    assert_true(failures > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_named_where_they_are_made),
        cmocka_unit_test(ids_are_checked_when_bound),
        cmocka_unit_test(initial_values_follow_names_and_rows),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
