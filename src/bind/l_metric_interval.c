#include <math.h>

#include "bind/box.h"
#include "bind/check.h"
#include "bind/l_metric.h"
#include "bind/open.h"
#include "lis/metric/bootstrap.h"
#include "lis/metric/delong.h"
#include "lis/metric/interval.h"
#include "lis/metric/quantile.h"

static void set_pair(lua_State *L, const char *name, double low, double high) {
    lua_createtable(L, 2, 0);
    lua_pushnumber(L, low);
    lua_rawseti(L, -2, 1);
    lua_pushnumber(L, high);
    lua_rawseti(L, -2, 2);
    lua_setfield(L, -2, name);
}

/* metric.delong(score_a, score_b, label, {user=, users=, level=0.95}) -> {a, b, delta, ...} */
static int l_delong(lua_State *L) {
    static const char *const known[] = {"user", "users", "level", NULL};
    lis_opt_known(L, 4, known);
    lis_scored scored = lis_metric_check_scored(L, 1, 3, 4);
    lis_tensor *score_b = lis_check_tensor_1d(L, 2, "score_b", LIS_F32, scored.score->shape[0]);
    double level = lis_opt_number(L, 4, "level", 0.95);
    lis_delong test;
    lis_error error;
    lis_bind_check(L,
                   lis_delong_test(lis_bind_ctx(L), &test, scored.score, score_b, scored.label,
                                   scored.user, scored.users, level, &error),
                   &error);
    lua_createtable(L, 0, 10);
    lis_set_number(L, "a", test.a);
    lis_set_number(L, "b", test.b);
    lis_set_number(L, "delta", test.delta.estimate);
    lis_set_number(L, "variance", test.variance);
    lis_set_number(L, "variance_a", test.variance_a);
    lis_set_number(L, "variance_b", test.variance_b);
    lis_set_number(L, "se", test.delta.se);
    lis_set_number(L, "p", test.delta.p);
    set_pair(L, "ci", test.delta.low, test.delta.high);
    lis_set_integer(L, "users", test.clusters);
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
    lis_set_number(L, "delta", interval.estimate);
    lis_set_number(L, "se", interval.se);
    lis_set_number(L, "dof", interval.dof);
    lis_set_number(L, "p", interval.p);
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

static lis_bootstrap_options check_bootstrap(lua_State *L, int at) {
    return (lis_bootstrap_options){
        .replicates = lis_opt_integer(L, at, "replicates", 1000, 1, INT32_MAX),
        .seed = (uint64_t)lis_opt_integer(L, at, "seed", 0, 0, INT64_MAX)};
}

/* metric.bootstrap_auc(score, label, {user=, users=, replicates=1000, seed=0}) -> T f64 */
static int l_bootstrap_auc(lua_State *L) {
    static const char *const known[] = {"user", "users", "replicates", "seed", NULL};
    lis_opt_known(L, 3, known);
    lis_scored scored = lis_metric_check_scored(L, 1, 2, 3);
    lis_bootstrap_options options = check_bootstrap(L, 3);
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_error error;
    lis_bind_check(L, lis_bootstrap_auc(lis_bind_ctx(L), out, &scored, &options, &error), &error);
    return 1;
}

/* metric.bootstrap(result, {replicates=1000, seed=0}) -> T f64, of a result that has a share */
static int l_bootstrap(lua_State *L) {
    static const char *const known[] = {"replicates", "seed", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    lis_opt_known(L, 2, known);
    lis_metric metric = {.value = lis_opt_number(L, 1, "value", NAN)};
    lis_tensor *influence = lis_opt_tensor_1d(L, 1, "influence", LIS_F64, -1);
    lis_tensor *share = lis_opt_tensor_1d(L, 1, "share", LIS_F64, -1);
    if (influence) metric.influence = *influence; /* borrowed: the argument keeps both */
    if (share) metric.share = *share;
    lis_bootstrap_options options = check_bootstrap(L, 2);
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_error error;
    lis_bind_check(L, lis_bootstrap_ratio(lis_bind_ctx(L), out, &metric, &options, &error), &error);
    return 1;
}

const luaL_Reg lis_metric_interval_functions[] = {
    {"delong", l_delong},
    {"covariance", l_covariance},
    {"ci_combine", l_ci_combine},
    {"bootstrap", l_bootstrap},
    {"bootstrap_auc", l_bootstrap_auc},
    {"normal_quantile", l_normal_quantile},
    {"normal_cdf", l_normal_cdf},
    {"t_quantile", l_t_quantile},
    {"t_cdf", l_t_cdf},
    {NULL, NULL},
};
