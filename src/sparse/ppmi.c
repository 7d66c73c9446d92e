#include "lis/sparse/ppmi.h"

#include <inttypes.h>
#include <math.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "rows.h"

enum { ROWS_PER_SHARD = 64 };

typedef struct {
    const lis_csr *counts;
    double *row_term;    /* [rows]    -log r_i - shift */
    double *column_term; /* [columns] -log P_a(j) */
    float *pmi;          /* [nnz] 0 or less: not stored */
} ppmi;

static void ppmi_free(ppmi *job) {
    lis_free(job->row_term);
    lis_free(job->column_term);
    lis_free(job->pmi);
}

static lis_status check_counts(const lis_csr *counts, lis_error *err) {
    for (int64_t r = 0; r < counts->rows; r++) {
        for (int64_t k = counts->offset[r]; k < counts->offset[r + 1]; k++) {
            if (counts->value[k] >= 0 && isfinite(counts->value[k])) continue;
            return lis_fail(err, LIS_ERANGE,
                            "ppmi wants counts, but the value at row %" PRId64 ", column %" PRId32
                            " is %g",
                            r, counts->column[k], (double)counts->value[k]);
        }
    }
    return LIS_OK;
}

/* The two marginals as logarithms; a marginal of 0 has no entries that would use it. */
static void take_marginals(ppmi *job, const lis_ppmi_options *options) {
    const lis_csr *counts = job->counts;
    lis_csr_row_sums(counts, job->row_term);
    for (int64_t k = 0; k < counts->nnz; k++)
        job->column_term[counts->column[k]] += counts->value[k];
    double total = 0;
    for (int64_t c = 0; c < counts->columns; c++)
        if (job->column_term[c] > 0) total += pow(job->column_term[c], options->smoothing);
    for (int64_t r = 0; r < counts->rows; r++)
        job->row_term[r] = -log(job->row_term[r]) - options->shift;
    for (int64_t c = 0; c < counts->columns; c++)
        job->column_term[c] = log(total) - options->smoothing * log(job->column_term[c]);
}

static lis_status pmi_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const ppmi *job = arg;
    const lis_csr *counts = job->counts;
    for (int64_t r = shard.begin; r < shard.end; r++) {
        for (int64_t k = counts->offset[r]; k < counts->offset[r + 1]; k++) {
            double count = counts->value[k];
            double pmi = log(count) + job->row_term[r] + job->column_term[counts->column[k]];
            job->pmi[k] = count > 0 ? (float)pmi : 0.0F;
        }
    }
    return LIS_OK;
}

/* Each entry is written, and the next one over it where it does not stay: which do, nobody can foretell. */
static int64_t positive_row(void *arg, int64_t row, int worker, int32_t *column, float *value) {
    (void)worker;
    const ppmi *job = arg;
    const int64_t begin = job->counts->offset[row], end = job->counts->offset[row + 1];
    int64_t stay = 0, count = 0;
    for (int64_t k = begin; k < end; k++)
        stay += job->pmi[k] > 0;
    for (int64_t k = begin; column && count < stay; k++) {
        column[count] = job->counts->column[k];
        value[count] = job->pmi[k];
        count += job->pmi[k] > 0;
    }
    return stay;
}

lis_status lis_csr_ppmi(lis_ctx *ctx, lis_csr *out, const lis_csr *counts,
                        const lis_ppmi_options *options, lis_error *err) {
    *out = (lis_csr){0};
    if (!isfinite(options->shift))
        return lis_fail(err, LIS_EARG, "ppmi: shift is %g; it must be finite", options->shift);
    if (!(options->smoothing > 0) || !isfinite(options->smoothing))
        return lis_fail(err, LIS_EARG, "ppmi: smoothing is %g; it must be above 0 (1: none)",
                        options->smoothing);
    LIS_TRY(check_counts(counts, err));
    ppmi job = {.counts = counts,
                .row_term = lis_alloc((size_t)counts->rows, sizeof(double)),
                .column_term = lis_calloc((size_t)counts->columns, sizeof(double)),
                .pmi = lis_alloc((size_t)counts->nnz, sizeof(float))};
    lis_status status = LIS_OK;
    if (!job.row_term || !job.column_term || !job.pmi)
        status = lis_fail_nomem(err, "ppmi",
                                8.0 * (double)(counts->rows + counts->columns) +
                                    4.0 * (double)counts->nnz);
    if (status == LIS_OK) {
        take_marginals(&job, options);
        status = lis_parallel_for(ctx, counts->rows, ROWS_PER_SHARD, pmi_shard, &job, err);
    }
    if (status == LIS_OK)
        status = lis_rows_build(ctx, out, counts->rows, counts->columns, positive_row, &job, err);
    ppmi_free(&job);
    return status;
}
