/* One fit, a step at a time: what lis_model_fit runs through, and lis_models_fit takes turns at. */
#ifndef LIS_NN_FIT_H
#define LIS_NN_FIT_H

#include "step.h"

typedef struct nn_fit {
    nn_step step; /* the one at hand */
    const lis_fit_options *options;
    const int32_t *row; /* [count] as given */
    int64_t count;
    int32_t *order; /* [count] the epoch's; NULL: as given */
    int epoch;
    int64_t at;                 /* rows of the epoch that are done */
    int64_t done, total;        /* rows of all epochs */
    int64_t steps, total_steps; /* likewise */
    int64_t steps_before;       /* the model's when the fit began */
    double epoch_loss;          /* summed over the rows of the epoch that this fit trained */
    int64_t epoch_rows;
} nn_fit;

/* Checks the arguments of lis_model_fit (train.h) and makes room; on an error nothing is to be ended. */
lis_status nn_fit_begin(const lis_ctx *ctx, nn_fit *fit, lis_model *model, const lis_feed *feed,
                        const int32_t *row, int64_t count, const lis_fit_options *options,
                        lis_error *err);

static inline bool nn_fit_over(const nn_fit *fit) {
    return fit->done == fit->total;
}

/* Trains the next batch; its loss, summed over its rows, is step.loss. Errors as nn_step_run. */
lis_status nn_fit_step(lis_ctx *ctx, nn_fit *fit, lis_error *err);

/* Frees what it held and says what it did; result->seconds and cpu are the caller's. */
void nn_fit_end(nn_fit *fit, lis_fit_result *result);

#endif
