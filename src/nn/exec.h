/* Runs one shard of a batch through the graph. */
#ifndef LIS_NN_EXEC_H
#define LIS_NN_EXEC_H

#include "lis/base/parallel.h"
#include "run.h"

/* Row codes that go through the model together. */
typedef struct nn_batch {
    lis_model *model;
    const lis_feed *feed;
    const int32_t *row; /* [rows] */
    int64_t rows;
} nn_batch;

/* The head-th loss of the graph, its first input being a score. LIS_ERANGE, LIS_ESHAPE. */
lis_status nn_find_head(const lis_model *model, int head, const nn_node **loss, lis_error *err);

/* Copies the head's score of the shard's rows, after forward. */
void nn_read_head(const nn_run *run, const nn_node *loss, float *logit);

/* The shard's run: its rows and this worker's memory. No gradient is set. */
nn_run nn_run_open(const nn_batch *batch, int64_t shard, int worker);

void nn_run_forward(nn_run *run);

/* After forward: writes the shard's dense gradient, its part of the batch-wide gradients and
 * run->loss. */
void nn_run_backward(nn_run *run);

#endif
