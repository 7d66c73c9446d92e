/* One step: forward and backward of a batch, then the update of what it touched. */
#ifndef LIS_NN_STEP_H
#define LIS_NN_STEP_H

#include "exec.h"
#include "optim.h"

typedef struct nn_step {
    nn_batch batch;
    const lis_fit_options *options;
    nn_rates dense, table;
    const nn_node *head; /* whose score is wanted; NULL: none */
    float *said;         /* [batch] its score of each row */
    double loss;         /* of the batch, summed over rows */
} nn_step;

/* `share` of the rates is used. On any status but LIS_OK the parameters are untouched: LIS_EINTR, or
 * LIS_EMATH where the loss is not finite, naming the step. */
lis_status nn_step_run(lis_ctx *ctx, nn_step *step, double share, lis_error *err);

#endif
