/* A world while it is being made, in four files:
 *
 *   world.c        options, memory, the order of things
 *   world_item.c   items: factors, arrival, content; the candidate tables of the days
 *   world_visit.c  when users come: activity, visits, rows in order of time
 *   world_page.c   what they see and do: drift, policy, clicks and what follows them */
#ifndef LIS_DATA_WORLD_DRAFT_H
#define LIS_DATA_WORLD_DRAFT_H

#include "lis/data/world.h"

enum { LIS_DAY_SECONDS = 86400 };

/* One slot of an alias table (Walker 1977): keep the slot's own item, or take the other. */
typedef struct lis_world_slot {
    float keep; /* probability */
    int32_t other;
} lis_world_slot;

typedef struct lis_world_draft {
    const lis_world_options *options;
    lis_world *out;
    float *appeal;        /* [items] logarithm of the candidate weight, age left out */
    lis_world_slot *slot; /* [days, items] draw a candidate in constant time */
    int64_t *first_page;  /* [users + 1] user u's pages are first_page[u] .. first_page[u + 1) */
    int32_t *page_time;   /* [pages] seconds, ascending within a user */
    int32_t *page_place;  /* [pages] position of the page in order of time */
    uint8_t *shown; /* [threads, items] times shown to the worker's current user; zero between */
} lis_world_draft;

/* How many items are there when the log begins: items [0, present). */
int64_t lis_world_present(const lis_world_options *options);

/* out's item tensors and appeal. */
lis_status lis_world_make_items(lis_ctx *ctx, lis_world_draft *draft, lis_error *err);

/* slot. */
lis_status lis_world_make_days(lis_ctx *ctx, lis_world_draft *draft, lis_error *err);

/* first_page. Needs nothing but the options. */
lis_status lis_world_count_pages(lis_ctx *ctx, lis_world_draft *draft, lis_error *err);

/* page_time and page_place. */
lis_status lis_world_make_visits(lis_ctx *ctx, lis_world_draft *draft, lis_error *err);

/* out's columns and user_factors, from all of the above. */
lis_status lis_world_make_pages(lis_ctx *ctx, lis_world_draft *draft, lis_error *err);

#endif
