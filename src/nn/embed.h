/* The sparse half of a step: the ids of a batch sorted once, gradients summed a distinct id at a
 * time, one optimiser update a touched row.
 *
 * Tables that read the same inputs (an embedding and a first-order weight of one field) share a
 * group, that is the sorted ids. An occurrence is numbered by its place in the batch-wide gradients
 * of the embedding nodes: its source (which input), then its row or event. Those of a bag are numbered
 * by row, then event, 2^shift to a row: all read the row's one gradient. */
#ifndef LIS_NN_EMBED_H
#define LIS_NN_EMBED_H

#include <stdint.h>

#include "kernels.h"
#include "lis/base/arena.h"
#include "lis/nn/feed.h"
#include "op.h"

/* What a source is: a codes or history node, and how its occurrences are numbered. */
typedef struct nn_source {
    int node;
    int shift; /* -1: no bag */
} nn_source;

typedef struct nn_group {
    int sources;
    nn_source *source; /* [sources] */
    int64_t *start;    /* [sources + 1] occurrences of source s are numbered from start[s] */
    int bits;          /* of the largest id */
    uint64_t *entry;   /* [start[sources]] id << 32 | occurrence; sorted by id, then occurrence */
    uint64_t *spare;   /* the same, for the sort */
    int64_t count;     /* entries of this batch; ids that are missing have none */
    uint32_t *begin; /* [distinct + 1] the d-th distinct id has entries [begin[d], begin[d + 1]) */
    int64_t distinct;
} nn_group;

/* The groups and tables of a planned model. LIS_ENOMEM; LIS_ERANGE where a batch holds too many. */
lis_status nn_embed_plan(lis_model *model, lis_error *err);
void nn_embed_free(lis_model *model);

/* Reads the ids of rows row[0..n) and sorts them. */
void nn_group_sort(nn_group *group, const lis_graph *graph, const lis_feed *feed,
                   const int32_t *row, int64_t n);

/* Sums the gradients of distinct ids [begin, end), shortens each to at most `clip` where that is
 * positive, and steps their rows of table t. */
void nn_table_step(const lis_model *model, int t, int64_t begin, int64_t end, const nn_rates *rates,
                   float clip);

#endif
