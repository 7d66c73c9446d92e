#include "lis/nn/train.h"

#include <math.h>
#include <string.h>

#include "exec.h"
#include "lis/base/clock.h"
#include "lis/base/mem.h"
#include "lis/base/rng.h"

enum { ROWS_CHUNK = 256 };

lis_fit_options lis_fit_defaults(void) {
    return (lis_fit_options){
        .epochs = 1, .table_rate = 0.05, .dense_rate = 1e-3, .progress_every = 0.2};
}

/* One fit from its beginning to its end. */
typedef struct fit {
    nn_batch batch; /* the step at hand */
    const lis_fit_options *options;
    nn_adam adam;
    double loss; /* of the batch, summed over rows */

    double begun, reported;         /* clock */
    double epoch_loss, report_loss; /* summed since the epoch began, since the last report */
    int64_t done, report_done, total;
    int epoch;
} fit;

static lis_status expect_rows(const lis_feed *feed, const int32_t *row, int64_t count,
                              lis_error *err) {
    for (int64_t i = 0; i < count; i++)
        if (row[i] < 0 || row[i] >= feed->rows)
            return lis_fail(err, LIS_ERANGE, "rows: element %lld is %d, outside [0, %lld)",
                            (long long)i, row[i], (long long)feed->rows);
    return LIS_OK;
}

/* Task k of a batch: first the sorts of ids, then the shards. */
static lis_status run_task(void *arg, lis_shard task, lis_error *err) {
    (void)err;
    fit *f = arg;
    lis_model *model = f->batch.model;
    if (task.index < model->groups) {
        nn_group_sort(&model->group[task.index], model->graph, f->batch.feed, f->batch.row,
                      f->batch.rows);
        return LIS_OK;
    }
    int64_t shard = task.index - model->groups;
    nn_run run = nn_run_open(&f->batch, shard, task.worker);
    run.training = true;
    run.gradient = model->dense_gradient + shard * model->dense_size;
    nn_run_forward(&run);
    nn_run_backward(&run);
    model->shard_loss[shard] = run.loss;
    return LIS_OK;
}

/* Task k of an update: first chunks of the dense parameters, then chunks of each table's rows. */
static lis_status update_task(void *arg, lis_shard task, lis_error *err) {
    (void)err;
    fit *f = arg;
    lis_model *model = f->batch.model;
    if (task.index < model->chunks) {
        nn_dense_step(model, task.index, &f->adam, lis_shard_count(f->batch.rows, LIS_NN_SHARD));
        return LIS_OK;
    }
    int64_t chunk = task.index - model->chunks;
    for (int t = 0; t < model->graph->tables; t++) {
        if (model->table[t].group < 0) continue;
        int64_t distinct = model->group[model->table[t].group].distinct;
        int64_t chunks = lis_shard_count(distinct, ROWS_CHUNK);
        if (chunk < chunks) {
            int64_t begin = chunk * ROWS_CHUNK, end = begin + ROWS_CHUNK;
            nn_table_step(model, t, begin, end < distinct ? end : distinct,
                          (float)f->options->table_rate, (float)f->options->l2);
            return LIS_OK;
        }
        chunk -= chunks;
    }
    return LIS_OK;
}

static void set_adam(fit *f, int64_t step) {
    const double beta1 = 0.9, beta2 = 0.999;
    const lis_fit_options *o = f->options;
    f->adam = (nn_adam){.rate = (float)o->dense_rate,
                        .decay = (float)(o->dense_rate * o->weight_decay),
                        .beta1 = (float)beta1,
                        .beta2 = (float)beta2,
                        .correct1 = (float)(1 / (1 - pow(beta1, (double)step))),
                        .correct2 = (float)(1 / sqrt(1 - pow(beta2, (double)step))),
                        .epsilon = 1e-8f};
}

static lis_status run_step(lis_ctx *ctx, fit *f, lis_error *err) {
    lis_model *model = f->batch.model;
    int64_t shards = lis_shard_count(f->batch.rows, LIS_NN_SHARD);
    LIS_TRY(lis_parallel_for(ctx, model->groups + shards, 1, run_task, f, err));
    f->loss = 0;
    for (int64_t s = 0; s < shards; s++)
        f->loss += model->shard_loss[s];
    if (!isfinite(f->loss))
        return lis_fail(err, LIS_EMATH,
                        "the loss of step %lld is not finite; lower the learning rates, or look "
                        "for NaN in the dense inputs",
                        (long long)model->steps + 1);
    set_adam(f, ++model->steps);
    int64_t tasks = model->chunks;
    for (int t = 0; t < model->graph->tables; t++)
        if (model->table[t].group >= 0)
            tasks += lis_shard_count(model->group[model->table[t].group].distinct, ROWS_CHUNK);
    /* An update is short and must be whole: it does not see the interrupt flag. */
    lis_ctx uninterrupted;
    lis_ctx_init(&uninterrupted, ctx->threads);
    return lis_parallel_for(&uninterrupted, tasks, 1, update_task, f, err);
}

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

static lis_status run_epoch(lis_ctx *ctx, fit *f, const int32_t *row, int64_t count,
                            lis_error *err) {
    lis_model *model = f->batch.model;
    f->epoch_loss = 0;
    for (int64_t at = 0; at < count; at += model->batch) {
        f->batch.row = row + at;
        f->batch.rows = count - at < model->batch ? count - at : model->batch;
        LIS_TRY(run_step(ctx, f, err));
        f->epoch_loss += f->loss;
        f->report_loss += f->loss;
        f->done += f->batch.rows;
        f->report_done += f->batch.rows;
        bool last = f->done == f->total;
        if (f->options->progress &&
            (last || lis_clock_wall() - f->reported >= f->options->progress_every))
            LIS_TRY(report(f, err));
    }
    return LIS_OK;
}

lis_status lis_model_fit(lis_ctx *ctx, lis_model *model, const lis_feed *feed, const int32_t *row,
                         int64_t count, const lis_fit_options *options, lis_fit_result *result,
                         lis_error *err) {
    *result = (lis_fit_result){0};
    LIS_TRY(nn_feed_ready(feed, model, true, err));
    LIS_TRY(expect_rows(feed, row, count, err));
    if (count < 1) return lis_fail(err, LIS_EARG, "rows: there is nothing to train on");
    if (options->epochs < 1) return lis_fail(err, LIS_EARG, "epochs is %d", options->epochs);
    LIS_TRY(nn_model_hire(model, ctx->threads, err));
    int32_t *order = NULL;
    if (options->shuffle && !(order = lis_alloc((size_t)count, sizeof *order)))
        return lis_fail_nomem(err, "a shuffled order", 4.0 * (double)count);
    nn_dense_pack(model);
    double now = lis_clock_wall();
    fit f = {.batch = {.model = model, .feed = feed},
             .options = options,
             .begun = now,
             .reported = now,
             .total = count * options->epochs};
    int64_t before = model->steps;
    lis_status status = LIS_OK;
    for (; status == LIS_OK && f.epoch < options->epochs; f.epoch++) {
        if (order) {
            lis_rng rng = lis_rng_open(options->shuffle_seed, "shuffle", (uint64_t)f.epoch);
            memcpy(order, row, (size_t)count * sizeof *order);
            lis_rng_shuffle_i32(&rng, order, count);
        }
        status = run_epoch(ctx, &f, order ? order : row, count, err);
    }
    lis_free(order);
    *result = (lis_fit_result){.loss = f.epoch_loss / (double)count,
                               .seconds = lis_clock_wall() - f.begun,
                               .rows = f.done,
                               .steps = model->steps - before};
    return status;
}

/* A prediction: the batch is all rows at once, since nothing is kept for a step. */
typedef struct prediction {
    nn_batch batch;
    float *logit;
} prediction;

static lis_status predict_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    prediction *p = arg;
    nn_run run = nn_run_open(&p->batch, shard.index, shard.worker);
    nn_run_forward(&run);
    const lis_model *model = p->batch.model;
    nn_matrix z = nn_in(&run, model->graph->node[model->plan.loss], 0);
    for (int64_t r = 0; r < run.rows; r++)
        p->logit[shard.begin + r] = z.at[r * z.ld];
    return LIS_OK;
}

lis_status lis_model_predict(lis_ctx *ctx, lis_model *model, const lis_feed *feed,
                             const int32_t *row, int64_t count, float *logit, lis_error *err) {
    LIS_TRY(nn_feed_ready(feed, model, false, err));
    LIS_TRY(expect_rows(feed, row, count, err));
    LIS_TRY(nn_model_hire(model, ctx->threads, err));
    nn_dense_pack(model);
    prediction p = {.batch = {.model = model, .feed = feed, .row = row, .rows = count},
                    .logit = logit};
    return lis_parallel_for(ctx, count, LIS_NN_SHARD, predict_shard, &p, err);
}
