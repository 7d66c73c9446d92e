/* The memory plan of a graph: where every value, gradient and scratch lies, worked out once.
 *
 * Concatenation is free: a node that feeds a concat is given its place inside the concat's buffer,
 * and its gradient a place inside the concat's gradient where the order of backward allows.
 * Gradients of embeddings are kept for the whole batch, in place, for the sparse update; everything
 * else exists once a worker, for one shard. */
#ifndef LIS_NN_PLAN_H
#define LIS_NN_PLAN_H

#include "op.h"

typedef struct nn_slot {
    int64_t at; /* floats from the base; -1: none */
    int64_t ld;
    int64_t
        rows_per_row; /* batch-wide: places kept a row of the batch: 1, or max_len of a sequence */
    bool batch_wide;
} nn_slot;

/* What backward does with the gradient of one input. */
typedef enum nn_edge {
    NN_EDGE_NONE,  /* not wanted */
    NN_EDGE_WRITE, /* first to write: no need to clear */
    NN_EDGE_ADD,
    NN_EDGE_PLACED /* concat: the gradient is already where it belongs */
} nn_edge;

typedef struct nn_plan {
    int *order; /* [steps] live nodes in the order of forward; backward is the reverse */
    int steps;
    int *position;     /* [nodes] in order; negative: not live */
    bool *reached;     /* [nodes] backward gives it a gradient */
    nn_slot *value;    /* [nodes] */
    nn_slot *gradient; /* [nodes] */
    nn_edge **edge;    /* [nodes][inputs] */
    bool *placed;      /* [nodes] the value lies inside a concat's */
    int64_t *scratch;  /* [nodes] */
    int64_t *kept;     /* [nodes] floats from the base of the batch's */
    int64_t *codes;    /* [nodes] codes and history nodes: where a worker keeps their ids */
    int64_t *offsets;  /* [nodes] history nodes */
    int loss;          /* the first loss node */

    int64_t worker_floats, worker_codes; /* of one worker */
    int64_t batch_floats;                /* shared by all */
} nn_plan;

/* Plans for batches of `batch` rows; everything lies in `arena`. LIS_EARG (no loss), LIS_ENOMEM. */
lis_status nn_plan_make(nn_plan *plan, lis_arena *arena, const lis_graph *graph, int64_t batch,
                        lis_error *err);

#endif
