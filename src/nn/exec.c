#include "exec.h"

lis_status nn_find_head(const lis_model *model, int head, const nn_node **loss, lis_error *err) {
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

void nn_read_head(const nn_run *run, const nn_node *loss, float *logit) {
    nn_matrix z = nn_in(run, loss, 0);
    for (int64_t r = 0; r < run->rows; r++)
        logit[r] = z.at[r * z.ld];
}

nn_run nn_run_open(const nn_batch *batch, int64_t shard, int worker) {
    lis_model *model = batch->model;
    int64_t first = shard * LIS_NN_SHARD, left = batch->rows - first;
    return (nn_run){.model = model,
                    .feed = batch->feed,
                    .kernels = nn_kernels_best(),
                    .row = batch->row + first,
                    .rows = left < LIS_NN_SHARD ? left : LIS_NN_SHARD,
                    .first = first,
                    .step = model->steps,
                    .scale = 1.0f / (float)batch->rows,
                    .values =
                        model->worker_values + worker * (model->plan.worker_floats + NN_SLACK),
                    .codes = model->worker_codes + worker * model->plan.worker_codes};
}

void nn_run_forward(nn_run *run) {
    const nn_plan *plan = &run->model->plan;
    for (int s = 0; s < plan->steps; s++) {
        const nn_node *node = run->model->graph->node[plan->order[s]];
        node->op->forward(run, node);
    }
}

void nn_run_backward(nn_run *run) {
    const nn_plan *plan = &run->model->plan;
    for (int s = plan->steps - 1; s >= 0; s--) {
        const nn_node *node = run->model->graph->node[plan->order[s]];
        if (plan->reached[node->number] && node->op->backward) node->op->backward(run, node);
    }
}
