#include "forecast.h"

#include <math.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"

/* Rows are taken block by block: the forecasts of a block in parallel, their sums by user in row
 * order on one thread, so that memory stays small and the result does not see the thread count. */
enum { BLOCK = 1 << 18, FORECAST_SHARD = 1 << 13 };

static const float CLIP = 0x1p-23f;

static lis_forecast of_probability(float p, bool positive) {
    double clipped = p < CLIP ? CLIP : p > 1.0f - CLIP ? 1.0f - CLIP : p;
    return (lis_forecast){.loss = positive ? -log(clipped) : -log1p(-clipped), .probability = p};
}

/* With e = exp(-|x|): ln(1 + exp(-m)) of the margin m is ln(1 + e), plus |x| where m is negative. */
static lis_forecast of_logit(float logit, bool positive) {
    double size = fabs((double)logit), e = exp(-size);
    bool right = (logit > 0.0f) == positive;
    return (lis_forecast){.loss = log1p(e) + (right ? 0.0 : size),
                          .probability = (logit > 0.0f ? 1.0 : e) / (1.0 + e)};
}

lis_status lis_forecast_row(lis_forecast *out, lis_logloss_input input, float score, bool positive,
                            int64_t row, lis_error *err) {
    if (input == LIS_LOGLOSS_LOGIT) {
        if (isinf(score))
            return lis_fail(err, LIS_ERANGE,
                            "logit of row %lld (counting from 0) is %g, and its loss has no bound; "
                            "look for a diverged ranker",
                            (long long)row, (double)score);
        *out = of_logit(score, positive);
        return LIS_OK;
    }
    if (!(score >= 0.0f && score <= 1.0f))
        return lis_fail(err, LIS_ERANGE,
                        "probability of row %lld (counting from 0) is %g, outside [0, 1]; for a "
                        "ranker's raw output say that scores are logits",
                        (long long)row, (double)score);
    *out = of_probability(score, positive);
    return LIS_OK;
}

typedef struct block {
    const lis_scored *scored;
    lis_logloss_input input;
    int64_t first;
    lis_forecast *forecasts; /* [BLOCK] */
} block;

static lis_status forecast_shard(void *arg, lis_shard shard, lis_error *err) {
    const block *b = arg;
    const float *score = lis_f32(b->scored->score) + b->first;
    const uint8_t *label = lis_u8(b->scored->label) + b->first;
    for (int64_t i = shard.begin; i < shard.end; i++)
        LIS_TRY(
            lis_forecast_row(&b->forecasts[i], b->input, score[i], label[i], b->first + i, err));
    return LIS_OK;
}

static void add_row(lis_forecast_cluster *sum, const lis_forecast *forecast, uint8_t label) {
    sum->loss += forecast->loss;
    sum->probability += forecast->probability;
    sum->rows++;
    sum->positives += label;
}

static void add_block(lis_forecast_sums *sums, const block *b, int64_t rows) {
    const int32_t *user = b->scored->user ? lis_i32(b->scored->user) + b->first : NULL;
    const uint8_t *label = lis_u8(b->scored->label) + b->first;
    for (int64_t i = 0; i < rows; i++) {
        add_row(&sums->cluster[user ? user[i] : b->first + i], &b->forecasts[i], label[i]);
        add_row(&sums->total, &b->forecasts[i], label[i]);
    }
}

static lis_status add_all(lis_ctx *ctx, lis_forecast_sums *sums, block *b, lis_error *err) {
    int64_t n = b->scored->score->shape[0];
    for (b->first = 0; b->first < n; b->first += BLOCK) {
        int64_t left = n - b->first, rows = left < BLOCK ? left : BLOCK;
        LIS_TRY(lis_parallel_for(ctx, rows, FORECAST_SHARD, forecast_shard, b, err));
        add_block(sums, b, rows);
    }
    return LIS_OK;
}

lis_status lis_forecast_add(lis_ctx *ctx, lis_forecast_sums *sums, const lis_scored *scored,
                            lis_logloss_input input, lis_error *err) {
    int64_t positives;
    LIS_TRY(lis_scored_check(ctx, scored, &positives, err));
    sums->clusters = lis_scored_clusters(scored);
    sums->cluster = lis_calloc((size_t)sums->clusters, sizeof *sums->cluster);
    block b = {.scored = scored, .input = input};
    b.forecasts = lis_alloc(BLOCK, sizeof *b.forecasts);
    lis_status status = LIS_OK;
    if (!sums->cluster || !b.forecasts)
        status = lis_fail_nomem(err, "sums of forecasts by user",
                                (double)sums->clusters * sizeof *sums->cluster);
    if (status == LIS_OK) status = add_all(ctx, sums, &b, err);
    lis_free(b.forecasts);
    return status;
}

void lis_forecast_release(lis_forecast_sums *sums) {
    lis_free(sums->cluster);
    *sums = (lis_forecast_sums){0};
}

static void fill(const lis_tensor *out, const lis_forecast_sums *sums, lis_forecast_part *part,
                 const void *arg) {
    for (int64_t c = 0; c < sums->clusters; c++)
        if (sums->cluster[c].rows > 0) lis_f64(out)[c] = part(sums, arg, &sums->cluster[c]);
}

lis_status lis_forecast_metric(lis_metric *out, const lis_forecast_sums *sums, double value,
                               lis_forecast_part *influence, lis_forecast_part *share,
                               const void *arg, lis_error *err) {
    LIS_TRY(lis_tensor_new_1d(&out->influence, LIS_F64, sums->clusters, err));
    if (share && lis_tensor_new_1d(&out->share, LIS_F64, sums->clusters, err) != LIS_OK) {
        lis_metric_release(out);
        return LIS_ENOMEM;
    }
    fill(&out->influence, sums, influence, arg);
    if (share) fill(&out->share, sums, share, arg);
    out->value = value;
    out->rows = sums->total.rows;
    out->positives = sums->total.positives;
    for (int64_t c = 0; c < sums->clusters; c++)
        out->clusters += sums->cluster[c].rows > 0;
    return LIS_OK;
}
