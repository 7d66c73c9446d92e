#include "exec.h"
#include "lis/nn/train.h"

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
    LIS_TRY(nn_feed_rows(feed, row, count, err));
    LIS_TRY(nn_model_hire(model, ctx->threads, err));
    nn_dense_pack(model);
    prediction p = {.batch = {.model = model, .feed = feed, .row = row, .rows = count},
                    .logit = logit};
    return lis_parallel_for(ctx, count, LIS_NN_SHARD, predict_shard, &p, err);
}
