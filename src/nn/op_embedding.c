/* y[i,:] = table[id[i],:]; a missing id (-1) gives zeros. One row an id, or one an event of a
 * history. Nodes of one name share their table.
 *
 * There is no backward here: the gradient of y stays where it was written until the batch ends, and
 * embed.c sums it by id. */
#include "run.h"

enum { DIM, INIT };

static const nn_option options[] = {
    [DIM] = {"dim", NN_INTEGER, .required = true, .low = 1, .high = 4096},
    [INIT] = {"init", NN_NUMBER, .otherwise = 0.01, .low = 0, .high = 100},
    {.name = NULL}};

static lis_status plan(lis_graph *graph, nn_node *node, lis_error *err) {
    const nn_node *in = nn_input(graph, node, 0);
    if (in->kind != NN_CODES && in->kind != NN_HISTORY)
        return lis_fail(err, LIS_ESHAPE,
                        "embedding '%s': input '%s' is %s, wanted ids or a history", node->name,
                        in->name, nn_kind_name(in->kind));
    node->kind = in->kind == NN_CODES ? NN_ROWS : NN_SEQUENCE;
    node->history = in->history;
    node->width = (int64_t)node->option[DIM].number;
    node->trained = true;
    return nn_add_table(graph, node, in->vocab, node->width, node->option[INIT].number, err);
}

static void forward(nn_run *run, const nn_node *node) {
    nn_matrix y = nn_value_of(run, node);
    run->kernels->gather(y.at, y.ld, run->model->table[node->table].value, y.width,
                         nn_codes(run, node->input[0]), y.rows);
}

const nn_op nn_op_embedding = {.name = "embedding",
                               .inputs_min = 1,
                               .inputs_max = 1,
                               .options = options,
                               .plan = plan,
                               .forward = forward};
