#include "lis/sparse/session.h"

#include <inttypes.h>

#include "lis/base/mem.h"
#include "lis/tensor/sort.h"

/* What is known of a user on the way through time. */
typedef struct {
    int64_t last;    /* time of the latest event */
    int32_t session; /* the running one; -1: none yet */
} visitor;

static lis_status check_sessions(const lis_events *events, int64_t max_gap, lis_error *err) {
    if (!events->time)
        return lis_fail(err, LIS_EARG, "sessions need the events' times: pass `time` too");
    if (max_gap < 0)
        return lis_fail(err, LIS_EARG, "max_gap is %" PRId64 "; it cannot be negative", max_gap);
    for (int64_t k = 0; k < events->n; k++)
        if (events->user[k] < -1 || events->user[k] >= events->users)
            return lis_fail(err, LIS_ERANGE,
                            "user id %" PRId32 " of event %" PRId64 " is outside [0, %" PRId64
                            ") (-1 means missing)",
                            events->user[k], k, events->users);
    return LIS_OK;
}

/* Returns the number of sessions. */
static int64_t walk_through_time(int32_t *session, const lis_events *events, const int32_t *order,
                                 visitor *visitors, int64_t max_gap) {
    int32_t begun = 0;
    for (int64_t u = 0; u < events->users; u++)
        visitors[u] = (visitor){.session = -1};
    for (int64_t k = 0; k < events->n; k++) {
        int32_t event = order[k];
        session[event] = -1;
        if (events->user[event] < 0 || (events->keep && !events->keep[event])) continue;
        visitor *v = &visitors[events->user[event]];
        uint64_t silence = (uint64_t)events->time[event] - (uint64_t)v->last;
        if (v->session < 0 || silence > (uint64_t)max_gap) v->session = begun++;
        v->last = events->time[event];
        session[event] = v->session;
    }
    return begun;
}

lis_status lis_sessions_cut(lis_ctx *ctx, int32_t *session, int64_t *count,
                            const lis_events *events, int64_t max_gap, lis_error *err) {
    LIS_TRY(check_sessions(events, max_gap, err));
    int32_t *order = lis_alloc((size_t)events->n, sizeof *order);
    visitor *visitors = lis_alloc((size_t)events->users, sizeof *visitors);
    lis_status status = LIS_OK;
    if (!order || !visitors)
        status =
            lis_fail_nomem(err, "sessions", 4.0 * (double)events->n + 16.0 * (double)events->users);
    if (status == LIS_OK) status = lis_argsort(ctx, order, LIS_I64, events->time, events->n, err);
    if (status == LIS_OK) *count = walk_through_time(session, events, order, visitors, max_gap);
    lis_free(order);
    lis_free(visitors);
    return status;
}
