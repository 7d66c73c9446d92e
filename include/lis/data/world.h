/* A simulated feed whose click probabilities are known exactly.
 *
 * Users have latent tastes that drift by the day, items have latent factors, a quality and an arrival
 * time; a policy that mixes popularity, recency and mild personalisation fills pages of a few items.
 * For user u at time t and item i
 *
 *     P(click) = sigmoid(bias + activity bias of u + affinity <taste of u on that day, factors of i>
 *                        / sqrt(factors) + quality q_i - ageing log(1 + age of i in days)),
 *
 * so the best possible ranking (Bayes) is known, and any estimate can be held against the truth.
 * Content vectors see the share `content_share` of the factors' variance, mixed with nuisance.
 * Two more outcomes follow a click: seconds spent (a content feed) and advertiser value (display ads).
 * docs/world.md tells the model in words and how the defaults were chosen. */
#ifndef LIS_DATA_WORLD_H
#define LIS_DATA_WORLD_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/tensor/tensor.h"

enum { LIS_WORLD_PAGE_MAX = 64, LIS_WORLD_FACTORS_MAX = 64, LIS_WORLD_DAYS_MAX = 366 };

typedef struct lis_world_options {
    int64_t seed;
    int64_t users, items, days;
    int64_t impressions; /* expected number of rows; pages of a user-day are Poisson */

    int64_t page;       /* items a page: rows that share one user and one time */
    int64_t candidates; /* items drawn for a page, by popularity and recency */
    double popularity;  /* candidate weight exp(popularity * appeal), appeal standard normal, half
                           of it quality */
    double half_life;   /* days after which a candidate's recency has halved */
    double evergreen;   /* recency that age cannot take away */
    double personal;    /* page weight exp(personal * match): 0 is blind to the user */
    double fatigue;     /* page weight exp(-fatigue) for each earlier showing to the user */

    int64_t factors, categories;
    double category_share; /* of an item's factor variance, shared by its category */
    double arriving;       /* share of the items that arrive during the log, evenly */
    double backlog_days;   /* the others arrived at most this many days before it */
    double activity;       /* spread of the users' activity: sd of its logarithm */
    double drift;          /* share of a taste's variance that wanders; the rest is for good */
    double reversion;      /* rate a day at which the wandering part forgets */

    double bias, user_bias, affinity, quality, ageing; /* of the click's log-odds, as above */
    double read_seconds; /* median seconds spent after a click on a match of 0 */
    double conversion;   /* log-odds that a click on a match of 0 converts */
    double bid_spread;   /* sd of the logarithm of an item's bid; median bid 1 */

    int64_t content_width;   /* at least factors */
    double content_share;    /* of the factors' variance that content sees */
    double content_nuisance; /* sd of the content_width - factors dimensions that mean nothing */
    double content_noise;    /* sd added to every coordinate of a content vector */
} lis_world_options;

/* The calibrated world of docs/world.md: 2,000 users, 1,500 items, 14 days, 420,000 impressions. */
lis_world_options lis_world_defaults(void);

/* Rows are sorted by time; rows of one page share it and stand together, and no user is on two pages
 * at once but by chance. Codes are 0-based. */
typedef struct lis_world {
    int64_t rows;
    lis_tensor user, item;  /* [rows] i32 */
    lis_tensor time;        /* [rows] i64 seconds since the log began */
    lis_tensor day;         /* [rows] i32 time / 86400 */
    lis_tensor label;       /* [rows] u8 clicked */
    lis_tensor probability; /* [rows] f32 that of the label, exactly */
    lis_tensor time_spent;  /* [rows] f32 seconds: a glance, or reading after a click */
    lis_tensor value;       /* [rows] f32 the item's bid where a click converted, else 0 */

    lis_tensor item_factors; /* [items, factors + 1] f32 the factors, then quality: all that a click
                                 knows of an item but its age; each column about N(0, 1) */
    lis_tensor item_category; /* [items] i32 */
    lis_tensor item_arrival;  /* [items] i64 seconds; negative: before the log began */
    lis_tensor item_bid;      /* [items] f32 */
    lis_tensor content;       /* [items, content_width] f32 */
    lis_tensor user_factors;  /* [users, factors] f32 tastes on day 0 */
} lis_world;

/* Simulates. No row shows an item before its arrival, and no page shows an item twice.
 *
 *   out  overwritten, not released; owned by the caller after LIS_OK, zeroed on error
 * Threads: users are cut into shards; same bytes for any thread count. Cost: linear in rows, about
 * candidates / page draws an impression.
 * Memory: 33 bytes a row and the columns above; meanwhile 8 bytes a page, 8 an item and day, and one
 * byte an item and thread.
 * Errors: LIS_ERANGE names the option, its value and its range; LIS_ENOMEM, LIS_EINTR. */
lis_status lis_world_make(lis_ctx *ctx, lis_world *out, const lis_world_options *options,
                          lis_error *err);

/* Leaves a zeroed struct; a zeroed struct is fine. */
void lis_world_free(lis_world *world);

#endif
