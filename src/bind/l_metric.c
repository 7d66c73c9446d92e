#include "bind/l_metric.h"

#include <math.h>

#include "bind/box.h"
#include "bind/check.h"
#include "bind/open.h"
#include "lis/metric/auc.h"
#include "lis/metric/calibration.h"
#include "lis/metric/gauc.h"
#include "lis/metric/logloss.h"
#include "lis/metric/rank.h"
#include "lis/metric/reliability.h"

/* One more than the largest id: how many there are where the caller did not say. */
static int64_t count_ids(const lis_tensor *ids) {
    int32_t largest = -1;
    for (int64_t i = 0; i < ids->shape[0]; i++)
        if (lis_i32(ids)[i] > largest) largest = lis_i32(ids)[i];
    return (int64_t)largest + 1;
}

lis_scored lis_metric_check_scored(lua_State *L, int score_at, int label_at, int options_at) {
    lis_scored scored = {0};
    lis_tensor *score = lis_check_tensor_1d(L, score_at, "score", LIS_F32, -1);
    scored.score = score;
    scored.label = lis_check_tensor_1d(L, label_at, "label", LIS_U8, score->shape[0]);
    scored.user = lis_opt_tensor_1d(L, options_at, "user", LIS_I32, score->shape[0]);
    int64_t users = lis_opt_integer(L, options_at, "users", 0, 1, INT32_MAX);
    if (scored.user) scored.users = users ? users : count_ids(scored.user);
    return scored;
}

/* list and lists of the options, as user and users. */
static lis_lists check_lists(lua_State *L, int options_at, const lis_scored *scored) {
    lis_lists lists = {0};
    lists.id = lis_opt_tensor_1d(L, options_at, "list", LIS_I32, scored->score->shape[0]);
    int64_t count = lis_opt_integer(L, options_at, "lists", 0, 1, INT32_MAX);
    if (lists.id) lists.count = count ? count : count_ids(lists.id);
    return lists;
}

static lis_logloss_input check_input(lua_State *L, int options_at) {
    static const char *const inputs[] = {"probability", "logit", NULL};
    return (lis_logloss_input)lis_opt_choice(L, options_at, "input", inputs,
                                             LIS_LOGLOSS_PROBABILITY);
}

/* Boxes for a metric's tensors, pushed empty before there is something to own. */
typedef struct boxes {
    lis_tensor *influence, *share;
    int at; /* stack index of influence; share is above */
} boxes;

static boxes push_boxes(lua_State *L) {
    boxes b;
    b.influence = lis_box_new(L, &lis_box_tensor);
    b.share = lis_box_new(L, &lis_box_tensor);
    b.at = lua_gettop(L) - 1;
    return b;
}

static void set_influence(lua_State *L, const lis_metric *metric, const boxes *b) {
    double variance = NAN;
    lis_error error;
    if (metric->clusters > 1)
        lis_bind_check(L,
                       lis_influence_covariance(lis_bind_ctx(L), &variance, b->influence,
                                                b->influence, metric->clusters, &error),
                       &error);
    lua_pushvalue(L, b->at);
    lua_setfield(L, -2, "influence");
    lis_set_integer(L, "users", metric->clusters);
    lis_set_number(L, "variance", variance);
    lis_set_number(L, "se", sqrt(variance));
    if (!b->share->storage) return;
    lua_pushvalue(L, b->at + 1);
    lua_setfield(L, -2, "share");
}

/* Raises where the metric failed; otherwise moves its tensors into the boxes and pushes the result. */
static int push_metric(lua_State *L, lis_metric *metric, const boxes *b, lis_status status,
                       const lis_error *error) {
    *b->influence = metric->influence;
    *b->share = metric->share;
    lis_bind_check(L, status, error);
    lua_createtable(L, 0, 10);
    lis_set_number(L, "value", metric->value);
    lis_set_integer(L, "rows", metric->rows);
    lis_set_integer(L, "positives", metric->positives);
    lua_pushboolean(L, metric->higher_is_better);
    lua_setfield(L, -2, "higher_is_better");
    lua_pushstring(L, metric->definition);
    lua_setfield(L, -2, "definition");
    if (b->influence->storage) set_influence(L, metric, b);
    return 1;
}

/* metric.auc(score, label, {user=, users=, influence=true}) -> result; without the influence it is
 * faster and has no users, variance or se. */
static int l_auc(lua_State *L) {
    static const char *const known[] = {"user", "users", "influence", NULL};
    lis_opt_known(L, 3, known);
    lis_scored scored = lis_metric_check_scored(L, 1, 2, 3);
    bool influence = lis_opt_boolean(L, 3, "influence", true);
    boxes b = push_boxes(L);
    lis_metric metric = {0};
    lis_error error;
    lis_status status = influence ? lis_auc(lis_bind_ctx(L), &metric, &scored, &error)
                                  : lis_auc_value(lis_bind_ctx(L), &metric, &scored, &error);
    return push_metric(L, &metric, &b, status, &error);
}

/* metric.gauc(score, label, {user=, users=, list=, lists=, weight="rows", one_class="skip"})
 * -> result */
static int l_gauc(lua_State *L) {
    static const char *const known[] = {"user",   "users",     "list", "lists",
                                        "weight", "one_class", NULL};
    static const char *const weights[] = {"rows", "positives", "equal", "pairs", NULL};
    static const char *const one_classes[] = {"skip", "half", NULL};
    lis_opt_known(L, 3, known);
    lis_scored scored = lis_metric_check_scored(L, 1, 2, 3);
    lis_gauc_options options = {
        .weight = (lis_gauc_weight)lis_opt_choice(L, 3, "weight", weights, LIS_GAUC_ROWS),
        .one_class =
            (lis_gauc_one_class)lis_opt_choice(L, 3, "one_class", one_classes, LIS_GAUC_SKIP),
        .lists = check_lists(L, 3, &scored)};
    boxes b = push_boxes(L);
    lis_metric metric = {0};
    lis_error error;
    lis_status status = lis_gauc(lis_bind_ctx(L), &metric, &scored, &options, &error);
    return push_metric(L, &metric, &b, status, &error);
}

static int rank_metric(lua_State *L, lis_rank_kind kind) {
    static const char *const known[] = {"user", "users", "list", "lists", "k", NULL};
    lis_opt_known(L, 3, known);
    lis_scored scored = lis_metric_check_scored(L, 1, 2, 3);
    lis_rank_options options = {.kind = kind,
                                .k = lis_opt_integer(L, 3, "k", 10, 1, INT32_MAX),
                                .lists = check_lists(L, 3, &scored)};
    boxes b = push_boxes(L);
    lis_metric metric = {0};
    lis_error error;
    lis_status status = lis_rank(lis_bind_ctx(L), &metric, &scored, &options, &error);
    return push_metric(L, &metric, &b, status, &error);
}

/* metric.ndcg|mrr|recall(score, label, {user=, users=, list=, lists=, k=10}) -> result */
static int l_ndcg(lua_State *L) {
    return rank_metric(L, LIS_RANK_NDCG);
}
static int l_mrr(lua_State *L) {
    return rank_metric(L, LIS_RANK_MRR);
}
static int l_recall(lua_State *L) {
    return rank_metric(L, LIS_RANK_RECALL);
}

typedef lis_status forecast_metric(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                                   lis_logloss_input input, lis_error *err);

static int push_forecast(lua_State *L, forecast_metric *fn) {
    static const char *const known[] = {"user", "users", "input", NULL};
    lis_opt_known(L, 3, known);
    lis_scored scored = lis_metric_check_scored(L, 1, 2, 3);
    lis_logloss_input input = check_input(L, 3);
    boxes b = push_boxes(L);
    lis_metric metric = {0};
    lis_error error;
    lis_status status = fn(lis_bind_ctx(L), &metric, &scored, input, &error);
    return push_metric(L, &metric, &b, status, &error);
}

/* metric.logloss|calibration|normalized_entropy(score, label,
 * {user=, users=, input="probability"|"logit"}) -> result */
static int l_logloss(lua_State *L) {
    return push_forecast(L, lis_logloss);
}
static int l_calibration(lua_State *L) {
    return push_forecast(L, lis_calibration);
}
static int l_normalized_entropy(lua_State *L) {
    return push_forecast(L, lis_normalized_entropy);
}

static void push_bins(lua_State *L, const lis_reliability_bin *bin, int64_t bins) {
    lua_createtable(L, (int)bins, 0);
    for (int64_t k = 0; k < bins; k++) {
        double rows = (double)bin[k].rows;
        lua_createtable(L, 0, 4);
        lis_set_integer(L, "rows", bin[k].rows);
        lis_set_integer(L, "positives", bin[k].positives);
        if (rows > 0) {
            lis_set_number(L, "predicted", bin[k].predicted);
            lis_set_number(L, "observed", (double)bin[k].positives / rows);
        }
        lua_rawseti(L, -2, k + 1);
    }
}

/* metric.reliability(score, label, {bins=10, input=}) -> {error=, bins={{rows=, positives=,
 * predicted=, observed=}, ...}}; a bin without rows lacks the last two */
static int l_reliability(lua_State *L) {
    static const char *const known[] = {"bins", "input", NULL};
    enum { BINS_MAX = 1000 };
    lis_opt_known(L, 3, known);
    lis_scored scored = lis_metric_check_scored(L, 1, 2, 3);
    int64_t bins = lis_opt_integer(L, 3, "bins", 10, 1, BINS_MAX);
    lis_logloss_input input = check_input(L, 3);
    lis_reliability_bin bin[BINS_MAX];
    double off;
    lis_error error;
    lis_bind_check(L, lis_reliability(lis_bind_ctx(L), bin, bins, &off, &scored, input, &error),
                   &error);
    lua_createtable(L, 0, 2);
    lis_set_number(L, "error", off);
    push_bins(L, bin, bins);
    lua_setfield(L, -2, "bins");
    return 1;
}

int lis_open_metric(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"auc", l_auc},
        {"gauc", l_gauc},
        {"ndcg", l_ndcg},
        {"mrr", l_mrr},
        {"recall", l_recall},
        {"logloss", l_logloss},
        {"calibration", l_calibration},
        {"normalized_entropy", l_normalized_entropy},
        {"reliability", l_reliability},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
    luaL_setfuncs(L, lis_metric_interval_functions, 0);
    return 1;
}
