/* The prompt: read, run, print. An input that is not complete yet is continued on the next line. */
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "host_config.h"
#include "line.h"

static const char chunk_name[] = "=stdin";

/* Whether loading failed only because the text ends too early; the message is on top. */
static bool is_incomplete(lua_State *L, int status) {
    static const char mark[] = "<eof>";
    size_t length;
    const char *message = lua_tolstring(L, -1, &length);
    return status == LUA_ERRSYNTAX && length >= sizeof mark - 1 &&
           strcmp(message + length - (sizeof mark - 1), mark) == 0;
}

/* Tries the text on top as an expression. Pushes the function, or nothing. */
static bool load_expression(lua_State *L) {
    const char *text = lua_pushfstring(L, "return %s", lua_tostring(L, -1));
    int status = luaL_loadbufferx(L, text, strlen(text), chunk_name, "t");
    lua_remove(L, -2);
    if (status == LUA_OK) return true;
    lua_pop(L, 1);
    return false;
}

/* [text, message] -> [longer text] where another line was read; else the stack stays. */
static lis_line_end read_more(lua_State *L) {
    lis_line_end end = lis_line_read(L, ">> ");
    if (end != LIS_LINE_READ) return end;
    lua_remove(L, -2);
    lua_pushliteral(L, "\n");
    lua_insert(L, -2);
    lua_concat(L, 3);
    return end;
}

/* Loads the text on top, asking for more lines while it is incomplete. Pushes the function; or
 * returns false, with an error reported and the stack as it may be. */
static bool load_input(lua_State *L) {
    for (;;) {
        if (load_expression(L)) return true;
        size_t length;
        const char *text = lua_tolstring(L, -1, &length);
        int status = luaL_loadbufferx(L, text, length, chunk_name, "t");
        if (status == LUA_OK) return true;
        lis_line_end end = is_incomplete(L, status) ? read_more(L) : LIS_LINE_EOF;
        if (end == LIS_LINE_READ) continue;
        if (end == LIS_LINE_EOF) fprintf(stderr, "%s\n", lua_tostring(L, -1));
        return false;
    }
}

/* What a person finds among the globals: help, describe and so on. A Lua chunk, because only Lua reads
 * well here. */
static void furnish(lua_State *L) {
    static const char chunk[] = "local view = require 'lis.view'\n"
                                "require 'lis.util.prompt'.furnish(_G, {\n"
                                "  describe = view.describe, head = view.head,\n"
                                "  hist = view.hist, plot = view.plot })\n";
    if (luaL_loadbufferx(L, chunk, sizeof chunk - 1, "@lis/prompt", "t") == LUA_OK)
        lis_run_call(L, 0, 0);
}

/* `?lis.split` and so on; false where the input is no question. */
static bool answer(lua_State *L) {
    const char *text = lua_tostring(L, -1);
    text += strspn(text, " \t");
    if (*text != '?') return false;
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis.util.prompt");
    if (lis_run_call(L, 1, 1) != LIS_EXIT_OK) return true;
    lua_getfield(L, -1, "ask");
    lua_pushstring(L, text + 1);
    lis_run_call(L, 1, 0);
    return true;
}

/* A local of one input is gone in the next: said once, at the first input that makes one. */
static void hint_at_locals(const char *text) {
    static bool said;
    if (said || strncmp(text, "local ", 6) != 0 || strchr(text, '\n') || !isatty(STDIN_FILENO))
        return;
    said = true;
    puts("(a local lives only as long as its input; leave out 'local' to keep the name)");
}

/* Prints the results, which are all that is on the stack above `below`. */
static void print_results(lua_State *L, int below) {
    int count = lua_gettop(L) - below;
    if (count == 0) return;
    luaL_checkstack(L, 4, "too many results to print");
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis.util.show");
    if (lis_run_call(L, 1, 1) != LIS_EXIT_OK) return;
    lua_getfield(L, -1, "values");
    lua_remove(L, -2);
    lua_insert(L, below + 1);
    if (lis_run_call(L, count, 1) == LIS_EXIT_OK) puts(lua_tostring(L, -1));
}

static void greet(void) {
    if (!isatty(STDIN_FILENO)) return;
    printf("lisrun %s, %s. help() helps, Tab completes, Ctrl-D leaves.\n", LIS_VERSION,
           LUA_RELEASE);
    lis_land_tell();
}

int lis_repl(lua_State *L) {
    greet();
    furnish(L);
    lis_line_open(L);
    for (;;) {
        lua_settop(L, 0);
        lis_interrupt_clear();
        lis_line_end end = lis_line_read(L, "> ");
        if (end == LIS_LINE_EOF) break;
        if (end == LIS_LINE_INTERRUPTED) continue;
        hint_at_locals(lua_tostring(L, 1));
        if (answer(L)) continue;
        if (load_input(L) && lis_run_call(L, 0, LUA_MULTRET) == LIS_EXIT_OK) print_results(L, 1);
        fflush(stdout);
    }
    lis_line_close();
    return LIS_EXIT_OK;
}
