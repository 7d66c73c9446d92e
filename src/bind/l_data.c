/* core.data: tables out of text files, tensors out of .npy files, lines. */
#include "l_data.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lis/data/delimited.h"
#include "lis/data/jsonl.h"
#include "lis/data/lines.h"
#include "lis/data/npy.h"
#include "lis/data/npz.h"
#include "lis/data/safetensors.h"
#include "open.h"

/* ---- options of read_table */

/* Pushes the field `name` of the options at 2; false, and nothing pushed, where it is absent. */
static bool push_field(lua_State *L, const char *name, const char *wanted) {
    if (lua_isnoneornil(L, 2)) return false;
    if (lua_getfield(L, 2, name) == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    if (!lua_istable(L, -1))
        lis_arg_fail(L, name, "wanted %s, got %s", wanted, lis_type_name(L, -1));
    return true;
}

/* A list of strings; the texts stay the list's, the array a userdata left on the stack. */
static const char *const *opt_texts(lua_State *L, const char *name, int64_t *count) {
    *count = 0;
    if (!push_field(L, name, "a list of strings")) return NULL;
    int64_t n = (int64_t)lua_rawlen(L, -1);
    const char **texts = lua_newuserdatauv(L, ((size_t)n + 1) * sizeof *texts, 0);
    for (int64_t i = 0; i < n; i++) {
        lua_rawgeti(L, -2, i + 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            lis_arg_fail(L, name, "wanted a list of strings, got %s at %d", lis_type_name(L, -1),
                         (int)(i + 1));
        texts[i] = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
    *count = n;
    return texts;
}

static bool is_known(const char *name, const char *const known[]) {
    while (*known && strcmp(*known, name) != 0)
        known++;
    return *known;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const lis_column_want *)a)->name, ((const lis_column_want *)b)->name);
}

/* One byte of the table on top of the stack: separator = "|". */
static char field_byte(lua_State *L, const char *column, const char *name) {
    size_t length = 0;
    const char *text = NULL;
    if (lua_getfield(L, -1, name) != LUA_TNIL && lua_type(L, -1) == LUA_TSTRING)
        text = lua_tolstring(L, -1, &length);
    if (!lua_isnil(L, -1) && length != 1)
        lis_arg_fail(L, "types", "column '%s': wanted %s = one byte, such as \"|\"", column, name);
    char byte = text ? text[0] : '\0';
    lua_pop(L, 1);
    return byte;
}

static lis_column_want want_list(lua_State *L, const char *column) {
    static const char *const known[] = {"separator", "mark", NULL};
    if (lua_rawgeti(L, -1, 1) != LUA_TSTRING || strcmp(lua_tostring(L, -1), "list") != 0)
        lis_arg_fail(L, "types", "column '%s': wanted {\"list\", separator = \" \", mark = \"-\"}",
                     column);
    lua_pop(L, 1);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        if (lua_type(L, -2) == LUA_TSTRING && !is_known(lua_tostring(L, -2), known))
            lis_arg_fail(L, "types", "column '%s': a list knows separator and mark, not '%s'",
                         column, lua_tostring(L, -2));
    return (lis_column_want){.name = column,
                             .type = LIS_COLUMN_LIST,
                             .separator = field_byte(L, column, "separator"),
                             .mark = field_byte(L, column, "mark")};
}

static lis_column_want want_type(lua_State *L, const char *column, const char *given) {
    if (strncmp(given, "time:", 5) == 0)
        return (lis_column_want){.name = column, .type = LIS_COLUMN_I64, .time = given + 5};
    int type = lis_column_type_find(given);
    if (type < 0)
        lis_arg_fail(L, "types",
                     "column '%s': wanted \"string\", \"f64\", \"f32\", \"i64\", \"text\", "
                     "\"list\" or \"time:FORMAT\", got \"%s\"",
                     column, given);
    return (lis_column_want){.name = column, .type = (lis_column_type)type};
}

static lis_column_want check_want(lua_State *L) {
    int type = lua_type(L, -1);
    if (lua_type(L, -2) != LUA_TSTRING || (type != LUA_TSTRING && type != LUA_TTABLE))
        lis_arg_fail(L, "types", "wanted {column = \"type\"}, got %s = %s", lis_type_name(L, -2),
                     lis_type_name(L, -1));
    const char *column = lua_tostring(L, -2);
    return type == LUA_TTABLE ? want_list(L, column) : want_type(L, column, lua_tostring(L, -1));
}

/* {column = "type"}, in order of names: the order of a Lua table is no order. */
static const lis_column_want *opt_types(lua_State *L, int64_t *count) {
    *count = 0;
    if (!push_field(L, "types", "{column = \"type\"}")) return NULL;
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        n++;
    lis_column_want *wants = lua_newuserdatauv(L, (n + 1) * sizeof *wants, 0);
    n = 0;
    for (lua_pushnil(L); lua_next(L, -3); lua_pop(L, 1))
        wants[n++] = check_want(L);
    qsort(wants, n, sizeof *wants, by_name);
    *count = (int64_t)n;
    return wants;
}

static lis_choice opt_choice(lua_State *L, const char *name) {
    bool unless = lis_opt_boolean(L, 2, name, false), when = lis_opt_boolean(L, 2, name, true);
    return unless != when ? LIS_AUTO : when ? LIS_YES : LIS_NO;
}

/* What both kinds of text have in common. The arrays stay on the stack. */
static lis_delimited_options check_options(lua_State *L) {
    lis_delimited_options options = {
        .line_max = lis_opt_integer(L, 2, "line_max", 0, 1, INT64_MAX),
        .unpack_max = lis_opt_integer(L, 2, "unpack_max", 0, 1, INT64_MAX),
        .shard_bytes = lis_opt_integer(L, 2, "shard_bytes", 0, 1, INT64_MAX)};
    options.types = opt_types(L, &options.type_count);
    options.require = opt_texts(L, "require", &options.require_count);
    options.only = opt_texts(L, "only", &options.only_count);
    return options;
}

lis_delimited_options lis_data_table_options(lua_State *L) {
    static const char *const known[] = {
        "delimiter", "header",   "quote",    "recbole",    "names",       "types", "require",
        "only",      "line_max", "encoding", "unpack_max", "shard_bytes", NULL};
    static const char *const encodings[] = {"utf-8", "latin-1", NULL};
    lua_settop(L, 2);
    luaL_checkstack(L, 16, NULL);
    lis_opt_known(L, 2, known);
    lis_delimited_options options = check_options(L);
    options.delimiter = lis_opt_string(L, 2, "delimiter", NULL);
    options.header = opt_choice(L, "header");
    options.quote = opt_choice(L, "quote");
    options.recbole = opt_choice(L, "recbole");
    options.latin1 = lis_opt_choice(L, 2, "encoding", encodings, 0) == 1;
    options.names = opt_texts(L, "names", &options.name_count);
    return options;
}

lis_delimited_options lis_data_jsonl_options(lua_State *L) {
    static const char *const known[] = {"types",      "require",     "only", "line_max",
                                        "unpack_max", "shard_bytes", NULL};
    lua_settop(L, 2);
    luaL_checkstack(L, 16, NULL);
    lis_opt_known(L, 2, known);
    return check_options(L);
}

/* data.read_table(path, {delimiter=, header=, quote=, recbole=, names=, types=, require=, only=,
 * encoding=, line_max=, unpack_max=, shard_bytes=}) -> table */
static int data_read_table(lua_State *L) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    lis_delimited_options options = lis_data_table_options(L);
    lis_error error;
    lis_table *out = lis_box_new(L, &lis_box_table);
    lis_bind_check(L, lis_delimited_read(lis_bind_ctx(L), out, path, &options, &error), &error);
    return 1;
}

/* data.read_jsonl(path, {types=, require=, only=, line_max=, unpack_max=, shard_bytes=}) -> table */
static int data_read_jsonl(lua_State *L) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    lis_delimited_options options = lis_data_jsonl_options(L);
    lis_error error;
    lis_table *out = lis_box_new(L, &lis_box_table);
    lis_bind_check(L, lis_jsonl_read(lis_bind_ctx(L), out, path, &options, &error), &error);
    return 1;
}

typedef lis_status lines_reader(lis_ctx *ctx, lis_table *out, const char *path, lis_error *err);

static int push_lines(lua_State *L, lines_reader *read) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    lis_error error;
    lis_table *lines = lis_box_new(L, &lis_box_table);
    lis_bind_check(L, read(lis_bind_ctx(L), lines, path, &error), &error);
    lua_createtable(L, lines->rows < INT32_MAX ? (int)lines->rows : 0, 0);
    for (int64_t r = 0; r < lines->rows; r++) {
        lis_text text = lis_column_text(&lines->column[0], r);
        lua_pushlstring(L, text.bytes, text.length);
        lua_rawseti(L, -2, r + 1);
    }
    lis_table_free(lines);
    return 1;
}

/* data.read_lines(path) -> list of strings */
static int data_read_lines(lua_State *L) {
    return push_lines(L, lis_lines_read);
}

/* data.read_head(path) -> list of strings: the lines at the file's beginning */
static int data_read_head(lua_State *L) {
    return push_lines(L, lis_lines_head);
}

/* data.read_npy(path) -> T */
static int data_read_npy(lua_State *L) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_npy_read(out, path, &error), &error);
    return 1;
}

/* data.read_npz(path[, name]) -> T */
static int data_read_npz(lua_State *L) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    const char *name = lua_isnoneornil(L, 2) ? NULL : lis_check_text(L, 2, "name", NULL);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_npz_read(lis_bind_ctx(L), out, path, name, &error), &error);
    return 1;
}

/* data.read_safetensors(path[, name]) -> T */
static int data_read_safetensors(lua_State *L) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    const char *name = lua_isnoneornil(L, 2) ? NULL : lis_check_text(L, 2, "name", NULL);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_safetensors_read(out, path, name, &error), &error);
    return 1;
}

typedef lis_status names_reader(lis_dict **out, const char *path, lis_error *err);

static int push_names(lua_State *L, names_reader *read) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    lis_error error;
    lis_dict **names = lis_box_new(L, &lis_box_dict);
    lis_bind_check(L, read(names, path, &error), &error);
    lis_data_push_strings(L, *names);
    return 1;
}

/* data.npz_names(path) -> list of strings */
static int data_npz_names(lua_State *L) {
    return push_names(L, lis_npz_names);
}

/* data.safetensors_names(path) -> list of strings */
static int data_safetensors_names(lua_State *L) {
    return push_names(L, lis_safetensors_names);
}

/* data.write_npy(path, T) */
static int data_write_npy(lua_State *L) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    const lis_tensor *tensor = lis_check_tensor(L, 2, "tensor");
    lis_error error;
    lis_bind_check(L, lis_npy_write(path, tensor, &error), &error);
    return 0;
}

/* data.explode(offset) -> T i32: the 0-based row of every element of a list column */
static int data_explode(lua_State *L) {
    const lis_tensor *offset = lis_check_tensor_1d(L, 1, "offset", LIS_I64, -1);
    int64_t rows = offset->shape[0] - 1;
    const int64_t *at = lis_i64(offset);
    if (rows < 0 || rows > INT32_MAX || at[0] != 0)
        lis_arg_fail(L, "offset", "wanted the offsets of a list column: 0, ...");
    for (int64_t r = 0; r < rows; r++)
        if (at[r + 1] < at[r]) lis_arg_fail(L, "offset", "descends behind row %d", (int)r);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(out, LIS_I32, at[rows], &error), &error);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t k = at[r]; k < at[r + 1]; k++)
            lis_i32(out)[k] = (int32_t)r;
    return 1;
}

int lis_open_data(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"read_table", data_read_table},
        {"read_jsonl", data_read_jsonl},
        {"read_lines", data_read_lines},
        {"read_head", data_read_head},
        {"read_npy", data_read_npy},
        {"read_npz", data_read_npz},
        {"npz_names", data_npz_names},
        {"read_safetensors", data_read_safetensors},
        {"safetensors_names", data_safetensors_names},
        {"write_npy", data_write_npy},
        {"explode", data_explode},
        {"merge_dicts", lis_data_merge_dicts},
        {NULL, NULL},
    };
    lis_box_register(L, &lis_box_table);
    lis_box_register(L, &lis_box_dict);
    lis_box_register(L, &lis_box_history);
    luaL_newlib(L, functions);
    lis_data_add_blocks(L);
    lis_data_add_clean(L);
    lis_data_add_expression(L);
    lis_data_add_history(L);
    lis_data_add_cache(L);
    lis_data_add_stream(L);
    lis_data_add_world(L);
    return 1;
}
