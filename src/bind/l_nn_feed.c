/* A Lua table of columns becomes a lis_feed. */
#include <string.h>

#include "check.h"
#include "l_nn.h"
#include "open.h"

typedef struct lua_feed {
    lis_feed *feed;
} lua_feed;

static void release_feed(void *object) {
    lis_feed_free(((lua_feed *)object)->feed);
}

static const luaL_Reg no_methods[] = {{NULL, NULL}};
static const lis_box_type box_feed = {
    .name = "lis.feed", .size = sizeof(lua_feed), .release = release_feed, .methods = no_methods};

/* One column, read but not yet bound. */
typedef struct column {
    const char *name;
    const lis_tensor *values; /* ids, dense, label, or frozen vectors */
    const lis_tensor *index;  /* of frozen vectors, by row */
    const lis_tensor *offset; /* of frozen vectors, by event of a history */
    const lis_history *history;
    lis_history listed; /* of {items, offsets} */
    int64_t rows;
} column;

static const lis_history *test_history(lua_State *L, int at) {
    const lis_history *history = luaL_testudata(L, at, "lis.history");
    if (history && !history->begin) luaL_error(L, "this history has been closed");
    return history;
}

static const lis_tensor *column_tensor(lua_State *L, int at, const char *name) {
    const lis_tensor *t = lis_box_test(L, at, &lis_box_tensor);
    if (!t) return NULL;
    if (!t->storage || !lis_tensor_contiguous(t))
        luaL_error(L, "feed: column '%s' must be %s", name,
                   t->storage ? "contiguous: copy() it" : "an open tensor");
    return t;
}

/* {items = T i32, offsets = T i64}: row r has seen items[offsets[r]] to items[offsets[r + 1] - 1]. */
static void read_lists(lua_State *L, column *c, const lis_tensor *items,
                       const lis_tensor *offsets) {
    lis_error error;
    lis_bind_check(L, lis_tensor_expect_1d(items, c->name, LIS_I32, -1, &error), &error);
    lis_bind_check(L, lis_tensor_expect_1d(offsets, c->name, LIS_I64, -1, &error), &error);
    if (offsets->shape[0] < 1) luaL_error(L, "feed: column '%s': offsets are empty", c->name);
    c->listed = (lis_history){.rows = offsets->shape[0] - 1,
                              .events = items->shape[0],
                              .item = lis_i32(items),
                              .begin = lis_i64(offsets),
                              .end = lis_i64(offsets) + 1};
}

/* The fields of the table at the top of the stack; keeps what it reads in the table of anchors. */
static void read_fields(lua_State *L, column *c, int anchors) {
    enum { TABLE, INDEX, OFFSET, ITEMS, OFFSETS, HISTORY };
    static const char *const known[] = {"table",   "index",   "offset", "items",
                                        "offsets", "history", NULL};
    const lis_tensor *field[HISTORY];
    int at = lua_gettop(L);
    lis_opt_known(L, at, known);
    for (int k = 0; known[k]; k++) {
        lua_getfield(L, at, known[k]);
        lua_pushvalue(L, -1);
        lua_rawseti(L, anchors, (lua_Integer)lua_rawlen(L, anchors) + 1);
        if (k < HISTORY) field[k] = column_tensor(L, lua_gettop(L), c->name);
    }
    c->history = test_history(L, -1);
    lua_settop(L, at);
    if (field[TABLE] && field[INDEX]) {
        c->values = field[TABLE];
        c->index = field[INDEX];
    } else if (field[TABLE] && field[OFFSET]) {
        c->values = field[TABLE];
        c->offset = field[OFFSET];
    } else if (field[ITEMS] && field[OFFSETS]) {
        read_lists(L, c, field[ITEMS], field[OFFSETS]);
    } else if (!c->history) {
        luaL_error(L,
                   "feed: column '%s': a table of columns is {table = vectors, index = codes}, "
                   "{table = vectors, offset = line of item 0}, {items = codes, offsets = where "
                   "each row begins} or {history = history}",
                   c->name);
    }
}

/* The column whose value is on top of the stack. */
static column read_column(lua_State *L, const char *name, int anchors) {
    column c = {.name = name};
    lua_pushvalue(L, -1);
    lua_rawseti(L, anchors, (lua_Integer)lua_rawlen(L, anchors) + 1);
    if (lua_istable(L, -1)) {
        read_fields(L, &c, anchors);
    } else {
        c.history = test_history(L, -1);
        c.values = c.history ? NULL : column_tensor(L, -1, name);
        if (!c.history && !c.values)
            luaL_error(L, "feed: column '%s' is a %s; wanted a tensor, a history or a table", name,
                       luaL_typename(L, -1));
    }
    if (c.history)
        c.rows = c.history->rows;
    else if (c.listed.begin)
        c.rows = c.listed.rows;
    else
        c.rows = (c.index ? c.index : c.offset ? c.offset : c.values)->shape[0];
    return c;
}

static lis_status bind_column(lis_feed *feed, const column *c, lis_error *err) {
    if (c->history) return lis_feed_history(feed, c->name, c->history, err);
    if (c->listed.begin) return lis_feed_history(feed, c->name, &c->listed, err);
    if (!strcmp(c->name, "label")) {
        LIS_TRY(lis_tensor_expect_1d(c->values, "label", LIS_U8, c->rows, err));
        return lis_feed_label(feed, lis_u8(c->values), err);
    }
    if (c->index) {
        LIS_TRY(lis_tensor_expect_1d(c->index, c->name, LIS_I32, c->rows, err));
        LIS_TRY(lis_tensor_expect_2d(c->values, c->name, LIS_F32, -1, -1, err));
        return lis_feed_frozen(feed, c->name, lis_f32(c->values), c->values->shape[0],
                               c->values->shape[1], lis_i32(c->index), err);
    }
    if (c->offset) {
        LIS_TRY(lis_tensor_expect_1d(c->offset, c->name, LIS_I32, c->rows, err));
        LIS_TRY(lis_tensor_expect_2d(c->values, c->name, LIS_F32, -1, -1, err));
        return lis_feed_events(feed, c->name, lis_f32(c->values), c->values->shape[0],
                               c->values->shape[1], lis_i32(c->offset), err);
    }
    if (c->values->dtype == LIS_I32) {
        LIS_TRY(lis_tensor_expect_1d(c->values, c->name, LIS_I32, c->rows, err));
        return lis_feed_ids(feed, c->name, lis_i32(c->values), err);
    }
    if (c->values->ndim == 1) {
        LIS_TRY(lis_tensor_expect_1d(c->values, c->name, LIS_F32, c->rows, err));
        return lis_feed_dense(feed, c->name, lis_f32(c->values), 1, err);
    }
    LIS_TRY(lis_tensor_expect_2d(c->values, c->name, LIS_F32, c->rows, -1, err));
    return lis_feed_dense(feed, c->name, lis_f32(c->values), c->values->shape[1], err);
}

/* The name and rows of the first column met: every other must agree. */
static int64_t count_rows(lua_State *L, int at, int anchors) {
    lua_pushnil(L);
    if (!lua_next(L, at)) luaL_error(L, "feed: the table of columns is empty");
    if (lua_type(L, -2) != LUA_TSTRING) luaL_error(L, "feed: columns are named by strings");
    int64_t rows = read_column(L, lua_tostring(L, -2), anchors).rows;
    lua_pop(L, 2);
    return rows;
}

const lis_feed *lis_push_feed(lua_State *L, int at, const lis_model *model, int64_t *rows) {
    if (!lua_istable(L, at))
        luaL_error(L, "feed: wanted a table of columns, got a %s", luaL_typename(L, at));
    lis_box_register(L, &box_feed);
    lis_error error;
    lua_feed *box = lis_box_new(L, &box_feed);
    lua_newtable(L);
    int anchors = lua_gettop(L);
    *rows = count_rows(L, at, anchors);
    lis_bind_check(L, lis_feed_new(&box->feed, model, *rows, &error), &error);
    for (lua_pushnil(L); lua_next(L, at); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) luaL_error(L, "feed: columns are named by strings");
        column c = read_column(L, lua_tostring(L, -2), anchors);
        if (c.rows != *rows)
            luaL_error(L, "feed: column '%s' has %I rows and another has %I", c.name,
                       (LUAI_UACINT)c.rows, (LUAI_UACINT)*rows);
        lis_bind_check(L, bind_column(box->feed, &c, &error), &error);
    }
    lua_setiuservalue(L, -2, 1);
    return box->feed;
}
