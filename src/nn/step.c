#include "step.h"

#include <math.h>

enum { ROWS_CHUNK = 256 };

static int64_t shards_of(const nn_step *step) {
    return lis_shard_count(step->batch.rows, LIS_NN_SHARD);
}

/* Task k of a batch: first the sorts of ids, as that of a large batch's histories takes longer than a shard and
 * many threads would wait for it at the end; then the shards. */
static lis_status run_task(void *arg, lis_shard task, lis_error *err) {
    (void)err;
    nn_step *step = arg;
    lis_model *model = step->batch.model;
    int64_t shard = task.index - model->groups;
    if (shard < 0) {
        nn_group_sort(&model->group[task.index], model->graph, step->batch.feed, step->batch.row,
                      step->batch.rows);
        return LIS_OK;
    }
    nn_run run = nn_run_open(&step->batch, shard, task.worker);
    run.training = true;
    run.gradient = model->dense_gradient + shard * model->dense_size;
    nn_run_forward(&run);
    if (step->head) nn_read_head(&run, step->head, step->said + run.first);
    nn_run_backward(&run);
    model->shard_loss[shard] = run.loss;
    return LIS_OK;
}

/* Sums a chunk's gradient and its squares, for clipping. */
static lis_status norm_task(void *arg, lis_shard task, lis_error *err) {
    (void)err;
    nn_step *step = arg;
    nn_dense_reduce(step->batch.model, task.index, shards_of(step));
    return LIS_OK;
}

static int64_t table_chunks(const lis_model *model, int t) {
    int group = model->table[t].group;
    return group < 0 ? 0 : lis_shard_count(model->group[group].distinct, ROWS_CHUNK);
}

/* Task k of an update: first chunks of the dense parameters, then chunks of each table's rows. */
static lis_status update_task(void *arg, lis_shard task, lis_error *err) {
    (void)err;
    nn_step *step = arg;
    lis_model *model = step->batch.model;
    int64_t chunk = task.index;
    if (chunk < model->chunks) {
        nn_dense_step(model, chunk, &step->dense, step->options->clip > 0 ? 1 : shards_of(step));
        return LIS_OK;
    }
    chunk -= model->chunks;
    int t = 0;
    for (; chunk >= table_chunks(model, t); t++)
        chunk -= table_chunks(model, t);
    int64_t distinct = model->group[model->table[t].group].distinct;
    int64_t begin = chunk * ROWS_CHUNK, end = begin + ROWS_CHUNK;
    nn_table_step(model, t, begin, end < distinct ? end : distinct, &step->table,
                  (float)step->options->clip);
    return LIS_OK;
}

/* An update is short and must be whole: its loops do not see the interrupt flag. */
static lis_status update(lis_ctx *ctx, nn_step *step, lis_error *err) {
    lis_model *model = step->batch.model;
    lis_ctx uninterrupted;
    lis_ctx_init(&uninterrupted, ctx->threads);
    if (step->options->clip > 0) {
        LIS_TRY(lis_parallel_for(&uninterrupted, model->chunks, 1, norm_task, step, err));
        double total = 0;
        for (int64_t c = 0; c < model->chunks; c++)
            total += model->chunk[c].square;
        if (sqrt(total) > step->options->clip)
            step->dense.scale = (float)(step->options->clip / sqrt(total));
    }
    int64_t tasks = model->chunks;
    for (int t = 0; t < model->graph->tables; t++)
        tasks += table_chunks(model, t);
    return lis_parallel_for(&uninterrupted, tasks, 1, update_task, step, err);
}

lis_status nn_step_run(lis_ctx *ctx, nn_step *step, double share, lis_error *err) {
    lis_model *model = step->batch.model;
    int64_t shards = shards_of(step);
    LIS_TRY(lis_parallel_for(ctx, shards + model->groups, 1, run_task, step, err));
    step->loss = 0;
    for (int64_t s = 0; s < shards; s++)
        step->loss += model->shard_loss[s];
    if (!isfinite(step->loss))
        return lis_fail(err, LIS_EMATH,
                        "the loss of step %lld is not finite; lower the learning rates, or look "
                        "for NaN in the dense inputs",
                        (long long)model->steps + 1);
    model->steps++;
    step->dense = nn_dense_rates(step->options, model->dense_rule, model->steps, share);
    step->table = nn_table_rates(step->options, model->table_rule, model->steps, share);
    return update(ctx, step, err);
}
