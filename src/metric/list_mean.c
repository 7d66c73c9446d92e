#include "list_mean.h"

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/metric/radix.h"
#include "runs.h"
#include "sums.h"

/* A packed row: list in bits 33..63, below it what lis_list_fn sees. The radix sort brings lists
 * together; each list's few rows are then put in order of score on their own, in cache. */
enum { LIST_SHIFT = 33, PACK_SHARD = 1 << 16 };

typedef struct work {
    const lis_scored *scored;
    const lis_list_metric *metric;
    const int32_t *list; /* [n] */
    int64_t n, lists;
    uint64_t *packed, *scratch, *sorted;
    lis_runs runs;
    double *value, *weight; /* [lists] */
    int32_t *owner;         /* [lists]: user, or -1 for a list without rows; NULL: user = list */
    double mean, total_weight;
} work;

static lis_status check_shard(void *arg, lis_shard shard, lis_error *err) {
    const work *w = arg;
    for (int64_t i = shard.begin; i < shard.end; i++)
        if (w->list[i] < 0 || w->list[i] >= w->lists)
            return lis_fail(err, LIS_ERANGE,
                            "list of row %lld (counting from 0) is %d, outside [0, %lld); pass "
                            "lists = number of distinct lists",
                            (long long)i, w->list[i], (long long)w->lists);
    return LIS_OK;
}

static lis_status pack_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const work *w = arg;
    const float *score = lis_f32(w->scored->score);
    const uint8_t *label = lis_u8(w->scored->label);
    for (int64_t i = shard.begin; i < shard.end; i++)
        w->packed[i] = (uint64_t)w->list[i] << LIST_SHIFT |
                       (uint64_t)lis_radix_key(score[i]) << LIS_LIST_SCORE_SHIFT | label[i];
    return LIS_OK;
}

static lis_status score_lists(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const work *w = arg;
    uint64_t *other = w->sorted == w->packed ? w->scratch : w->packed;
    int64_t end = w->runs.cut[shard.index + 1];
    for (int64_t i = w->runs.cut[shard.index], next; i < end; i = next) {
        next = lis_run_end(w->sorted, i, end, LIST_SHIFT);
        int64_t list = (int64_t)(w->sorted[i] >> LIST_SHIFT);
        const uint64_t *rows = lis_radix_sort_alone(w->sorted + i, other + i, next - i,
                                                    LIS_LIST_SCORE_SHIFT, LIST_SHIFT);
        w->metric->fn(w->metric->arg, rows, next - i, &w->value[list], &w->weight[list]);
    }
    return LIS_OK;
}

static lis_status sum_lists(void *arg, int64_t begin, int64_t end, double *sums, lis_error *err) {
    (void)err;
    const work *w = arg;
    for (int64_t g = begin; g < end; g++) {
        sums[0] += w->weight[g];
        sums[1] += w->weight[g] * w->value[g];
        sums[2] += w->weight[g] > 0.0;
    }
    return LIS_OK;
}

/* Bits that hold every id below n: the sort needs no more passes than that. */
static int bits_of(int64_t n) {
    int bits = 0;
    while (bits < 31 && (INT64_C(1) << bits) < n)
        bits++;
    return bits;
}

static lis_status score_all(lis_ctx *ctx, work *w, lis_error *err) {
    w->packed = lis_alloc((size_t)w->n, sizeof *w->packed);
    w->scratch = lis_alloc((size_t)w->n, sizeof *w->scratch);
    w->value = lis_calloc((size_t)w->lists, sizeof *w->value);
    w->weight = lis_calloc((size_t)w->lists, sizeof *w->weight);
    if (!w->packed || !w->scratch || !w->value || !w->weight)
        return lis_fail_nomem(err, "the rows to sort", 16.0 * (double)(w->n + w->lists));
    LIS_TRY(lis_parallel_for(ctx, w->n, PACK_SHARD, pack_shard, w, err));
    LIS_TRY(lis_radix_sort(ctx, w->packed, w->scratch, w->n, LIST_SHIFT,
                           LIST_SHIFT + bits_of(w->lists), &w->sorted, err));
    LIS_TRY(lis_runs_cut(ctx, &w->runs, w->sorted, w->n, LIST_SHIFT, err));
    return lis_parallel_for(ctx, w->runs.shards, 1, score_lists, w, err);
}

/* Whose each list is. */
static lis_status find_owners(work *w, lis_error *err) {
    const int32_t *user = lis_i32(w->scored->user);
    w->owner = lis_alloc((size_t)w->lists, sizeof *w->owner);
    if (!w->owner)
        return lis_fail_nomem(err, "owners of lists", (double)w->lists * sizeof(int32_t));
    for (int64_t g = 0; g < w->lists; g++)
        w->owner[g] = -1;
    for (int64_t i = 0; i < w->n; i++) {
        int32_t *owner = &w->owner[w->list[i]];
        if (*owner >= 0 && *owner != user[i])
            return lis_fail(err, LIS_ERANGE,
                            "list %d holds rows of users %d and %d (row %lld, counting from 0); a "
                            "list belongs to one user",
                            w->list[i], *owner, user[i], (long long)i);
        *owner = user[i];
    }
    return LIS_OK;
}

/* Influence and share by cluster; returns how many clusters have a list of positive weight. */
static int64_t spread_lists(const work *w, double *influence, double *share) {
    int64_t clusters = 0;
    for (int64_t g = 0; g < w->lists; g++) {
        if (w->weight[g] <= 0.0) continue;
        int64_t cluster = w->owner ? w->owner[g] : g;
        double weight = w->weight[g] / w->total_weight;
        clusters += share[cluster] == 0.0;
        share[cluster] += weight;
        influence[cluster] += weight * (w->value[g] - w->mean);
    }
    return clusters;
}

static lis_status run(lis_ctx *ctx, work *w, lis_metric *out, int64_t *averaged, lis_error *err) {
    int64_t clusters = w->scored->user ? w->scored->users : w->lists;
    LIS_TRY(lis_tensor_new_1d(&out->influence, LIS_F64, clusters, err));
    LIS_TRY(lis_tensor_new_1d(&out->share, LIS_F64, clusters, err));
    LIS_TRY(score_all(ctx, w, err));
    double totals[LIS_SUMS_MAX];
    LIS_TRY(lis_sums(ctx, w->lists, sum_lists, w, totals, err));
    if (!(totals[0] > 0.0))
        return lis_fail(err, LIS_EMATH,
                        "%s has nothing to average: none of the %lld lists has %s; check the label "
                        "rule, or use AUC",
                        w->metric->name, (long long)w->lists, w->metric->wanted);
    w->total_weight = totals[0];
    out->value = w->mean = totals[1] / totals[0];
    *averaged = (int64_t)totals[2];
    out->clusters = spread_lists(w, lis_f64(&out->influence), lis_f64(&out->share));
    out->rows = w->n;
    out->higher_is_better = true;
    return LIS_OK;
}

static lis_status choose_lists(lis_ctx *ctx, work *w, const lis_lists *lists, lis_error *err) {
    if (!lists || !lists->id) {
        if (!w->scored->user)
            return lis_fail(err, LIS_EARG,
                            "%s needs the user of each row; pass user = ids (i32) and users = how "
                            "many, or use AUC",
                            w->metric->name);
        w->list = lis_i32(w->scored->user);
        w->lists = w->scored->users;
        return LIS_OK;
    }
    LIS_TRY(lis_tensor_expect_1d(lists->id, "list", LIS_I32, w->n, err));
    if (lists->count < 1 || lists->count > INT32_MAX)
        return lis_fail(err, LIS_EARG, "%lld lists; wanted 1 to 2^31 - 1", (long long)lists->count);
    w->list = lis_i32(lists->id);
    w->lists = lists->count;
    LIS_TRY(lis_parallel_for(ctx, w->n, PACK_SHARD, check_shard, w, err));
    return w->scored->user ? find_owners(w, err) : LIS_OK;
}

lis_status lis_list_mean(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                         const lis_lists *lists, const lis_list_metric *metric, int64_t *averaged,
                         lis_error *err) {
    work w = {.scored = scored, .metric = metric};
    int64_t positives;
    LIS_TRY(lis_scored_check(ctx, scored, &positives, err));
    w.n = scored->score->shape[0];
    lis_status status = choose_lists(ctx, &w, lists, err);
    if (status == LIS_OK) status = run(ctx, &w, out, averaged, err);
    out->positives = positives;
    if (status != LIS_OK) lis_metric_release(out);
    lis_runs_release(&w.runs);
    lis_free(w.packed);
    lis_free(w.scratch);
    lis_free(w.value);
    lis_free(w.weight);
    lis_free(w.owner);
    return status;
}
