/* Sessions: a user's events cut where nothing happens for a while. Session codes in place of user codes
 * make cooc.h and swing.h count pairs within a session. */
#ifndef LIS_SPARSE_SESSION_H
#define LIS_SPARSE_SESSION_H

#include "lis/base/ctx.h"
#include "lis/sparse/events.h"

/* session[k] = which session event k belongs to, in [0, *count), or -1 where it is passed over (its
 * user is -1 or its keep 0). A session begins with a user's first event, and wherever more than
 * max_gap lies between an event and the same user's last one. Numbered in order of their beginnings.
 *   session  [n]  written
 *   events        time is needed; item is not read
 *   max_gap       in the unit of time, >= 0
 * Threads: those of lis_argsort; same codes at any count. Errors: LIS_EARG (no times, negative gap),
 * LIS_ERANGE (first bad user; more than 2^31 - 1 events), LIS_ENOMEM, LIS_EINTR. */
lis_status lis_sessions_cut(lis_ctx *ctx, int32_t *session, int64_t *count,
                            const lis_events *events, int64_t max_gap, lis_error *err);

#endif
