#include "lis/tensor/ops_reduce.h"

#include <math.h>
#include <string.h>

#include "block.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "walk.h"

enum { SHARD = 1 << 16, LANES = 8 };

double lis_summary_variance(const lis_summary *summary) {
    return summary->n < 2 ? NAN : summary->squares / (double)(summary->n - 1);
}

/* ---- the whole tensor ---- */

/* Eight running sums, so that the additions need not wait for one another; a fixed order. */
static double sum_of(const double *x, int64_t n) {
    double lane[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++)
            lane[k] += x[i + k];
    for (; i < n; i++)
        lane[0] += x[i];
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static double squares_around(const double *x, int64_t n, double mean) {
    double lane[LANES] = {0};
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++)
            lane[k] += (x[i + k] - mean) * (x[i + k] - mean);
    for (; i < n; i++)
        lane[0] += (x[i] - mean) * (x[i] - mean);
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
           ((lane[4] + lane[5]) + (lane[6] + lane[7]));
}

static lis_summary summary_of(const double *x, int64_t n) {
    lis_summary s = {.n = n, .sum = sum_of(x, n), .min = INFINITY, .max = -INFINITY};
    for (int64_t i = 0; i < n; i++) {
        s.nans += x[i] != x[i];
        s.nonzero += x[i] != 0;
        s.min = x[i] < s.min ? x[i] : s.min;
        s.max = x[i] > s.max ? x[i] : s.max;
    }
    s.mean = s.sum / (double)n;
    s.squares = squares_around(x, n, s.mean);
    return s;
}

static void merge_summary(lis_summary *into, const lis_summary *s) {
    if (s->n == 0) return;
    if (into->n == 0) {
        *into = *s;
        return;
    }
    double na = (double)into->n, nb = (double)s->n;
    double gap = s->mean - into->mean;
    into->squares += s->squares + gap * gap * (na * nb / (na + nb));
    into->n += s->n;
    into->nans += s->nans;
    into->nonzero += s->nonzero;
    into->sum += s->sum;
    into->mean = into->sum / (double)into->n;
    into->min = fmin(into->min, s->min);
    into->max = fmax(into->max, s->max);
}

typedef struct summary_job {
    const lis_tensor *in;
    walk w;
    lis_summary *partial;
} summary_job;

static lis_status summary_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const summary_job *job = arg;
    lis_summary total = {0};
    walk_run run;
    for (int64_t at = shard.begin; at < shard.end; at += run.length) {
        block scratch;
        run = walk_at(&job->w, at, shard.end, BLOCK);
        const double *x = block_load(&scratch, LIS_F64, job->in->dtype,
                                     element_at(job->in, run.offset[0]), run.step[0], run.length);
        lis_summary part = summary_of(x, run.length);
        merge_summary(&total, &part);
    }
    job->partial[shard.index] = total;
    return LIS_OK;
}

lis_status lis_tensor_summarize(lis_ctx *ctx, lis_summary *out, const lis_tensor *in,
                                lis_error *err) {
    summary_job job = {.in = in, .w = walk_over(in->ndim, in->shape, 1, &in)};
    int64_t shards = lis_shard_count(job.w.size, SHARD);
    job.partial = lis_alloc((size_t)shards, sizeof *job.partial);
    if (!job.partial) return lis_fail_nomem(err, "a summary", (double)shards * sizeof *job.partial);
    lis_status status = lis_parallel_for(ctx, job.w.size, SHARD, summary_shard, &job, err);
    lis_summary total = {.mean = NAN, .min = NAN, .max = NAN};
    for (int64_t s = 0; status == LIS_OK && s < shards; s++)
        merge_summary(&total, &job.partial[s]);
    if (total.nans > 0) total.min = total.max = NAN;
    if (status == LIS_OK) *out = total;
    lis_free(job.partial);
    return status;
}

/* ---- along one dimension ---- */

typedef struct reduce_job {
    lis_reduction op;
    const lis_tensor *in, *out;
    walk w;         /* over the result; operand 1 is the first slice of the input */
    int64_t length; /* of the reduced dimension */
    int64_t step;   /* along it, in elements */
} reduce_job;

/* One more value for each of n results; `seen` came before. A loop an operation, so that each
 * vectorises. total: the sum or the extreme so far; of the variance, the mean. */
static void accumulate(lis_reduction op, double *restrict total, double *restrict squares,
                       const double *restrict x, int64_t n, int64_t seen) {
    switch (op) {
    case LIS_SUM:
    case LIS_MEAN:
        for (int64_t i = 0; i < n; i++)
            total[i] += x[i];
        break;
    case LIS_MIN:
        for (int64_t i = 0; i < n; i++)
            total[i] = x[i] < total[i] || x[i] != x[i] ? x[i] : total[i];
        break;
    case LIS_MAX:
        for (int64_t i = 0; i < n; i++)
            total[i] = x[i] > total[i] || x[i] != x[i] ? x[i] : total[i];
        break;
    case LIS_VARIANCE: /* Welford 1962 */
        for (int64_t i = 0; i < n; i++) {
            double gap = x[i] - total[i];
            total[i] += gap / (double)(seen + 1);
            squares[i] += gap * (x[i] - total[i]);
        }
        break;
    }
}

/* `n` neighbouring results at once: the reduced dimension is walked outside, so that neighbours are
 * read together. */
static void reduce_run(const reduce_job *job, const walk_run *run) {
    double total[BLOCK], squares[BLOCK];
    int64_t n = run->length;
    double start = job->op == LIS_MIN ? INFINITY : job->op == LIS_MAX ? -INFINITY : 0.0;
    for (int64_t i = 0; i < n; i++) {
        total[i] = start;
        squares[i] = 0;
    }
    for (int64_t j = 0; j < job->length; j++) {
        block scratch;
        const void *from = element_at(job->in, run->offset[1] + j * job->step);
        const double *x = block_load(&scratch, LIS_F64, job->in->dtype, from, run->step[1], n);
        accumulate(job->op, total, squares, x, n, j);
    }
    for (int64_t i = 0; i < n; i++) {
        if (job->op == LIS_MEAN) total[i] /= (double)job->length;
        if (job->op == LIS_VARIANCE) total[i] = squares[i] / (double)(job->length - 1);
    }
    block_store(job->out->dtype, element_at(job->out, run->offset[0]), run->step[0], LIS_F64, total,
                n);
}

static lis_status reduce_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const reduce_job *job = arg;
    walk_run run;
    for (int64_t at = shard.begin; at < shard.end; at += run.length) {
        run = walk_at(&job->w, at, shard.end, BLOCK);
        reduce_run(job, &run);
    }
    return LIS_OK;
}

static lis_status check_length(lis_reduction op, const lis_tensor *in, int dim, lis_error *err) {
    char text[LIS_TENSOR_TEXT];
    if (dim < 0 || dim >= in->ndim)
        return lis_fail(err, LIS_ERANGE, "%s has no dimension %d", lis_tensor_describe(in, text),
                        dim + 1);
    int64_t needed = op == LIS_SUM ? 0 : op == LIS_VARIANCE ? 2 : 1;
    if (in->shape[dim] < needed)
        return lis_fail(err, LIS_EMATH,
                        "cannot reduce dimension %d of %s: it takes at least %lld values", dim + 1,
                        lis_tensor_describe(in, text), (long long)needed);
    return LIS_OK;
}

lis_status lis_tensor_reduce(lis_ctx *ctx, lis_tensor *out, lis_reduction op, const lis_tensor *in,
                             int dim, lis_error *err) {
    LIS_TRY(check_length(op, in, dim, err));
    int64_t shape[LIS_TENSOR_DIMS] = {1, 1, 1, 1};
    lis_tensor first = *in; /* the input at index 0 of `dim` */
    first.shape[dim] = 1;
    first.stride[dim] = 0;
    int ndim = 0;
    for (int i = 0; i < in->ndim; i++) {
        if (i == dim && in->ndim > 1) continue;
        shape[ndim] = i == dim ? 1 : in->shape[i];
        first.shape[ndim] = shape[ndim];
        first.stride[ndim] = i == dim ? 0 : in->stride[i];
        ndim++;
    }
    first.ndim = ndim;
    lis_tensor made;
    LIS_TRY(lis_tensor_new(&made, in->dtype == LIS_F32 ? LIS_F32 : LIS_F64, ndim, shape, err));
    const lis_tensor *const operands[] = {&made, &first};
    reduce_job job = {.op = op,
                      .in = in,
                      .out = &made,
                      .w = walk_over(ndim, shape, 2, operands),
                      .length = in->shape[dim],
                      .step = in->stride[dim]};
    int64_t per_shard = SHARD / (job.length > 0 ? job.length : 1) + 1;
    lis_status status = lis_parallel_for(ctx, job.w.size, per_shard, reduce_shard, &job, err);
    if (status == LIS_OK)
        *out = made;
    else
        lis_tensor_release(&made);
    return status;
}
