/* Several fits at once. Threads take turns at the models: each takes the one that has come least far and that
 * nobody holds, trains it for a moment, and puts it back. So all end at about the same time, whatever the number
 * of models and of threads. What a model learns does not depend on who trains it. */
#include <inttypes.h>
#include <stdatomic.h>

#include "fit.h"
#include "lis/base/clock.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/nn/train.h"

#define TURN 0.01 /* seconds */

enum { FREE, HELD, OVER };

/* A fit and who is at it. But for `state` and `done`, only the holder touches it. */
typedef struct seat {
    nn_fit fit;
    lis_fit_job *job;
    atomic_int state;
    atomic_int_fast64_t done; /* fit.done, for the others to see */
    double cpu;
    lis_status status;
    lis_error error;
} seat;

typedef struct table {
    lis_ctx *ctx;
    seat *seat;
    int64_t seats;
    const lis_fits_watch *watch; /* NULL: nobody looks */
    double begun, reported;
    int64_t rows, reported_rows;
    atomic_int_fast64_t
        failed; /* the lowest seat whose fit failed: those behind it stop, those before go on */
    atomic_bool stopped; /* by the watch, with `status` */
    lis_status status;
    lis_error error;
} table;

static bool may_run(const table *all, int64_t s) {
    return s < atomic_load_explicit(&all->failed, memory_order_relaxed) &&
           !atomic_load_explicit(&all->stopped, memory_order_relaxed);
}

/* The free seat that has come least far, now held; NULL where none is left to take. */
static seat *take(const table *all) {
    for (;;) {
        seat *least = NULL;
        double share = 2;
        for (int64_t s = 0; s < all->seats && may_run(all, s); s++) {
            seat *at = &all->seat[s];
            if (atomic_load_explicit(&at->state, memory_order_relaxed) != FREE) continue;
            double come = (double)atomic_load_explicit(&at->done, memory_order_relaxed) /
                          (double)at->fit.total;
            if (come >= share) continue;
            least = at;
            share = come;
        }
        if (!least) return NULL;
        int expected = FREE;
        if (atomic_compare_exchange_strong_explicit(&least->state, &expected, HELD,
                                                    memory_order_acquire, memory_order_relaxed))
            return least;
    }
}

static void record_failure(table *all, seat *at, lis_status status) {
    int_fast64_t s = at - all->seat, lowest = atomic_load(&all->failed);
    at->status = status;
    while (s < lowest && !atomic_compare_exchange_weak(&all->failed, &lowest, s)) {
    }
}

static void train_a_turn(table *all, seat *at) {
    double cpu = lis_clock_cpu_thread(), until = lis_clock_wall() + TURN;
    lis_status status = LIS_OK;
    while (status == LIS_OK && !nn_fit_over(&at->fit) && lis_clock_wall() < until) {
        status = nn_fit_step(all->ctx, &at->fit, &at->error);
        atomic_store_explicit(&at->done, at->fit.done, memory_order_relaxed);
    }
    at->cpu += lis_clock_cpu_thread() - cpu;
    bool over = status != LIS_OK || nn_fit_over(&at->fit);
    if (status != LIS_OK) record_failure(all, at, status);
    atomic_store_explicit(&at->state, over ? OVER : FREE, memory_order_release);
}

/* From the calling thread alone. */
static void report(table *all, bool last) {
    double now = lis_clock_wall(), since = now - all->reported;
    if (!all->watch || atomic_load(&all->stopped) || (!last && since < all->watch->every)) return;
    lis_fits_progress progress = {.rows = all->rows, .seconds = now - all->begun};
    for (int64_t s = 0; s < all->seats; s++)
        progress.done += atomic_load_explicit(&all->seat[s].done, memory_order_relaxed);
    progress.rows_per_second =
        (double)(progress.done - all->reported_rows) / (since > 1e-9 ? since : 1e-9);
    all->reported_rows = progress.done;
    all->status = all->watch->progress(all->watch->arg, &progress, &all->error);
    if (all->status != LIS_OK) atomic_store(&all->stopped, true);
    all->reported = lis_clock_wall();
}

static lis_status work(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    table *all = arg;
    for (seat *at; (at = take(all)) != NULL;) {
        train_a_turn(all, at);
        if (shard.worker == 0) report(all, false);
    }
    return LIS_OK;
}

static lis_status outcome(const table *all, lis_status status, lis_error *err) {
    if (all->status != LIS_OK) {
        *err = all->error;
        return all->status;
    }
    int64_t failed = atomic_load(&all->failed);
    if (failed == INT64_MAX) return status;
    *err = all->seat[failed].error;
    return all->seat[failed].status;
}

static lis_status fit_in_turns(table *all, lis_error *err) {
    lis_error ignored;
    if (!err) err = &ignored;
    int64_t workers = all->ctx->threads < all->seats ? all->ctx->threads : all->seats;
    lis_status status = lis_parallel_for(all->ctx, workers, 1, work, all, err);
    if (status == LIS_OK && atomic_load(&all->failed) == INT64_MAX) report(all, true);
    return outcome(all, status, err);
}

static lis_status seat_all(table *all, lis_fit_job *job, lis_error *err) {
    for (int64_t s = 0; s < all->seats; s++) {
        seat *at = &all->seat[s];
        for (int64_t other = 0; other < s; other++)
            if (job[other].model == job[s].model)
                return lis_fail(err, LIS_EARG,
                                "fits %" PRId64 " and %" PRId64
                                " are of one model: each needs its own",
                                other + 1, s + 1);
        LIS_TRY(nn_fit_begin(all->ctx, &at->fit, job[s].model, job[s].feed, job[s].row,
                             job[s].count, &job[s].options, err));
        at->job = &job[s];
        atomic_init(&at->state, nn_fit_over(&at->fit) ? OVER : FREE);
        atomic_init(&at->done, at->fit.done);
        all->rows += at->fit.total;
    }
    return LIS_OK;
}

static void rise_all(table *all) {
    double seconds = lis_clock_wall() - all->begun;
    for (int64_t s = 0; s < all->seats && all->seat[s].job; s++) {
        lis_fit_result *result = &all->seat[s].job->result;
        nn_fit_end(&all->seat[s].fit, result);
        result->seconds = seconds;
        result->cpu = all->seat[s].cpu;
    }
}

/* ---- one after the other: too few models to keep the threads busy, so that each has them all */

typedef struct queue {
    const lis_fits_watch *watch;
    double begun;
    int64_t done, rows; /* of the fits before; of all */
} queue;

static lis_status pass_on(void *arg, const lis_fit_progress *own, lis_error *err) {
    const queue *line = arg;
    lis_fits_progress progress = {.done = line->done + own->done,
                                  .rows = line->rows,
                                  .rows_per_second = own->rows_per_second,
                                  .seconds = lis_clock_wall() - line->begun};
    return line->watch->progress(line->watch->arg, &progress, err);
}

static lis_status fit_in_line(lis_ctx *ctx, lis_fit_job *job, int64_t jobs,
                              const lis_fits_watch *watch, lis_error *err) {
    queue line = {.watch = watch, .begun = lis_clock_wall()};
    for (int64_t j = 0; j < jobs; j++)
        line.rows += job[j].count * job[j].options.epochs;
    for (int64_t j = 0; j < jobs; j++) {
        lis_fit_options options = job[j].options;
        options.progress = watch ? pass_on : NULL;
        options.progress_every = watch ? watch->every : 0;
        options.progress_arg = &line;
        LIS_TRY(lis_model_fit(ctx, job[j].model, job[j].feed, job[j].row, job[j].count, &options,
                              &job[j].result, err));
        line.done += job[j].count * options.epochs;
    }
    return LIS_OK;
}

/* A model alone keeps no more threads busy than its batch has shards, and small batches not even those. */
static bool fills_threads(const lis_ctx *ctx, const lis_fit_job *job, int64_t jobs) {
    int64_t alone = 1;
    for (int64_t j = 0; j < jobs; j++)
        if (job[j].model->shards > alone) alone = job[j].model->shards;
    if (alone > ctx->threads) alone = ctx->threads;
    return 2 * jobs >= alone;
}

lis_status lis_models_fit(lis_ctx *ctx, lis_fit_job *job, int64_t jobs, const lis_fits_watch *watch,
                          lis_error *err) {
    for (int64_t j = 0; j < jobs; j++)
        job[j].result = (lis_fit_result){0};
    if (jobs < 2 || !fills_threads(ctx, job, jobs)) return fit_in_line(ctx, job, jobs, watch, err);
    double now = lis_clock_wall();
    table all = {.ctx = ctx,
                 .seat = lis_calloc((size_t)jobs, sizeof *all.seat),
                 .seats = jobs,
                 .watch = watch,
                 .begun = now,
                 .reported = now};
    if (!all.seat) return lis_fail_nomem(err, "fits", (double)jobs * sizeof *all.seat);
    atomic_init(&all.failed, INT64_MAX);
    atomic_init(&all.stopped, false);
    lis_status status = seat_all(&all, job, err);
    if (status == LIS_OK) status = fit_in_turns(&all, err);
    rise_all(&all);
    lis_free(all.seat);
    return status;
}
