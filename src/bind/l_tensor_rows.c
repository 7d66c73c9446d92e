/* core.tensor: rows and codes, sorting, linear algebra. */
#include "box.h"
#include "check.h"
#include "l_tensor.h"
#include "lis/tensor/linalg.h"
#include "lis/tensor/ops_gather.h"
#include "lis/tensor/sort.h"
#include "open.h"

/* ---- rows and codes */

static int tensor_take(lua_State *L) {
    const lis_tensor *self = lis_check_contiguous(L, 1, "self");
    const lis_tensor *index = lis_check_contiguous(L, 2, "index");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_take(lis_bind_ctx(L), out, self, index, &error), &error);
    return 1;
}

static int tensor_scatter_add(lua_State *L) {
    const lis_tensor *self = lis_check_tensor(L, 1, "self");
    const lis_tensor *index = lis_check_contiguous(L, 2, "index");
    const lis_tensor *rows = lis_check_contiguous(L, 3, "rows");
    lis_error error;
    lis_bind_check(L, lis_scatter_add_rows(lis_bind_ctx(L), self, index, rows, &error), &error);
    lua_settop(L, 1);
    return 1;
}

static int tensor_nonzero(lua_State *L) {
    const lis_tensor *self = lis_check_tensor(L, 1, "self");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_nonzero(out, self, &error), &error);
    return 1;
}

static int tensor_unique(lua_State *L) {
    const lis_tensor *self = lis_check_tensor(L, 1, "self");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_unique(lis_bind_ctx(L), out, self, &error), &error);
    return 1;
}

static int tensor_argsort(lua_State *L) {
    const lis_tensor *self = lis_check_tensor(L, 1, "self");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_argsort(lis_bind_ctx(L), out, self, &error), &error);
    return 1;
}

/* bincount(n[, weights]) -> f64 [n] */
static int tensor_bincount(lua_State *L) {
    const lis_tensor *self = lis_check_contiguous(L, 1, "self");
    int64_t n = lis_check_integer(L, 2, "n", 0, INT32_MAX);
    const lis_tensor *weight = lua_isnoneornil(L, 3) ? NULL : lis_check_contiguous(L, 3, "weight");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_bincount(out, self, weight, n, &error), &error);
    return 1;
}

/* ---- linear algebra */

/* Puts the transposed view of the matrix at `at` into *view. */
static void transpose(lua_State *L, const lis_tensor *matrix, const char *what, lis_tensor *view) {
    lis_error error;
    if (matrix->ndim != 2)
        lis_arg_fail(L, what, "wanted a matrix, got %d dimensions", matrix->ndim);
    lis_bind_check(L, lis_tensor_transpose(view, matrix, 0, 1, &error), &error);
}

/* matmul(a, b, {transpose_a = false, transpose_b = false}); a view of a transpose costs no copy. */
static int core_matmul(lua_State *L) {
    static const char *const known[] = {"transpose_a", "transpose_b", NULL};
    lis_tensor a = *lis_check_tensor(L, 1, "a");
    lis_tensor b = *lis_check_tensor(L, 2, "b");
    lis_opt_known(L, 3, known);
    if (a.ndim != 2) lis_arg_fail(L, "a", "wanted a matrix, got %d dimensions", a.ndim);
    if (b.ndim != 2) lis_arg_fail(L, "b", "wanted a matrix, got %d dimensions", b.ndim);
    if (lis_opt_boolean(L, 3, "transpose_a", false)) transpose(L, &a, "a", &a);
    if (lis_opt_boolean(L, 3, "transpose_b", false)) transpose(L, &b, "b", &b);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_2d(out, a.dtype, a.shape[0], b.shape[1], &error), &error);
    lis_bind_check(L, lis_gemm(lis_bind_ctx(L), out, 1.0, &a, &b, 0.0, &error), &error);
    return 1;
}

/* ridge(x, y, {l2 = 1, weight = T}) */
static int core_ridge(lua_State *L) {
    static const char *const known[] = {"l2", "weight", NULL};
    const lis_tensor *x = lis_check_contiguous(L, 1, "x");
    const lis_tensor *y = lis_check_contiguous(L, 2, "y");
    lis_opt_known(L, 3, known);
    double l2 = lis_opt_number(L, 3, "l2", 1.0);
    const lis_tensor *weight = lis_opt_tensor(L, 3, "weight");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_ridge(lis_bind_ctx(L), out, x, y, weight, l2, &error), &error);
    return 1;
}

static int core_procrustes(lua_State *L) {
    const lis_tensor *a = lis_check_contiguous(L, 1, "a");
    const lis_tensor *b = lis_check_contiguous(L, 2, "b");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_procrustes(lis_bind_ctx(L), out, a, b, &error), &error);
    return 1;
}

/* principal_axes(x, k): [p, k] */
static int core_principal_axes(lua_State *L) {
    const lis_tensor *x = lis_check_contiguous(L, 1, "x");
    int64_t k = lis_check_integer(L, 2, "k", 1, INT32_MAX);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_principal_axes(lis_bind_ctx(L), out, x, k, &error), &error);
    return 1;
}

const luaL_Reg lis_tensor_rows_methods[] = {{"take", tensor_take},
                                            {"scatter_add_", tensor_scatter_add},
                                            {"nonzero", tensor_nonzero},
                                            {"unique", tensor_unique},
                                            {"argsort", tensor_argsort},
                                            {"bincount", tensor_bincount},
                                            {NULL, NULL}};

const luaL_Reg lis_tensor_rows_functions[] = {{"matmul", core_matmul},
                                              {"ridge", core_ridge},
                                              {"procrustes", core_procrustes},
                                              {"principal_axes", core_principal_axes},
                                              {NULL, NULL}};
