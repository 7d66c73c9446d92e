#include "lis/sparse/events.h"

#include <inttypes.h>

#include "lis/base/mem.h"
#include "poll.h"

static lis_status gather_kept(const lis_ctx *ctx, const lis_events *events, int32_t *user,
                              int32_t *item, int64_t *kept, lis_error *err) {
    int64_t n = 0;
    for (int64_t k = 0; k < events->n; k++) {
        LIS_TRY(lis_poll(ctx, k, err));
        int32_t u = events->user[k], i = events->item[k];
        if ((events->keep && !events->keep[k]) || u == -1 || i == -1) continue;
        if (u < 0 || u >= events->users || i < 0 || i >= events->items)
            return lis_fail(err, LIS_ERANGE,
                            "event %" PRId64 " has user %" PRId32 " and item %" PRId32
                            ", outside [0, %" PRId64 ") and [0, %" PRId64 ") (-1 means missing)",
                            k, u, i, events->users, events->items);
        user[n] = u;
        item[n++] = i;
    }
    *kept = n;
    return LIS_OK;
}

lis_status lis_events_matrix(const lis_ctx *ctx, lis_csr *out, const lis_events *events,
                             bool distinct, lis_error *err) {
    *out = (lis_csr){0};
    int32_t *user = lis_alloc((size_t)events->n, sizeof *user);
    int32_t *item = lis_alloc((size_t)events->n, sizeof *item);
    int64_t kept = 0;
    lis_status status = LIS_OK;
    if (!user || !item) status = lis_fail_nomem(err, "kept events", 8.0 * (double)events->n);
    if (status == LIS_OK) status = gather_kept(ctx, events, user, item, &kept, err);
    if (status == LIS_OK)
        status = lis_csr_from_triples(ctx, out, events->users, events->items, user, item, NULL,
                                      kept, err);
    for (int64_t k = 0; distinct && k < out->nnz; k++)
        out->value[k] = 1;
    lis_free(user);
    lis_free(item);
    return status;
}
