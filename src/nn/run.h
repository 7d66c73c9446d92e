/* One shard of one batch on one worker, as the ops see it. */
#ifndef LIS_NN_RUN_H
#define LIS_NN_RUN_H

#include "feed.h"
#include "kernels.h"
#include "op.h"
#include "state.h"

/* A view of f32 rows. ld: floats from one row to the next. at is NULL where nothing is wanted. */
typedef struct nn_matrix {
    float *at;
    int64_t ld;
    int64_t rows, width;
} nn_matrix;

struct nn_run {
    const lis_model *model;
    const lis_feed *feed;
    const nn_kernels *kernels;
    const int32_t *row; /* [rows] row codes of the shard */
    int64_t rows;       /* <= LIS_NN_SHARD */
    int64_t first;      /* the shard's first row within the batch: a multiple of LIS_NN_SHARD */
    bool training;
    int64_t step;    /* steps taken before this one: keys random masks */
    float scale;     /* 1 / rows of the batch: what a row's loss weighs */
    float *values;   /* this worker's floats */
    int32_t *codes;  /* this worker's ids, histories and offsets */
    float *gradient; /* this shard's gradient of the dense parameters */
    double loss;     /* summed over the shard's rows */
};

/* Ids of a codes node [rows], or items of a history node [offset[rows]]. */
static inline int32_t *nn_codes(const nn_run *run, int node) {
    return run->codes + run->model->plan.codes[node];
}

/* [rows + 1] events of row r: [offset[r], offset[r + 1]). */
static inline int32_t *nn_offsets(const nn_run *run, int history) {
    return run->codes + run->model->plan.offsets[history];
}

static inline int64_t nn_items(const nn_run *run, const nn_node *node) {
    return node->kind == NN_SEQUENCE ? nn_offsets(run, node->history)[run->rows] : run->rows;
}

static inline nn_matrix nn_matrix_at(const nn_run *run, const nn_node *node, nn_slot slot) {
    nn_matrix m = {.ld = slot.ld, .rows = nn_items(run, node), .width = node->width};
    if (slot.at < 0) return m;
    if (!slot.batch_wide)
        m.at = run->values + slot.at;
    else
        m.at = run->model->batch_values + slot.at + run->first * slot.rows_per_row * slot.ld;
    return m;
}

static inline nn_matrix nn_value_of(const nn_run *run, const nn_node *node) {
    return nn_matrix_at(run, node, run->model->plan.value[node->number]);
}

static inline nn_matrix nn_gradient_of(const nn_run *run, const nn_node *node) {
    return nn_matrix_at(run, node, run->model->plan.gradient[node->number]);
}

static inline const nn_node *nn_input_node(const nn_run *run, const nn_node *node, int k) {
    return run->model->graph->node[node->input[k]];
}

static inline nn_matrix nn_in(const nn_run *run, const nn_node *node, int k) {
    return nn_value_of(run, nn_input_node(run, node, k));
}

/* Where the gradient of input k goes, .at NULL where it is not wanted; *add: to what is there. */
static inline nn_matrix nn_din(const nn_run *run, const nn_node *node, int k, bool *add) {
    nn_edge edge = run->model->plan.edge[node->number][k];
    *add = edge == NN_EDGE_ADD;
    if (edge == NN_EDGE_WRITE || edge == NN_EDGE_ADD)
        return nn_gradient_of(run, nn_input_node(run, node, k));
    return (nn_matrix){0};
}

/* Dense parameter k of the node, and this shard's gradient of it. Backward assigns all of it. */
static inline const float *nn_parameter(const nn_run *run, const nn_node *node, int k) {
    return run->model->dense + run->model->weight_at[node->parameter[k]];
}

static inline float *nn_dparameter(const nn_run *run, const nn_node *node, int k) {
    return run->gradient + run->model->weight_at[node->parameter[k]];
}

static inline double nn_option_of(const nn_node *node, int k) {
    return node->option[k].number;
}

/* What the shard's rows keep of node->kept floats each for the table's step. Training only. */
static inline float *nn_kept(const nn_run *run, const nn_node *node) {
    return run->model->batch_values + run->model->plan.kept[node->number] + run->first * node->kept;
}

static inline float *nn_scratch(const nn_run *run, const nn_node *node) {
    return run->values + run->model->plan.scratch[node->number];
}

#endif
