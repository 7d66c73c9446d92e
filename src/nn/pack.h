/* Copies of a weight W [k, n] as its two products read them: W in panels of NN_PANEL columns for x W,
 * and W' likewise for dy W'. In bf16 they are pairs of rows, rounded (kernels.h); W itself stays f32. */
#ifndef LIS_NN_PACK_H
#define LIS_NN_PACK_H

#include "kernels.h"
#include "lis/nn/model.h"
#include "op.h"

/* Places of four bytes that both copies of a weight take. */
int64_t nn_pack_size(const lis_model *model, const nn_weight *weight);

/* Rows [begin, end) of a weight into both copies. begin is a multiple of 16, so is end or it is all.
 * What lies around the copies in their panels stays as it was made: zeros. */
void nn_pack_rows(lis_model *model, int weight, int64_t begin, int64_t end);

/* Product p gets the copy of W or, turned, of W' as its b. */
void nn_pack_give(const lis_model *model, int weight, bool turned, nn_product *p);

#endif
