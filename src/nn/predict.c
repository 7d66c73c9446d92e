#include "exec.h"
#include "lis/nn/train.h"

/* A prediction: the batch is all rows at once, since nothing is kept for a step. */
typedef struct prediction {
    nn_batch batch;
    const nn_node *loss; /* whose first input is the score */
    float *logit;
} prediction;

static lis_status predict_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    prediction *p = arg;
    nn_run run = nn_run_open(&p->batch, shard.index, shard.worker);
    nn_run_forward(&run);
    nn_matrix z = nn_in(&run, p->loss, 0);
    for (int64_t r = 0; r < run.rows; r++)
        p->logit[shard.begin + r] = z.at[r * z.ld];
    return LIS_OK;
}

/* The head-th loss of the graph. */
static lis_status find_loss(const lis_model *model, int head, const nn_node **loss,
                            lis_error *err) {
    int heads = 0;
    for (int i = 0; i < model->graph->nodes; i++) {
        const nn_node *node = model->graph->node[i];
        if (node->kind != NN_LOSS || heads++ != head) continue;
        *loss = node;
        if (nn_input(model->graph, node, 0)->width == 1) return LIS_OK;
        return lis_fail(err, LIS_ESHAPE, "predict: head %d ('%s') has %lld columns, wanted a score",
                        head + 1, node->name, (long long)nn_input(model->graph, node, 0)->width);
    }
    return lis_fail(err, LIS_ERANGE, "predict: head %d of %d", head + 1, heads);
}

lis_status lis_model_predict(lis_ctx *ctx, lis_model *model, const lis_feed *feed, int head,
                             const int32_t *row, int64_t count, float *logit, lis_error *err) {
    const nn_node *loss = NULL;
    LIS_TRY(find_loss(model, head, &loss, err));
    LIS_TRY(nn_feed_ready(feed, model, false, err));
    LIS_TRY(nn_feed_rows(feed, row, count, err));
    LIS_TRY(nn_model_hire(model, ctx->threads, err));
    nn_dense_pack(model);
    prediction p = {.batch = {.model = model, .feed = feed, .row = row, .rows = count},
                    .loss = loss,
                    .logit = logit};
    return lis_parallel_for(ctx, count, LIS_NN_SHARD, predict_shard, &p, err);
}
