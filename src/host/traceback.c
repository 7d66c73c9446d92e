/* What a human reads when a recipe fails:
 *
 *   recipe.lua:12: unknown option 'fold'; did you mean 'folds'?
 *
 *       12 |   local split = lis.split.by_time(log, { fold = 5 })
 *
 *     recipe.lua:12: in function 'prepare'
 *     recipe.lua:30: in main chunk
 *   inside lis:
 *     lis/util/check.lua:40: in function 'lis.util.check.options'
 *
 * The user's own frames come first: that is where the fix will be. */
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/check.h"
#include "embed.h"
#include "host.h"
#include "lis/base/file.h"

enum {
    REPORT_MAX = 16384,
    FRAMES_SHOWN = 10, /* of each kind: a runaway recursion has thousands */
    FRAMES_WALKED = 250
};

/* A fixed buffer, for there may be no memory left; a longer report is cut. */
typedef struct report {
    char text[REPORT_MAX];
    size_t length;
} report;

static void add(report *r, const char *format, ...) LIS_PRINTF(2, 3);

static void add(report *r, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(r->text + r->length, REPORT_MAX - r->length, format, args);
    va_end(args);
    if (n > 0) r->length += (size_t)n;
    if (r->length > REPORT_MAX - 1) r->length = REPORT_MAX - 1;
}

/* ---- quoting a line of source */

void lis_traceback_remember(lua_State *L, const char *chunk, const char *text, size_t length) {
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "lis.sources");
    lua_pushlstring(L, text, length);
    lua_setfield(L, -2, chunk);
    lua_pop(L, 1);
}

static void quote_text(report *r, const char *text, size_t length, int line) {
    const char *end = text + length;
    for (int i = 1; i < line; i++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        if (!newline) return;
        text = newline + 1;
    }
    const char *newline = memchr(text, '\n', (size_t)(end - text));
    int width = (int)((newline ? newline : end) - text);
    if (width > 0) add(r, "\n%6d | %.*s\n\n", line, width, text);
}

/* The line of the chunk `source`, from the binary, from a remembered text or from its file. */
static void quote(lua_State *L, report *r, const char *source, int line) {
    const lis_embedded_module *module = lis_embed_find_chunk(source);
    if (module) {
        quote_text(r, module->text, module->length, line);
        return;
    }
    luaL_getsubtable(L, LUA_REGISTRYINDEX, "lis.sources");
    lua_getfield(L, -1, source);
    size_t length;
    const char *text = lua_tolstring(L, -1, &length);
    lis_file_map map = {0};
    if (text) {
        quote_text(r, text, length, line);
    } else if (source[0] == '@' && lis_file_map_open(&map, source + 1, NULL) == LIS_OK) {
        quote_text(r, (const char *)map.bytes, map.size, line);
        lis_file_map_close(&map);
    }
    lua_pop(L, 2);
}

/* "name:12: what" -> 12 where the position is in the chunk whose short name is given, else 0. */
static int line_in_message(const char *message, const char *short_source) {
    size_t length = strlen(short_source);
    if (strncmp(message, short_source, length) != 0 || message[length] != ':') return 0;
    return (int)strtol(message + length + 1, NULL, 10);
}

/* ---- frames */

/* The user's code is neither C nor ours nor that of an installed Lua package. */
static bool is_users(const lua_Debug *ar) {
    return strcmp(ar->what, "C") != 0 && !lis_bind_is_library(ar->source) &&
           strncmp(ar->source, "@/usr/", 6) != 0;
}

/* Finds the function on top of the stack in a loaded module and adds "lis.text.wrap". */
static bool add_module_function(lua_State *L, report *r) {
    int function = lua_gettop(L);
    bool found = false;
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    for (lua_pushnil(L); !found && lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || !lua_istable(L, -1)) continue;
        for (lua_pushnil(L); !found && lua_next(L, -2); lua_pop(L, 1)) {
            if (lua_type(L, -2) != LUA_TSTRING || !lua_rawequal(L, -1, function)) continue;
            const char *module = lua_tostring(L, -4);
            bool global = strcmp(module, LUA_GNAME) == 0;
            add(r, "function '%s%s%s'", global ? "" : module, global ? "" : ".",
                lua_tostring(L, -2));
            found = true;
        }
    }
    lua_settop(L, function);
    return found;
}

static void add_frame(lua_State *L, report *r, lua_Debug *ar) {
    add(r, "  %s:", ar->source[0] == '@' ? ar->source + 1 : ar->short_src);
    if (ar->currentline > 0) add(r, "%d:", ar->currentline);
    add(r, " in ");
    lua_getinfo(L, "f", ar);
    if (!add_module_function(L, r)) {
        if (*ar->namewhat && strcmp(ar->name, "?") != 0)
            add(r, "%s '%s'", ar->namewhat, ar->name);
        else if (strcmp(ar->what, "main") == 0)
            add(r, "main chunk");
        else
            add(r, "function <line %d>", ar->linedefined);
    }
    lua_pop(L, 1);
    add(r, ar->istailcall ? " (reached by a tail call)\n" : "\n");
}

/* Adds the frames of the user's Lua code or of the library's, innermost first. C functions are left
 * out: the message names the one that raised, the others only pass calls on. */
static void add_frames(lua_State *L, report *r, bool users, const char *title) {
    lua_Debug ar;
    int shown = 0;
    for (int level = 1; level < FRAMES_WALKED && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Slnt", &ar);
        if (strcmp(ar.what, "C") == 0 || is_users(&ar) != users) continue;
        if (shown == FRAMES_SHOWN) {
            add(r, "  ... and more\n");
            return;
        }
        if (shown++ == 0) add(r, "%s", title);
        add_frame(L, r, &ar);
    }
}

/* Whether the error came from a call of error(): then the library has blamed a line on purpose. */
static bool is_deliberate(lua_State *L) {
    lua_Debug ar;
    if (!lua_getstack(L, 1, &ar)) return false;
    lua_getinfo(L, "f", &ar);
    lua_getglobal(L, "error");
    bool is_error = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return is_error;
}

/* Quotes the line at which the user's innermost frame stands, or which the message names; whether
 * the message names it is the answer. */
static bool add_quote(lua_State *L, report *r, const char *message) {
    lua_Debug ar;
    for (int level = 1; level < FRAMES_WALKED && lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (!is_users(&ar)) continue;
        int line = line_in_message(message, ar.short_src);
        quote(L, r, ar.source, line ? line : ar.currentline);
        return line != 0;
    }
    return false;
}

static const char *message_of(lua_State *L) {
    if (lua_type(L, 1) == LUA_TSTRING || luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL)
        return luaL_tolstring(L, 1, NULL);
    return lua_pushfstring(L, "an error was raised with a %s instead of a message",
                           luaL_typename(L, 1));
}

bool lis_error_is_exit(lua_State *L, int at) {
    at = lua_absindex(L, at);
    if (!lua_istable(L, at) || luaL_getmetafield(L, at, "__name") == LUA_TNIL) return false;
    bool is_exit = lua_isstring(L, -1) && strcmp(lua_tostring(L, -1), "lis.exit") == 0;
    lua_pop(L, 1);
    return is_exit;
}

int lis_traceback(lua_State *L) {
    lua_settop(L, 1);
    lis_land_on_error(L);
    if (lis_error_is_exit(L, 1)) return 1;
    report r = {.length = 0};
    const char *message = message_of(L);
    add(&r, "%s\n", lis_interrupt_pending() ? "interrupted" : message);
    bool blames_user = add_quote(L, &r, message) && is_deliberate(L);
    add_frames(L, &r, true, "");
    if (!blames_user) add_frames(L, &r, false, "inside lis:\n");
    lua_pushlstring(L, r.text, r.length);
    return 1;
}

void lis_traceback_load(lua_State *L, const char *chunk) {
    report r = {.length = 0};
    const char *message = lua_tostring(L, -1);
    add(&r, "%s\n", message);
    for (const char *colon = strchr(message, ':'); colon; colon = strchr(colon + 1, ':')) {
        char *end;
        long line = strtol(colon + 1, &end, 10);
        if (end == colon + 1 || *end != ':') continue;
        quote(L, &r, chunk, (int)line);
        break;
    }
    lua_pop(L, 1);
    lua_pushlstring(L, r.text, r.length);
}
