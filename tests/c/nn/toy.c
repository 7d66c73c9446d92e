#include "toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lis/base/rng.h"

void toy_fill(toy *log) {
    lis_rng rng = lis_rng_open(1, "toy", 0);
    for (int i = 0; i < TOY_ITEMS * TOY_FROZEN; i++)
        log->frozen[i] = (float)lis_rng_normal(&rng);
    lis_rng parts = lis_rng_open(1, "toy parts", 0);
    for (int i = 0; i < TOY_PARTS * TOY_ITEMS * TOY_FROZEN; i++)
        log->parts[i] = (float)lis_rng_normal(&parts);
    for (int r = 0; r < TOY_ROWS; r++) {
        log->row[r] = r;
        log->part[r] = TOY_ITEMS * (r % TOY_PARTS);
        log->user[r] = r % 29 == 0 ? -1 : (int32_t)lis_rng_below(&rng, TOY_USERS);
        log->item[r] = (int32_t)lis_rng_below(&rng, TOY_ITEMS);
        log->index[r] = r % 17 == 0 ? -1 : log->item[r];
        for (int j = 0; j < TOY_DENSE; j++)
            log->dense[r * TOY_DENSE + j] = (float)lis_rng_normal(&rng);
        log->event[r] = (int32_t)lis_rng_below(&rng, TOY_ITEMS);
        int64_t length = (int64_t)lis_rng_below(&rng, 10);
        log->end[r] = r;
        log->begin[r] = r < length ? 0 : r - length;
        double logit = (log->user[r] % 2 ? 1 : -1) + (log->item[r] % 3 ? 0.5 : -1.5) +
                       log->dense[r * TOY_DENSE];
        log->label[r] = logit + 0.5 * lis_rng_normal(&rng) > 0;
    }
    log->history = (lis_history){.rows = TOY_ROWS,
                                 .events = TOY_ROWS,
                                 .item = log->event,
                                 .begin = log->begin,
                                 .end = log->end};
}

lis_graph *toy_graph(uint64_t seed) {
    lis_graph *graph;
    assert_int_equal(lis_graph_new(&graph, seed, NULL), LIS_OK);
    toy_add(graph, "ids", PLAIN, SETTINGS(TEXT("name", "user"), NUMBER("vocab", TOY_USERS)));
    toy_add(graph, "ids", PLAIN, SETTINGS(TEXT("name", "item"), NUMBER("vocab", TOY_ITEMS)));
    toy_add(graph, "dense", PLAIN, SETTINGS(TEXT("name", "dense"), NUMBER("width", TOY_DENSE)));
    toy_add(graph, "dense", PLAIN, SETTINGS(TEXT("name", "frozen"), NUMBER("width", TOY_FROZEN)));
    toy_add(graph, "history", PLAIN,
            SETTINGS(TEXT("name", "history"), NUMBER("vocab", TOY_ITEMS),
                     NUMBER("max_len", TOY_MAX_LEN)));
    return graph;
}

int toy_frozen_events(lis_graph *graph) {
    return toy_add(graph, "frozen", NODES(TOY_HISTORY),
                   SETTINGS(TEXT("name", "parts"), NUMBER("width", TOY_FROZEN)));
}

int toy_add(lis_graph *graph, const char *op, const int *input, int inputs,
            const lis_setting *setting, int settings) {
    lis_error err;
    int node = -1;
    if (lis_graph_add(graph, &node, op, input, inputs, setting, settings, &err) != LIS_OK)
        fail_msg("%s", err.message);
    return node;
}

lis_model *toy_build(lis_graph *graph, int64_t batch) {
    lis_ctx ctx = toy_ctx(1);
    lis_error err;
    lis_model *model;
    if (lis_model_build(&ctx, &model, graph, &(lis_model_options){.batch = batch}, &err) != LIS_OK)
        fail_msg("%s", err.message);
    lis_graph_release(graph);
    return model;
}

lis_feed *toy_feed(const lis_model *model, const toy *log) {
    lis_feed *feed;
    assert_int_equal(lis_feed_new(&feed, model, TOY_ROWS, NULL), LIS_OK);
    assert_int_equal(lis_feed_ids(feed, "user", log->user, NULL), LIS_OK);
    assert_int_equal(lis_feed_ids(feed, "item", log->item, NULL), LIS_OK);
    assert_int_equal(lis_feed_dense(feed, "dense", log->dense, TOY_DENSE, NULL), LIS_OK);
    assert_int_equal(
        lis_feed_frozen(feed, "frozen", log->frozen, TOY_ITEMS, TOY_FROZEN, log->index, NULL),
        LIS_OK);
    assert_int_equal(lis_feed_history(feed, "history", &log->history, NULL), LIS_OK);
    const lis_graph *graph = lis_model_graph(model);
    for (int i = 0; i < lis_graph_nodes(graph); i++)
        if (!strcmp(lis_graph_node_name(graph, i), "parts"))
            assert_int_equal(lis_feed_events(feed, "parts", log->parts, TOY_PARTS * TOY_ITEMS,
                                             TOY_FROZEN, log->part, NULL),
                             LIS_OK);
    assert_int_equal(lis_feed_label(feed, log->label, NULL), LIS_OK);
    return feed;
}

int toy_embed(lis_graph *g, int input, const char *name, int dim) {
    return toy_add(g, "embedding", NODES(input),
                   SETTINGS(NUMBER("dim", dim), TEXT("name", name), NUMBER("init", 0.5)));
}

int toy_unit(lis_graph *g, int x) {
    return toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 1)));
}

int toy_din(lis_graph *graph) {
    const lis_setting item[] = {NUMBER("dim", 4), TEXT("name", "item_vector"), NUMBER("init", 0.3)};
    const lis_setting user[] = {NUMBER("dim", 4), TEXT("name", "user_vector"), NUMBER("init", 0.3)};
    int q = toy_add(graph, "embedding", NODES(TOY_ITEM), item, 3);
    int u = toy_add(graph, "embedding", NODES(TOY_USER), user, 3);
    int k = toy_add(graph, "embedding", NODES(TOY_HISTORY), item, 3);
    int a = toy_add(graph, "attention", NODES(q, k), SETTINGS(NUMBER("hidden", 5)));
    int x = toy_add(graph, "concat", NODES(u, q, a, TOY_DENSE_IN, TOY_FROZEN_IN), PLAIN);
    int h = toy_add(graph, "linear", NODES(x),
                    SETTINGS(NUMBER("units", 8), TEXT("activation", "relu")));
    int z = toy_add(graph, "linear", NODES(h), SETTINGS(NUMBER("units", 1)));
    return toy_add(graph, "logistic", NODES(z), PLAIN);
}

lis_ctx toy_ctx(int threads) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, threads);
    return ctx;
}
