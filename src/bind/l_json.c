#include "l_json.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "box.h"
#include "check.h"
#include "lis/base/mem.h"

enum { DEEPEST = 100 };

static const char array_key; /* of the metatable that marks lists */

/* ---- a text that grows, in a box: an error half-way leaks nothing */

typedef struct text {
    char *bytes;
    size_t length, room;
} text;

static void text_release(void *object) {
    lis_free(((text *)object)->bytes);
}

static const luaL_Reg no_methods[] = {{NULL, NULL}};
static const lis_box_type text_box = {"lis.json.text", sizeof(text), text_release, no_methods,
                                      NULL};

static void add(lua_State *L, text *t, const char *bytes, size_t length) {
    if (t->room - t->length < length) {
        size_t room = 2 * (t->room + length) + 1024;
        char *grown = lis_realloc(t->bytes, room, 1);
        lis_error error;
        if (!grown) {
            lis_fail_nomem(&error, "JSON text", (double)room);
            lis_bind_raise(L, &error);
        }
        t->bytes = grown;
        t->room = room;
    }
    memcpy(t->bytes + t->length, bytes, length);
    t->length += length;
}

static void add_text(lua_State *L, text *t, const char *literal) {
    add(L, t, literal, strlen(literal));
}

/* ---- encoding */

typedef struct writer {
    lua_State *L;
    text *out;
    int indent, depth;
} writer;

/* Length of the UTF-8 sequence at s, 0 where there is none (RFC 3629: shortest form, no surrogates). */
static size_t utf8_length(const unsigned char *s, size_t left) {
    size_t n = s[0] < 0x80 ? 1 : s[0] < 0xC2 ? 0 : s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;
    if (n == 0 || s[0] > 0xF4 || n > left) return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if (s[0] == 0xE0 && s[1] < 0xA0) return 0;
    if (s[0] == 0xED && s[1] > 0x9F) return 0;
    if (s[0] == 0xF0 && s[1] < 0x90) return 0;
    if (s[0] == 0xF4 && s[1] > 0x8F) return 0;
    return n;
}

static void write_string(writer *w, const char *string, size_t length) {
    const unsigned char *s = (const unsigned char *)string, *end = s + length;
    add_text(w->L, w->out, "\"");
    while (s < end) {
        char escaped[8];
        size_t n = utf8_length(s, (size_t)(end - s));
        if (n == 0) {
            add_text(w->L, w->out, "\xEF\xBF\xBD");
            s++;
            continue;
        }
        if (*s == '"' || *s == '\\')
            snprintf(escaped, sizeof escaped, "\\%c", *s);
        else if (*s == '\n')
            snprintf(escaped, sizeof escaped, "\\n");
        else if (*s == '\t')
            snprintf(escaped, sizeof escaped, "\\t");
        else if (*s < 0x20)
            snprintf(escaped, sizeof escaped, "\\u%04x", *s);
        else
            escaped[0] = '\0';
        if (escaped[0])
            add_text(w->L, w->out, escaped);
        else
            add(w->L, w->out, (const char *)s, n);
        s += n;
    }
    add_text(w->L, w->out, "\"");
}

static void write_real(writer *w, double x) {
    char digits[40];
    if (!isfinite(x)) {
        add_text(w->L, w->out, "null");
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, x);
        if (strtod(digits, NULL) == x) break;
    }
    const char *point = localeconv()->decimal_point; /* a host may have chosen a comma */
    char *comma = strstr(digits, point);
    if (comma) *comma = '.';
    add_text(w->L, w->out, digits);
    if (!strpbrk(digits, ".e")) add_text(w->L, w->out, ".0");
}

static void new_line(writer *w) {
    static const char spaces[] = "                                ";
    if (w->indent == 0) return;
    add_text(w->L, w->out, "\n");
    for (int left = w->indent * w->depth; left > 0; left -= 32)
        add(w->L, w->out, spaces, (size_t)(left < 32 ? left : 32));
}

static void write_value(writer *w, int at);

/* -1 where the table at `at` is an object, otherwise the length of the list. */
static int64_t list_length(lua_State *L, int at) {
    int64_t n = (int64_t)lua_rawlen(L, at), keys = 0;
    bool marked = false;
    if (lua_getmetatable(L, at)) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
        marked = lua_rawequal(L, -1, -2);
        lua_pop(L, 2);
    }
    for (lua_pushnil(L); lua_next(L, at); lua_pop(L, 1)) {
        keys++;
        if (!lua_isinteger(L, -2) || lua_tointeger(L, -2) < 1 || lua_tointeger(L, -2) > n) {
            lua_pop(L, 2);
            return -1;
        }
    }
    return keys > 0 ? n : marked ? 0 : -1;
}

static void write_list(writer *w, int at, int64_t n) {
    bool plain = true; /* nothing nested: one line reads better */
    for (int64_t i = 1; i <= n && plain; i++) {
        plain = lua_rawgeti(w->L, at, i) != LUA_TTABLE;
        lua_pop(w->L, 1);
    }
    add_text(w->L, w->out, "[");
    w->depth++;
    for (int64_t i = 1; i <= n; i++) {
        if (i > 1) add_text(w->L, w->out, plain && w->indent ? ", " : ",");
        if (!plain) new_line(w);
        lua_rawgeti(w->L, at, i);
        write_value(w, lua_gettop(w->L));
        lua_pop(w->L, 1);
    }
    w->depth--;
    if (!plain) new_line(w);
    add_text(w->L, w->out, "]");
}

typedef struct key {
    const char *bytes; /* held by the table */
    size_t length;
} key;

static int compare_keys(const void *left, const void *right) {
    const key *a = left, *b = right;
    size_t common = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->bytes, b->bytes, common);
    return order ? order : (a->length > b->length) - (a->length < b->length);
}

/* Pushes a userdata with the table's keys, sorted by bytes; returns their number. */
static int64_t push_sorted_keys(lua_State *L, int at) {
    int64_t n = 0;
    for (lua_pushnil(L); lua_next(L, at); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            lis_arg_fail(L, "value", "a table has a key of type %s; keys are 1..n or strings",
                         luaL_typename(L, -2));
        n++;
    }
    key *keys = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *keys, 0);
    key *next = keys;
    for (lua_pushnil(L); lua_next(L, at); lua_pop(L, 1), next++)
        next->bytes = lua_tolstring(L, -2, &next->length);
    qsort(keys, (size_t)n, sizeof *keys, compare_keys);
    return n;
}

static void write_object(writer *w, int at) {
    lua_State *L = w->L;
    int64_t n = push_sorted_keys(L, at);
    const key *keys = lua_touserdata(L, -1);
    add_text(L, w->out, "{");
    w->depth++;
    for (int64_t i = 0; i < n; i++) {
        if (i > 0) add_text(L, w->out, ",");
        new_line(w);
        write_string(w, keys[i].bytes, keys[i].length);
        add_text(L, w->out, w->indent ? ": " : ":");
        lua_pushlstring(L, keys[i].bytes, keys[i].length);
        lua_rawget(L, at);
        write_value(w, lua_gettop(L));
        lua_pop(L, 1);
    }
    w->depth--;
    if (n > 0) new_line(w);
    add_text(L, w->out, "}");
    lua_pop(L, 1);
}

static void write_value(writer *w, int at) {
    lua_State *L = w->L;
    size_t length;
    const char *string;
    char digits[32];
    luaL_checkstack(L, 8, "value nested too deeply");
    if (w->depth > DEEPEST) lis_arg_fail(L, "value", "nested deeper than %d (a cycle?)", DEEPEST);
    switch (lua_type(L, at)) {
    case LUA_TNIL:
        add_text(L, w->out, "null");
        break;
    case LUA_TBOOLEAN:
        add_text(L, w->out, lua_toboolean(L, at) ? "true" : "false");
        break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, at)) {
            snprintf(digits, sizeof digits, "%lld", (long long)lua_tointeger(L, at));
            add_text(L, w->out, digits);
        } else {
            write_real(w, lua_tonumber(L, at));
        }
        break;
    case LUA_TSTRING:
        string = lua_tolstring(L, at, &length);
        write_string(w, string, length);
        break;
    case LUA_TTABLE: {
        int64_t n = list_length(L, at);
        if (n >= 0)
            write_list(w, at, n);
        else
            write_object(w, at);
        break;
    }
    default:
        lis_arg_fail(L, "value", "a %s has no JSON form", lis_type_name(L, at));
    }
}

int lis_json_encode(lua_State *L) {
    static const char *const known[] = {"indent", NULL};
    luaL_checkany(L, 1);
    lua_settop(L, 2);
    lis_opt_known(L, 2, known);
    int indent = (int)lis_opt_integer(L, 2, "indent", 2, 0, 16);
    text *out = lis_box_new(L, &text_box);
    writer w = {.L = L, .out = out, .indent = indent};
    write_value(&w, 1);
    lua_pushlstring(L, out->bytes, out->length);
    text_release(out);
    *out = (text){0};
    return 1;
}

int lis_json_array(lua_State *L) {
    lua_settop(L, 1);
    if (lua_isnil(L, 1)) {
        lua_newtable(L);
        lua_replace(L, 1);
    } else if (!lua_istable(L, 1)) {
        lis_arg_fail(L, "list", "wanted a table, got %s", lis_type_name(L, 1));
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
    lua_setmetatable(L, 1);
    return 1;
}

/* ---- decoding */

typedef struct tree {
    json_t *root;
} tree;

static void tree_release(void *object) {
    json_decref(((tree *)object)->root);
}

static const lis_box_type tree_box = {"lis.json.tree", sizeof(tree), tree_release, no_methods,
                                      NULL};

/* jansson's memory is counted with the rest. Where there is none, it calls the text malformed: so its
 * last word is remembered. */
static _Thread_local bool starved;

static void *allocate(size_t size) {
    void *block = lis_alloc(size, 1);
    if (!block) starved = true;
    return block;
}

static void push_json(lua_State *L, const json_t *value, int depth) {
    luaL_checkstack(L, 8, "value nested too deeply");
    if (depth > DEEPEST) lis_arg_fail(L, "text", "nested deeper than %d", DEEPEST);
    switch (json_typeof(value)) {
    case JSON_OBJECT: {
        const char *name;
        json_t *item;
        lua_newtable(L);
        json_object_foreach((json_t *)(uintptr_t)value, name, item) {
            push_json(L, item, depth + 1);
            lua_setfield(L, -2, name);
        }
        break;
    }
    case JSON_ARRAY: {
        size_t n = json_array_size(value);
        lua_createtable(L, n < INT32_MAX ? (int)n : 0, 0);
        for (size_t i = 0; i < n; i++) {
            push_json(L, json_array_get(value, i), depth + 1);
            lua_rawseti(L, -2, (lua_Integer)i + 1);
        }
        lua_rawgetp(L, LUA_REGISTRYINDEX, &array_key);
        lua_setmetatable(L, -2);
        break;
    }
    case JSON_STRING:
        lua_pushlstring(L, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        lua_pushinteger(L, json_integer_value(value));
        break;
    case JSON_REAL:
        lua_pushnumber(L, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(L, json_is_true(value));
        break;
    case JSON_NULL:
        lua_pushnil(L);
        break;
    }
}

int lis_json_decode(lua_State *L) {
    size_t length;
    const char *bytes = lis_check_text(L, 1, "text", &length);
    json_error_t problem;
    tree *box = lis_box_new(L, &tree_box);
    starved = false;
    box->root = json_loadb(bytes, length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
    if (!box->root) {
        lis_error error;
        if (starved)
            lis_fail_nomem(&error, "JSON values", (double)length);
        else
            lis_fail(&error, LIS_EFORMAT, "JSON text, line %d, column %d: %s", problem.line,
                     problem.column, problem.text);
        lis_bind_raise(L, &error);
    }
    push_json(L, box->root, 0);
    json_decref(box->root);
    box->root = NULL;
    return 1;
}

void lis_json_open(lua_State *L) {
    json_set_alloc_funcs(allocate, lis_free);
    lis_box_register(L, &text_box);
    lis_box_register(L, &tree_box);
    lua_newtable(L);
    lua_pushliteral(L, "lis.json.array");
    lua_setfield(L, -2, "__name");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &array_key);
}
