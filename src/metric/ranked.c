#include "ranked.h"

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/metric/radix.h"

enum { PACK_SHARD = 1 << 16 };

typedef struct packer {
    const lis_scored *scored;
    uint64_t *packed;
} packer;

static lis_status pack_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const packer *p = arg;
    const float *score = lis_f32(p->scored->score);
    const uint8_t *label = lis_u8(p->scored->label);
    const int32_t *user = p->scored->user ? lis_i32(p->scored->user) : NULL;
    for (int64_t i = shard.begin; i < shard.end; i++) {
        uint64_t cluster = user ? (uint64_t)user[i] : (uint64_t)i;
        p->packed[i] =
            (uint64_t)lis_radix_key(score[i]) << LIS_RANKED_SHIFT | cluster << 1 | label[i];
    }
    return LIS_OK;
}

static lis_status check_classes(const lis_ranked *ranked, lis_error *err) {
    if (ranked->positives > 0 && ranked->positives < ranked->n) return LIS_OK;
    return lis_fail(err, LIS_EMATH,
                    "AUC needs both classes, but all %lld labels are %d; check the label rule and "
                    "that the test window holds %s rows",
                    (long long)ranked->n, ranked->positives ? 1 : 0,
                    ranked->positives ? "unengaged" : "engaged");
}

lis_status lis_ranked_sort(lis_ctx *ctx, lis_ranked *ranked, const lis_scored *scored,
                           lis_error *err) {
    LIS_TRY(lis_scored_check(ctx, scored, &ranked->positives, err));
    ranked->n = scored->score->shape[0];
    LIS_TRY(check_classes(ranked, err));
    ranked->packed = lis_alloc((size_t)ranked->n, sizeof *ranked->packed);
    ranked->scratch = lis_alloc((size_t)ranked->n, sizeof *ranked->scratch);
    if (!ranked->packed || !ranked->scratch)
        return lis_fail_nomem(err, "the rows to sort", 16.0 * (double)ranked->n);
    packer p = {.scored = scored, .packed = ranked->packed};
    LIS_TRY(lis_parallel_for(ctx, ranked->n, PACK_SHARD, pack_shard, &p, err));
    uint64_t *sorted;
    LIS_TRY(lis_radix_sort(ctx, ranked->packed, ranked->scratch, ranked->n, LIS_RANKED_SHIFT, 64,
                           &sorted, err));
    ranked->rows = sorted;
    return LIS_OK;
}

void lis_ranked_release(lis_ranked *ranked) {
    lis_free(ranked->packed);
    lis_free(ranked->scratch);
    *ranked = (lis_ranked){0};
}
