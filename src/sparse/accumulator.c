#include "accumulator.h"

#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#include "lis/base/mem.h"

enum {
    BLOCK = 1 << LIS_BLOCK_BITS,
    PAGE = 1 << LIS_PAGE_BITS,
    BLOCKS_A_PAGE = PAGE / BLOCK,
};

static void accumulator_free(lis_accumulator *acc) {
    lis_free(acc->sum);
    lis_free(acc->block);
    lis_free(acc->mark);
    lis_free(acc->page);
}

void lis_accumulators_free(lis_accumulator *pool, const lis_ctx *ctx) {
    if (!pool) return;
    for (int w = 0; w < ctx->threads; w++)
        accumulator_free(&pool[w]);
    lis_free(pool);
}

lis_status lis_accumulators_new(lis_accumulator **pool, const lis_ctx *ctx, int64_t columns,
                                lis_error *err) {
    int64_t pages = (columns + PAGE - 1) / PAGE;
    double bytes = (double)ctx->threads * (double)pages * (PAGE * 9 + BLOCKS_A_PAGE + 1);
    *pool = lis_calloc((size_t)ctx->threads, sizeof **pool);
    if (!*pool) return lis_fail_nomem(err, "row accumulators", bytes);
    for (int w = 0; w < ctx->threads; w++) {
        lis_accumulator *acc = &(*pool)[w];
        acc->pages = pages;
        acc->sum = lis_calloc((size_t)pages, PAGE * sizeof *acc->sum);
        acc->block = lis_calloc((size_t)pages, BLOCKS_A_PAGE);
        acc->mark = lis_calloc((size_t)pages, PAGE);
        acc->page = lis_calloc((size_t)pages, 1);
        if (acc->sum && acc->block && acc->mark && acc->page) continue;
        lis_accumulators_free(*pool, ctx);
        *pool = NULL;
        return lis_fail_nomem(err, "row accumulators", bytes);
    }
    return LIS_OK;
}

int64_t lis_accumulator_count(lis_accumulator *acc, int64_t skip) {
    int64_t count = 0;
    if (skip >= 0) acc->mark[skip] = 0;
    for (int64_t p = 0; p < acc->pages; p++) {
        if (!acc->page[p]) continue;
        acc->page[p] = 0;
        uint8_t *mark = acc->mark + p * PAGE;
        int32_t in_page = 0;
        for (int64_t k = 0; k < PAGE; k++)
            in_page += mark[k];
        count += in_page;
        memset(mark, 0, PAGE);
    }
    return count;
}

/* One row's way out. */
typedef struct {
    int64_t skip;
    double least;
    int32_t *column;
    float *value;
    int64_t count;
} drain;

/* Which of 8 sums stay, a bit each, without branches: in a busy row they are a coin flip. */
static inline uint32_t find_stays(const double *sum, double least) {
    uint32_t stays = 0;
#ifdef __SSE2__
    for (int k = 0; k < BLOCK; k += 2) {
        __m128d pair = _mm_load_pd(sum + k);
        __m128d large = _mm_cmpge_pd(pair, _mm_set1_pd(least));
        __m128d other = _mm_cmpneq_pd(pair, _mm_setzero_pd());
        stays |= (uint32_t)_mm_movemask_pd(_mm_and_pd(large, other)) << k;
    }
#else
    for (int k = 0; k < BLOCK; k++)
        stays |= (uint32_t)((sum[k] >= least) & (sum[k] != 0)) << k;
#endif
    return stays;
}

static inline void drain_block(drain *out, double *sum, int64_t first) {
    uint32_t stays = find_stays(sum, out->least);
    if (out->skip - first >= 0 && out->skip - first < BLOCK) stays &= ~(1U << (out->skip - first));
    if (out->column) {
        for (int64_t at = out->count; stays; stays &= stays - 1, at++) {
            int k = __builtin_ctz(stays);
            out->column[at] = (int32_t)(first + k);
            out->value[at] = (float)sum[k];
            out->count++;
        }
    } else {
        for (; stays; stays &= stays - 1)
            out->count++;
    }
    memset(sum, 0, BLOCK * sizeof *sum);
}

/* Flags are read 8 at a time; each is 0 or 1, so the next set one is found by counting zeros. */
static void drain_page(drain *out, double *sum, uint8_t *flags, int64_t first) {
    for (int64_t b = 0; b < BLOCKS_A_PAGE; b += 8) {
        uint64_t set;
        memcpy(&set, flags + b, sizeof set);
        for (; set; set &= set - 1) {
            int64_t at = (b + __builtin_ctzll(set) / 8) * BLOCK;
            drain_block(out, sum + at, first + at);
        }
    }
    memset(flags, 0, BLOCKS_A_PAGE);
}

int64_t lis_accumulator_drain(lis_accumulator *acc, int64_t skip, double least, int32_t *column,
                              float *value) {
    drain out = {skip, least, column, value, 0};
    for (int64_t p = 0; p < acc->pages; p++) {
        if (!acc->page[p]) continue;
        acc->page[p] = 0;
        drain_page(&out, acc->sum + p * PAGE, acc->block + p * BLOCKS_A_PAGE, p * PAGE);
    }
    return out.count;
}
