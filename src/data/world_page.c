#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "lis/base/parallel.h"
#include "lis/base/rng.h"
#include "world_draft.h"

enum { USERS_A_SHARD = 16 };

/* Draws of a page that may fail, as items not yet there, before items are taken in turn. */
enum { TRIES_A_CANDIDATE = 4 };

typedef struct reader {
    const lis_world_draft *draft;
    lis_rng rng;
    int64_t user;
    double habitual[LIS_WORLD_FACTORS_MAX];  /* the part of the taste that stays */
    double wandering[LIS_WORLD_FACTORS_MAX]; /* the part that reverts to 0 */
    float taste[LIS_WORLD_FACTORS_MAX];      /* their sum, divided by sqrt(factors) */
    double bias;                             /* log-odds of a click, before the item */
    uint8_t *shown;                          /* [items] */
} reader;

typedef struct page {
    int64_t day, time;
    int64_t count;
    int32_t item[LIS_WORLD_PAGE_MAX]; /* best first */
    double key[LIS_WORLD_PAGE_MAX];   /* ascending */
} page;

/* ---- tastes ---- */

static void set_taste(reader *r) {
    int64_t factors = r->draft->options->factors;
    for (int64_t k = 0; k < factors; k++)
        r->taste[k] = (float)((r->habitual[k] + r->wandering[k]) / sqrt((double)factors));
}

static void meet(reader *r, const lis_world_draft *draft, int64_t user, uint8_t *shown) {
    const lis_world_options *o = draft->options;
    *r = (reader){.draft = draft, .user = user, .shown = shown};
    r->rng = lis_rng_open((uint64_t)o->seed, "world:user", (uint64_t)user);
    float *initial = lis_f32(&draft->out->user_factors) + user * o->factors;
    for (int64_t k = 0; k < o->factors; k++) {
        r->habitual[k] = sqrt(1 - o->drift) * lis_rng_normal(&r->rng);
        r->wandering[k] = sqrt(o->drift) * lis_rng_normal(&r->rng);
        initial[k] = (float)(r->habitual[k] + r->wandering[k]);
    }
    r->bias = o->bias + o->user_bias * lis_rng_normal(&r->rng);
    set_taste(r);
}

/* One day of an Ornstein-Uhlenbeck walk, whose variance stays `drift`. */
static void sleep_over(reader *r) {
    const lis_world_options *o = r->draft->options;
    double kept = exp(-o->reversion), fresh = sqrt(o->drift * (1 - kept * kept));
    for (int64_t k = 0; k < o->factors; k++)
        r->wandering[k] = kept * r->wandering[k] + fresh * lis_rng_normal(&r->rng);
    set_taste(r);
}

static double match_of(const reader *r, int32_t item) {
    int64_t factors = r->draft->options->factors;
    const float *factor = lis_f32(&r->draft->out->item_factors) + item * (factors + 1);
    float sum = 0;
    for (int64_t k = 0; k < factors; k++)
        sum += r->taste[k] * factor[k];
    return (double)sum;
}

/* ---- the policy ---- */

static bool on_page(const page *p, int32_t item) {
    for (int64_t k = 0; k < p->count; k++)
        if (p->item[k] == item) return true;
    return false;
}

/* Keeps the items with the smallest keys, in order. */
static void offer(page *p, int64_t room, int32_t item, double key) {
    if ((p->count == room && key >= p->key[room - 1]) || on_page(p, item)) return;
    int64_t at = p->count < room ? p->count++ : room - 1;
    for (; at > 0 && p->key[at - 1] > key; at--) {
        p->key[at] = p->key[at - 1];
        p->item[at] = p->item[at - 1];
    }
    p->key[at] = key;
    p->item[at] = item;
}

static int32_t draw_item(reader *r, int64_t day) {
    int64_t items = r->draft->options->items;
    int64_t at = (int64_t)lis_rng_below(&r->rng, (uint64_t)items);
    lis_world_slot slot = r->draft->slot[day * items + at];
    return lis_rng_uniform(&r->rng) < (double)slot.keep ? (int32_t)at : slot.other;
}

/* Draws too few items that are there yet: take those that are, in turn from anywhere. */
static void fill_up(reader *r, page *p) {
    const lis_world_options *o = r->draft->options;
    const int64_t *arrival = lis_i64(&r->draft->out->item_arrival);
    int32_t item = (int32_t)lis_rng_below(&r->rng, (uint64_t)o->items);
    for (; p->count < o->page; item = item + 1 < o->items ? item + 1 : 0)
        if (arrival[item] <= p->time) offer(p, o->page, item, INFINITY);
}

/* Candidates by popularity and recency; of these, items without replacement with odds
 * exp(lure), lure = personal match - fatigue shown: the smallest of -Gumbel - lure (Kool, van Hoof
 * and Welling 2019). */
static void compose(reader *r, page *p) {
    const lis_world_options *o = r->draft->options;
    const int64_t *arrival = lis_i64(&r->draft->out->item_arrival);
    p->count = 0;
    int64_t wanted = o->candidates;
    for (int64_t tries = wanted * TRIES_A_CANDIDATE; wanted > 0 && tries > 0; tries--) {
        int32_t item = draw_item(r, p->day);
        if (arrival[item] > p->time) continue;
        wanted--;
        double lure = o->personal * match_of(r, item) - o->fatigue * r->shown[item];
        offer(p, o->page, item, log(-log(1 - lis_rng_uniform(&r->rng))) - lure);
    }
    if (p->count < o->page) fill_up(r, p);
}

/* ---- clicks and what follows ---- */

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

/* Seconds: a glance, or reading, the longer the better the match. Lognormal. */
static double draw_seconds(reader *r, bool clicked, double match) {
    double z = lis_rng_normal(&r->rng);
    return clicked ? r->draft->options->read_seconds * exp(0.5 * match + 0.8 * z)
                   : 1.5 * exp(0.5 * z);
}

static void show(reader *r, const page *p, int32_t item, int64_t row) {
    const lis_world_options *o = r->draft->options;
    lis_world *out = r->draft->out;
    double match = match_of(r, item);
    double quality = lis_f32(&out->item_factors)[item * (o->factors + 1) + o->factors];
    double age = (double)(p->time - lis_i64(&out->item_arrival)[item]) / LIS_DAY_SECONDS;
    float probability = (float)sigmoid(r->bias + o->affinity * match + o->quality * quality -
                                       o->ageing * log1p(age));
    bool clicked = lis_rng_uniform(&r->rng) < (double)probability;
    bool converted = clicked && lis_rng_uniform(&r->rng) < sigmoid(o->conversion + 0.5 * match);
    lis_i32(&out->user)[row] = (int32_t)r->user;
    lis_i32(&out->item)[row] = item;
    lis_i64(&out->time)[row] = p->time;
    lis_i32(&out->day)[row] = (int32_t)p->day;
    lis_f32(&out->probability)[row] = probability;
    lis_u8(&out->label)[row] = clicked;
    lis_f32(&out->time_spent)[row] = (float)draw_seconds(r, clicked, match);
    lis_f32(&out->value)[row] = converted ? lis_f32(&out->item_bid)[item] : 0;
    if (r->shown[item] < UINT8_MAX) r->shown[item]++;
}

/* ---- a user's whole log ---- */

static void follow(reader *r) {
    const lis_world_draft *draft = r->draft;
    int64_t room = draft->options->page, day = 0;
    for (int64_t at = draft->first_page[r->user]; at < draft->first_page[r->user + 1]; at++) {
        page p = {.time = draft->page_time[at], .day = draft->page_time[at] / LIS_DAY_SECONDS};
        for (; day < p.day; day++)
            sleep_over(r);
        compose(r, &p);
        for (int64_t k = 0; k < room; k++)
            show(r, &p, p.item[k], draft->page_place[at] * room + k);
    }
}

/* Clears what `follow` counted, at the cost of what it showed rather than of all items. */
static void forget(reader *r) {
    const lis_world_draft *draft = r->draft;
    int64_t room = draft->options->page;
    for (int64_t at = draft->first_page[r->user]; at < draft->first_page[r->user + 1]; at++)
        for (int64_t k = 0; k < room; k++)
            r->shown[lis_i32(&draft->out->item)[draft->page_place[at] * room + k]] = 0;
}

static lis_status make_pages(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const lis_world_draft *draft = arg;
    uint8_t *shown = draft->shown + shard.worker * draft->options->items;
    reader r;
    for (int64_t u = shard.begin; u < shard.end; u++) {
        meet(&r, draft, u, shown);
        follow(&r);
        forget(&r);
    }
    return LIS_OK;
}

lis_status lis_world_make_pages(lis_ctx *ctx, lis_world_draft *draft, lis_error *err) {
    return lis_parallel_for(ctx, draft->options->users, USERS_A_SHARD, make_pages, draft, err);
}
