/* core.tensor: operators, comparison, functions of one number, reductions. */
#include <math.h>
#include <string.h>

#include "box.h"
#include "check.h"
#include "l_tensor.h"
#include "lis/tensor/ops_elem.h"
#include "lis/tensor/ops_reduce.h"
#include "open.h"

static bool is_float(lis_dtype dtype) {
    return dtype == LIS_F32 || dtype == LIS_F64;
}

lis_tensor lis_tensor_operand(lua_State *L, int at, const char *what, lis_dtype other,
                              lis_tensor_number *number) {
    static const int64_t one = 1;
    if (lua_type(L, at) != LUA_TNUMBER) return *lis_check_tensor(L, at, what);
    lis_dtype dtype = is_float(other) ? other : LIS_F64;
    if (!is_float(other) && lua_isinteger(L, at)) {
        number->i64 = lua_tointeger(L, at);
        dtype = number->i64 >= INT32_MIN && number->i64 <= INT32_MAX ? LIS_I32 : LIS_I64;
        if (dtype == LIS_I32) number->i32 = (int32_t)number->i64;
    } else if (dtype == LIS_F32) {
        number->f32 = (float)lua_tonumber(L, at);
    } else {
        number->f64 = lua_tonumber(L, at);
    }
    return lis_tensor_borrow(dtype, 1, &one, number);
}

/* The type of the operand that is a tensor; where both are, it does not matter which. */
static lis_dtype dtype_beside(lua_State *L, int at) {
    const lis_tensor *tensor = lis_box_test(L, at, &lis_box_tensor);
    return tensor ? tensor->dtype : LIS_F64;
}

/* ---- two operands, either of them a number */

static int binary(lua_State *L, lis_binary op) {
    lis_tensor_number na, nb;
    lis_tensor a = lis_tensor_operand(L, 1, "left", dtype_beside(L, 2), &na);
    lis_tensor b = lis_tensor_operand(L, 2, "right", dtype_beside(L, 1), &nb);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_binary(lis_bind_ctx(L), out, op, &a, &b, &error), &error);
    return 1;
}

static int tensor_add(lua_State *L) {
    return binary(L, LIS_ADD);
}
static int tensor_sub(lua_State *L) {
    return binary(L, LIS_SUB);
}
static int tensor_mul(lua_State *L) {
    return binary(L, LIS_MUL);
}
static int tensor_div(lua_State *L) {
    return binary(L, LIS_DIV);
}
static int tensor_pow(lua_State *L) {
    return binary(L, LIS_POW);
}
static int tensor_minimum(lua_State *L) {
    return binary(L, LIS_MINIMUM);
}
static int tensor_maximum(lua_State *L) {
    return binary(L, LIS_MAXIMUM);
}

static int compare(lua_State *L, lis_compare op) {
    lis_tensor_number number;
    lis_tensor a = *lis_check_tensor(L, 1, "self");
    lis_tensor b = lis_tensor_operand(L, 2, "other", a.dtype, &number);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_compare(lis_bind_ctx(L), out, op, &a, &b, &error), &error);
    return 1;
}

static int tensor_eq(lua_State *L) {
    return compare(L, LIS_EQ);
}
static int tensor_ne(lua_State *L) {
    return compare(L, LIS_NE);
}
static int tensor_lt(lua_State *L) {
    return compare(L, LIS_LT);
}
static int tensor_le(lua_State *L) {
    return compare(L, LIS_LE);
}
static int tensor_gt(lua_State *L) {
    return compare(L, LIS_GT);
}
static int tensor_ge(lua_State *L) {
    return compare(L, LIS_GE);
}
static int tensor_land(lua_State *L) {
    return compare(L, LIS_AND);
}
static int tensor_lor(lua_State *L) {
    return compare(L, LIS_OR);
}

static int tensor_lnot(lua_State *L) {
    lua_settop(L, 1);
    lua_pushinteger(L, 0);
    return compare(L, LIS_EQ);
}

/* ---- in place: these return self, so that calls can be chained */

static int update(lua_State *L, lis_binary op, double scale) {
    lis_tensor_number number;
    const lis_tensor *self = lis_check_tensor(L, 1, "self");
    lis_tensor other = lis_tensor_operand(L, 2, "other", self->dtype, &number);
    lis_error error;
    lis_bind_check(L, lis_tensor_update(lis_bind_ctx(L), self, op, scale, &other, &error), &error);
    lua_settop(L, 1);
    return 1;
}

static int tensor_add_in_place(lua_State *L) {
    double scale = lua_isnoneornil(L, 3) ? 1.0 : lis_check_number(L, 3, "scale");
    return update(L, LIS_ADD, scale);
}

static int tensor_mul_in_place(lua_State *L) {
    return update(L, LIS_MUL, 1.0);
}

/* ---- one operand */

static int unary(lua_State *L, lis_unary op) {
    const lis_tensor *self = lis_check_tensor(L, 1, "self");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_unary(lis_bind_ctx(L), out, op, self, &error), &error);
    return 1;
}

static int tensor_neg(lua_State *L) {
    return unary(L, LIS_NEG);
}
static int tensor_abs(lua_State *L) {
    return unary(L, LIS_ABS);
}
static int tensor_exp(lua_State *L) {
    return unary(L, LIS_EXP);
}
static int tensor_log(lua_State *L) {
    return unary(L, LIS_LOG);
}
static int tensor_sqrt(lua_State *L) {
    return unary(L, LIS_SQRT);
}
static int tensor_sigmoid(lua_State *L) {
    return unary(L, LIS_SIGMOID);
}
static int tensor_tanh(lua_State *L) {
    return unary(L, LIS_TANH);
}

/* clamp(low, high), either of them nil. */
static int tensor_clamp(lua_State *L) {
    lis_error error;
    lis_tensor_number number;
    lis_check_tensor(L, 1, "self");
    lua_settop(L, 3);
    lua_pushvalue(L, 1);
    for (int side = 0; side < 2; side++) {
        if (lua_isnil(L, 2 + side)) continue;
        lis_check_number(L, 2 + side, side == 0 ? "low" : "high");
        lis_tensor x = *lis_check_tensor(L, -1, "self");
        lis_tensor bound = lis_tensor_operand(L, 2 + side, "bound", x.dtype, &number);
        lis_tensor *out = lis_box_new(L, &lis_box_tensor);
        lis_binary op = side == 0 ? LIS_MAXIMUM : LIS_MINIMUM;
        lis_bind_check(L, lis_tensor_binary(lis_bind_ctx(L), out, op, &x, &bound, &error), &error);
    }
    return 1;
}

static int tensor_normalize_rows(lua_State *L) {
    const lis_tensor *self = lis_check_contiguous(L, 1, "self");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_normalize_rows(lis_bind_ctx(L), out, self, &error), &error);
    return 1;
}

/* ---- reductions: a number, or along a dimension a tensor */

static double summary_value(const lis_summary *s, lis_reduction op) {
    switch (op) {
    case LIS_SUM:
        return s->sum;
    case LIS_MEAN:
        return s->mean;
    case LIS_MIN:
        return s->min;
    case LIS_MAX:
        return s->max;
    case LIS_VARIANCE:
        break;
    }
    return lis_summary_variance(s);
}

static int reduce(lua_State *L, lis_reduction op) {
    const lis_tensor *self = lis_check_tensor(L, 1, "self");
    lis_error error;
    if (!lua_isnoneornil(L, 2)) {
        int dim = (int)lis_check_index(L, 2, self->ndim, "dim");
        lis_tensor *out = lis_box_new(L, &lis_box_tensor);
        lis_bind_check(L, lis_tensor_reduce(lis_bind_ctx(L), out, op, self, dim, &error), &error);
        return 1;
    }
    lis_summary summary;
    lis_bind_check(L, lis_tensor_summarize(lis_bind_ctx(L), &summary, self, &error), &error);
    if (summary.n == 0 && (op == LIS_MIN || op == LIS_MAX))
        lis_arg_fail(L, "self", "an empty tensor has no smallest or largest element");
    double value = summary_value(&summary, op);
    bool whole = !is_float(self->dtype) && (op == LIS_SUM || op == LIS_MIN || op == LIS_MAX);
    if (whole && fabs(value) < 0x1p53)
        lua_pushinteger(L, (lua_Integer)value);
    else
        lua_pushnumber(L, value);
    return 1;
}

static int tensor_sum(lua_State *L) {
    return reduce(L, LIS_SUM);
}
static int tensor_mean(lua_State *L) {
    return reduce(L, LIS_MEAN);
}
static int tensor_min(lua_State *L) {
    return reduce(L, LIS_MIN);
}
static int tensor_max(lua_State *L) {
    return reduce(L, LIS_MAX);
}
static int tensor_variance(lua_State *L) {
    return reduce(L, LIS_VARIANCE);
}

static int tensor_count(lua_State *L) {
    lis_summary summary;
    lis_error error;
    const lis_tensor *self = lis_check_tensor(L, 1, "self");
    lis_bind_check(L, lis_tensor_summarize(lis_bind_ctx(L), &summary, self, &error), &error);
    lua_pushinteger(L, summary.nonzero);
    return 1;
}

const luaL_Reg lis_tensor_elem_methods[] = {{"add_", tensor_add_in_place},
                                            {"mul_", tensor_mul_in_place},
                                            {"pow", tensor_pow},
                                            {"minimum", tensor_minimum},
                                            {"maximum", tensor_maximum},
                                            {"eq", tensor_eq},
                                            {"ne", tensor_ne},
                                            {"lt", tensor_lt},
                                            {"le", tensor_le},
                                            {"gt", tensor_gt},
                                            {"ge", tensor_ge},
                                            {"land", tensor_land},
                                            {"lor", tensor_lor},
                                            {"lnot", tensor_lnot},
                                            {"abs", tensor_abs},
                                            {"exp", tensor_exp},
                                            {"log", tensor_log},
                                            {"sqrt", tensor_sqrt},
                                            {"sigmoid", tensor_sigmoid},
                                            {"tanh", tensor_tanh},
                                            {"clamp", tensor_clamp},
                                            {"normalize_rows", tensor_normalize_rows},
                                            {"sum", tensor_sum},
                                            {"mean", tensor_mean},
                                            {"min", tensor_min},
                                            {"max", tensor_max},
                                            {"variance", tensor_variance},
                                            {"count", tensor_count},
                                            {NULL, NULL}};

const luaL_Reg lis_tensor_elem_operators[] = {
    {"__add", tensor_add}, {"__sub", tensor_sub}, {"__mul", tensor_mul}, {"__div", tensor_div},
    {"__pow", tensor_pow}, {"__unm", tensor_neg}, {NULL, NULL}};
