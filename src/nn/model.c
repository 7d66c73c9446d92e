#include "lis/nn/model.h"

#include <stdio.h>
#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/base/rng.h"
#include "optim.h"
#include "state.h"

/* One parameter's initial values: a stream a row, so that a row's numbers do not depend on how many
 * rows stand before it. */
typedef struct filling {
    uint64_t seed;
    const nn_weight *weight;
    float *value;
    char purpose[128];
} filling;

static lis_status fill_rows(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const filling *f = arg;
    const int64_t columns = f->weight->columns;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        lis_rng rng = lis_rng_open(f->seed, f->purpose, (uint64_t)r);
        float *row = f->value + r * columns;
        for (int64_t j = 0; j < columns; j++)
            switch (f->weight->init) {
            case NN_ZEROS:
                row[j] = 0;
                break;
            case NN_CONSTANT:
                row[j] = (float)f->weight->scale;
                break;
            case NN_UNIFORM:
                row[j] = (float)(f->weight->scale * (2 * lis_rng_uniform(&rng) - 1));
                break;
            case NN_NORMAL:
                row[j] = (float)(f->weight->scale * lis_rng_normal(&rng));
                break;
            }
    }
    return LIS_OK;
}

static lis_status fill(lis_ctx *ctx, uint64_t seed, const nn_weight *weight, float *value,
                       lis_error *err) {
    enum { ROWS = 4096 };
    filling f = {.seed = seed, .weight = weight, .value = value};
    snprintf(f.purpose, sizeof f.purpose, "init:%s", weight->name);
    return lis_parallel_for(ctx, weight->rows, ROWS, fill_rows, &f, err);
}

static lis_status draw_parameters(lis_ctx *ctx, lis_model *model, lis_error *err) {
    const lis_graph *graph = model->graph;
    for (int w = 0; w < graph->weights; w++)
        LIS_TRY(fill(ctx, graph->seed, &graph->weight[w], model->dense + model->weight_at[w], err));
    for (int t = 0; t < graph->tables; t++)
        LIS_TRY(fill(ctx, graph->seed, &graph->table[t], model->table[t].value, err));
    return LIS_OK;
}

static size_t whole_lines(size_t floats) {
    return (floats + NN_PAD - 1) / NN_PAD * NN_PAD;
}

static size_t table_size(const nn_weight *shape) {
    return whole_lines((size_t)shape->rows * (size_t)shape->columns);
}

static size_t state_size(const lis_model *model, const nn_weight *shape) {
    int64_t row = nn_row_state(model->table_rule, shape->columns);
    return whole_lines((size_t)shape->rows * (size_t)row);
}

/* All tables lie in one block, so that the system can back them by large pages. */
static lis_status allocate_tables(lis_model *model, lis_error *err) {
    const lis_graph *graph = model->graph;
    model->table = lis_calloc((size_t)graph->tables, sizeof *model->table);
    if (!model->table) return lis_fail_nomem(err, "tables", 40.0 * graph->tables);
    size_t total = 0;
    for (int t = 0; t < graph->tables; t++)
        total += table_size(&graph->table[t]) + state_size(model, &graph->table[t]);
    model->table_values = lis_calloc(total, sizeof(float));
    if (!model->table_values) return lis_fail_nomem(err, "embedding tables", 4.0 * (double)total);
    float *at = model->table_values;
    for (int t = 0; t < graph->tables; t++) {
        size_t size = table_size(&graph->table[t]);
        model->table[t].value = at;
        model->table[t].state = at + size;
        at += size + state_size(model, &graph->table[t]);
    }
    return LIS_OK;
}

static lis_status build(lis_ctx *ctx, lis_model *model, lis_error *err) {
    LIS_TRY(nn_plan_make(&model->plan, &model->arena, model->graph, model->batch, err));
    LIS_TRY(nn_dense_plan(model, err));
    LIS_TRY(allocate_tables(model, err));
    LIS_TRY(nn_embed_plan(model, err));
    model->shard_loss = lis_calloc((size_t)model->shards, sizeof(double));
    model->batch_values = lis_alloc((size_t)model->plan.batch_floats + NN_SLACK, sizeof(float));
    if (!model->shard_loss || !model->batch_values)
        return lis_fail_nomem(err, "a batch's gradients", 4.0 * (double)model->plan.batch_floats);
    LIS_TRY(nn_model_hire(model, ctx->threads, err));
    return draw_parameters(ctx, model, err);
}

static lis_status find_precision(const char *name, nn_product_fn **bf16, lis_error *err) {
    bool half = name && !strcmp(name, "bf16");
    *bf16 = half ? nn_bf16_best().product : NULL;
    if (half || !name || !strcmp(name, "f32")) return LIS_OK;
    return lis_fail(err, LIS_EARG, "there is no precision '%s'; there are 'f32', 'bf16'", name);
}

/* What the options say of the model that is to be. */
static lis_status read_options(const lis_model_options *options, lis_model *model, lis_error *err) {
    enum { BATCH_MAX = 1 << 20 };
    if (options->batch < 1 || options->batch > BATCH_MAX)
        return lis_fail(err, LIS_ERANGE, "batch is %lld, wanted 1 to %d", (long long)options->batch,
                        BATCH_MAX);
    model->batch = options->batch;
    model->shards = lis_shard_count(options->batch, LIS_NN_SHARD);
    LIS_TRY(find_precision(options->precision, &model->bf16, err));
    LIS_TRY(nn_rule_find(options->dense_optimiser, NN_ADAM, true, &model->dense_rule, err));
    return nn_rule_find(options->table_optimiser, NN_ADAGRAD, false, &model->table_rule, err);
}

lis_status lis_model_build(lis_ctx *ctx, lis_model **out, lis_graph *graph,
                           const lis_model_options *options, lis_error *err) {
    lis_model planned = {.references = 1};
    *out = NULL;
    LIS_TRY(read_options(options, &planned, err));
    lis_model *model = lis_alloc(1, sizeof *model);
    if (!model) return lis_fail_nomem(err, "a model", sizeof *model);
    *model = planned;
    model->graph = graph;
    lis_graph_retain(graph);
    lis_arena_init(&model->arena);
    lis_status status = build(ctx, model, err);
    if (status != LIS_OK) {
        lis_model_release(model);
        return status;
    }
    graph->closed = true;
    *out = model;
    return LIS_OK;
}

lis_status nn_model_hire(lis_model *model, int workers, lis_error *err) {
    if (workers <= model->workers) return LIS_OK;
    size_t floats = (size_t)model->plan.worker_floats + NN_SLACK,
           codes = (size_t)model->plan.worker_codes;
    float *values = lis_alloc((size_t)workers * floats, sizeof *values);
    int32_t *ids = lis_alloc((size_t)workers * codes, sizeof *ids);
    if (!values || !ids) {
        lis_free(values);
        lis_free(ids);
        return lis_fail_nomem(err, "activations", 4.0 * workers * (double)(floats + codes));
    }
    lis_free(model->worker_values);
    lis_free(model->worker_codes);
    model->worker_values = values;
    model->worker_codes = ids;
    model->workers = workers;
    return LIS_OK;
}

void lis_model_retain(lis_model *model) {
    model->references++;
}

void lis_model_release(lis_model *model) {
    if (!model || --model->references > 0) return;
    nn_embed_free(model);
    nn_dense_free(model);
    void *block[] = {model->table,        model->table_values,  model->shard_loss,
                     model->batch_values, model->worker_values, model->worker_codes};
    for (size_t i = 0; i < sizeof block / sizeof *block; i++)
        lis_free(block[i]);
    lis_arena_free(&model->arena);
    lis_graph_release(model->graph);
    lis_free(model);
}

const lis_graph *lis_model_graph(const lis_model *model) {
    return model->graph;
}

int64_t lis_model_batch(const lis_model *model) {
    return model->batch;
}

const char *lis_model_precision(const lis_model *model) {
    return model->bf16 ? "bf16" : "f32";
}

int64_t lis_model_steps(const lis_model *model) {
    return model->steps;
}

int lis_model_parameters(const lis_model *model) {
    return model->graph->weights + model->graph->tables;
}

lis_parameter lis_model_parameter(const lis_model *model, int index) {
    const lis_graph *graph = model->graph;
    bool dense = index < graph->weights;
    const nn_weight *w = dense ? &graph->weight[index] : &graph->table[index - graph->weights];
    return (lis_parameter){.name = w->name,
                           .rows = w->rows,
                           .columns = w->columns,
                           .value = dense ? model->dense + model->weight_at[index]
                                          : model->table[index - graph->weights].value};
}
