/* A model: a graph planned for one batch size, with its parameters.
 *
 * Building fixes every shape and allocates everything training will use: parameters and optimiser
 * state, gradients of one batch, and for each worker the activations of one shard of LIS_NN_SHARD
 * rows. The cut of a batch into shards depends on the batch alone, so a run gives the same bytes at
 * any thread count. */
#ifndef LIS_NN_MODEL_H
#define LIS_NN_MODEL_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/nn/graph.h"

enum { LIS_NN_SHARD = 128 };

/* The set of kernels that this processor runs, none above what the environment variable LISRUN_ISA
 * names: "portable", "avx2", "avx512". Constant. */
const char *lis_nn_isa(void);

/* What carries products in bf16: "amx", "avx512bf16", or "emulated" by the set above. Constant. */
const char *lis_nn_bf16(void);

typedef struct lis_model lis_model;

/* The optimisers are chosen here because their state is part of the model. Tables step only the rows
 * a batch touched.
 *   sgd          w -= rate g
 *   adagrad      s += g^2; w -= rate g / (sqrt(s) + 1e-10)           Duchi, Hazan, Singer 2011
 *   row_adagrad  the same with one s a row, of the mean of g^2        tables only
 *   adam         moments 0.9 and 0.999, eps 1e-8                      Kingma, Ba 2015
 *   ftrl         FTRL-Proximal with l1 and l2, beta 1                 McMahan et al. 2013
 *
 * Precision is that of what products of linear and cross layers multiply, in both directions: "f32", or
 * "bf16", rounded to 8 bits of significand (nearest, ties to even). Sums, parameters and all other
 * operations are f32, layers of one unit included. Without processor support bf16 is emulated: no
 * faster than f32. Emulation and VDPBF16PS agree to the bit but where numbers below 2^-126 occur; AMX
 * sums in another order. */
typedef struct lis_model_options {
    int64_t batch;               /* most rows of one step, 1 to 2^20 */
    const char *dense_optimiser; /* NULL: "adam" */
    const char *table_optimiser; /* NULL: "adagrad" */
    const char *precision;       /* NULL: "f32" */
} lis_model_options;

/* Plans `graph` (retained, and from now on closed to new nodes) and draws the initial parameters.
 * Nodes that no loss depends on are left out.
 * Errors: LIS_EARG where the graph has no loss or a name in the options is unknown; LIS_ERANGE;
 * LIS_ENOMEM. Threads: ctx's, for the initial values; same bytes for any count. */
lis_status lis_model_build(lis_ctx *ctx, lis_model **out, lis_graph *graph,
                           const lis_model_options *options, lis_error *err);
void lis_model_retain(lis_model *model);
void lis_model_release(lis_model *model); /* NULL: nothing */

const lis_graph *lis_model_graph(const lis_model *model); /* borrowed */
int64_t lis_model_batch(const lis_model *model);
const char *lis_model_precision(const lis_model *model); /* "f32" or "bf16" */
int64_t lis_model_steps(const lis_model *model);         /* optimiser steps taken so far */

/* A parameter: f32 [rows, columns], row-major, owned by the model. Writing to it between calls is
 * allowed (to start from given values). */
typedef struct lis_parameter {
    const char *name; /* "mlp1.weight" [in, units], "mlp1.bias" [1, units], "item" [vocab, dim] */
    int64_t rows, columns;
    float *value;
} lis_parameter;

int lis_model_parameters(const lis_model *model);
lis_parameter lis_model_parameter(const lis_model *model, int index); /* index in [0, count) */

#endif
