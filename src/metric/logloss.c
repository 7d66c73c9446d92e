#include "lis/metric/logloss.h"

#include <math.h>
#include <stdio.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "sums.h"

/* Rows are taken block by block: the losses of a block in parallel, their sums by user in row order
 * on one thread, so that neither memory nor the result grows a dependence on threads. */
enum { BLOCK = 1 << 18, LOSS_SHARD = 1 << 13 };

static const float CLIP = 0x1p-23f;

typedef struct work {
    const lis_scored *scored;
    lis_logloss_input input;
    int64_t n, users;
    int64_t block;     /* first row of the current block */
    double *losses;    /* [BLOCK] */
    double *influence; /* [users]: first the sum of losses */
    int64_t *members;  /* [users]: rows */
    double total, mean;
} work;

static double loss_of_probability(float p, bool positive) {
    float clipped = p < CLIP ? CLIP : p > 1.0f - CLIP ? 1.0f - CLIP : p;
    return positive ? -log((double)clipped) : -log1p(-(double)clipped);
}

/* ln(1 + exp(-m)) of the margin m, without overflow. */
static double loss_of_logit(float logit, bool positive) {
    double margin = positive ? (double)logit : -(double)logit;
    return margin > 0 ? log1p(exp(-margin)) : -margin + log1p(exp(margin));
}

static lis_status loss_shard(void *arg, lis_shard shard, lis_error *err) {
    const work *w = arg;
    const float *score = lis_f32(w->scored->score) + w->block;
    const uint8_t *label = lis_u8(w->scored->label) + w->block;
    for (int64_t i = shard.begin; i < shard.end; i++) {
        bool logit = w->input == LIS_LOGLOSS_LOGIT;
        if (logit ? isinf(score[i]) : !(score[i] >= 0.0f && score[i] <= 1.0f))
            return lis_fail(err, LIS_ERANGE, "%s of row %lld (counting from 0) is %g%s",
                            logit ? "logit" : "probability", (long long)(w->block + i),
                            (double)score[i],
                            logit ? ", and its loss has no bound; look for a diverged ranker"
                                  : ", outside [0, 1]; for a ranker's raw output say that scores "
                                    "are logits");
        w->losses[i] =
            logit ? loss_of_logit(score[i], label[i]) : loss_of_probability(score[i], label[i]);
    }
    return LIS_OK;
}

static void add_block(work *w, int64_t rows) {
    const int32_t *user = w->scored->user ? lis_i32(w->scored->user) + w->block : NULL;
    double sum = 0.0;
    for (int64_t i = 0; i < rows; i++) {
        int64_t cluster = user ? user[i] : w->block + i;
        w->influence[cluster] += w->losses[i];
        w->members[cluster]++;
        sum += w->losses[i];
    }
    w->total += sum;
}

static lis_status finish_users(void *arg, int64_t begin, int64_t end, double *sums,
                               lis_error *err) {
    (void)err;
    const work *w = arg;
    for (int64_t u = begin; u < end; u++) {
        w->influence[u] = (w->influence[u] - (double)w->members[u] * w->mean) / (double)w->n;
        sums[0] += w->members[u] > 0;
    }
    return LIS_OK;
}

static lis_status run(lis_ctx *ctx, work *w, lis_metric *out, lis_error *err) {
    LIS_TRY(lis_tensor_new_1d(&out->influence, LIS_F64, w->users, err));
    w->influence = lis_f64(&out->influence);
    w->losses = lis_alloc(BLOCK, sizeof *w->losses);
    w->members = lis_calloc((size_t)w->users, sizeof *w->members);
    if (!w->losses || !w->members)
        return lis_fail_nomem(err, "losses by user", (double)(w->users + BLOCK) * sizeof(double));
    for (w->block = 0; w->block < w->n; w->block += BLOCK) {
        int64_t left = w->n - w->block, rows = left < BLOCK ? left : BLOCK;
        LIS_TRY(lis_parallel_for(ctx, rows, LOSS_SHARD, loss_shard, w, err));
        add_block(w, rows);
    }
    out->value = w->mean = w->total / (double)w->n;
    out->rows = w->n;
    double totals[LIS_SUMS_MAX];
    LIS_TRY(lis_sums(ctx, w->users, finish_users, w, totals, err));
    out->clusters = (int64_t)totals[0];
    (void)snprintf(out->definition, sizeof out->definition,
                   "log loss: mean over %lld rows of -ln of the probability given to the label "
                   "(nats; lower is better)",
                   (long long)w->n);
    return LIS_OK;
}

lis_status lis_logloss(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                       lis_logloss_input input, lis_error *err) {
    work w = {.scored = scored, .input = input};
    int64_t positives;
    LIS_TRY(lis_scored_check(ctx, scored, &positives, err));
    w.n = scored->score->shape[0];
    w.users = lis_scored_clusters(scored);
    out->positives = positives;
    lis_status status = run(ctx, &w, out, err);
    if (status != LIS_OK) lis_metric_release(out);
    lis_free(w.losses);
    lis_free(w.members);
    return status;
}
