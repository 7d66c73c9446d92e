/* Inner product of each event with its row's query: y[t] = q[r,:] . k[t,:] for the events t of row r.
 *
 * dq[r,:] = sum over t of dy[t] k[t,:];  dk[t,:] = dy[t] q[r,:]. */
#include <string.h>

#include "run.h"

enum { QUERY, SEQUENCE };

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    const nn_node *query = nn_input(graph, node, QUERY), *keys = nn_input(graph, node, SEQUENCE);
    LIS_TRY(nn_expect_kind(graph, node, QUERY, NN_ROWS, err));
    LIS_TRY(nn_expect_kind(graph, node, SEQUENCE, NN_SEQUENCE, err));
    if (query->width != keys->width)
        return lis_fail(
            err, LIS_ESHAPE, "match '%s': query '%s' has %lld columns and sequence '%s' has %lld",
            node->name, query->name, (long long)query->width, keys->name, (long long)keys->width);
    node->kind = NN_SEQUENCE;
    node->history = keys->history;
    node->width = 1;
    node->trained = query->trained || keys->trained;
    return LIS_OK;
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix q = nn_in(run, node, QUERY), k = nn_in(run, node, SEQUENCE);
    nn_matrix y = nn_value_of(run, node);
    const int32_t *offset = nn_offsets(run, node->history);
    for (int64_t r = 0; r < q.rows; r++)
        for (int64_t t = offset[r]; t < offset[r + 1]; t++)
            y.at[t * y.ld] = run->kernels->dot(q.at + r * q.ld, k.at + t * k.ld, q.width);
}

static void backward(nn_run *run, const nn_node *node) {
    bool add_q, add_k;
    nn_matrix q = nn_in(run, node, QUERY), k = nn_in(run, node, SEQUENCE);
    nn_matrix dq = nn_din(run, node, QUERY, &add_q), dk = nn_din(run, node, SEQUENCE, &add_k);
    nn_matrix dy = nn_gradient_of(run, node);
    const int32_t *offset = nn_offsets(run, node->history);
    for (int64_t r = 0; r < q.rows; r++) {
        float *to = dq.at ? dq.at + r * dq.ld : NULL;
        if (to && !add_q) memset(to, 0, (size_t)dq.width * sizeof *to);
        for (int64_t t = offset[r]; t < offset[r + 1]; t++) {
            float slope = dy.at[t * dy.ld];
            if (to) run->kernels->axpy(to, k.at + t * k.ld, slope, k.width);
            if (!dk.at) continue;
            float *key = dk.at + t * dk.ld;
            if (!add_k) memset(key, 0, (size_t)dk.width * sizeof *key);
            run->kernels->axpy(key, q.at + r * q.ld, slope, q.width);
        }
    }
}

const nn_op nn_op_match = {.name = "match",
                           .inputs_min = 2,
                           .inputs_max = 2,
                           .plan = plan,
                           .forward = forward,
                           .backward = backward};
