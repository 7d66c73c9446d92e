#include "multiply.h"

#include "pack.h"

static void multiply(const nn_run *run, const nn_product *p) {
    (run->model->bf16 ? run->model->bf16 : run->kernels->product)(p);
}

/* p times the packed W or, turned, W' of parameter k. */
static void multiply_packed(const nn_run *run, const nn_node *node, int k, bool turned,
                            nn_product p) {
    nn_pack_give(run->model, node->parameter[k], turned, &p);
    multiply(run, &p);
}

void nn_multiply_weight(const nn_run *run, const nn_node *node, int k, nn_matrix x, nn_matrix y,
                        const float *bias, nn_activation activation) {
    multiply_packed(run, node, k, false,
                    (nn_product){.m = x.rows,
                                 .n = y.width,
                                 .k = x.width,
                                 .a = x.at,
                                 .a_row = x.ld,
                                 .a_step = 1,
                                 .c = y.at,
                                 .ldc = y.ld,
                                 .bias = bias,
                                 .activation = activation});
}

void nn_multiply_back(const nn_run *run, const nn_node *node, int k, nn_matrix x, nn_matrix dy,
                      nn_matrix dx, bool add) {
    multiply(run, &(nn_product){.m = x.width,
                                .n = dy.width,
                                .k = x.rows,
                                .a = x.at,
                                .a_row = 1,
                                .a_step = x.ld,
                                .b = dy.at,
                                .ldb = dy.ld,
                                .panel = NN_PANEL,
                                .c = nn_dparameter(run, node, k),
                                .ldc = dy.width});
    if (!dx.at) return;
    multiply_packed(run, node, k, true,
                    (nn_product){.m = x.rows,
                                 .n = dx.width,
                                 .k = dy.width,
                                 .a = dy.at,
                                 .a_row = dy.ld,
                                 .a_step = 1,
                                 .c = dx.at,
                                 .ldc = dx.ld,
                                 .add = add});
}
