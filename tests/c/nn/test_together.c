/* Several fits at once: to the bytes of each alone, whatever the threads; errors and stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "lis/base/hash.h"
#include "lis/base/mem.h"
#include "toy.h"

enum { JOBS = 5 };

/* Models of different seeds, batches and lengths of training, on one log. */
typedef struct group {
    toy log;
    lis_model *model[JOBS];
    lis_feed *feed[JOBS];
    lis_fit_job job[JOBS];
    float ahead[JOBS][TOY_ROWS];
} group;

static void group_make(group *g) {
    toy_fill(&g->log);
    for (int j = 0; j < JOBS; j++) {
        lis_graph *graph = toy_graph((uint64_t)j);
        toy_din(graph);
        g->model[j] = toy_build(graph, 32 + 16 * j);
        g->feed[j] = toy_feed(g->model[j], &g->log);
        lis_fit_options options = lis_fit_defaults();
        options.epochs = 2 + j;
        options.shuffle = true;
        options.shuffle_seed = 7 + (uint64_t)j;
        options.ahead = g->ahead[j];
        g->job[j] = (lis_fit_job){.model = g->model[j],
                                  .feed = g->feed[j],
                                  .row = g->log.row,
                                  .count = TOY_ROWS,
                                  .options = options};
    }
}

static void group_free(group *g) {
    for (int j = 0; j < JOBS; j++) {
        lis_feed_free(g->feed[j]);
        lis_model_release(g->model[j]);
    }
}

static uint64_t hash_of(const lis_model *model) {
    uint64_t hash = (uint64_t)lis_model_steps(model);
    for (int i = 0; i < lis_model_parameters(model); i++) {
        lis_parameter p = lis_model_parameter(model, i);
        hash = lis_hash(p.value, (size_t)(p.rows * p.columns) * sizeof(float), hash);
    }
    return hash;
}

static void together_is_one_by_one_to_the_byte(void **state) {
    (void)state;
    group alone, all;
    group_make(&alone);
    lis_ctx ctx = toy_ctx(1);
    for (int j = 0; j < JOBS; j++) {
        lis_fit_job *job = &alone.job[j];
        assert_int_equal(lis_model_fit(&ctx, job->model, job->feed, job->row, job->count,
                                       &job->options, &job->result, NULL),
                         LIS_OK);
    }
    const int threads[] = {1, 2, 3, 4, 8, 64};
    for (int k = 0; k < 6; k++) {
        lis_error err;
        group_make(&all);
        ctx = toy_ctx(threads[k]);
        assert_int_equal(lis_models_fit(&ctx, all.job, JOBS, NULL, &err), LIS_OK);
        for (int j = 0; j < JOBS; j++) {
            const lis_fit_result *a = &alone.job[j].result, *b = &all.job[j].result;
            assert_true(hash_of(all.model[j]) == hash_of(alone.model[j]));
            assert_memory_equal(all.ahead[j], alone.ahead[j], sizeof all.ahead[j]);
            assert_true(a->loss == b->loss && a->rows == b->rows && a->steps == b->steps);
            assert_true(b->seconds > 0 && b->cpu > 0);
        }
        group_free(&all);
    }
    group_free(&alone);
}

typedef struct observer {
    lis_fits_watch watch;
    int reports, stop_at;
    lis_fits_progress last;
    lis_ctx *interrupt;
} observer;

static lis_status observe(void *arg, const lis_fits_progress *progress, lis_error *err) {
    observer *o = arg;
    assert_true(progress->done >= o->last.done && progress->done <= progress->rows);
    o->last = *progress;
    o->reports++;
    if (o->interrupt) lis_ctx_interrupt(o->interrupt);
    return o->reports == o->stop_at ? lis_fail(err, LIS_ESTATE, "enough") : LIS_OK;
}

static void the_watch_sees_all_rows_and_may_stop(void **state) {
    (void)state;
    const int threads[] = {1, 2, 64}; /* in line, in turns, in line */
    for (int k = 0; k < 3; k++) {
        group g;
        group_make(&g);
        lis_ctx ctx = toy_ctx(threads[k]);
        lis_error err;
        observer o = {.watch = {.every = 0, .progress = observe, .arg = &o}};
        assert_int_equal(lis_models_fit(&ctx, g.job, JOBS, &o.watch, &err), LIS_OK);
        assert_int_equal(o.last.done, (2 + 3 + 4 + 5 + 6) * TOY_ROWS);
        assert_int_equal(o.last.rows, o.last.done);
        assert_true(o.reports >= 1);
        o = (observer){.watch = o.watch, .stop_at = 1};
        assert_int_equal(lis_models_fit(&ctx, g.job, JOBS, &o.watch, &err), LIS_ESTATE);
        assert_string_equal(err.message, "enough");
        assert_int_equal(o.reports, 1);
        group_free(&g);
    }
}

static void an_interrupt_stops_all(void **state) {
    (void)state;
    group g;
    group_make(&g);
    lis_ctx ctx = toy_ctx(2);
    lis_error err;
    observer o = {.watch = {.every = 0, .progress = observe, .arg = &o}, .interrupt = &ctx};
    for (int j = 0; j < JOBS; j++)
        g.job[j].options.epochs = 100000;
    assert_int_equal(lis_models_fit(&ctx, g.job, JOBS, &o.watch, &err), LIS_EINTR);
    for (int j = 0; j < JOBS; j++)
        assert_true(g.job[j].result.rows < 100000 * TOY_ROWS);
    group_free(&g);
}

static void the_first_failure_is_told_and_those_before_it_finish(void **state) {
    (void)state;
    const int threads[] = {1, 2, 3, 64};
    for (int k = 0; k < 4; k++) {
        group g;
        lis_error err;
        group_make(&g);
        int32_t few[64]; /* without the row that breaks the loss */
        toy broken = g.log;
        broken.dense[100 * TOY_DENSE] = NAN;
        for (int r = 0; r < 64; r++)
            few[r] = r;
        for (int j = 1; j < JOBS; j++) {
            lis_feed_free(g.feed[j]);
            g.job[j].feed = g.feed[j] = toy_feed(g.model[j], &broken);
        }
        g.job[1].row = few;
        g.job[1].count = 64;
        lis_ctx ctx = toy_ctx(threads[k]);
        assert_int_equal(lis_models_fit(&ctx, g.job, JOBS, NULL, &err), LIS_EMATH);
        assert_non_null(strstr(err.message, "the loss of step "));
        assert_int_equal(g.job[0].result.rows, 2 * TOY_ROWS);
        assert_int_equal(g.job[1].result.rows, 3 * 64);
        assert_true(g.job[2].result.rows < TOY_ROWS);
        group_free(&g);
    }
}

static void arguments_are_checked(void **state) {
    (void)state;
    group g;
    lis_error err;
    group_make(&g);
    lis_ctx ctx = toy_ctx(2);
    assert_int_equal(lis_models_fit(&ctx, g.job, 0, NULL, &err), LIS_OK);
    g.job[3].model = g.model[1];
    g.job[3].feed = g.feed[1];
    assert_int_equal(lis_models_fit(&ctx, g.job, JOBS, NULL, &err), LIS_EARG);
    assert_string_equal(err.message, "fits 2 and 4 are of one model: each needs its own");
    g.job[3].model = g.model[3];
    g.job[3].feed = g.feed[3];
    g.job[2].count = 0;
    assert_int_equal(lis_models_fit(&ctx, g.job, JOBS, NULL, &err), LIS_EARG);
    assert_non_null(strstr(err.message, "nothing to train on"));
    group_free(&g);
}

static void each_allocation_may_fail(void **state) {
    (void)state;
    group g;
    group_make(&g);
    lis_ctx ctx = toy_ctx(2);
    lis_error err;
    assert_int_equal(lis_models_fit(&ctx, g.job, JOBS, NULL, &err), LIS_OK); /* hires the workers */
    int64_t alive = lis_mem_read().live_blocks;
    lis_status status = LIS_ENOMEM;
    int failures = 0;
    for (; status == LIS_ENOMEM; failures++) {
        lis_mem_fail_after(failures);
        status = lis_models_fit(&ctx, g.job, JOBS, NULL, &err);
        lis_mem_fail_after(-1);
        assert_int_equal(lis_mem_read().live_blocks, alive);
    }
    assert_int_equal(status, LIS_OK);
    assert_true(failures > 2 * JOBS); /* an order and scores each */
    group_free(&g);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(together_is_one_by_one_to_the_byte),
        cmocka_unit_test(the_watch_sees_all_rows_and_may_stop),
        cmocka_unit_test(an_interrupt_stops_all),
        cmocka_unit_test(the_first_failure_is_told_and_those_before_it_finish),
        cmocka_unit_test(arguments_are_checked),
        cmocka_unit_test(each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
