#include "loss.h"

lis_status nn_loss_plan(lis_graph *graph, nn_node *node, int scores, lis_error *err) {
    for (int k = 0; k < node->inputs; k++) {
        const nn_node *in = nn_input(graph, node, k);
        LIS_TRY(nn_expect_kind(graph, node, k, NN_ROWS, err));
        if (in->width != 1)
            return lis_fail(err, LIS_ESHAPE, "%s '%s': '%s' has %lld columns, wanted 1",
                            node->op->name, node->name, in->name, (long long)in->width);
        if (k < scores && !in->trained)
            return lis_fail(err, LIS_EARG, "%s '%s': '%s' depends on no parameter", node->op->name,
                            node->name, in->name);
        if (k >= scores && in->trained)
            return lis_fail(err, LIS_EARG,
                            "%s '%s': '%s' is a target or a weight, and no gradient flows there: "
                            "stop() it first",
                            node->op->name, node->name, in->name);
    }
    node->kind = NN_LOSS;
    node->trained = true;
    return LIS_OK;
}

void nn_loss_forward(nn_run *run, const nn_node *node) {
    (void)run;
    (void)node;
}
