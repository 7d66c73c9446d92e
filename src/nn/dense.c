#include "dense.h"

#include "lis/base/mem.h"
#include "pack.h"
#include "state.h"

enum { CHUNK_SIZE = 8192, BLOCK = 16 };

static int64_t round_up(int64_t n, int64_t to) {
    return (n + to - 1) / to * to;
}

/* Rows of a chunk: whole blocks, so that no two chunks write one packed cache line. */
static int64_t chunk_rows(const nn_weight *w) {
    return round_up(CHUNK_SIZE / w->columns + 1, BLOCK);
}

/* Whether a gradient reaches the weight; others stay as they are. */
static bool is_stepped(const lis_model *model, int weight) {
    for (int s = 0; s < model->plan.steps; s++) {
        const nn_node *node = model->graph->node[model->plan.order[s]];
        for (int k = 0; model->plan.reached[node->number] && k < node->parameters; k++)
            if (node->parameter[k] == weight) return true;
    }
    return false;
}

static void cut_chunks(lis_model *model) {
    const lis_graph *graph = model->graph;
    model->chunks = 0;
    for (int w = 0; w < graph->weights; w++) {
        if (!is_stepped(model, w)) continue;
        int64_t rows = graph->weight[w].rows, size = chunk_rows(&graph->weight[w]);
        for (int64_t r = 0; r < rows; r += size) {
            nn_chunk chunk = {.weight = w, .begin = r, .end = r + size < rows ? r + size : rows};
            if (model->chunk) model->chunk[model->chunks] = chunk;
            model->chunks++;
        }
    }
}

lis_status nn_dense_plan(lis_model *model, lis_error *err) {
    const lis_graph *graph = model->graph;
    size_t weights = (size_t)graph->weights;
    int64_t packed = 0;
    cut_chunks(model);
    model->chunk = lis_arena_alloc(&model->arena, (size_t)model->chunks, sizeof *model->chunk);
    model->weight_at = lis_arena_alloc(&model->arena, weights, sizeof *model->weight_at);
    model->packed_at = lis_arena_alloc(&model->arena, weights, sizeof *model->packed_at);
    if (!model->chunk || !model->weight_at || !model->packed_at)
        return lis_fail_nomem(err, "a model", 16.0 * (double)(weights + model->chunks));
    cut_chunks(model);
    for (int w = 0; w < graph->weights; w++) {
        const nn_weight *shape = &graph->weight[w];
        model->weight_at[w] = model->dense_size;
        model->packed_at[w] = packed;
        model->dense_size += round_up(shape->rows * shape->columns, BLOCK);
        if (shape->packed) packed += nn_pack_size(model, shape);
    }
    size_t size = (size_t)model->dense_size, shards = (size_t)model->shards;
    model->dense = lis_calloc(size, sizeof(float));
    model->dense_state = lis_calloc(2 * size, sizeof(float));
    model->dense_gradient = lis_calloc(size * shards, sizeof(float));
    model->packed = lis_calloc((size_t)packed, sizeof(float));
    if (!model->dense || !model->dense_state || !model->dense_gradient || !model->packed)
        return lis_fail_nomem(err, "dense parameters and their gradients",
                              4.0 * ((double)size * (double)(3 + shards) + (double)packed));
    return LIS_OK;
}

void nn_dense_free(lis_model *model) {
    lis_free(model->dense);
    lis_free(model->dense_state);
    lis_free(model->dense_gradient);
    lis_free(model->packed);
}

void nn_dense_pack(lis_model *model) {
    for (int w = 0; w < model->graph->weights; w++)
        if (model->graph->weight[w].packed) nn_pack_rows(model, w, 0, model->graph->weight[w].rows);
}

/* Where chunk c begins in the arena, and its size. */
static int64_t chunk_at(const lis_model *model, int64_t c, int64_t *size) {
    const nn_chunk *chunk = &model->chunk[c];
    int64_t columns = model->graph->weight[chunk->weight].columns;
    *size = (chunk->end - chunk->begin) * columns;
    return model->weight_at[chunk->weight] + chunk->begin * columns;
}

void nn_dense_reduce(lis_model *model, int64_t c, int64_t shards) {
    int64_t size, at = chunk_at(model, c, &size);
    float *g = model->dense_gradient + at;
    nn_kernels_best()->sum_shards(g, g, model->dense_size, shards, size);
    double square = 0;
    bool trained = !model->graph->weight[model->chunk[c].weight].average;
    for (int64_t i = 0; trained && i < size; i++)
        square += (double)g[i] * g[i];
    model->chunk[c].square = square;
}

/* Running averages move a tenth of the way to the batch's value. */
static void average(float *w, const float *batch, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        w[i] += 0.1f * (batch[i] - w[i]);
}

void nn_dense_step(lis_model *model, int64_t c, const nn_rates *rates, int64_t shards) {
    enum { PIECE = 512 };
    float sum[PIECE];
    const nn_kernels *kernels = nn_kernels_best();
    const nn_chunk *chunk = &model->chunk[c];
    const nn_weight *shape = &model->graph->weight[chunk->weight];
    int64_t size, at = chunk_at(model, c, &size);
    for (int64_t i = at; i < at + size; i += PIECE) {
        int64_t n = at + size - i < PIECE ? at + size - i : PIECE;
        kernels->sum_shards(sum, model->dense_gradient + i, model->dense_size, shards, n);
        if (shape->average)
            average(model->dense + i, sum, n);
        else
            kernels->step[model->dense_rule](rates, model->dense + i, model->dense_state + i,
                                             model->dense_state + model->dense_size + i, sum, n);
    }
    if (shape->packed) nn_pack_rows(model, chunk->weight, chunk->begin, chunk->end);
}
