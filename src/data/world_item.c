#include <math.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/base/rng.h"
#include "world_draft.h"

enum { ITEMS_A_SHARD = 256 };

static uint64_t seed_of(const lis_world_draft *draft) {
    return (uint64_t)draft->options->seed;
}

/* ---- factors, arrival, appeal, bid ---- */

/* A category's centre is drawn again for each of its items: no table, and items stay independent. */
static void draw_factors(const lis_world_draft *draft, lis_rng *rng, int32_t category,
                         float *factor) {
    const lis_world_options *o = draft->options;
    lis_rng centre = lis_rng_open(seed_of(draft), "world:category", (uint64_t)category);
    double shared = sqrt(o->category_share), own = sqrt(1 - o->category_share);
    for (int64_t k = 0; k < o->factors; k++)
        factor[k] = (float)(shared * lis_rng_normal(&centre) + own * lis_rng_normal(rng));
}

/* Items stand in order of age: first the backlog, then arrivals spread evenly over the log. */
static int64_t draw_arrival(const lis_world_options *o, lis_rng *rng, int64_t item) {
    double u = lis_rng_uniform(rng);
    int64_t present = lis_world_present(o);
    double backlog = o->backlog_days * LIS_DAY_SECONDS, log = (double)o->days * LIS_DAY_SECONDS;
    if (item < present)
        return (int64_t)floor(backlog * (((double)item + u) / (double)present - 1)) - 1;
    return (int64_t)(log * ((double)(item - present) + u) / (double)(o->items - present));
}

/* ---- content ---- */

/* Row j of the mixing matrix: where hidden dimension j shows in the content vector. */
static void draw_mixing(const lis_world_draft *draft, float *mixing) {
    int64_t width = draft->options->content_width;
    for (int64_t j = 0; j < width; j++) {
        lis_rng rng = lis_rng_open(seed_of(draft), "world:mixing", (uint64_t)j);
        lis_rng_fill_normal(&rng, mixing + j * width, width, 1 / sqrt((double)width));
    }
}

/* hidden: the factors as content sees them, then nuisance; content = hidden times mixing + noise. */
static void draw_content(const lis_world_draft *draft, const float *mixing, int64_t item) {
    const lis_world_options *o = draft->options;
    int64_t width = o->content_width;
    const float *factor = lis_f32(&draft->out->item_factors) + item * (o->factors + 1);
    float *content = lis_f32(&draft->out->content) + item * width;
    lis_rng rng = lis_rng_open(seed_of(draft), "world:content", (uint64_t)item);
    double seen = sqrt(o->content_share), blurred = sqrt(1 - o->content_share);
    lis_rng_fill_normal(&rng, content, width, o->content_noise);
    for (int64_t j = 0; j < width; j++) {
        double hidden = lis_rng_normal(&rng);
        hidden =
            j < o->factors ? seen * factor[j] + blurred * hidden : o->content_nuisance * hidden;
        for (int64_t c = 0; c < width; c++)
            content[c] += (float)hidden * mixing[j * width + c];
    }
}

typedef struct item_work {
    lis_world_draft *draft;
    float *mixing; /* [content_width, content_width] */
} item_work;

static lis_status make_items(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const item_work *work = arg;
    lis_world_draft *draft = work->draft;
    const lis_world_options *o = draft->options;
    lis_world *out = draft->out;
    for (int64_t i = shard.begin; i < shard.end; i++) {
        lis_rng rng = lis_rng_open(seed_of(draft), "world:item", (uint64_t)i);
        float *factor = lis_f32(&out->item_factors) + i * (o->factors + 1);
        int32_t category = (int32_t)lis_rng_below(&rng, (uint64_t)o->categories);
        lis_i32(&out->item_category)[i] = category;
        draw_factors(draft, &rng, category, factor);
        double quality = lis_rng_normal(&rng);
        factor[o->factors] = (float)quality;
        draft->appeal[i] = (float)(o->popularity * sqrt(0.5) * (quality + lis_rng_normal(&rng)));
        lis_i64(&out->item_arrival)[i] = draw_arrival(o, &rng, i);
        lis_f32(&out->item_bid)[i] = (float)exp(o->bid_spread * lis_rng_normal(&rng));
        draw_content(draft, work->mixing, i);
    }
    return LIS_OK;
}

lis_status lis_world_make_items(lis_ctx *ctx, lis_world_draft *draft, lis_error *err) {
    size_t width = (size_t)draft->options->content_width;
    item_work work = {.draft = draft, .mixing = lis_alloc(width * width, sizeof(float))};
    if (!work.mixing)
        return lis_fail_nomem(err, "world: content", 4 * (double)width * (double)width);
    draw_mixing(draft, work.mixing);
    lis_status status =
        lis_parallel_for(ctx, draft->options->items, ITEMS_A_SHARD, make_items, &work, err);
    lis_free(work.mixing);
    return status;
}

/* ---- the candidate table of a day ---- */

/* weight = exp(appeal) (evergreen + 2^(-age / half_life)) at noon; an item that arrives later on the
 * day has age 0, and the page turns it away until it is there. Scaled to a mean of 1. */
static void weigh_items(const lis_world_draft *draft, int64_t day, double *weight) {
    const lis_world_options *o = draft->options;
    int64_t morning = day * LIS_DAY_SECONDS;
    double sum = 0;
    for (int64_t i = 0; i < o->items; i++) {
        int64_t arrival = lis_i64(&draft->out->item_arrival)[i];
        double age = (double)(morning + LIS_DAY_SECONDS / 2 - arrival) / LIS_DAY_SECONDS;
        double recency = o->evergreen + exp2(-fmax(age, 0) / o->half_life);
        weight[i] = arrival < morning + LIS_DAY_SECONDS ? exp(draft->appeal[i]) * recency : 0;
        sum += weight[i];
    }
    for (int64_t i = 0; i < o->items; i++)
        weight[i] *= (double)o->items / sum;
}

/* Vose 1991: each light item fills its slot with a part of a heavy one. */
static void fill_slots(lis_world_slot *slot, double *weight, int32_t *stack, int64_t n) {
    int64_t light = 0, heavy = n; /* stack[0 .. light) and stack[heavy .. n) */
    for (int64_t i = 0; i < n; i++) {
        slot[i] = (lis_world_slot){.keep = 1, .other = (int32_t)i};
        stack[weight[i] < 1 ? light++ : --heavy] = (int32_t)i;
    }
    while (light > 0 && heavy < n) {
        int32_t low = stack[--light], high = stack[heavy];
        slot[low] = (lis_world_slot){.keep = (float)weight[low], .other = high};
        weight[high] -= 1 - weight[low];
        if (weight[high] < 1) {
            heavy++;
            stack[light++] = high;
        }
    }
}

static lis_status make_days(void *arg, lis_shard shard, lis_error *err) {
    lis_world_draft *draft = arg;
    int64_t items = draft->options->items;
    double *weight = lis_alloc((size_t)items, sizeof *weight);
    int32_t *stack = lis_alloc((size_t)items, sizeof *stack);
    lis_status status = LIS_OK;
    if (!weight || !stack)
        status = lis_fail_nomem(err, "world: weights of a day", 12 * (double)items);
    for (int64_t day = shard.begin; day < shard.end && status == LIS_OK; day++) {
        weigh_items(draft, day, weight);
        fill_slots(draft->slot + day * items, weight, stack, items);
    }
    lis_free(weight);
    lis_free(stack);
    return status;
}

lis_status lis_world_make_days(lis_ctx *ctx, lis_world_draft *draft, lis_error *err) {
    return lis_parallel_for(ctx, draft->options->days, 1, make_days, draft, err);
}
