/* Training and prediction: a list of row codes goes through a model in batches.
 *
 * One step: the batch is cut into shards; every shard runs forward and backward on its own worker;
 * gradients of dense parameters are summed in shard order and given to the dense optimiser; gradients
 * of tables are summed a distinct id at a time, in row order, and given to the tables' optimiser, one
 * update a touched row. Same bytes at any thread count. Inside the loop nothing is allocated. */
#ifndef LIS_NN_TRAIN_H
#define LIS_NN_TRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/nn/feed.h"
#include "lis/nn/model.h"

typedef struct lis_fit_progress {
    int epoch, epochs;      /* epoch in [0, epochs) */
    int64_t done, rows;     /* rows trained so far, and in all epochs together */
    double loss;            /* mean over the rows since the last report */
    double rows_per_second; /* since the last report */
    double seconds;         /* since fit began */
} lis_fit_progress;

/* Any status but LIS_OK stops the fit with that status. */
typedef lis_status lis_fit_progress_fn(void *arg, const lis_fit_progress *progress, lis_error *err);

/* Share of the rates (but FTRL's, which is constant) from the end of the warm-up to the last step: 1; 1 to 0 along a line; 1 to 0
 * along half a cosine. */
typedef enum lis_schedule { LIS_CONSTANT, LIS_LINEAR, LIS_COSINE } lis_schedule;

typedef struct lis_fit_options {
    int epochs;
    int64_t skip; /* rows of this fit that an earlier run trained (checkpoint.h): whole
                              batches, or whole epochs */
    bool shuffle; /* every epoch in its own order, drawn from (shuffle_seed, epoch) */
    uint64_t shuffle_seed;
    double table_rate;
    double dense_rate;
    double l2;             /* added to the gradient of touched table rows: g += l2 * w */
    double l1;             /* FTRL's */
    double weight_decay;   /* of dense parameters, decoupled: w -= rate * decay * w (AdamW) */
    double clip;           /* longest gradient: of all dense parameters as one, and of each touched
                              table row; 0: any */
    lis_schedule schedule; /* of both rates, over the steps of this fit */
    int64_t warmup;        /* steps over which the rates grow from near 0 */
    float *ahead;          /* [feed's rows] or NULL; ahead[r] = what the first head said of row r at
                              the step that trained it, before it learnt (Dawid 1984, prequential);
                              rows not trained keep their value. With dropout as trained */
    double progress_every; /* seconds between reports */
    lis_fit_progress_fn *progress; /* NULL: none; called from the calling thread */
    void *progress_arg;
} lis_fit_options;

/* One epoch in the given order, table_rate 0.05, dense_rate 1e-3, no decay, a report every 0.2 s. */
lis_fit_options lis_fit_defaults(void);

typedef struct lis_fit_result {
    double loss;    /* mean over the rows of the last epoch, each at the step that trained it */
    double seconds; /* wall */
    double cpu;     /* seconds, of all threads that were at it */
    int64_t rows;   /* rows trained, all epochs */
    int64_t steps;
} lis_fit_result;

/* Trains on row [count] i32 codes into the feed, in that order, in batches of the model's size; the
 * last batch of an epoch may be smaller. Optimiser state lives in the model: a second fit goes on.
 * Threads: ctx's.
 * Errors: LIS_ERANGE (a row code out of range), LIS_ESTATE (an input or the label is not bound),
 * LIS_EMATH (the loss of a step is not finite: names the step; the parameters are those before it),
 * LIS_EINTR (between two steps), LIS_ENOMEM. */
lis_status lis_model_fit(lis_ctx *ctx, lis_model *model, const lis_feed *feed, const int32_t *row,
                         int64_t count, const lis_fit_options *options, lis_fit_result *result,
                         lis_error *err);

/* One of several fits: what lis_model_fit takes and gives. The options' progress is not called. */
typedef struct lis_fit_job {
    lis_model *model;
    const lis_feed *feed;
    const int32_t *row;
    int64_t count;
    lis_fit_options options;
    lis_fit_result result;
} lis_fit_job;

typedef struct lis_fits_progress {
    int64_t done, rows;     /* of all fits, all epochs together */
    double rows_per_second; /* since the last report */
    double seconds;         /* since the first fit began */
} lis_fits_progress;

typedef struct lis_fits_watch {
    double every; /* seconds between reports; one more comes at the end */
    /* Called from the calling thread; any status but LIS_OK stops all fits with that status. */
    lis_status (*progress)(void *arg, const lis_fits_progress *progress, lis_error *err);
    void *arg;
} lis_fits_watch;

/* Fits several models, each its own, to the bytes that lis_model_fit would leave in each. Where they are enough
 * to keep the threads busy, each step of a model is one thread's and threads take turns at the models: small
 * batches gain little from sharing a step among threads, models lose nothing. Otherwise one after the other.
 * watch: NULL for none. Threads: ctx's.
 * Errors: LIS_EARG where two jobs name one model; that of the first job that failed, as lis_model_fit's: jobs
 * behind it are left where they were, and so are all after LIS_EINTR. */
lis_status lis_models_fit(lis_ctx *ctx, lis_fit_job *job, int64_t jobs, const lis_fits_watch *watch,
                          lis_error *err);

/* logit[k] = the ranker's output for row[k], k < count: the first input of the graph's loss number
 * `head`, 0 being the one added first (a multi-task ranker has several).
 * Threads: shards of rows; same bytes for any count. Errors as lis_model_fit, without the label;
 * LIS_ERANGE and LIS_ESHAPE where the head is none or no score. */
lis_status lis_model_predict(lis_ctx *ctx, lis_model *model, const lis_feed *feed, int head,
                             const int32_t *row, int64_t count, float *logit, lis_error *err);

#endif
