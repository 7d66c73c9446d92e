#include "lis/sparse/plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "lis/base/mem.h"
#include "poll.h"

static double entry_bound(const int64_t *count, const lis_events *events, int64_t max_per_user,
                          int64_t top_k) {
    double items = (double)events->items, pairs = 0;
    for (int64_t u = 0; u < events->users; u++) {
        int64_t n = count[u];
        if (max_per_user > 0 && n > max_per_user) n = max_per_user;
        pairs += (double)n * (double)(n - 1);
    }
    pairs = fmin(pairs, items * fmax(items - 1, 0));
    return top_k > 0 ? fmin(pairs, items * (double)top_k) : pairs;
}

lis_status lis_pairs_bound(lis_ctx *ctx, lis_plan *plan, const lis_events *events,
                           int64_t max_per_user, int64_t top_k, lis_error *err) {
    *plan = (lis_plan){0};
    int64_t *count = lis_calloc((size_t)events->users, sizeof *count);
    if (!count) return lis_fail_nomem(err, "events by user", 8.0 * (double)events->users);
    lis_status status = LIS_OK;
    for (int64_t k = 0; k < events->n && status == LIS_OK; k++) {
        int32_t user = events->user[k];
        status = lis_poll(ctx, k, err);
        if (user < -1 || user >= events->users)
            status = lis_fail(err, LIS_ERANGE,
                              "user id %" PRId32 " of event %" PRId64 " is outside [0, %" PRId64
                              ") (-1 means missing)",
                              user, k, events->users);
        else if (user >= 0 && (!events->keep || events->keep[k]))
            count[user]++;
    }
    if (status == LIS_OK) {
        plan->entries = entry_bound(count, events, max_per_user, top_k);
        plan->bytes = lis_csr_bytes(events->items, 0) + 8 * plan->entries;
    }
    lis_free(count);
    return status;
}

/* "3.1 GiB", "120.0 MiB" */
static const char *size_text(char out[32], double bytes) {
    const double mib = 1048576, gib = 1024 * mib;
    if (bytes >= gib)
        snprintf(out, 32, "%.1f GiB", bytes / gib);
    else
        snprintf(out, 32, "%.1f MiB", bytes / mib);
    return out;
}

lis_status lis_plan_check(const lis_plan *plan, const char *what, const char *cure,
                          double max_bytes, lis_error *err) {
    char needed[32], most[32];
    bool told = max_bytes > 0, limited = lis_mem_read().limit_bytes > 0;
    double room = told ? max_bytes : (double)lis_mem_room();
    if (plan->bytes <= room) return LIS_OK;
    return lis_fail(err, LIS_ENOMEM, "%s has %.0f entries and needs %s, above the %s %s: %s%s",
                    what, plan->entries, size_text(needed, plan->bytes), size_text(most, room),
                    told      ? "of max_bytes"
                    : limited ? "that --max-memory leaves"
                              : "that this machine has left",
                    cure,
                    told      ? ", or raise max_bytes"
                    : limited ? ", or raise --max-memory"
                              : "");
}
