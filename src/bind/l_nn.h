/* The boxes of core.nn, shared by its files: l_nn.c (graphs), l_nn_feed.c, l_nn_fit.c, l_nn_model.c,
 * l_nn_text.c. */
#ifndef LIS_BIND_L_NN_H
#define LIS_BIND_L_NN_H

#include "box.h"
#include "lis/nn/train.h"
#include "lis/tensor/tensor.h"

typedef struct lua_graph {
    lis_graph *graph;
} lua_graph;

typedef struct lua_node {
    lis_graph *graph; /* retained */
    int number;
} lua_node;

typedef struct lua_model {
    lis_model *model;
} lua_model;

extern const lis_box_type lis_box_graph, lis_box_node, lis_box_model;

lis_graph *lis_check_graph(lua_State *L, int at);

/* An open model. */
lis_model *lis_check_model(lua_State *L, int at);

/* The codes of rows to go through: a tensor at `at`, or nil for all rows in order. Pushes it. */
const lis_tensor *lis_push_rows(lua_State *L, int at, int64_t rows);

/* m:fit(feed, options), nn.fit_all(jobs, options) */
int lis_model_fit_lua(lua_State *L);
int lis_models_fit_lua(lua_State *L);

/* g:build{batch = 1024} -> model */
int lis_graph_build(lua_State *L);

/* __tostring */
int lis_graph_tostring(lua_State *L);
int lis_model_tostring(lua_State *L);

/* Binds the feed table at `at` (absolute): {user = T i32, price = T f32, text = {table = T f32,
 * index = T i32}, clicked = history, label = T u8}. Leaves on the stack one box that owns the feed
 * and keeps every column alive; *rows: the log's rows. */
const lis_feed *lis_push_feed(lua_State *L, int at, const lis_model *model, int64_t *rows);

#endif
