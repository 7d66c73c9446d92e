/* core.sparse: the box lis.csr and its methods. */
#include "l_sparse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "box.h"
#include "check.h"
#include "lis/sparse/csr_file.h"
#include "lis/sparse/itemcf.h"
#include "lis/sparse/ppmi.h"
#include "lis/sparse/rsvd.h"
#include "lis/sparse/spgemm.h"
#include "lis/sparse/spmm.h"
#include "open.h"

lis_csr *lis_check_csr(lua_State *L, int at, const char *what) {
    lis_csr *csr = lis_box_check(L, at, &lis_box_csr, what);
    if (!csr->offset) lis_arg_fail(L, what, "this matrix is closed");
    return csr;
}

void lis_push_plan(lua_State *L, const lis_plan *plan) {
    lua_createtable(L, 0, 2);
    lua_pushnumber(L, plan->entries);
    lua_setfield(L, -2, "entries");
    lua_pushnumber(L, plan->bytes);
    lua_setfield(L, -2, "bytes");
}

static lis_csr *new_csr(lua_State *L) {
    return lis_box_new(L, &lis_box_csr);
}

/* ---- making */

/* from_triples(rows, columns, row, column[, value]) */
static int core_from_triples(lua_State *L) {
    int64_t rows = lis_check_integer(L, 1, "rows", 0, INT32_MAX);
    int64_t columns = lis_check_integer(L, 2, "columns", 0, INT32_MAX);
    const lis_tensor *row = lis_check_tensor_1d(L, 3, "row", LIS_I32, -1);
    const lis_tensor *column = lis_check_tensor_1d(L, 4, "column", LIS_I32, row->shape[0]);
    const float *value = NULL;
    if (!lua_isnoneornil(L, 5))
        value = lis_f32(lis_check_tensor_1d(L, 5, "value", LIS_F32, row->shape[0]));
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L,
                   lis_csr_from_triples(lis_bind_ctx(L), out, rows, columns, lis_i32(row),
                                        lis_i32(column), value, row->shape[0], &error),
                   &error);
    return 1;
}

/* sum{csr, csr, ...} -> csr */
static int core_sum(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    int64_t terms = (int64_t)lua_rawlen(L, 1);
    const lis_csr **term = lua_newuserdatauv(L, (size_t)(terms + 1) * sizeof *term, 0);
    for (int64_t t = 0; t < terms; t++) {
        lua_rawgeti(L, 1, t + 1);
        term[t] = lis_check_csr(L, lua_gettop(L), "a matrix of the list");
        lua_pop(L, 1);
    }
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_sum(lis_bind_ctx(L), out, term, terms, &error), &error);
    return 1;
}

static int core_load(lua_State *L) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_load(out, path, &error), &error);
    return 1;
}

static int core_is(lua_State *L) {
    lua_pushboolean(L, lis_box_test(L, 1, &lis_box_csr) != NULL);
    return 1;
}

/* ---- what it is */

static int csr_rows(lua_State *L) {
    lua_pushinteger(L, lis_check_csr(L, 1, "self")->rows);
    return 1;
}

static int csr_columns(lua_State *L) {
    lua_pushinteger(L, lis_check_csr(L, 1, "self")->columns);
    return 1;
}

static int csr_nnz(lua_State *L) {
    lua_pushinteger(L, lis_check_csr(L, 1, "self")->nnz);
    return 1;
}

static int csr_hash(lua_State *L) {
    char hex[17];
    snprintf(hex, sizeof hex, "%016" PRIx64, lis_csr_hash(lis_check_csr(L, 1, "self")));
    lua_pushstring(L, hex);
    return 1;
}

static int csr_is_symmetric(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    bool answer;
    lis_error error;
    lis_bind_check(L, lis_csr_is_symmetric(self, &answer, &error), &error);
    lua_pushboolean(L, answer);
    return 1;
}

static int csr_save(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    const char *path = lis_check_text(L, 2, "path", NULL);
    lis_error error;
    lis_bind_check(L, lis_csr_save(self, path, &error), &error);
    lua_settop(L, 1);
    return 1;
}

/* "csr 1682 x 1682, 983206 entries (34.75 %)" */
static int csr_tostring(lua_State *L) {
    const lis_csr *self = luaL_checkudata(L, 1, lis_box_csr.name);
    if (!self->offset) {
        lua_pushliteral(L, "csr (closed)");
        return 1;
    }
    double cells = (double)self->rows * (double)self->columns;
    char text[160];
    snprintf(text, sizeof text, "csr %" PRId64 " x %" PRId64 ", %" PRId64 " entries (%.4g %%)",
             self->rows, self->columns, self->nnz,
             cells > 0 ? 100 * (double)self->nnz / cells : 0.0);
    lua_pushstring(L, text);
    return 1;
}

/* ---- what it becomes */

static int csr_transpose(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_transpose(lis_bind_ctx(L), out, self, &error), &error);
    return 1;
}

/* add(other[, scale]) */
static int csr_add(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self"), *other = lis_check_csr(L, 2, "other");
    double scale = lua_isnoneornil(L, 3) ? 1 : lis_check_number(L, 3, "scale");
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_add(lis_bind_ctx(L), out, self, (float)scale, other, &error), &error);
    return 1;
}

static int csr_permute(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    const lis_tensor *to = lis_check_tensor_1d(L, 2, "permutation", LIS_I32, self->rows);
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_permute(lis_bind_ctx(L), out, self, lis_i32(to), &error), &error);
    return 1;
}

static int csr_top_k(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    int64_t k = lis_check_integer(L, 2, "k", 0, INT64_MAX);
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_top_k(lis_bind_ctx(L), out, self, k, &error), &error);
    return 1;
}

/* multiply(other, {top_k = all}) -> csr */
static int csr_multiply(lua_State *L) {
    static const char *const known[] = {"top_k", NULL};
    const lis_csr *self = lis_check_csr(L, 1, "self"), *other = lis_check_csr(L, 2, "other");
    lis_opt_known(L, 3, known);
    int64_t top_k = lis_opt_integer(L, 3, "top_k", 0, 1, INT32_MAX);
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_multiply(lis_bind_ctx(L), out, self, other, top_k, &error), &error);
    return 1;
}

/* ratings:itemcf{similarity = "cosine", top_k = all, k1 = 1.2, b = 0.75} -> csr [items, items] */
static int csr_itemcf(lua_State *L) {
    static const char *const known[] = {"similarity", "top_k", "k1", "b", NULL};
    static const char *const kinds[] = {"cosine", "jaccard", "tfidf", "bm25", NULL};
    const lis_csr *self = lis_check_csr(L, 1, "self");
    lis_opt_known(L, 2, known);
    lis_itemcf_options options = lis_itemcf_defaults();
    options.similarity = (lis_itemcf)lis_opt_choice(L, 2, "similarity", kinds, LIS_ITEMCF_COSINE);
    options.top_k = lis_opt_integer(L, 2, "top_k", 0, 1, INT32_MAX);
    options.k1 = lis_opt_number(L, 2, "k1", options.k1);
    options.b = lis_opt_number(L, 2, "b", options.b);
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_itemcf_build(lis_bind_ctx(L), out, self, &options, &error), &error);
    return 1;
}

static int csr_prune(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    double least = lis_check_number(L, 2, "least");
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_prune(lis_bind_ctx(L), out, self, (float)least, &error), &error);
    return 1;
}

/* thin(share[, seed]) */
static int csr_thin(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    double share = lis_check_number(L, 2, "share");
    int64_t seed =
        lua_isnoneornil(L, 3) ? 0 : lis_check_integer(L, 3, "seed", INT64_MIN, INT64_MAX);
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_thin(lis_bind_ctx(L), out, self, share, (uint64_t)seed, &error),
                   &error);
    return 1;
}

/* ppmi{shift = 0, smoothing = 1} */
static int csr_ppmi(lua_State *L) {
    static const char *const known[] = {"shift", "smoothing", NULL};
    const lis_csr *self = lis_check_csr(L, 1, "self");
    lis_opt_known(L, 2, known);
    lis_ppmi_options options = {lis_opt_number(L, 2, "shift", 0),
                                lis_opt_number(L, 2, "smoothing", 1)};
    lis_error error;
    lis_csr *out = new_csr(L);
    lis_bind_check(L, lis_csr_ppmi(lis_bind_ctx(L), out, self, &options, &error), &error);
    return 1;
}

/* ---- tensors from it */

static int csr_row_sums(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(out, LIS_F64, self->rows, &error), &error);
    lis_csr_row_sums(self, lis_f64(out));
    return 1;
}

/* triples() -> row, column, value: new tensors [nnz] */
static int csr_triples(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    lis_error error;
    lis_tensor *row = lis_box_new(L, &lis_box_tensor);
    lis_tensor *column = lis_box_new(L, &lis_box_tensor);
    lis_tensor *value = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(row, LIS_I32, self->nnz, &error), &error);
    lis_bind_check(L, lis_tensor_new_1d(column, LIS_I32, self->nnz, &error), &error);
    lis_bind_check(L, lis_tensor_new_1d(value, LIS_F32, self->nnz, &error), &error);
    for (int64_t r = 0; r < self->rows; r++)
        for (int64_t k = self->offset[r]; k < self->offset[r + 1]; k++)
            lis_i32(row)[k] = (int32_t)r;
    memcpy(lis_i32(column), self->column, (size_t)self->nnz * sizeof *self->column);
    memcpy(lis_f32(value), self->value, (size_t)self->nnz * sizeof *self->value);
    return 3;
}

/* A product with x, where a 1-d x is one column and gives one. */
static lis_status multiply(lua_State *L, lis_tensor *out, const lis_csr *self, const lis_tensor *x,
                           bool transpose, lis_error *err) {
    int64_t rows = transpose ? self->columns : self->rows, width = x->ndim == 2 ? x->shape[1] : 1;
    lis_tensor wide = *x;
    if (x->ndim == 1) LIS_TRY(lis_tensor_reshape(&wide, x, 2, (int64_t[]){x->shape[0], 1}, err));
    LIS_TRY(lis_tensor_new_2d(out, LIS_F32, rows, width, err));
    if (transpose)
        LIS_TRY(lis_csr_matmul_transposed(lis_bind_ctx(L), out, self, &wide, err));
    else
        LIS_TRY(lis_csr_matmul(lis_bind_ctx(L), out, self, &wide, err));
    if (x->ndim == 1) return lis_tensor_reshape(out, out, 1, &rows, err);
    return LIS_OK;
}

/* matmul(x, {transpose = false}) -> T */
static int csr_matmul(lua_State *L) {
    static const char *const known[] = {"transpose", NULL};
    const lis_csr *self = lis_check_csr(L, 1, "self");
    const lis_tensor *x = lis_check_contiguous(L, 2, "x");
    lis_opt_known(L, 3, known);
    bool transpose = lis_opt_boolean(L, 3, "transpose", false);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, multiply(L, out, self, x, transpose, &error), &error);
    return 1;
}

static lis_svd_options check_svd(lua_State *L) {
    static const char *const known[] = {"rank", "oversample", "power", "seed", NULL};
    lis_opt_known(L, 2, known);
    lis_svd_options options = lis_svd_defaults();
    options.rank = lis_opt_integer(L, 2, "rank", options.rank, 1, INT32_MAX);
    options.oversample = lis_opt_integer(L, 2, "oversample", options.oversample, 0, INT32_MAX);
    options.power = lis_opt_integer(L, 2, "power", options.power, 0, 1000);
    options.seed = (uint64_t)lis_opt_integer(L, 2, "seed", 0, INT64_MIN, INT64_MAX);
    return options;
}

/* svd{rank = 16, oversample = 10, power = 4, seed = 0} -> u, s, v */
static int csr_svd(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    lis_svd_options options = check_svd(L);
    lis_error error;
    lis_tensor *u = lis_box_new(L, &lis_box_tensor);
    lis_tensor *s = lis_box_new(L, &lis_box_tensor);
    lis_tensor *v = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_csr_svd(lis_bind_ctx(L), u, s, v, self, &options, &error), &error);
    return 3;
}

/* svd_plan{the same} -> {entries=, bytes=} */
static int csr_svd_plan(lua_State *L) {
    const lis_csr *self = lis_check_csr(L, 1, "self");
    lis_svd_options options = check_svd(L);
    lis_plan plan = lis_svd_plan(self, &options, lis_bind_ctx(L)->threads);
    lis_push_plan(L, &plan);
    return 1;
}

/* ---- the box */

static void release(void *object) {
    lis_csr_free(object);
}

static const luaL_Reg methods[] = {{"rows", csr_rows},
                                   {"columns", csr_columns},
                                   {"nnz", csr_nnz},
                                   {"hash", csr_hash},
                                   {"is_symmetric", csr_is_symmetric},
                                   {"save", csr_save},
                                   {"transpose", csr_transpose},
                                   {"add", csr_add},
                                   {"permute", csr_permute},
                                   {"top_k", csr_top_k},
                                   {"prune", csr_prune},
                                   {"thin", csr_thin},
                                   {"multiply", csr_multiply},
                                   {"itemcf", csr_itemcf},
                                   {"ppmi", csr_ppmi},
                                   {"row_sums", csr_row_sums},
                                   {"triples", csr_triples},
                                   {"matmul", csr_matmul},
                                   {"svd", csr_svd},
                                   {"svd_plan", csr_svd_plan},
                                   {NULL, NULL}};

static const luaL_Reg metamethods[] = {{"__tostring", csr_tostring}, {NULL, NULL}};

const lis_box_type lis_box_csr = {"lis.csr", sizeof(lis_csr), release, methods, metamethods};

int lis_open_sparse(lua_State *L) {
    static const luaL_Reg functions[] = {{"from_triples", core_from_triples},
                                         {"sum", core_sum},
                                         {"load", core_load},
                                         {"is", core_is},
                                         {NULL, NULL}};
    lis_box_register(L, &lis_box_csr);
    luaL_newlib(L, functions);
    luaL_setfuncs(L, lis_sparse_events_functions, 0);
    luaL_setfuncs(L, lis_sparse_vectors_functions, 0);
    return 1;
}
