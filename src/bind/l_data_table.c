/* lis.table and lis.dict: columns of a file that was read. */
#include "l_data.h"

#include "check.h"
#include "lis/base/mem.h"
#include "open.h"

/* ---- dictionaries */

static void release_dict(void *object) {
    lis_dict_release(*(lis_dict **)object);
}

static const lis_dict *self_dict(lua_State *L) {
    const lis_dict *dict = *(lis_dict **)lis_box_check(L, 1, &lis_box_dict, "self");
    if (!dict) lis_arg_fail(L, "self", "the dictionary was closed");
    return dict;
}

static int dict_size(lua_State *L) {
    lua_pushinteger(L, lis_dict_size(self_dict(L)));
    return 1;
}

/* dict:decode(code) -> string, nil for a code that no string has (-1 is missing) */
static int dict_decode(lua_State *L) {
    const lis_dict *dict = self_dict(L);
    int64_t code = lis_check_integer(L, 2, "code", INT32_MIN, INT32_MAX);
    lis_text text = lis_dict_text(dict, (int32_t)code);
    if (text.length > 0)
        lua_pushlstring(L, text.bytes, text.length);
    else
        lua_pushnil(L);
    return 1;
}

/* dict:encode(string) -> code, nil for an unknown string */
static int dict_encode(lua_State *L) {
    const lis_dict *dict = self_dict(L);
    lis_text text;
    text.bytes = lis_check_text(L, 2, "text", &text.length);
    int32_t code = lis_dict_find(dict, text);
    if (code >= 0)
        lua_pushinteger(L, code);
    else
        lua_pushnil(L);
    return 1;
}

/* dict:codes{string, ...} -> T i32, -1 for an unknown string */
static int dict_codes(lua_State *L) {
    const lis_dict *dict = self_dict(L);
    if (!lua_istable(L, 2))
        lis_arg_fail(L, "strings", "wanted a list of strings, got %s", lis_type_name(L, 2));
    int64_t n = (int64_t)lua_rawlen(L, 2);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(out, LIS_I32, n, &error), &error);
    for (int64_t i = 0; i < n; i++) {
        lis_text text;
        lua_rawgeti(L, 2, i + 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            lis_arg_fail(L, "strings", "wanted a string at %d, got %s", (int)(i + 1),
                         lis_type_name(L, -1));
        text.bytes = lua_tolstring(L, -1, &text.length);
        lis_i32(out)[i] = lis_dict_find(dict, text);
        lua_pop(L, 1);
    }
    return 1;
}

void lis_data_push_strings(lua_State *L, const lis_dict *dict) {
    int64_t n = lis_dict_size(dict);
    lua_createtable(L, n < INT32_MAX ? (int)n : 0, 0);
    for (int64_t c = 0; c < n; c++) {
        lis_text text = lis_dict_text(dict, (int32_t)c);
        lua_pushlstring(L, text.bytes, text.length);
        lua_rawseti(L, -2, c + 1);
    }
}

/* dict:strings() -> list; the string of code c stands at c + 1 */
static int dict_strings(lua_State *L) {
    lis_data_push_strings(L, self_dict(L));
    return 1;
}

int lis_data_merge_dicts(lua_State *L) {
    int count = lua_gettop(L);
    lis_error error;
    luaL_checkstack(L, count + 4, "too many dictionaries");
    for (int k = 1; k <= count; k++)
        if (!*(lis_dict **)lis_box_check(L, k, &lis_box_dict, "dict"))
            lis_arg_fail(L, "dict", "dictionary %d was closed", k);
    lis_dict **into = lis_box_new(L, &lis_box_dict);
    lis_bind_check(L, lis_dict_new(into, &error), &error);
    for (int k = 1; k <= count; k++) {
        const lis_dict *from = *(lis_dict **)lua_touserdata(L, k);
        lis_tensor *map = lis_box_new(L, &lis_box_tensor);
        lis_bind_check(L, lis_tensor_new_1d(map, LIS_I32, lis_dict_size(from), &error), &error);
        lis_bind_check(L, lis_dict_merge(*into, from, lis_i32(map), &error), &error);
    }
    return count + 1;
}

static int dict_tostring(lua_State *L) {
    const lis_dict *dict = *(lis_dict **)lis_box_check(L, 1, &lis_box_dict, "self");
    if (dict)
        lua_pushfstring(L, "dict of %I strings", (LUAI_UACINT)lis_dict_size(dict));
    else
        lua_pushliteral(L, "dict (closed)");
    return 1;
}

static const luaL_Reg dict_methods[] = {
    {"size", dict_size},   {"decode", dict_decode},   {"encode", dict_encode},
    {"codes", dict_codes}, {"strings", dict_strings}, {NULL, NULL},
};

static const luaL_Reg dict_operators[] = {
    {"__len", dict_size},
    {"__tostring", dict_tostring},
    {NULL, NULL},
};

const lis_box_type lis_box_dict = {.name = "lis.dict",
                                   .size = sizeof(lis_dict *),
                                   .release = release_dict,
                                   .methods = dict_methods,
                                   .metamethods = dict_operators};

/* ---- tables */

static void release_table(void *object) {
    lis_table_free(object);
}

static const lis_table *self_table(lua_State *L) {
    const lis_table *table = lis_box_check(L, 1, &lis_box_table, "self");
    if (!table->column) lis_arg_fail(L, "self", "the table was closed");
    return table;
}

static const lis_column *check_column(lua_State *L) {
    const lis_table *table = self_table(L);
    const char *name = lis_check_text(L, 2, "name", NULL);
    const lis_column *column;
    lis_error error;
    lis_bind_check(L, lis_table_find(table, name, &column, &error), &error);
    return column;
}

static int table_rows(lua_State *L) {
    lua_pushinteger(L, self_table(L)->rows);
    return 1;
}

/* table:names() -> list, in the file's order */
static int table_names(lua_State *L) {
    const lis_table *table = self_table(L);
    lua_createtable(L, (int)table->columns, 0);
    for (int64_t c = 0; c < table->columns; c++) {
        lua_pushstring(L, table->column[c].name);
        lua_rawseti(L, -2, c + 1);
    }
    return 1;
}

/* table:type(name) -> "string", "f64", "f32", "i64" or "text" */
static int table_type(lua_State *L) {
    lua_pushstring(L, lis_column_type_name(check_column(L)->type));
    return 1;
}

/* table:column(name) -> T [rows], without a copy; codes of a string column */
static int table_column(lua_State *L) {
    const lis_column *column = check_column(L);
    if (column->type == LIS_COLUMN_TEXT)
        lis_arg_fail(L, "name", "column '%s' is text, which is no tensor: use :text(name, i)",
                     column->name);
    if (column->type == LIS_COLUMN_LIST)
        lis_arg_fail(L, "name", "column '%s' is a list, which is no single tensor: use :list(name)",
                     column->name);
    lis_push_view(L, &column->values);
    return 1;
}

/* table:dict(name) -> dict of a string column */
static int table_dict(lua_State *L) {
    const lis_column *column = check_column(L);
    if (!column->dict)
        lis_arg_fail(L, "name",
                     "column '%s' is %s and has no dictionary; declare types = {[\"%s\"] = "
                     "\"string\"}",
                     column->name, lis_column_type_name(column->type), column->name);
    lis_dict **box = lis_box_new(L, &lis_box_dict);
    *box = lis_dict_retain(column->dict);
    return 1;
}

/* table:list(name) -> T i64 [rows + 1] offsets, T i32 codes, T f32 marks or nil */
static int table_list(lua_State *L) {
    const lis_column *column = check_column(L);
    if (column->type != LIS_COLUMN_LIST)
        lis_arg_fail(L, "name", "column '%s' is %s, not a list", column->name,
                     lis_column_type_name(column->type));
    lis_push_view(L, &column->values);
    lis_push_view(L, &column->items);
    if (!column->marks.data) return 2;
    lis_push_view(L, &column->marks);
    return 3;
}

static void push_text(lua_State *L, const lis_column *column, int64_t r) {
    lis_text text = lis_column_text(column, r);
    lua_pushlstring(L, text.bytes, text.length);
}

static const lis_column *check_text_column(lua_State *L) {
    const lis_column *column = check_column(L);
    if (column->type != LIS_COLUMN_TEXT)
        lis_arg_fail(L, "name", "column '%s' is %s, not text", column->name,
                     lis_column_type_name(column->type));
    return column;
}

/* table:text(name, i) -> string of row i, from 1 */
static int table_text(lua_State *L) {
    const lis_column *column = check_text_column(L);
    push_text(L, column, lis_check_index(L, 3, self_table(L)->rows, "i"));
    return 1;
}

/* table:texts(name) -> list of all rows */
static int table_texts(lua_State *L) {
    const lis_column *column = check_text_column(L);
    int64_t rows = self_table(L)->rows;
    lua_createtable(L, rows < INT32_MAX ? (int)rows : 0, 0);
    for (int64_t r = 0; r < rows; r++) {
        push_text(L, column, r);
        lua_rawseti(L, -2, r + 1);
    }
    return 1;
}

static int table_tostring(lua_State *L) {
    const lis_table *table = lis_box_check(L, 1, &lis_box_table, "self");
    lua_pushfstring(L, "table of %I rows:", (LUAI_UACINT)table->rows);
    int pieces = 1;
    for (int64_t c = 0; c < table->columns && c < 20; c++, pieces++) {
        const lis_column *column = &table->column[c];
        lua_pushfstring(L, "%s %s %s", c ? "," : "", column->name,
                        lis_column_type_name(column->type));
    }
    if (table->columns > 20) {
        lua_pushfstring(L, " and %I more", (LUAI_UACINT)(table->columns - 20));
        pieces++;
    }
    lua_concat(L, pieces);
    return 1;
}

static const luaL_Reg table_methods[] = {
    {"rows", table_rows},     {"names", table_names}, {"type", table_type},
    {"column", table_column}, {"dict", table_dict},   {"list", table_list},
    {"text", table_text},     {"texts", table_texts}, {NULL, NULL},
};

static const luaL_Reg table_operators[] = {
    {"__len", table_rows},
    {"__tostring", table_tostring},
    {NULL, NULL},
};

const lis_box_type lis_box_table = {.name = "lis.table",
                                    .size = sizeof(lis_table),
                                    .release = release_table,
                                    .methods = table_methods,
                                    .metamethods = table_operators};
