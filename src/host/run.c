#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "host.h"

/* A progress bar may stand half-drawn on the terminal, and its work is over. */
static void abandon_progress(lua_State *L) {
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    if (lua_getfield(L, -1, "lis.util.progress") == LUA_TTABLE &&
        lua_getfield(L, -1, "abandon") == LUA_TFUNCTION && lua_pcall(L, 0, 0, 0) != LUA_OK)
        lua_pop(L, 1);
}

static bool as_json;

void lis_run_json(bool wanted) {
    as_json = wanted;
}

/* Replaces the value on top by its JSON text; false, with nothing pushed, where it has none. */
static bool encode(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis.core");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "base");
    lua_getfield(L, -1, "json_encode");
    lua_insert(L, -4);
    lua_pop(L, 2);
    return lua_pcall(L, 1, 1, 0) == LUA_OK;
}

/* {"error": first line, "report": all of it, "status": code} */
static void print_json_error(lua_State *L, const char *text, int code) {
    lua_createtable(L, 0, 3);
    lua_pushlstring(L, text, strcspn(text, "\n"));
    lua_setfield(L, -2, "error");
    lua_pushstring(L, text);
    lua_setfield(L, -2, "report");
    lua_pushinteger(L, code);
    lua_setfield(L, -2, "status");
    fprintf(stderr, "%s\n", encode(L) ? lua_tostring(L, -1) : text);
}

/* Prints and pops the error on top of the stack. */
static int report_error(lua_State *L) {
    int top = lua_gettop(L);
    int code = lis_interrupt_pending() ? LIS_EXIT_INTERRUPTED : LIS_EXIT_ERROR;
    FILE *stream = stderr;
    abandon_progress(L);
    lua_settop(L, top);
    if (lis_error_is_exit(L, top)) {
        lua_getfield(L, top, "code");
        lua_getfield(L, top, "message");
        code = (int)lua_tointeger(L, -2);
        if (code == LIS_EXIT_OK) stream = stdout;
    }
    const char *text = lua_tostring(L, -1);
    fflush(stdout);
    if (text && as_json && code != LIS_EXIT_OK)
        print_json_error(L, text, code);
    else if (text)
        fprintf(stream, "%s%s", text, *text && text[strlen(text) - 1] == '\n' ? "" : "\n");
    fflush(stream);
    lua_settop(L, top - 1);
    return code;
}

int lis_run_call(lua_State *L, int nargs, int nresults) {
    int handler = lua_gettop(L) - nargs;
    lua_pushcfunction(L, lis_traceback);
    lua_insert(L, handler);
    int status = lua_pcall(L, nargs, nresults, handler);
    lua_remove(L, handler);
    if (status == LUA_ERRMEM) { /* Lua calls no message handler then */
        char text[256];
        lua_pop(L, 1);
        lua_gc(L, LUA_GCCOLLECT);
        lis_memory_explain(text, sizeof text);
        lua_pushstring(L, text);
    }
    return status == LUA_OK ? LIS_EXIT_OK : report_error(L);
}

/* Gives the function on top an environment that rejects undeclared globals. */
static int make_strict(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis.util.strict");
    int code = lis_run_call(L, 1, 1);
    if (code != LIS_EXIT_OK) return code;
    lua_getfield(L, -1, "environment");
    lua_remove(L, -2);
    code = lis_run_call(L, 0, 1);
    if (code == LIS_EXIT_OK && !lua_setupvalue(L, -2, 1)) lua_pop(L, 1);
    return code;
}

/* Prints and pops the value on top, if it is one. */
static int print_json_result(lua_State *L) {
    if (!lua_isnil(L, -1)) {
        if (!encode(L)) return report_error(L);
        puts(lua_tostring(L, -1));
    }
    lua_pop(L, 1);
    return LIS_EXIT_OK;
}

/* Calls the chunk on top with the strings of the global `arg` as its `...`. */
static int run_chunk(lua_State *L, lis_run_mode mode) {
    int code = mode == LIS_RUN_STRICT ? make_strict(L) : LIS_EXIT_OK;
    if (code != LIS_EXIT_OK) return code;
    if (mode == LIS_RUN_LANDING) lis_land_watch(L);
    int count = 0;
    if (lua_getglobal(L, "arg") == LUA_TTABLE) {
        count = (int)luaL_len(L, -1);
        luaL_checkstack(L, count + 3, "too many arguments to the recipe");
        for (int i = 1; i <= count; i++)
            lua_rawgeti(L, -i, i);
    }
    lua_remove(L, -count - 1);
    code = lis_run_call(L, count, as_json ? 1 : 0);
    if (mode == LIS_RUN_LANDING) lis_land_end(L);
    if (code == LIS_EXIT_OK && as_json) code = print_json_result(L);
    if (code == LIS_EXIT_OK && lis_interrupt_pending()) {
        fputs("interrupted\n", stderr); /* the recipe caught it and came to an end of its own */
        code = LIS_EXIT_INTERRUPTED;
    }
    return code;
}

static int load_failed(lua_State *L, const char *chunk) {
    lis_traceback_load(L, chunk);
    return report_error(L);
}

int lis_run_text(lua_State *L, const char *text, const char *chunk) {
    lis_traceback_remember(L, chunk, text, strlen(text));
    if (luaL_loadbufferx(L, text, strlen(text), chunk, "t") != LUA_OK) return load_failed(L, chunk);
    return run_chunk(L, LIS_RUN_LOOSE);
}

/* Pushes all of standard input as a string. */
static void read_stdin(lua_State *L) {
    luaL_Buffer text;
    luaL_buffinit(L, &text);
    size_t count;
    do {
        count = fread(luaL_prepbuffer(&text), 1, LUAL_BUFFERSIZE, stdin);
        luaL_addsize(&text, count);
    } while (count > 0);
    luaL_pushresult(&text);
}

int lis_run_file(lua_State *L, const char *path, lis_run_mode mode) {
    int status;
    const char *chunk;
    if (strcmp(path, "-") == 0) {
        size_t length;
        chunk = "=stdin";
        read_stdin(L);
        const char *text = lua_tolstring(L, -1, &length);
        if (text[0] == '#') { /* "#!", as luaL_loadfile has it: the line goes, its newline stays */
            size_t skipped = strcspn(text, "\n");
            text += skipped;
            length -= skipped;
        }
        lis_traceback_remember(L, chunk, text, length);
        status = luaL_loadbufferx(L, text, length, chunk, "t");
        lua_remove(L, -2);
    } else {
        chunk = lua_pushfstring(L, "@%s", path);
        FILE *file = fopen(path, "r");
        if (!file) {
            fprintf(stderr, "lisrun: cannot open the recipe '%s': %s\n", path, strerror(errno));
            return LIS_EXIT_USAGE;
        }
        fclose(file);
        status = luaL_loadfilex(L, path, "t");
    }
    return status == LUA_OK ? run_chunk(L, mode) : load_failed(L, chunk);
}
