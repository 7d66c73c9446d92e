/* lisrun: a small program around one Lua state and one context of the core.
 *
 *   main.c       what happens in which order; command.c reads the command line
 *   environment.c  settings of OpenMP and OpenBLAS, made before these look for them
 *   memory.c     --max-memory
 *   state.c      opens the state: standard libraries, lis.core, lfs, embedded modules
 *   run.c        loads and runs a chunk, turns its end into an exit code
 *   traceback.c  what a human reads when a chunk fails
 *   interrupt.c  Ctrl-C, in C kernels and in Lua loops
 *   land.c       a recipe's locals at the prompt that follows it
 *   repl.c       the interactive loop; line.c its line editor
 *   embed.c      the Lua modules inside the binary */
#ifndef LIS_HOST_HOST_H
#define LIS_HOST_HOST_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"

enum {
    LIS_EXIT_OK = 0,
    LIS_EXIT_ERROR = 1,
    LIS_EXIT_USAGE = 2,
    LIS_EXIT_INTERRUPTED = 130 /* 128 + SIGINT, as shells have it */
};

/* ---- environment.c */

/* The first thing in main: gives OpenMP and OpenBLAS the settings that suit lisrun, where the user has
 * not made them, by beginning the process anew once. */
void lis_environment_settle(char **argv);

/* ---- state.c */

/* Fills a fresh state; may raise. `ctx` must outlive it. */
void lis_host_open(lua_State *L, lis_ctx *ctx);

/* ---- memory.c */

/* From now on the state and the core together get at most `bytes`; 0: as much as there is. Call it
 * once, right after the state is made. */
void lis_memory_limit(lua_State *L, int64_t bytes);

/* "not enough memory", with figures where there is a limit. */
void lis_memory_explain(char *text, size_t room);

/* ---- interrupt.c */

/* Makes SIGINT interrupt `ctx` and whatever Lua code runs in `L` or in one of its coroutines. */
void lis_interrupt_install(lua_State *L, lis_ctx *ctx);

/* Whether Ctrl-C was pressed since the last clear. Clearing also disarms the hooks. */
bool lis_interrupt_pending(void);
void lis_interrupt_clear(void);

/* ---- traceback.c */

/* Message handler for lua_pcall: turns an error into one text, message first, then the line of
 * source, then the user's own frames, then those inside the library. Objects of type "lis.exit"
 * pass through unchanged. */
int lis_traceback(lua_State *L);

/* The same for a chunk that did not compile: replaces the message on top of the stack. */
void lis_traceback_load(lua_State *L, const char *chunk);

/* Whether the value at `at` is an object {code = integer, message = string} of type "lis.exit": not
 * a mistake but a wish to leave, raised by --help or after a wrong option. */
bool lis_error_is_exit(lua_State *L, int at);

/* Remembers the text of a chunk that lies in no file, so that tracebacks can quote it. */
void lis_traceback_remember(lua_State *L, const char *chunk, const char *text, size_t length);

/* ---- land.c */

/* The function on top of the stack is a recipe's main chunk, about to be called: when it ends or fails,
 * its locals become globals. */
void lis_land_watch(lua_State *L);

/* For message handlers: reads the locals while the stack still stands. Does nothing unwatched. */
void lis_land_on_error(lua_State *L);

void lis_land_end(lua_State *L); /* after the call */
void lis_land_tell(void);        /* says in a line what was landed, if anything was */

/* ---- run.c */

/* Calls the function below `nargs` arguments. Leaves `nresults` results; after an error, which it
 * has reported on stderr, nothing. Returns an exit code. */
int lis_run_call(lua_State *L, int nargs, int nresults);

/* How a chunk is run: STRICT, it may not touch undeclared globals; LANDING, its locals become globals
 * in the end. */
typedef enum lis_run_mode { LIS_RUN_LOOSE, LIS_RUN_STRICT, LIS_RUN_LANDING } lis_run_mode;

/* Load and run; each returns an exit code. */
int lis_run_file(lua_State *L, const char *path, lis_run_mode mode); /* "-": standard input */
int lis_run_text(lua_State *L, const char *text, const char *chunk);

/* Whether a chunk's first result is printed as JSON, and errors are reported so. */
void lis_run_json(bool wanted);

/* ---- repl.c */

/* Reads, runs and prints until the end of input. Returns an exit code. */
int lis_repl(lua_State *L);

#endif
