#include "lis/nn/train.h"

#include <string.h>

#include "lis/base/clock.h"
#include "lis/base/mem.h"
#include "lis/base/rng.h"
#include "step.h"

lis_fit_options lis_fit_defaults(void) {
    return (lis_fit_options){
        .epochs = 1, .table_rate = 0.05, .dense_rate = 1e-3, .progress_every = 0.2};
}

/* One fit from its beginning to its end. */
typedef struct fit {
    nn_step step; /* the one at hand */
    const lis_fit_options *options;
    double begun, reported;         /* clock */
    double epoch_loss, report_loss; /* summed since the epoch began, since the last report */
    int64_t done, epoch_rows, report_done, total;
    int64_t steps, total_steps;
    int epoch;
    int32_t *order; /* [rows of an epoch] this epoch's; NULL: as given */
} fit;

static lis_status report(fit *f, lis_error *err) {
    double now = lis_clock_wall(), since = now - f->reported;
    lis_fit_progress progress = {.epoch = f->epoch,
                                 .epochs = f->options->epochs,
                                 .done = f->done,
                                 .rows = f->total,
                                 .loss = f->report_loss / (double)f->report_done,
                                 .rows_per_second =
                                     (double)f->report_done / (since > 1e-9 ? since : 1e-9),
                                 .seconds = now - f->begun};
    f->report_loss = 0;
    f->report_done = 0;
    lis_status status = f->options->progress(f->options->progress_arg, &progress, err);
    f->reported = lis_clock_wall();
    return status;
}

/* The epoch from its row `at` on. */
static lis_status run_epoch(lis_ctx *ctx, fit *f, const int32_t *row, int64_t count, int64_t at,
                            lis_error *err) {
    lis_model *model = f->step.batch.model;
    f->epoch_loss = 0;
    f->epoch_rows = 0;
    for (; at < count; at += model->batch) {
        f->step.batch.row = row + at;
        f->step.batch.rows = count - at < model->batch ? count - at : model->batch;
        double share = nn_schedule(f->options, f->steps++, f->total_steps);
        LIS_TRY(nn_step_run(ctx, &f->step, share, err));
        for (int64_t r = 0; f->step.head && r < f->step.batch.rows; r++)
            f->options->ahead[f->step.batch.row[r]] = f->step.said[r];
        f->epoch_loss += f->step.loss;
        f->report_loss += f->step.loss;
        f->epoch_rows += f->step.batch.rows;
        f->report_done += f->step.batch.rows;
        f->done += f->step.batch.rows;
        model->done = f->done;
        bool last = f->done == f->total;
        if (f->options->progress &&
            (last || lis_clock_wall() - f->reported >= f->options->progress_every))
            LIS_TRY(report(f, err));
    }
    return LIS_OK;
}

static lis_status run_epochs(lis_ctx *ctx, fit *f, const int32_t *row, int64_t count,
                             lis_error *err) {
    const lis_fit_options *options = f->options;
    int64_t at = options->skip % count;
    for (f->epoch = (int)(options->skip / count); f->epoch < options->epochs; f->epoch++, at = 0) {
        if (f->order) {
            lis_rng rng = lis_rng_open(options->shuffle_seed, "shuffle", (uint64_t)f->epoch);
            memcpy(f->order, row, (size_t)count * sizeof *f->order);
            lis_rng_shuffle_i32(&rng, f->order, count);
        }
        LIS_TRY(run_epoch(ctx, f, f->order ? f->order : row, count, at, err));
    }
    return LIS_OK;
}

/* What the options ask for beside the model's own memory. */
static lis_status fit_make_room(fit *f, int64_t count, lis_error *err) {
    int64_t batch = f->step.batch.model->batch;
    if (f->options->shuffle && !(f->order = lis_alloc((size_t)count, sizeof *f->order)))
        return lis_fail_nomem(err, "a shuffled order", 4.0 * (double)count);
    if (!f->options->ahead) return LIS_OK;
    LIS_TRY(nn_find_head(f->step.batch.model, 0, &f->step.head, err));
    f->step.said = lis_alloc((size_t)batch, sizeof *f->step.said);
    return f->step.said ? LIS_OK : lis_fail_nomem(err, "scores of a batch", 4.0 * (double)batch);
}

static lis_status check_options(const lis_fit_options *options, int64_t count, int64_t batch,
                                lis_error *err) {
    if (count < 1) return lis_fail(err, LIS_EARG, "rows: there is nothing to train on");
    if (options->epochs < 1) return lis_fail(err, LIS_EARG, "epochs is %d", options->epochs);
    if (options->skip < 0 || options->skip > count * options->epochs ||
        options->skip % count % batch != 0)
        return lis_fail(
            err, LIS_EARG, "skip is %lld: not the end of a batch of %lld in %d epochs of %lld rows",
            (long long)options->skip, (long long)batch, options->epochs, (long long)count);
    return LIS_OK;
}

lis_status lis_model_fit(lis_ctx *ctx, lis_model *model, const lis_feed *feed, const int32_t *row,
                         int64_t count, const lis_fit_options *options, lis_fit_result *result,
                         lis_error *err) {
    *result = (lis_fit_result){0};
    LIS_TRY(nn_feed_ready(feed, model, true, err));
    LIS_TRY(nn_feed_rows(feed, row, count, err));
    LIS_TRY(check_options(options, count, model->batch, err));
    LIS_TRY(nn_model_hire(model, ctx->threads, err));
    nn_dense_pack(model);
    double now = lis_clock_wall();
    int64_t steps = lis_shard_count(count, model->batch), before = model->steps;
    fit f = {.step = {.batch = {.model = model, .feed = feed}, .options = options},
             .options = options,
             .begun = now,
             .reported = now,
             .done = options->skip,
             .total = count * options->epochs,
             .steps = options->skip / count * steps + options->skip % count / model->batch,
             .total_steps = options->epochs * steps};
    model->done = options->skip;
    lis_status status = fit_make_room(&f, count, err);
    if (status == LIS_OK) status = run_epochs(ctx, &f, row, count, err);
    lis_free(f.order);
    lis_free(f.step.said);
    *result = (lis_fit_result){.loss = f.epoch_rows ? f.epoch_loss / (double)f.epoch_rows : 0,
                               .seconds = lis_clock_wall() - f.begun,
                               .rows = f.done - options->skip,
                               .steps = model->steps - before};
    return status;
}
