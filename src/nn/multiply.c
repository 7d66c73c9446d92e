#include "multiply.h"

void nn_multiply_weight(const nn_run *run, const nn_node *node, int k, nn_matrix x, nn_matrix y,
                        const float *bias, nn_activation activation) {
    run->kernels->product(&(nn_product){.m = x.rows,
                                        .n = y.width,
                                        .k = x.width,
                                        .a = x.at,
                                        .a_row = x.ld,
                                        .a_step = 1,
                                        .b = nn_packed_forward(run->model, node->parameter[k]),
                                        .ldb = NN_PANEL,
                                        .panel = NN_PANEL * x.width,
                                        .c = y.at,
                                        .ldc = y.ld,
                                        .bias = bias,
                                        .activation = activation});
}

void nn_multiply_back(const nn_run *run, const nn_node *node, int k, nn_matrix x, nn_matrix dy,
                      nn_matrix dx, bool add) {
    run->kernels->product(&(nn_product){.m = x.width,
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
    run->kernels->product(&(nn_product){.m = x.rows,
                                        .n = dx.width,
                                        .k = dy.width,
                                        .a = dy.at,
                                        .a_row = dy.ld,
                                        .a_step = 1,
                                        .b = nn_packed_backward(run->model, node->parameter[k]),
                                        .ldb = NN_PANEL,
                                        .panel = NN_PANEL * dy.width,
                                        .c = dx.at,
                                        .ldc = dx.ld,
                                        .add = add});
}
