/* The training loop: same bytes at any thread count, nothing allocated, stopped cleanly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "../check_near.h"
#include "lis/base/hash.h"
#include "lis/base/mem.h"
#include "op_cases.h"
#include "toy.h"

static uint64_t hash_of(const lis_model *model) {
    uint64_t hash = 0;
    for (int i = 0; i < lis_model_parameters(model); i++) {
        lis_parameter p = lis_model_parameter(model, i);
        hash = lis_hash(p.value, (size_t)(p.rows * p.columns) * sizeof(float), hash);
    }
    return hash;
}

static lis_model *din(int64_t batch) {
    lis_graph *graph = toy_graph(5);
    toy_din(graph);
    return toy_build(graph, batch);
}

static lis_fit_options shuffled(int epochs) {
    lis_fit_options options = lis_fit_defaults();
    options.epochs = epochs;
    options.shuffle = true;
    options.shuffle_seed = 11;
    options.dense_rate = 0.01;
    return options;
}

static double train(lis_model *model, const toy *log, int threads, const lis_fit_options *options) {
    lis_ctx ctx = toy_ctx(threads);
    lis_feed *feed = toy_feed(model, log);
    lis_fit_result result;
    lis_error err;
    if (lis_model_fit(&ctx, model, feed, log->row, TOY_ROWS, options, &result, &err) != LIS_OK)
        fail_msg("%s", err.message);
    lis_feed_free(feed);
    return result.loss;
}

static void same_bytes_at_any_thread_count(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_fit_options options = shuffled(4);
    uint64_t parameters[3], logits[3];
    const int threads[] = {1, 2, 4};
    for (int k = 0; k < 3; k++) {
        lis_model *model = din(280);
        train(model, &log, threads[k], &options);
        parameters[k] = hash_of(model);
        lis_ctx ctx = toy_ctx(threads[k]);
        lis_feed *feed = toy_feed(model, &log);
        float logit[TOY_ROWS];
        assert_int_equal(lis_model_predict(&ctx, model, feed, 0, log.row, TOY_ROWS, logit, NULL),
                         LIS_OK);
        logits[k] = lis_hash(logit, sizeof logit, 0);
        lis_feed_free(feed);
        lis_model_release(model);
    }
    assert_true(parameters[0] == parameters[1] && parameters[0] == parameters[2]);
    assert_true(logits[0] == logits[1] && logits[0] == logits[2]);
}

static void a_learnable_log_is_learnt(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_model *model = din(64);
    lis_fit_options options = shuffled(1);
    double first = train(model, &log, 2, &options);
    options = shuffled(60);
    double last = train(model, &log, 2, &options);
    assert_true(first > 0.5);
    assert_true(last < 0.2);
    lis_model_release(model);
}

/* Epochs in one call or one by one give the same bytes where the order does not change. */
static void a_second_fit_goes_on(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_fit_options options = lis_fit_defaults();
    lis_model *twice = din(64), *once = din(64);
    train(twice, &log, 1, &options);
    train(twice, &log, 1, &options);
    options.epochs = 2;
    train(once, &log, 1, &options);
    assert_true(hash_of(once) == hash_of(twice));
    assert_int_equal(lis_model_steps(once), 10);
    lis_model_release(twice);
    lis_model_release(once);
}

/* Step by step: a batch is predicted, then trained. */
static void ahead_is_what_the_model_said_before_it_learnt(void **state) {
    (void)state;
    enum { BATCH = 140 };
    toy log;
    toy_fill(&log);
    float expected[TOY_ROWS], ahead[3][TOY_ROWS];
    lis_fit_options options = lis_fit_defaults();
    lis_model *stepped = din(BATCH);
    lis_ctx ctx = toy_ctx(1);
    lis_feed *feed = toy_feed(stepped, &log);
    for (int64_t at = 0; at < TOY_ROWS; at += BATCH) {
        int64_t rows = TOY_ROWS - at < BATCH ? TOY_ROWS - at : BATCH;
        lis_fit_result result;
        assert_int_equal(
            lis_model_predict(&ctx, stepped, feed, 0, log.row + at, rows, expected + at, NULL),
            LIS_OK);
        assert_int_equal(
            lis_model_fit(&ctx, stepped, feed, log.row + at, rows, &options, &result, NULL),
            LIS_OK);
    }
    const int threads[] = {1, 2, 4};
    for (int k = 0; k < 3; k++) {
        lis_model *model = din(BATCH);
        options.ahead = ahead[k];
        train(model, &log, threads[k], &options);
        assert_true(hash_of(model) == hash_of(stepped));
        for (int r = 0; r < TOY_ROWS; r++)
            assert_true(ahead[k][log.row[r]] == expected[r]);
        lis_model_release(model);
    }
    lis_feed_free(feed);
    lis_model_release(stepped);
}

/* A ranker on a history: summed in a bag, or embedded, then pooled. */
static lis_model *pooled(bool in_a_bag, const char *mode) {
    lis_graph *g = toy_graph(5);
    const lis_setting of_bag[] = {NUMBER("dim", 20), TEXT("name", "item"), TEXT("mode", mode)};
    int q = toy_add(g, "embedding", NODES(TOY_ITEM), of_bag, 2), y;
    if (in_a_bag)
        y = toy_add(g, "bag", NODES(TOY_HISTORY), of_bag, 3);
    else
        y = toy_add(g, "pool", NODES(toy_add(g, "embedding", NODES(TOY_HISTORY), of_bag, 2)),
                    SETTINGS(TEXT("mode", mode)));
    int x = toy_add(g, "concat", NODES(q, y, TOY_DENSE_IN), PLAIN);
    int h =
        toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 8), TEXT("activation", "relu")));
    toy_add(g, "logistic", NODES(toy_unit(g, h)), PLAIN);
    return toy_build(g, 280);
}

static void a_bag_is_pooling_to_the_byte(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_fit_options options = shuffled(3);
    const char *const modes[] = {"sum", "mean"};
    for (int k = 0; k < 2; k++) {
        lis_model *bag = pooled(true, modes[k]), *pool = pooled(false, modes[k]);
        train(bag, &log, 2, &options);
        train(pool, &log, 2, &options);
        assert_true(hash_of(bag) == hash_of(pool));
        lis_model_release(bag);
        lis_model_release(pool);
    }
}

typedef struct watch {
    int64_t calls; /* allocations at the first report */
    int reports;
    int64_t done;
    lis_ctx *interrupt; /* raise its flag at the second report */
} watch;

static lis_status look(void *arg, const lis_fit_progress *progress, lis_error *err) {
    (void)err;
    watch *w = arg;
    int64_t calls = lis_mem_read().calls;
    if (w->reports++ == 0) w->calls = calls;
    assert_int_equal(calls, w->calls);
    assert_true(progress->done > w->done && progress->done <= progress->rows);
    assert_true(isfinite(progress->loss) && progress->rows_per_second > 0);
    w->done = progress->done;
    if (w->interrupt && w->reports == 2) lis_ctx_interrupt(w->interrupt);
    return LIS_OK;
}

static void the_loop_allocates_nothing(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    watch w = {0};
    lis_model *model = din(64);
    lis_fit_options options = shuffled(5);
    options.progress_every = 0;
    options.progress = look;
    options.progress_arg = &w;
    train(model, &log, 2, &options);
    assert_int_equal(w.reports, 5 * 5);
    assert_int_equal(w.done, 5 * TOY_ROWS);
    lis_model_release(model);
}

/* Not for any op, at either precision. */
static void no_op_allocates(void **state) {
    (void)state;
    static const char *const precisions[] = {"f32", "bf16"};
    toy log;
    toy_fill(&log);
    int count;
    const op_case *cases = op_cases(&count);
    for (int k = 0; k < 2 * count; k++) {
        watch w = {0};
        lis_model *model = op_case_build(&cases[k / 2], precisions[k % 2]);
        lis_fit_options options = shuffled(2);
        options.progress_every = 0;
        options.progress = look;
        options.progress_arg = &w;
        train(model, &log, 2, &options);
        assert_int_equal(w.reports, 2 * TOY_ROWS / OP_ROWS);
        lis_model_release(model);
    }
}

static void an_interrupt_falls_between_steps(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_ctx ctx = toy_ctx(2);
    watch w = {.interrupt = &ctx};
    lis_model *model = din(64), *reference = din(64);
    lis_fit_options options = lis_fit_defaults();
    options.progress_every = 0;
    options.progress = look;
    options.progress_arg = &w;
    lis_feed *feed = toy_feed(model, &log);
    lis_fit_result result;
    lis_error err;
    assert_int_equal(lis_model_fit(&ctx, model, feed, log.row, TOY_ROWS, &options, &result, &err),
                     LIS_EINTR);
    assert_int_equal(result.steps, 2);
    lis_ctx_clear_interrupt(&ctx);
    options.progress = NULL;
    assert_int_equal(lis_model_fit(&ctx, reference, feed, log.row, 128, &options, &result, &err),
                     LIS_EARG); /* a feed belongs to one graph */
    lis_feed_free(feed);
    feed = toy_feed(reference, &log);
    assert_int_equal(lis_model_fit(&ctx, reference, feed, log.row, 128, &options, &result, &err),
                     LIS_OK);
    assert_true(hash_of(model) == hash_of(reference));
    lis_feed_free(feed);
    lis_model_release(model);
    lis_model_release(reference);
}

static void a_loss_that_is_not_finite_names_the_step(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    log.dense[130 * TOY_DENSE] = NAN;
    lis_model *model = din(64);
    lis_feed *feed = toy_feed(model, &log);
    lis_fit_options options = lis_fit_defaults();
    lis_fit_result result;
    lis_error err;
    lis_ctx ctx = toy_ctx(2);
    assert_int_equal(lis_model_fit(&ctx, model, feed, log.row, TOY_ROWS, &options, &result, &err),
                     LIS_EMATH);
    assert_non_null(strstr(err.message, "step 3 "));
    assert_int_equal(result.steps, 2);
    lis_feed_free(feed);
    lis_model_release(model);
}

static void arguments_are_checked(void **state) {
    (void)state;
    toy log;
    toy_fill(&log);
    lis_model *model = din(64);
    lis_fit_options options = lis_fit_defaults();
    lis_fit_result result;
    lis_error err;
    lis_ctx ctx = toy_ctx(1);
    float logit[1];
    lis_feed *feed;
    assert_int_equal(lis_feed_new(&feed, model, TOY_ROWS, &err), LIS_OK);
    assert_int_equal(lis_model_predict(&ctx, model, feed, 0, log.row, 1, logit, &err), LIS_ESTATE);
    assert_non_null(strstr(err.message, "'user'"));
    lis_feed_free(feed);

    feed = toy_feed(model, &log);
    lis_feed_label(feed, NULL, &err);
    assert_int_equal(lis_model_predict(&ctx, model, feed, 0, log.row, 1, logit, &err), LIS_OK);
    assert_int_equal(lis_model_fit(&ctx, model, feed, log.row, 1, &options, &result, &err),
                     LIS_ESTATE);
    assert_non_null(strstr(err.message, "'label'"));
    lis_feed_label(feed, log.label, &err);
    assert_int_equal(lis_model_fit(&ctx, model, feed, log.row, 0, &options, &result, &err),
                     LIS_EARG);
    log.row[3] = TOY_ROWS;
    assert_int_equal(lis_model_fit(&ctx, model, feed, log.row, 9, &options, &result, &err),
                     LIS_ERANGE);
    assert_non_null(strstr(err.message, "element 3 is 300, outside [0, 300)"));
    lis_feed_free(feed);
    lis_model_release(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bytes_at_any_thread_count),
        cmocka_unit_test(a_learnable_log_is_learnt),
        cmocka_unit_test(a_second_fit_goes_on),
        cmocka_unit_test(ahead_is_what_the_model_said_before_it_learnt),
        cmocka_unit_test(a_bag_is_pooling_to_the_byte),
        cmocka_unit_test(the_loop_allocates_nothing),
        cmocka_unit_test(no_op_allocates),
        cmocka_unit_test(an_interrupt_falls_between_steps),
        cmocka_unit_test(a_loss_that_is_not_finite_names_the_step),
        cmocka_unit_test(arguments_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
