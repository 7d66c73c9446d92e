#include "lis/metric/reliability.h"

#include <math.h>

#include "forecast.h"
#include "lis/base/mem.h"
#include "lis/metric/radix.h"

enum { SCORE_SHIFT = 32 };

/* Rows in order of score, the row number in the low bits. */
static lis_status sort_rows(lis_ctx *ctx, uint64_t *rows, uint64_t *scratch, uint64_t **sorted,
                            const lis_scored *scored, lis_error *err) {
    int64_t n = scored->score->shape[0];
    for (int64_t i = 0; i < n; i++)
        rows[i] = (uint64_t)lis_radix_key(lis_f32(scored->score)[i]) << SCORE_SHIFT | (uint64_t)i;
    return lis_radix_sort(ctx, rows, scratch, n, SCORE_SHIFT, 64, sorted, err);
}

/* A bin ends where its share of rows is reached and the next score differs. */
static lis_status fill_bins(lis_reliability_bin *bin, int64_t bins, const uint64_t *sorted,
                            const lis_scored *scored, lis_logloss_input input, lis_error *err) {
    int64_t n = scored->score->shape[0], at = 0;
    for (int64_t k = 0; k < bins; k++) {
        int64_t end = (k + 1) * n / bins;
        bin[k] = (lis_reliability_bin){0};
        while (at < n && (at < end ||
                          (at > 0 && sorted[at] >> SCORE_SHIFT == sorted[at - 1] >> SCORE_SHIFT))) {
            int64_t row = (int64_t)(uint32_t)sorted[at++];
            uint8_t label = lis_u8(scored->label)[row];
            lis_forecast forecast;
            LIS_TRY(
                lis_forecast_row(&forecast, input, lis_f32(scored->score)[row], label, row, err));
            bin[k].rows++;
            bin[k].positives += label;
            bin[k].predicted += forecast.probability;
        }
        if (bin[k].rows > 0) bin[k].predicted /= (double)bin[k].rows;
    }
    return LIS_OK;
}

lis_status lis_reliability(lis_ctx *ctx, lis_reliability_bin *bin, int64_t bins, double *error,
                           const lis_scored *scored, lis_logloss_input input, lis_error *err) {
    int64_t positives;
    if (bins < 1) return lis_fail(err, LIS_EARG, "%lld bins; wanted 1 or more", (long long)bins);
    LIS_TRY(lis_scored_check(ctx, scored, &positives, err));
    int64_t n = scored->score->shape[0];
    uint64_t *rows = lis_alloc((size_t)n, sizeof *rows);
    uint64_t *scratch = lis_alloc((size_t)n, sizeof *scratch), *sorted;
    lis_status status = LIS_OK;
    if (!rows || !scratch)
        status = lis_fail_nomem(err, "the rows to sort", 2.0 * (double)n * sizeof *rows);
    if (status == LIS_OK) status = sort_rows(ctx, rows, scratch, &sorted, scored, err);
    if (status == LIS_OK) status = fill_bins(bin, bins, sorted, scored, input, err);
    *error = 0.0;
    for (int64_t k = 0; k < bins && status == LIS_OK; k++)
        *error +=
            fabs(bin[k].predicted * (double)bin[k].rows - (double)bin[k].positives) / (double)n;
    lis_free(rows);
    lis_free(scratch);
    return status;
}
