#include <math.h>
#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "lis/base/rng.h"
#include "world_draft.h"

enum { USERS_A_SHARD = 256 };

/* Knuth's product of uniforms, in pieces whose exp(-mean) does not vanish. Cost: linear in the mean. */
static int64_t draw_poisson(lis_rng *rng, double mean) {
    const double piece = 500;
    int64_t count = 0;
    for (; mean > 0; mean -= piece) {
        double limit = exp(-fmin(mean, piece));
        for (double product = lis_rng_uniform(rng); product > limit;
             product *= lis_rng_uniform(rng))
            count++;
    }
    return count;
}

/* Pages a day that the user is expected to see: lognormal with the mean that makes up impressions. */
static double draw_habit(const lis_world_options *o, lis_rng *rng) {
    double mean = (double)o->impressions / ((double)o->users * (double)o->days * (double)o->page);
    return mean * exp(o->activity * lis_rng_normal(rng) - 0.5 * o->activity * o->activity);
}

/* The stream of a user's visits: the habit first, then the count of every day, drawn alike by both
 * passes. */
static lis_rng open_visits(const lis_world_options *o, int64_t user, double *habit) {
    lis_rng rng = lis_rng_open((uint64_t)o->seed, "world:visits", (uint64_t)user);
    *habit = draw_habit(o, &rng);
    return rng;
}

static lis_status count_pages(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    lis_world_draft *draft = arg;
    const lis_world_options *o = draft->options;
    for (int64_t u = shard.begin; u < shard.end; u++) {
        double habit;
        lis_rng rng = open_visits(o, u, &habit);
        for (int64_t day = 0; day < o->days; day++)
            draft->first_page[u + 1] += draw_poisson(&rng, habit);
    }
    return LIS_OK;
}

lis_status lis_world_count_pages(lis_ctx *ctx, lis_world_draft *draft, lis_error *err) {
    int64_t users = draft->options->users;
    LIS_TRY(lis_parallel_for(ctx, users, USERS_A_SHARD, count_pages, draft, err));
    for (int64_t u = 0; u < users; u++)
        draft->first_page[u + 1] += draft->first_page[u];
    return LIS_OK;
}

/* Share of a day's visits in each hour: quiet at night, a lunch hour, a long evening. Sums to 1. */
static const double hour_share[24] = {0.020, 0.012, 0.008, 0.006, 0.006, 0.010, 0.022, 0.038,
                                      0.046, 0.044, 0.042, 0.046, 0.056, 0.054, 0.046, 0.044,
                                      0.048, 0.054, 0.062, 0.072, 0.080, 0.078, 0.064, 0.042};

/* The second of the day before which the share u of the visits falls. */
static int32_t clock_of(double u) {
    int hour = 0;
    for (; hour < 23 && u >= hour_share[hour]; hour++)
        u -= hour_share[hour];
    double second = 3600 * fmin(u / hour_share[hour], 1);
    return 3600 * hour + (int32_t)fmin(second, 3599);
}

/* n visits of one day in order, without sorting: the largest of n uniforms is U^(1/n), the next that
 * times U^(1/(n-1)), and so on (Bentley and Saxe 1980). */
static void draw_day(lis_rng *rng, int64_t day, int32_t *time, int64_t n) {
    double u = 1;
    for (int64_t k = n; k > 0; k--) {
        u *= pow(lis_rng_uniform(rng), 1 / (double)k);
        time[k - 1] = (int32_t)day * LIS_DAY_SECONDS + clock_of(u);
    }
}

static lis_status draw_times(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    lis_world_draft *draft = arg;
    const lis_world_options *o = draft->options;
    for (int64_t u = shard.begin; u < shard.end; u++) {
        double habit;
        lis_rng counts = open_visits(o, u, &habit);
        lis_rng times = lis_rng_open((uint64_t)o->seed, "world:times", (uint64_t)u);
        int32_t *time = draft->page_time + draft->first_page[u];
        for (int64_t day = 0; day < o->days; day++) {
            int64_t n = draw_poisson(&counts, habit);
            draw_day(&times, day, time, n);
            time += n;
        }
    }
    return LIS_OK;
}

/* A counting sort by second: pages of one second stand in order of user. */
static lis_status place_pages(lis_world_draft *draft, lis_error *err) {
    const lis_world_options *o = draft->options;
    int64_t pages = draft->first_page[o->users], seconds = o->days * LIS_DAY_SECONDS;
    int32_t *next = lis_calloc((size_t)seconds + 1, sizeof *next);
    if (!next) return lis_fail_nomem(err, "world: seconds of the log", 4 * (double)seconds);
    for (int64_t p = 0; p < pages; p++)
        next[draft->page_time[p] + 1]++;
    for (int64_t s = 0; s < seconds; s++)
        next[s + 1] += next[s];
    for (int64_t p = 0; p < pages; p++)
        draft->page_place[p] = next[draft->page_time[p]]++;
    lis_free(next);
    return LIS_OK;
}

lis_status lis_world_make_visits(lis_ctx *ctx, lis_world_draft *draft, lis_error *err) {
    LIS_TRY(lis_parallel_for(ctx, draft->options->users, USERS_A_SHARD, draw_times, draft, err));
    return place_pages(draft, err);
}
