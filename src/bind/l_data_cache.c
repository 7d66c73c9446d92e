/* core.data: columnar caches, written and opened. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "l_data.h"
#include "lis/data/cache.h"
#include "lis/data/cache_parts.h"
#include "lis/data/cache_writer.h"
#include "open.h"

/* ---- writing */

static void release_writer(void *object) {
    lis_cache_discard(*(lis_cache_writer **)object);
}

static lis_cache_writer *self_writer(lua_State *L) {
    lis_cache_writer *writer = *(lis_cache_writer **)lis_box_check(L, 1, &lis_box_writer, "self");
    if (!writer) lis_arg_fail(L, "self", "the writer was closed");
    return writer;
}

/* data.cache_writer(path, {compress = "zstd", level = 1, frame = 65536}) -> writer */
static int data_cache_writer(lua_State *L) {
    static const char *const known[] = {"compress", "level", "frame", NULL};
    static const char *const ways[] = {"zstd", "none", NULL};
    const char *path = lis_check_text(L, 1, "path", NULL);
    lua_settop(L, 2);
    lis_opt_known(L, 2, known);
    lis_cache_options options = {
        .plain = lis_opt_choice(L, 2, "compress", ways, 0) == 1,
        .level = (int)lis_opt_integer(L, 2, "level", 1, 1, 19),
        .frame = lis_opt_integer(L, 2, "frame", LIS_CACHE_FRAME, 1, LIS_CACHE_FRAME_MAX)};
    lis_error error;
    lis_cache_writer **out = lis_box_new(L, &lis_box_writer);
    lis_bind_check(L, lis_cache_create(out, path, &options, &error), &error);
    return 1;
}

/* writer:append(name, T): more elements of an array, which the first call begins */
static int writer_append(lua_State *L) {
    lis_cache_writer *writer = self_writer(L);
    const char *name = lis_check_text(L, 2, "name", NULL);
    const lis_tensor *values = lis_check_contiguous(L, 3, "values");
    lis_error error;
    int64_t index = lis_cache_added(writer, name);
    if (values->ndim != 1) lis_arg_fail(L, "values", "wanted one dimension, got %d", values->ndim);
    if (index < 0)
        lis_bind_check(
            L, lis_cache_add(writer, name, values->dtype, LIS_CACHE_PART, &index, &error), &error);
    else if (lis_cache_added_type(writer, index) != values->dtype)
        lis_arg_fail(L, "values", "column '%s' began as %s, this is %s", name,
                     lis_dtype_name(lis_cache_added_type(writer, index)),
                     lis_dtype_name(values->dtype));
    lis_bind_check(
        L, lis_cache_append(lis_bind_ctx(L), writer, index, values->data, values->shape[0], &error),
        &error);
    return 0;
}

/* writer:put(name, T): a whole array */
static int writer_put(lua_State *L) {
    lis_cache_writer *writer = self_writer(L);
    const char *name = lis_check_text(L, 2, "name", NULL);
    const lis_tensor *values = lis_check_contiguous(L, 3, "values");
    lis_error error;
    if (values->ndim != 1) lis_arg_fail(L, "values", "wanted one dimension, got %d", values->ndim);
    lis_bind_check(L,
                   lis_cache_put(lis_bind_ctx(L), writer, name, values->dtype, LIS_CACHE_PART,
                                 values->data, values->shape[0], &error),
                   &error);
    return 0;
}

/* writer:dict(name, dict) */
static int writer_dict(lua_State *L) {
    lis_cache_writer *writer = self_writer(L);
    const char *name = lis_check_text(L, 2, "name", NULL);
    const lis_dict *dict = *(lis_dict **)lis_box_check(L, 3, &lis_box_dict, "dict");
    lis_error error;
    if (!dict) lis_arg_fail(L, "dict", "the dictionary was closed");
    lis_bind_check(L, lis_cache_put_dict(lis_bind_ctx(L), writer, name, dict, &error), &error);
    return 0;
}

/* writer:history(name, history) */
static int writer_history(lua_State *L) {
    lis_cache_writer *writer = self_writer(L);
    const char *name = lis_check_text(L, 2, "name", NULL);
    const lis_history *history = lis_box_check(L, 3, &lis_box_history, "history");
    lis_error error;
    if (!history->begin) lis_arg_fail(L, "history", "the history was closed");
    lis_bind_check(L, lis_cache_put_history(lis_bind_ctx(L), writer, name, history, &error),
                   &error);
    return 0;
}

/* writer:table(table, prefix): every column, under its name behind the prefix */
static int writer_table(lua_State *L) {
    lis_cache_writer *writer = self_writer(L);
    const lis_table *table = lis_box_check(L, 2, &lis_box_table, "table");
    const char *prefix = lua_isnoneornil(L, 3) ? "" : lis_check_text(L, 3, "prefix", NULL);
    lis_error error;
    if (!table->column) lis_arg_fail(L, "table", "the table was closed");
    lis_bind_check(L, lis_cache_put_table(lis_bind_ctx(L), writer, prefix, table, &error), &error);
    return 0;
}

/* writer:note(key, text) */
static int writer_note(lua_State *L) {
    lis_cache_writer *writer = self_writer(L);
    const char *key = lis_check_text(L, 2, "key", NULL);
    lis_text text;
    text.bytes = lis_check_text(L, 3, "text", &text.length);
    lis_error error;
    lis_bind_check(L, lis_cache_set_note(writer, key, text, &error), &error);
    return 0;
}

/* writer:commit(): the file appears */
static int writer_commit(lua_State *L) {
    lis_error error;
    lis_bind_check(L, lis_cache_commit(lis_bind_ctx(L), self_writer(L), &error), &error);
    return 0;
}

static const luaL_Reg writer_methods[] = {
    {"append", writer_append}, {"put", writer_put},
    {"dict", writer_dict},     {"history", writer_history},
    {"table", writer_table},   {"note", writer_note},
    {"commit", writer_commit}, {NULL, NULL},
};

const lis_box_type lis_box_writer = {.name = "lis.cachewriter",
                                     .size = sizeof(lis_cache_writer *),
                                     .release = release_writer,
                                     .methods = writer_methods};

/* ---- reading */

static void release_cache(void *object) {
    lis_cache_close(*(lis_cache **)object);
}

static const lis_cache *self_cache(lua_State *L) {
    const lis_cache *cache = *(lis_cache **)lis_box_check(L, 1, &lis_box_cache, "self");
    if (!cache) lis_arg_fail(L, "self", "the cache was closed");
    return cache;
}

/* data.open_cache(path, {unpack_max =}) -> cache */
static int data_open_cache(lua_State *L) {
    static const char *const known[] = {"unpack_max", NULL};
    const char *path = lis_check_text(L, 1, "path", NULL);
    lua_settop(L, 2);
    lis_opt_known(L, 2, known);
    int64_t unpack_max = lis_opt_integer(L, 2, "unpack_max", 0, 1, INT64_MAX);
    lis_error error;
    lis_cache **out = lis_box_new(L, &lis_box_cache);
    lis_bind_check(L, lis_cache_open(out, path, unpack_max, &error), &error);
    return 1;
}

/* The array named by argument 2. */
static int64_t check_array(lua_State *L, const lis_cache *cache, lis_cache_array *array) {
    const char *name = lis_check_text(L, 2, "name", NULL);
    int64_t index = lis_cache_find(cache, name);
    if (index < 0) lis_arg_fail(L, "name", "'%s' has no column '%s'", lis_cache_path(cache), name);
    *array = lis_cache_array_at(cache, index);
    return index;
}

/* cache:names() -> list of arrays, in order of writing */
static int cache_names(lua_State *L) {
    const lis_cache *cache = self_cache(L);
    lua_newtable(L);
    for (int64_t a = 0; a < lis_cache_arrays(cache); a++) {
        lua_pushstring(L, lis_cache_array_at(cache, a).name);
        lua_rawseti(L, -2, a + 1);
    }
    return 1;
}

/* cache:has(name) -> whether there is an array, dictionary or history of that name */
static int cache_has(lua_State *L) {
    const lis_cache *cache = self_cache(L);
    const char *name = lis_check_text(L, 2, "name", NULL);
    lua_pushboolean(L, lis_cache_find(cache, name) >= 0 || lis_cache_has_dict(cache, name) ||
                           lis_cache_has_history(cache, name));
    return 1;
}

/* cache:array(name) -> type, elements, bytes in the file */
static int cache_array(lua_State *L) {
    lis_cache_array array;
    check_array(L, self_cache(L), &array);
    lua_pushstring(L, lis_dtype_name(array.dtype));
    lua_pushinteger(L, array.length);
    lua_pushinteger(L, array.stored);
    return 3;
}

/* cache:read(name, {first = 1, last = length, low =, limit =}) -> T: elements first to last, which
 * must lie in [low, limit) */
static int cache_read(lua_State *L) {
    static const char *const known[] = {"first", "last", "low", "limit", NULL};
    const lis_cache *cache = self_cache(L);
    lis_cache_array array;
    lua_settop(L, 3);
    int64_t index = check_array(L, cache, &array);
    lis_opt_known(L, 3, known);
    int64_t first = lis_opt_integer(L, 3, "first", 1, 1, array.length + 1);
    int64_t last = lis_opt_integer(L, 3, "last", array.length, first - 1, array.length);
    lis_cache_range range = {.low = lis_opt_integer(L, 3, "low", INT64_MIN, INT64_MIN, INT64_MAX),
                             .limit =
                                 lis_opt_integer(L, 3, "limit", INT64_MAX, INT64_MIN, INT64_MAX)};
    bool any = range.low == INT64_MIN && range.limit == INT64_MAX;
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    if (first == 1 && last == array.length) {
        lis_bind_check(
            L, lis_cache_tensor(lis_bind_ctx(L), cache, index, any ? NULL : &range, out, &error),
            &error);
        return 1;
    }
    lis_bind_check(L, lis_tensor_new_1d(out, array.dtype, last - first + 1, &error), &error);
    lis_bind_check(L,
                   lis_cache_read(lis_bind_ctx(L), cache, index, first - 1, last,
                                  any ? NULL : &range, out->data, &error),
                   &error);
    return 1;
}

/* cache:dict(name) -> dict */
static int cache_dict(lua_State *L) {
    const lis_cache *cache = self_cache(L);
    const char *name = lis_check_text(L, 2, "name", NULL);
    lis_error error;
    lis_dict **out = lis_box_new(L, &lis_box_dict);
    lis_bind_check(L, lis_cache_read_dict(lis_bind_ctx(L), cache, name, out, &error), &error);
    return 1;
}

/* cache:history(name, rows, items) -> history */
static int cache_history(lua_State *L) {
    const lis_cache *cache = self_cache(L);
    const char *name = lis_check_text(L, 2, "name", NULL);
    int64_t rows = lis_check_integer(L, 3, "rows", 0, INT64_MAX);
    int64_t items = lis_check_integer(L, 4, "items", 0, INT32_MAX);
    lis_error error;
    lis_history *out = lis_box_new(L, &lis_box_history);
    lis_bind_check(
        L, lis_cache_read_history(lis_bind_ctx(L), cache, name, rows, items, out, &error), &error);
    return 1;
}

/* cache:table(prefix) -> table of the arrays that are columns, and begin with the prefix */
static int cache_table(lua_State *L) {
    const lis_cache *cache = self_cache(L);
    const char *prefix = lua_isnoneornil(L, 2) ? "" : lis_check_text(L, 2, "prefix", NULL);
    lis_error error;
    lis_table *out = lis_box_new(L, &lis_box_table);
    lis_bind_check(L, lis_cache_read_table(lis_bind_ctx(L), cache, prefix, out, &error), &error);
    return 1;
}

/* cache:note(key) -> string or nil */
static int cache_note(lua_State *L) {
    const lis_cache *cache = self_cache(L);
    lis_text text = lis_cache_note(cache, lis_check_text(L, 2, "key", NULL));
    if (text.bytes)
        lua_pushlstring(L, text.bytes, text.length);
    else
        lua_pushnil(L);
    return 1;
}

/* cache:verify(): an error names the first damaged frame */
static int cache_verify(lua_State *L) {
    lis_error error;
    lis_bind_check(L, lis_cache_verify(lis_bind_ctx(L), self_cache(L), &error), &error);
    return 0;
}

/* cache:bytes() -> of the file, of all arrays decoded */
static int cache_bytes(lua_State *L) {
    const lis_cache *cache = self_cache(L);
    lua_pushinteger(L, lis_cache_file_bytes(cache));
    lua_pushinteger(L, lis_cache_content_bytes(cache));
    return 2;
}

/* cache:hash() -> hex digits: the same for the same content */
static int cache_hash(lua_State *L) {
    char hex[17];
    snprintf(hex, sizeof hex, "%016" PRIx64, lis_cache_hash(self_cache(L)));
    lua_pushstring(L, hex);
    return 1;
}

static int cache_tostring(lua_State *L) {
    const lis_cache *cache = *(lis_cache **)lis_box_check(L, 1, &lis_box_cache, "self");
    if (cache)
        lua_pushfstring(L, "cache '%s' of %I columns", lis_cache_path(cache),
                        (LUAI_UACINT)lis_cache_arrays(cache));
    else
        lua_pushliteral(L, "cache (closed)");
    return 1;
}

static const luaL_Reg cache_methods[] = {
    {"names", cache_names}, {"has", cache_has},       {"array", cache_array},
    {"read", cache_read},   {"dict", cache_dict},     {"history", cache_history},
    {"table", cache_table}, {"note", cache_note},     {"bytes", cache_bytes},
    {"hash", cache_hash},   {"verify", cache_verify}, {NULL, NULL},
};

static const luaL_Reg cache_operators[] = {{"__tostring", cache_tostring}, {NULL, NULL}};

const lis_box_type lis_box_cache = {.name = "lis.cache",
                                    .size = sizeof(lis_cache *),
                                    .release = release_cache,
                                    .methods = cache_methods,
                                    .metamethods = cache_operators};

void lis_data_add_cache(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"cache_writer", data_cache_writer},
        {"open_cache", data_open_cache},
        {NULL, NULL},
    };
    lis_box_register(L, &lis_box_writer);
    lis_box_register(L, &lis_box_cache);
    luaL_setfuncs(L, functions, 0);
}
