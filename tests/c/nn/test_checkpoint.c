/* A stopped fit goes on to the same bytes; a damaged file changes nothing; a warm start by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lis/base/file.h"
#include "lis/base/hash.h"
#include "lis/base/mem.h"
#include "lis/nn/checkpoint.h"
#include "toy.h"

static char path[64];

static lis_model *build(uint64_t seed, const char *table) {
    lis_ctx ctx = toy_ctx(1);
    lis_graph *graph = toy_graph(seed);
    toy_din(graph);
    lis_model *model;
    lis_error err;
    const lis_model_options options = {.batch = 64, .table_optimiser = table};
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

typedef struct killer {
    const lis_model *model;
    int64_t at; /* rows after which it saves and stops */
} killer;

static lis_status save_and_stop(void *arg, const lis_fit_progress *progress, lis_error *err) {
    killer *k = arg;
    if (progress->done < k->at) return LIS_OK;
    LIS_TRY(lis_model_save(k->model, path, err));
    return lis_fail(err, LIS_ESTATE, "stopped");
}

static lis_fit_options three_epochs(void) {
    lis_fit_options o = lis_fit_defaults();
    o.epochs = 3;
    o.shuffle = true;
    o.shuffle_seed = 4;
    o.schedule = LIS_COSINE;
    o.progress_every = 0;
    return o;
}

static lis_status fit(lis_model *model, const toy *log, const lis_fit_options *options,
                      lis_error *err) {
    lis_ctx ctx = toy_ctx(2);
    lis_feed *feed = toy_feed(model, log);
    lis_fit_result result;
    lis_status status = lis_model_fit(&ctx, model, feed, log->row, TOY_ROWS, options, &result, err);
    lis_feed_free(feed);
    return status;
}

static void a_stopped_fit_goes_on(void **state) {
    (void)state;
    static const char *const tables[] = {"adagrad", "row_adagrad", "adam"};
    toy log;
    toy_fill(&log);
    lis_error err;
    for (int k = 0; k < 3; k++)
        for (int64_t at = 64; at <= 2 * TOY_ROWS; at += 236) {
            lis_model *whole = build(1, tables[k]), *killed = build(1, tables[k]);
            lis_model *resumed = build(2, tables[k]);
            lis_fit_options o = three_epochs();
            assert_int_equal(fit(whole, &log, &o, &err), LIS_OK);
            o.progress = save_and_stop;
            o.progress_arg = &(killer){killed, at};
            assert_int_equal(fit(killed, &log, &o, &err), LIS_ESTATE);
            o.progress = NULL;
            assert_int_equal(lis_model_load(resumed, path, &o.skip, &err), LIS_OK);
            assert_true(o.skip >= at && o.skip < at + 64);
            assert_int_equal(fit(resumed, &log, &o, &err), LIS_OK);
            assert_true(hash_of(whole) == hash_of(resumed));
            assert_int_equal(lis_model_steps(whole), lis_model_steps(resumed));
            lis_model_release(whole);
            lis_model_release(killed);
            lis_model_release(resumed);
        }
}

/* Every byte matters: a flipped bit or a missing tail is an error, and the model is as it was. */
static void damage_is_found(void **state) {
    (void)state;
    lis_error err;
    int64_t done;
    lis_model *model = build(1, NULL);
    assert_int_equal(lis_model_save(model, path, &err), LIS_OK);
    lis_file_map map = {0};
    assert_int_equal(lis_file_map_open(&map, path, &err), LIS_OK);
    static unsigned char bytes[1 << 20];
    size_t size = map.size;
    memcpy(bytes, map.bytes, size);
    lis_file_map_close(&map);
    lis_model *other = build(2, NULL);
    uint64_t before = hash_of(other);
    for (size_t at = 0; at < size; at += at < 200 ? 1 : 97) {
        bytes[at] ^= 0x10;
        assert_int_equal(lis_file_save(path, bytes, size, &err), LIS_OK);
        assert_int_not_equal(lis_model_load(other, path, &done, &err), LIS_OK);
        bytes[at] ^= 0x10;
        assert_int_equal(lis_file_save(path, bytes, at, &err), LIS_OK);
        assert_int_equal(lis_model_load(other, path, &done, &err), LIS_EFORMAT);
        assert_true(hash_of(other) == before);
    }
    assert_int_equal(lis_file_save(path, bytes, size, &err), LIS_OK);
    assert_int_equal(lis_model_load(other, path, &done, &err), LIS_OK);
    assert_true(hash_of(other) == hash_of(model));
    lis_model_release(model);
    lis_model_release(other);
}

static void strangers_are_refused(void **state) {
    (void)state;
    lis_error err;
    int64_t done;
    lis_model *model = build(1, NULL), *adam = build(1, "adam");
    assert_int_equal(lis_model_save(model, path, &err), LIS_OK);
    assert_int_equal(lis_model_load(adam, path, &done, &err), LIS_EARG);
    assert_non_null(strstr(err.message, "by adam and adagrad, the model is by adam and adam"));
    lis_graph *graph = toy_graph(1);
    int u = toy_add(graph, "embedding", NODES(TOY_USER), SETTINGS(NUMBER("dim", 3)));
    int z = toy_add(graph, "linear", NODES(u), SETTINGS(NUMBER("units", 1)));
    toy_add(graph, "logistic", NODES(z), PLAIN);
    lis_model *small = toy_build(graph, 64);
    assert_int_equal(lis_model_load(small, path, &done, &err), LIS_ESHAPE);
    assert_int_equal(lis_model_load(small, "/no/such/file", &done, &err), LIS_EIO);
    assert_int_equal(lis_model_adopt(small, model), 0);
    lis_model *twin = build(2, "adam");
    assert_int_equal(lis_model_adopt(twin, model), lis_model_parameters(model));
    assert_true(hash_of(twin) == hash_of(model));
    lis_model_release(model);
    lis_model_release(adam);
    lis_model_release(small);
    lis_model_release(twin);
}

static void memory_may_run_out(void **state) {
    (void)state;
    lis_error err;
    lis_model *model = build(1, NULL);
    int64_t live = lis_mem_read().live_blocks, done;
    lis_status status = LIS_ENOMEM;
    for (int k = 0; k < 50 && status == LIS_ENOMEM; k++) {
        lis_mem_fail_after(k);
        status = lis_model_save(model, path, &err);
        if (status == LIS_OK) status = lis_model_load(model, path, &done, &err);
        lis_mem_fail_after(-1);
        assert_int_equal(lis_mem_read().live_blocks, live);
    }
    assert_int_equal(status, LIS_OK);
    lis_model_release(model);
}

static void a_skip_ends_a_batch(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_error err;
    lis_model *model = build(1, NULL);
    lis_fit_options o = three_epochs();
    o.skip = 65;
    assert_int_equal(fit(model, &log, &o, &err), LIS_EARG);
    o.skip = 4 * TOY_ROWS;
    assert_int_equal(fit(model, &log, &o, &err), LIS_EARG);
    o.skip = 3 * TOY_ROWS;
    assert_int_equal(fit(model, &log, &o, &err), LIS_OK);
    assert_int_equal(lis_model_steps(model), 0);
    lis_model_release(model);
}

int main(void) {
    snprintf(path, sizeof path, "checkpoint.%d.test", (int)getpid());
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stopped_fit_goes_on), cmocka_unit_test(damage_is_found),
        cmocka_unit_test(strangers_are_refused), cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(a_skip_ends_a_batch),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
