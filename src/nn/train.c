#include "lis/nn/train.h"

#include "fit.h"
#include "lis/base/clock.h"

lis_fit_options lis_fit_defaults(void) {
    return (lis_fit_options){
        .epochs = 1, .table_rate = 0.05, .dense_rate = 1e-3, .progress_every = 0.2};
}

/* What was trained since the last report. */
typedef struct watcher {
    const nn_fit *fit;
    double begun, reported; /* clock */
    double loss;            /* summed */
    int64_t rows;
} watcher;

static lis_status report(watcher *watch, lis_error *err) {
    const nn_fit *fit = watch->fit;
    double now = lis_clock_wall(), since = now - watch->reported;
    lis_fit_progress progress = {.epoch = fit->epoch,
                                 .epochs = fit->options->epochs,
                                 .done = fit->done,
                                 .rows = fit->total,
                                 .loss = watch->loss / (double)watch->rows,
                                 .rows_per_second =
                                     (double)watch->rows / (since > 1e-9 ? since : 1e-9),
                                 .seconds = now - watch->begun};
    watch->loss = 0;
    watch->rows = 0;
    lis_status status = fit->options->progress(fit->options->progress_arg, &progress, err);
    watch->reported = lis_clock_wall();
    return status;
}

static lis_status run(lis_ctx *ctx, nn_fit *fit, watcher *watch, lis_error *err) {
    while (!nn_fit_over(fit)) {
        LIS_TRY(nn_fit_step(ctx, fit, err));
        watch->loss += fit->step.loss;
        watch->rows += fit->step.batch.rows;
        if (fit->options->progress && (nn_fit_over(fit) || lis_clock_wall() - watch->reported >=
                                                               fit->options->progress_every))
            LIS_TRY(report(watch, err));
    }
    return LIS_OK;
}

lis_status lis_model_fit(lis_ctx *ctx, lis_model *model, const lis_feed *feed, const int32_t *row,
                         int64_t count, const lis_fit_options *options, lis_fit_result *result,
                         lis_error *err) {
    nn_fit fit;
    *result = (lis_fit_result){0};
    LIS_TRY(nn_fit_begin(ctx, &fit, model, feed, row, count, options, err));
    double now = lis_clock_wall(), cpu = lis_clock_cpu();
    watcher watch = {.fit = &fit, .begun = now, .reported = now};
    lis_status status = run(ctx, &fit, &watch, err);
    nn_fit_end(&fit, result);
    result->seconds = lis_clock_wall() - now;
    result->cpu = lis_clock_cpu() - cpu;
    return status;
}
