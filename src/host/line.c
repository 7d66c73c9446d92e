#include "line.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "host_config.h"
#include "lis/base/file.h"

static bool is_person; /* stdin and stdout are a terminal */

/* ---- plain */

static lis_line_end read_plain(lua_State *L, const char *prompt) {
    if (is_person) {
        fputs(prompt, stdout);
        fflush(stdout);
    }
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = getline(&line, &capacity, stdin);
    if (length < 0) {
        free(line);
        clearerr(stdin);
        return lis_interrupt_pending() ? LIS_LINE_INTERRUPTED : LIS_LINE_EOF;
    }
    if (length > 0 && line[length - 1] == '\n') length--;
    lua_pushlstring(L, line, (size_t)length);
    free(line);
    return LIS_LINE_READ;
}

#ifdef LIS_HAVE_LIBEDIT

#include <histedit.h>
#include <locale.h>
#include <signal.h>
#include <sys/select.h>
#include <wchar.h>

enum { HISTORY_LINES = 5000 };

static EditLine *editor;
static History *history_lines;
static char *history_path; /* NULL: no history file */
static const char *current_prompt;
static lua_State *state;

static char *show_prompt(EditLine *el) {
    (void)el;
    return (char *)(size_t)current_prompt; /* libedit's type lacks a const */
}

/* Waits for a byte or a Ctrl-C, whichever comes first. The signal is let in only while waiting, so
 * that one which comes just before is not missed. */
static bool wait_for_byte(void) {
    sigset_t only_interrupt, before;
    sigemptyset(&only_interrupt);
    sigaddset(&only_interrupt, SIGINT);
    sigprocmask(SIG_BLOCK, &only_interrupt, &before);
    int ready = -1;
    while (ready < 0 && !lis_interrupt_pending()) {
        fd_set input;
        FD_ZERO(&input);
        FD_SET(STDIN_FILENO, &input);
        ready = pselect(STDIN_FILENO + 1, &input, NULL, NULL, NULL, &before);
        if (ready < 0 && errno != EINTR) break;
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ready > 0;
}

/* In place of libedit's own reader, which starts again after a signal: Ctrl-C gives the line up. */
static int read_character(EditLine *el, wchar_t *out) {
    (void)el;
    mbstate_t shift;
    memset(&shift, 0, sizeof shift);
    for (;;) {
        char byte;
        if (!wait_for_byte()) return -1;
        ssize_t count = read(STDIN_FILENO, &byte, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return (int)count;
        /* A Ctrl-D from before the terminal listened key by key comes as 0, and 0 is libedit's
         * "insert the next key as it is" where the terminal has no key for that. */
        if (byte == '\0') continue;
        size_t used = mbrtowc(out, &byte, 1, &shift);
        if (used == (size_t)-2) continue; /* in the middle of a character */
        if (used == (size_t)-1) *out = L'?';
        return 1;
    }
}

/* ---- completion */

static int terminal_columns(void) {
    int columns = 80;
    el_get(editor, EL_GETTC, "co", &columns, (void *)0);
    return columns;
}

/* Lua: (line before the cursor) -> text to put in its place or nil, listing or nil. */
static int complete_in_lua(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis.util.complete");
    lua_call(L, 1, 1); /* 2: module */
    lua_getfield(L, 2, "line");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 2); /* 3: candidates, 4: start */
    lua_Integer count = luaL_len(L, 3);
    if (count == 0) return 0;
    lua_getfield(L, 2, "common");
    lua_pushvalue(L, 3);
    lua_call(L, 1, 1); /* 5: shared beginning */
    size_t length;
    lua_tolstring(L, 1, &length);
    size_t replaced = length - (size_t)lua_tointeger(L, 4) + 1;
    lua_pushinteger(L, (lua_Integer)replaced);
    lua_pushvalue(L, 5);
    if (count == 1 || lua_rawlen(L, 5) > replaced) return 2;
    lua_getfield(L, 2, "columns");
    lua_pushvalue(L, 3);
    lua_pushinteger(L, terminal_columns());
    lua_call(L, 2, 1);
    return 3;
}

/* Tab. */
static unsigned char complete(EditLine *el, int character) {
    (void)character;
    lua_State *L = state;
    const LineInfo *info = el_line(el);
    int top = lua_gettop(L);
    unsigned char answer = CC_ERROR;
    lua_pushcfunction(L, complete_in_lua);
    lua_pushlstring(L, info->buffer, (size_t)(info->cursor - info->buffer));
    if (lua_pcall(L, 1, 3, 0) == LUA_OK && lua_isinteger(L, top + 1)) {
        if (lua_isstring(L, top + 3)) {
            printf("\n%s\n", lua_tostring(L, top + 3));
            fflush(stdout);
            answer = CC_REDISPLAY;
        } else {
            el_deletestr(el, (int)lua_tointeger(L, top + 1));
            el_insertstr(el, lua_tostring(L, top + 2));
            answer = CC_REFRESH;
        }
    }
    lua_settop(L, top);
    return answer;
}

/* ---- history */

/* $XDG_STATE_HOME/lisrun/history, by default below ~/.local/state; NULL where neither is set. */
static char *find_history(void) {
    const char *folder = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char path[4096];
    int length;
    if (folder && folder[0] == '/')
        length = snprintf(path, sizeof path, "%s/lisrun", folder);
    else if (home && home[0] == '/')
        length = snprintf(path, sizeof path, "%s/.local/state/lisrun", home);
    else
        return NULL;
    if (length < 0 || (size_t)length + sizeof "/history" > sizeof path) return NULL;
    if (lis_file_make_folder(path, NULL) != LIS_OK) return NULL;
    memcpy(path + length, "/history", sizeof "/history");
    return strdup(path);
}

static void open_history(void) {
    HistEvent event;
    history_lines = history_init();
    if (!history_lines) return;
    history(history_lines, &event, H_SETSIZE, HISTORY_LINES);
    history(history_lines, &event, H_SETUNIQUE, 1);
    history_path = find_history();
    if (history_path) history(history_lines, &event, H_LOAD, history_path);
    el_set(editor, EL_HIST, history, history_lines);
}

/* After every line, under another name first: a crash, even while writing, loses nothing. */
static void save_history(void) {
    HistEvent event;
    char part[4096 + 32];
    if (!history_path) return;
    snprintf(part, sizeof part, "%s.%ld", history_path, (long)getpid());
    if (history(history_lines, &event, H_SAVE, part) < 0 || rename(part, history_path) != 0)
        unlink(part);
}

static void remember(const char *line) {
    HistEvent event;
    if (!history_lines || line[strspn(line, " \t\n")] == '\0') return;
    history(history_lines, &event, H_ENTER, line);
    save_history();
}

/* ---- the editor */

static void open_editor(lua_State *L) {
    setlocale(LC_CTYPE, ""); /* only this: numbers keep their point */
    state = L;
    editor = el_init("lisrun", stdin, stdout, stderr);
    if (!editor) return;
    el_set(editor, EL_PROMPT, show_prompt);
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_SIGNAL, 0);
    el_set(editor, EL_GETCFN, read_character);
    /* Wide: of narrow strings libedit makes copies that it never frees. */
    el_wset(editor, EL_ADDFN, L"lis-complete", L"complete names and paths", complete);
    el_set(editor, EL_BIND, "^I", "lis-complete", (void *)0);
    el_set(editor, EL_BIND, "^R", "em-inc-search-prev", (void *)0);
    open_history();
    el_source(editor, NULL); /* the user's .editrc has the last word */
}

static lis_line_end read_edited(lua_State *L, const char *prompt) {
    current_prompt = prompt;
    el_resize(editor);
    int count = 0;
    const char *line = el_gets(editor, &count);
    if (!line || count <= 0) {
        putchar('\n');
        return lis_interrupt_pending() ? LIS_LINE_INTERRUPTED : LIS_LINE_EOF;
    }
    remember(line);
    if (line[count - 1] == '\n') count--;
    lua_pushlstring(L, line, (size_t)count);
    return LIS_LINE_READ;
}

void lis_line_close(void) {
    if (history_lines) history_end(history_lines);
    if (editor) el_end(editor);
    free(history_path);
    history_lines = NULL;
    editor = NULL;
    history_path = NULL;
}

#endif

void lis_line_open(lua_State *L) {
    is_person = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
#ifdef LIS_HAVE_LIBEDIT
    if (is_person) open_editor(L);
#else
    (void)L;
#endif
}

lis_line_end lis_line_read(lua_State *L, const char *prompt) {
#ifdef LIS_HAVE_LIBEDIT
    if (editor) return read_edited(L, prompt);
#endif
    return read_plain(L, prompt);
}

#ifndef LIS_HAVE_LIBEDIT
void lis_line_close(void) {}
#endif
