/* core.metric: AUC, GAUC, log loss, DeLong, and the quantiles behind the intervals. */
#include <math.h>

#include "bind/box.h"
#include "bind/check.h"
#include "bind/open.h"
#include "lis/metric/auc.h"
#include "lis/metric/delong.h"
#include "lis/metric/gauc.h"
#include "lis/metric/interval.h"
#include "lis/metric/logloss.h"
#include "lis/metric/quantile.h"

static void set_number(lua_State *L, const char *name, double value) {
    lua_pushnumber(L, value);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, int64_t value) {
    lua_pushinteger(L, value);
    lua_setfield(L, -2, name);
}

static void set_pair(lua_State *L, const char *name, double low, double high) {
    lua_createtable(L, 2, 0);
    lua_pushnumber(L, low);
    lua_rawseti(L, -2, 1);
    lua_pushnumber(L, high);
    lua_rawseti(L, -2, 2);
    lua_setfield(L, -2, name);
}

/* One more than the largest id: the count of users where the caller did not say. */
static int64_t count_users(const lis_tensor *user) {
    int32_t largest = -1;
    for (int64_t i = 0; i < user->shape[0]; i++)
        if (lis_i32(user)[i] > largest) largest = lis_i32(user)[i];
    return (int64_t)largest + 1;
}

/* Scores, labels and the options' user and users. */
static lis_scored check_scored(lua_State *L, int score_at, int label_at, int options_at) {
    lis_scored scored = {0};
    lis_tensor *score = lis_check_tensor_1d(L, score_at, "score", LIS_F32, -1);
    scored.score = score;
    scored.label = lis_check_tensor_1d(L, label_at, "label", LIS_U8, score->shape[0]);
    scored.user = lis_opt_tensor_1d(L, options_at, "user", LIS_I32, score->shape[0]);
    int64_t users = lis_opt_integer(L, options_at, "users", 0, 1, INT32_MAX);
    if (scored.user) scored.users = users ? users : count_users(scored.user);
    return scored;
}

/* Pushes the result table of a metric; its influence goes to the empty box on top of the stack. */
static int push_metric(lua_State *L, lis_metric *metric, lis_tensor *box) {
    *box = metric->influence; /* from here the box owns it */
    lis_error error;
    double variance = NAN;
    if (metric->clusters > 1)
        lis_bind_check(L,
                       lis_influence_covariance(lis_bind_ctx(L), &variance, box, box,
                                                metric->clusters, &error),
                       &error);
    lua_createtable(L, 0, 9);
    if (metric->clusters > 0) {
        lua_pushvalue(L, -2);
        lua_setfield(L, -2, "influence");
        set_integer(L, "users", metric->clusters);
        set_number(L, "variance", variance);
        set_number(L, "se", sqrt(variance));
    }
    set_number(L, "value", metric->value);
    set_integer(L, "rows", metric->rows);
    set_integer(L, "positives", metric->positives);
    lua_pushboolean(L, metric->higher_is_better);
    lua_setfield(L, -2, "higher_is_better");
    lua_pushstring(L, metric->definition);
    lua_setfield(L, -2, "definition");
    return 1;
}

/* metric.auc(score, label, {user=, users=, influence=true}) -> result; without the influence it is
 * faster and has no users, variance or se. */
static int l_auc(lua_State *L) {
    static const char *const known[] = {"user", "users", "influence", NULL};
    lis_opt_known(L, 3, known);
    lis_scored scored = check_scored(L, 1, 2, 3);
    bool influence = lis_opt_boolean(L, 3, "influence", true);
    lis_tensor *box = lis_box_new(L, &lis_box_tensor);
    lis_metric metric = {0};
    lis_error error;
    lis_status status = influence ? lis_auc(lis_bind_ctx(L), &metric, &scored, &error)
                                  : lis_auc_value(lis_bind_ctx(L), &metric, &scored, &error);
    lis_bind_check(L, status, &error);
    return push_metric(L, &metric, box);
}

/* metric.gauc(score, label, {user=, users=, weight="rows", one_class="skip"}) -> result */
static int l_gauc(lua_State *L) {
    static const char *const known[] = {"user", "users", "weight", "one_class", NULL};
    static const char *const weights[] = {"rows", "positives", "equal", "pairs", NULL};
    static const char *const one_classes[] = {"skip", "half", NULL};
    lis_opt_known(L, 3, known);
    lis_scored scored = check_scored(L, 1, 2, 3);
    lis_gauc_options options = {
        .weight = (lis_gauc_weight)lis_opt_choice(L, 3, "weight", weights, LIS_GAUC_ROWS),
        .one_class =
            (lis_gauc_one_class)lis_opt_choice(L, 3, "one_class", one_classes, LIS_GAUC_SKIP)};
    lis_tensor *box = lis_box_new(L, &lis_box_tensor);
    lis_metric metric = {0};
    lis_error error;
    lis_bind_check(L, lis_gauc(lis_bind_ctx(L), &metric, &scored, &options, &error), &error);
    return push_metric(L, &metric, box);
}

/* metric.logloss(score, label, {user=, users=, input="probability"|"logit"}) -> result */
static int l_logloss(lua_State *L) {
    static const char *const known[] = {"user", "users", "input", NULL};
    static const char *const inputs[] = {"probability", "logit", NULL};
    lis_opt_known(L, 3, known);
    lis_scored scored = check_scored(L, 1, 2, 3);
    lis_logloss_input input =
        (lis_logloss_input)lis_opt_choice(L, 3, "input", inputs, LIS_LOGLOSS_PROBABILITY);
    lis_tensor *box = lis_box_new(L, &lis_box_tensor);
    lis_metric metric = {0};
    lis_error error;
    lis_bind_check(L, lis_logloss(lis_bind_ctx(L), &metric, &scored, input, &error), &error);
    return push_metric(L, &metric, box);
}

/* metric.delong(score_a, score_b, label, {user=, users=, level=0.95}) -> {a, b, delta, ...} */
static int l_delong(lua_State *L) {
    static const char *const known[] = {"user", "users", "level", NULL};
    lis_opt_known(L, 4, known);
    lis_scored scored = check_scored(L, 1, 3, 4);
    lis_tensor *score_b = lis_check_tensor_1d(L, 2, "score_b", LIS_F32, scored.score->shape[0]);
    double level = lis_opt_number(L, 4, "level", 0.95);
    lis_delong test;
    lis_error error;
    lis_bind_check(L,
                   lis_delong_test(lis_bind_ctx(L), &test, scored.score, score_b, scored.label,
                                   scored.user, scored.users, level, &error),
                   &error);
    lua_createtable(L, 0, 10);
    set_number(L, "a", test.a);
    set_number(L, "b", test.b);
    set_number(L, "delta", test.delta.estimate);
    set_number(L, "variance", test.variance);
    set_number(L, "variance_a", test.variance_a);
    set_number(L, "variance_b", test.variance_b);
    set_number(L, "se", test.delta.se);
    set_number(L, "p", test.delta.p);
    set_pair(L, "ci", test.delta.low, test.delta.high);
    set_integer(L, "users", test.clusters);
    return 1;
}

/* metric.covariance(influence_a, influence_b, users) -> number */
static int l_covariance(lua_State *L) {
    lis_tensor *a = lis_check_tensor_1d(L, 1, "influence_a", LIS_F64, -1);
    lis_tensor *b = lis_check_tensor_1d(L, 2, "influence_b", LIS_F64, a->shape[0]);
    int64_t clusters = lis_check_integer(L, 3, "users", 0, INT32_MAX);
    double covariance;
    lis_error error;
    lis_bind_check(
        L, lis_influence_covariance(lis_bind_ctx(L), &covariance, a, b, clusters, &error), &error);
    lua_pushnumber(L, covariance);
    return 1;
}

/* metric.ci_combine(estimate, {row_variance=, users=, seed_variance=0, seeds=1, level=0.95})
 * -> {delta, se, dof, ci, p} */
static int l_ci_combine(lua_State *L) {
    static const char *const known[] = {"row_variance", "users", "seed_variance",
                                        "seeds",        "level", NULL};
    double estimate = luaL_checknumber(L, 1);
    lis_opt_known(L, 2, known);
    lis_variances variances = {.row_variance = lis_opt_number(L, 2, "row_variance", 0.0),
                               .clusters = lis_opt_integer(L, 2, "users", 0, 0, INT32_MAX),
                               .seed_variance = lis_opt_number(L, 2, "seed_variance", 0.0),
                               .seeds = lis_opt_integer(L, 2, "seeds", 1, 1, INT32_MAX)};
    double level = lis_opt_number(L, 2, "level", 0.95);
    lis_interval interval;
    lis_error error;
    lis_bind_check(L, lis_ci_combine(&interval, estimate, &variances, level, &error), &error);
    lua_createtable(L, 0, 5);
    set_number(L, "delta", interval.estimate);
    set_number(L, "se", interval.se);
    set_number(L, "dof", interval.dof);
    set_number(L, "p", interval.p);
    set_pair(L, "ci", interval.low, interval.high);
    return 1;
}

static double check_probability(lua_State *L, int at) {
    double p = luaL_checknumber(L, at);
    luaL_argcheck(L, p >= 0.0 && p <= 1.0, at, "wanted a probability in [0, 1]");
    return p;
}

static double check_dof(lua_State *L, int at) {
    double dof = luaL_checknumber(L, at);
    luaL_argcheck(L, dof > 0.0, at, "wanted degrees of freedom above 0");
    return dof;
}

static int l_normal_quantile(lua_State *L) {
    lua_pushnumber(L, lis_normal_quantile(check_probability(L, 1)));
    return 1;
}

static int l_normal_cdf(lua_State *L) {
    lua_pushnumber(L, lis_normal_cdf(luaL_checknumber(L, 1)));
    return 1;
}

static int l_t_quantile(lua_State *L) {
    lua_pushnumber(L, lis_student_quantile(check_probability(L, 1), check_dof(L, 2)));
    return 1;
}

static int l_t_cdf(lua_State *L) {
    lua_pushnumber(L, lis_student_cdf(luaL_checknumber(L, 1), check_dof(L, 2)));
    return 1;
}

int lis_open_metric(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"auc", l_auc},
        {"gauc", l_gauc},
        {"logloss", l_logloss},
        {"delong", l_delong},
        {"covariance", l_covariance},
        {"ci_combine", l_ci_combine},
        {"normal_quantile", l_normal_quantile},
        {"normal_cdf", l_normal_cdf},
        {"t_quantile", l_t_quantile},
        {"t_cdf", l_t_cdf},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
    return 1;
}
