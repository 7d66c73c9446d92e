#include "fit.h"

#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/rng.h"

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

/* What the options ask for beside the model's own memory. */
static lis_status make_room(nn_fit *fit, lis_error *err) {
    int64_t batch = fit->step.batch.model->batch;
    if (fit->options->shuffle && !(fit->order = lis_alloc((size_t)fit->count, sizeof *fit->order)))
        return lis_fail_nomem(err, "a shuffled order", 4.0 * (double)fit->count);
    if (!fit->options->ahead) return LIS_OK;
    LIS_TRY(nn_find_head(fit->step.batch.model, 0, &fit->step.head, err));
    fit->step.said = lis_alloc((size_t)batch, sizeof *fit->step.said);
    return fit->step.said ? LIS_OK : lis_fail_nomem(err, "scores of a batch", 4.0 * (double)batch);
}

static void free_room(nn_fit *fit) {
    lis_free(fit->order);
    lis_free(fit->step.said);
}

/* The order of the epoch at hand. */
static void draw_order(nn_fit *fit) {
    if (!fit->order) return;
    lis_rng rng = lis_rng_open(fit->options->shuffle_seed, "shuffle", (uint64_t)fit->epoch);
    memcpy(fit->order, fit->row, (size_t)fit->count * sizeof *fit->order);
    lis_rng_shuffle_i32(&rng, fit->order, fit->count);
}

lis_status nn_fit_begin(const lis_ctx *ctx, nn_fit *fit, lis_model *model, const lis_feed *feed,
                        const int32_t *row, int64_t count, const lis_fit_options *options,
                        lis_error *err) {
    LIS_TRY(nn_feed_ready(feed, model, true, err));
    LIS_TRY(nn_feed_rows(feed, row, count, err));
    LIS_TRY(check_options(options, count, model->batch, err));
    LIS_TRY(nn_model_hire(model, ctx->threads, err));
    int64_t steps = lis_shard_count(count, model->batch);
    *fit = (nn_fit){.step = {.batch = {.model = model, .feed = feed}, .options = options},
                    .options = options,
                    .row = row,
                    .count = count,
                    .epoch = (int)(options->skip / count),
                    .at = options->skip % count,
                    .done = options->skip,
                    .total = count * options->epochs,
                    .steps = options->skip / count * steps + options->skip % count / model->batch,
                    .total_steps = options->epochs * steps,
                    .steps_before = model->steps};
    lis_status status = make_room(fit, err);
    if (status != LIS_OK) {
        free_room(fit);
        return status;
    }
    nn_dense_pack(model);
    model->done = options->skip;
    draw_order(fit);
    return LIS_OK;
}

static void begin_epoch(nn_fit *fit) {
    fit->epoch++;
    fit->at = 0;
    fit->epoch_loss = 0;
    fit->epoch_rows = 0;
    draw_order(fit);
}

lis_status nn_fit_step(lis_ctx *ctx, nn_fit *fit, lis_error *err) {
    nn_batch *batch = &fit->step.batch;
    lis_model *model = batch->model;
    if (fit->at == fit->count) begin_epoch(fit);
    int64_t left = fit->count - fit->at;
    batch->row = (fit->order ? fit->order : fit->row) + fit->at;
    batch->rows = left < model->batch ? left : model->batch;
    double share = nn_schedule(fit->options, fit->steps++, fit->total_steps);
    LIS_TRY(nn_step_run(ctx, &fit->step, share, err));
    for (int64_t r = 0; fit->step.head && r < batch->rows; r++)
        fit->options->ahead[batch->row[r]] = fit->step.said[r];
    fit->epoch_loss += fit->step.loss;
    fit->epoch_rows += batch->rows;
    fit->at += batch->rows;
    fit->done += batch->rows;
    model->done = fit->done;
    return LIS_OK;
}

void nn_fit_end(nn_fit *fit, lis_fit_result *result) {
    *result =
        (lis_fit_result){.loss = fit->epoch_rows ? fit->epoch_loss / (double)fit->epoch_rows : 0,
                         .rows = fit->done - fit->options->skip,
                         .steps = fit->step.batch.model->steps - fit->steps_before};
    free_room(fit);
}
