/* core.sparse: matrices counted from a log's columns: interactions, co-occurrence, Swing;
 * and sessions. */
#include <math.h>

#include "box.h"
#include "check.h"
#include "l_sparse.h"
#include "lis/sparse/cooc.h"
#include "lis/sparse/session.h"
#include "lis/sparse/swing.h"
#include "open.h"

static int missing(lua_State *L, const char *name, const char *wanted) {
    lis_error error;
    lis_fail(&error, LIS_EARG, "option '%s' is missing: wanted %s", name, wanted);
    return lis_bind_raise(L, &error);
}

static int64_t check_size(lua_State *L, const char *name, const char *wanted) {
    int64_t size = lis_opt_integer(L, 1, name, -1, 0, INT32_MAX);
    if (size < 0) missing(L, name, wanted);
    return size;
}

/* The columns of a log among the options at 1: user, item, users, items, keep, time. */
static lis_events check_events(lua_State *L) {
    const lis_tensor *user = lis_opt_tensor_1d(L, 1, "user", LIS_I32, -1);
    if (!user) missing(L, "user", "the events' user codes, i32");
    lis_events events = {.n = user->shape[0], .user = lis_i32(user)};
    const lis_tensor *item = lis_opt_tensor_1d(L, 1, "item", LIS_I32, events.n);
    if (!item) missing(L, "item", "the events' item codes, i32");
    const lis_tensor *time = lis_opt_tensor_1d(L, 1, "time", LIS_I64, events.n);
    const lis_tensor *keep = lis_opt_tensor_1d(L, 1, "keep", LIS_U8, events.n);
    events.users = check_size(L, "users", "the number of users");
    events.items = check_size(L, "items", "the number of items");
    events.item = lis_i32(item);
    events.time = time ? lis_i64(time) : NULL;
    events.keep = keep ? lis_u8(keep) : NULL;
    return events;
}

/* A gap may be a fraction, as one computed from hours is; times are whole. */
static int64_t check_gap(lua_State *L) {
    double gap = lis_opt_number(L, 1, "max_gap", -1);
    if (gap == -1) return -1;
    if (gap >= 0 && gap < 0x1p62) return (int64_t)floor(gap);
    lis_error error;
    lis_fail(&error, LIS_EARG, "option 'max_gap': wanted a number from 0 to 2^62, got %.14g", gap);
    return lis_bind_raise(L, &error);
}

/* sessions{user=, users=, time=, max_gap=, keep=} -> i32 [n] session of each event, their number */
static int core_sessions(lua_State *L) {
    static const char *const known[] = {"user", "users", "time", "max_gap", "keep", NULL};
    lis_opt_known(L, 1, known);
    const lis_tensor *user = lis_opt_tensor_1d(L, 1, "user", LIS_I32, -1);
    if (!user) missing(L, "user", "the events' user codes, i32");
    lis_events events = {.n = user->shape[0], .user = lis_i32(user)};
    const lis_tensor *time = lis_opt_tensor_1d(L, 1, "time", LIS_I64, events.n);
    if (!time) missing(L, "time", "the events' times, i64");
    const lis_tensor *keep = lis_opt_tensor_1d(L, 1, "keep", LIS_U8, events.n);
    int64_t max_gap = check_gap(L);
    if (max_gap < 0) missing(L, "max_gap", "the longest pause within a session");
    events.users = check_size(L, "users", "the number of users");
    events.time = lis_i64(time);
    events.keep = keep ? lis_u8(keep) : NULL;
    lis_error error;
    int64_t count = 0;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(out, LIS_I32, events.n, &error), &error);
    lis_bind_check(
        L, lis_sessions_cut(lis_bind_ctx(L), lis_i32(out), &count, &events, max_gap, &error),
        &error);
    lua_pushinteger(L, count);
    return 2;
}

static lis_cooc_options check_cooccurrence(lua_State *L) {
    static const char *const known[] = {
        "user",         "item",     "users",    "items",       "keep",  "time",      "max_gap",
        "max_per_user", "discount", "distinct", "min_support", "top_k", "max_bytes", NULL};
    static const char *const discounts[] = {"none", "log", "inverse", NULL};
    lis_opt_known(L, 1, known);
    lis_cooc_options options = lis_cooc_defaults();
    options.max_gap = check_gap(L);
    options.max_per_user = lis_opt_integer(L, 1, "max_per_user", 0, 1, INT64_MAX);
    options.discount = (lis_discount)lis_opt_choice(L, 1, "discount", discounts, LIS_DISCOUNT_NONE);
    options.distinct = lis_opt_boolean(L, 1, "distinct", options.distinct);
    options.min_support = lis_opt_number(L, 1, "min_support", 0);
    options.top_k = lis_opt_integer(L, 1, "top_k", 0, 1, INT32_MAX);
    options.max_bytes = lis_opt_number(L, 1, "max_bytes", 0);
    return options;
}

/* cooccurrence{user=, item=, users=, items=, ...} -> csr */
static int core_cooccurrence(lua_State *L) {
    lis_cooc_options options = check_cooccurrence(L);
    lis_events events = check_events(L);
    lis_error error;
    lis_csr *out = lis_box_new(L, &lis_box_csr);
    lis_bind_check(L, lis_cooc_build(lis_bind_ctx(L), out, &events, &options, &error), &error);
    return 1;
}

/* cooccurrence_plan{the same} -> {events=, additions=, entries=, bytes=}: what it will take, at most */
static int core_cooccurrence_plan(lua_State *L) {
    lis_cooc_options options = check_cooccurrence(L);
    lis_events events = check_events(L);
    lis_cooc_plan plan;
    lis_error error;
    lis_bind_check(L, lis_cooc_predict(lis_bind_ctx(L), &plan, &events, &options, &error), &error);
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, plan.events);
    lua_setfield(L, -2, "events");
    lua_pushnumber(L, plan.additions);
    lua_setfield(L, -2, "additions");
    lua_pushnumber(L, plan.entries);
    lua_setfield(L, -2, "entries");
    lua_pushnumber(L, plan.bytes);
    lua_setfield(L, -2, "bytes");
    return 1;
}

/* pairs_bound{user=, item=, users=, items=, keep=, max_per_user=, top_k=} -> {entries=, bytes=} */
static int core_pairs_bound(lua_State *L) {
    static const char *const known[] = {"user", "item",         "users", "items",
                                        "keep", "max_per_user", "top_k", NULL};
    lis_opt_known(L, 1, known);
    int64_t max_per_user = lis_opt_integer(L, 1, "max_per_user", 0, 1, INT64_MAX);
    int64_t top_k = lis_opt_integer(L, 1, "top_k", 0, 1, INT32_MAX);
    lis_events events = check_events(L);
    lis_plan plan;
    lis_error error;
    lis_bind_check(L, lis_pairs_bound(lis_bind_ctx(L), &plan, &events, max_per_user, top_k, &error),
                   &error);
    lis_push_plan(L, &plan);
    return 1;
}

/* interactions{user=, item=, users=, items=, keep=, distinct = false} -> csr [users, items] */
static int core_interactions(lua_State *L) {
    static const char *const known[] = {"user", "item", "users", "items", "keep", "distinct", NULL};
    lis_opt_known(L, 1, known);
    bool distinct = lis_opt_boolean(L, 1, "distinct", false);
    lis_events events = check_events(L);
    lis_error error;
    lis_csr *out = lis_box_new(L, &lis_box_csr);
    lis_bind_check(L, lis_events_matrix(lis_bind_ctx(L), out, &events, distinct, &error), &error);
    return 1;
}

/* swing{user=, item=, users=, items=, keep=, time=, alpha = 1, max_users = 500 (0: all), ...} -> csr */
static int core_swing(lua_State *L) {
    static const char *const known[] = {"user",      "item",  "users", "items",
                                        "keep",      "time",  "alpha", "max_per_user",
                                        "max_users", "top_k", "seed",  NULL};
    lis_opt_known(L, 1, known);
    lis_swing_options options = lis_swing_defaults();
    options.alpha = lis_opt_number(L, 1, "alpha", options.alpha);
    options.max_per_user = lis_opt_integer(L, 1, "max_per_user", 0, 1, INT64_MAX);
    options.max_users = lis_opt_integer(L, 1, "max_users", options.max_users, 0, INT64_MAX);
    options.top_k = lis_opt_integer(L, 1, "top_k", 0, 1, INT32_MAX);
    options.seed = (uint64_t)lis_opt_integer(L, 1, "seed", 0, INT64_MIN, INT64_MAX);
    lis_events events = check_events(L);
    lis_error error;
    lis_csr *out = lis_box_new(L, &lis_box_csr);
    lis_bind_check(L, lis_swing_build(lis_bind_ctx(L), out, &events, &options, &error), &error);
    return 1;
}

const luaL_Reg lis_sparse_events_functions[] = {{"interactions", core_interactions},
                                                {"sessions", core_sessions},
                                                {"swing", core_swing},
                                                {"cooccurrence", core_cooccurrence},
                                                {"cooccurrence_plan", core_cooccurrence_plan},
                                                {"pairs_bound", core_pairs_bound},
                                                {NULL, NULL}};
