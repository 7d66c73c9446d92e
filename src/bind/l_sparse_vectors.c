/* core.sparse: what is made from dense vectors: nearest neighbours, residual codes. */
#include "box.h"
#include "check.h"
#include "l_sparse.h"
#include "lis/sparse/knn.h"
#include "lis/sparse/residual.h"
#include "open.h"

typedef struct knn_call {
    const lis_tensor *query, *vectors;
    lis_knn_options options;
} knn_call;

static knn_call check_knn(lua_State *L) {
    static const char *const known[] = {"k", "metric", "query", NULL};
    static const char *const metrics[] = {"dot", "cosine", "euclidean", NULL};
    knn_call call = {.vectors = lis_check_contiguous(L, 1, "vectors")};
    lis_opt_known(L, 2, known);
    const lis_tensor *query = lis_opt_tensor_2d(L, 2, "query", LIS_F32, -1, -1);
    call.query = query ? query : call.vectors;
    call.options = (lis_knn_options){.k = lis_opt_integer(L, 2, "k", 10, 1, INT32_MAX),
                                     .skip_self = query == NULL};
    call.options.metric = (lis_knn_metric)lis_opt_choice(L, 2, "metric", metrics, LIS_KNN_COSINE);
    return call;
}

/* knn(vectors, {k = 10, metric = "cosine", query = vectors}) -> csr [queries, vectors]; without
 * `query` a vector is no neighbour of itself */
static int core_knn(lua_State *L) {
    knn_call call = check_knn(L);
    lis_error error;
    lis_csr *out = lis_box_new(L, &lis_box_csr);
    lis_bind_check(
        L, lis_knn_build(lis_bind_ctx(L), out, call.query, call.vectors, &call.options, &error),
        &error);
    return 1;
}

/* knn_plan(the same) -> {entries=, bytes=} */
static int core_knn_plan(lua_State *L) {
    knn_call call = check_knn(L);
    lis_plan plan = lis_knn_plan(call.query->shape[0], call.vectors->shape[0], &call.options,
                                 lis_bind_ctx(L)->threads);
    lis_push_plan(L, &plan);
    return 1;
}

/* residual_codes(vectors, {levels = 3, codes = 32, iterations = 25, seed = 0})
 *   -> codes i32 [n, levels], centroids f32 [levels * codes, d], error f64 [levels] */
static int core_residual_codes(lua_State *L) {
    static const char *const known[] = {"levels", "codes", "iterations", "seed", NULL};
    const lis_tensor *x = lis_check_contiguous(L, 1, "x");
    lis_opt_known(L, 2, known);
    lis_residual_options options = lis_residual_defaults();
    options.levels = lis_opt_integer(L, 2, "levels", options.levels, 1, 1024);
    options.codes = lis_opt_integer(L, 2, "codes", options.codes, 1, INT32_MAX);
    options.iterations = lis_opt_integer(L, 2, "iterations", options.iterations, 0, INT32_MAX);
    options.seed = (uint64_t)lis_opt_integer(L, 2, "seed", 0, INT64_MIN, INT64_MAX);
    lis_error error;
    lis_tensor *codes = lis_box_new(L, &lis_box_tensor);
    lis_tensor *centroids = lis_box_new(L, &lis_box_tensor);
    lis_tensor *left = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(
        L, lis_residual_fit(lis_bind_ctx(L), codes, centroids, left, x, &options, &error), &error);
    return 3;
}

/* residual_encode(vectors, centroids, levels) -> codes i32 [n, levels] */
static int core_residual_encode(lua_State *L) {
    const lis_tensor *x = lis_check_contiguous(L, 1, "x");
    const lis_tensor *centroids = lis_check_contiguous(L, 2, "centroids");
    int64_t levels = lis_check_integer(L, 3, "levels", 1, INT32_MAX);
    lis_error error;
    lis_tensor *codes = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_residual_encode(lis_bind_ctx(L), codes, x, centroids, levels, &error),
                   &error);
    return 1;
}

const luaL_Reg lis_sparse_vectors_functions[] = {{"knn", core_knn},
                                                 {"knn_plan", core_knn_plan},
                                                 {"residual_codes", core_residual_codes},
                                                 {"residual_encode", core_residual_encode},
                                                 {NULL, NULL}};
