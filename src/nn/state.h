/* What a model is made of. */
#ifndef LIS_NN_STATE_H
#define LIS_NN_STATE_H

#include "dense.h"
#include "embed.h"
#include "lis/nn/model.h"
#include "plan.h"

/* Floats past the end of a buffer that product kernels may read. */
enum { NN_SLACK = NN_PANEL };

/* An embedding table and the state of its optimiser. */
typedef struct nn_table {
    float *value; /* [rows, columns] of the graph's weight */
    float *state; /* [rows, nn_row_state]: the optimiser's */
    int group;    /* whose sorted ids update it; -1: no live node reads it */
    int *reader;  /* [sources of the group] its embedding nodes */
} nn_table;

struct lis_model {
    int references;
    lis_graph *graph;
    lis_arena arena; /* plan, groups and their kin */
    nn_plan plan;
    int64_t batch, shards; /* shards of a whole batch */
    int64_t steps;
    int64_t done; /* rows that the last fit, or the one at work, has trained */
    nn_rule dense_rule, table_rule;
    nn_product_fn *bf16; /* what carries products in bf16; NULL: they are f32 */

    int64_t *weight_at; /* [graph->weights] where each dense parameter begins */
    int64_t *packed_at; /* [graph->weights] where its packed copies begin */
    int64_t dense_size;
    nn_chunk *chunk; /* [chunks] what one task steps */
    int64_t chunks;
    float *dense;          /* [dense_size] */
    float *dense_state;    /* [2, dense_size] the optimiser's */
    float *dense_gradient; /* [shards, dense_size] */
    void *packed;          /* pack.h: f32, or pairs of bf16 */
    nn_table *table;       /* [graph->tables] */
    float *table_values;   /* of all of them */
    nn_group *group;       /* [groups] */
    int groups;
    float *batch_values; /* gradients of embeddings, whole batch */
    double *shard_loss;  /* [shards] */

    int workers;           /* with memory below */
    float *worker_values;  /* [workers, plan.worker_floats + NN_SLACK] */
    int32_t *worker_codes; /* [workers, plan.worker_codes] */
};

/* Memory for ctx->threads workers. LIS_ENOMEM. */
lis_status nn_model_hire(lis_model *model, int workers, lis_error *err);

#endif
