/* Ctrl-C.
 *
 * A C kernel polls the context's flag. A Lua loop is stopped by a debug hook, set from the signal
 * handler (lua_sethook is made for that) on the thread that is running: hooks belong to a thread, and
 * Lua does not tell which one runs, so coroutine.resume and coroutine.wrap are wrapped here to keep
 * track. The hook raises once and then leaves some time to clean up; code that swallows the error
 * and goes on is stopped for good when that time is over, or at the second Ctrl-C. */
#include <lauxlib.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "host.h"

enum { GRACE = 1000000 }; /* VM instructions, about 20 ms */

static lis_ctx *context;
static pthread_t main_thread;
static lua_State *volatile running; /* the thread whose hook a signal must set */
static volatile sig_atomic_t presses;

static void stop(lua_State *L, lua_Debug *ar) {
    (void)ar;
    if (!presses) { /* a coroutine that slept through an interrupt dealt with long ago */
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    if (lua_gethookcount(L) == GRACE) presses = 2;
    lua_sethook(L, stop, LUA_MASKCOUNT, presses == 1 ? GRACE : 1);
    lua_pushliteral(L, "interrupted!");
    lua_error(L);
}

static void on_signal(int number) {
    if (!pthread_equal(pthread_self(), main_thread)) {
        pthread_kill(main_thread, number); /* a worker must not touch a state that runs elsewhere */
        return;
    }
    presses = presses ? 2 : 1;
    lis_ctx_interrupt(context);
    lua_sethook(running, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* Upvalue 1: the original function. Resumes the coroutine `co` with `running` set to it; a
 * protected call, because `running` must never point to a thread that is gone. */
static int resume_tracked(lua_State *L, lua_State *co) {
    lua_State *before = running;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    if (presses) lua_sethook(co, stop, LUA_MASKCOUNT, 1);
    running = co;
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    running = before;
    if (presses) lua_sethook(before, stop, LUA_MASKCOUNT, presses == 1 ? GRACE : 1);
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

static int tracked_resume(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTHREAD);
    return resume_tracked(L, lua_tothread(L, 1));
}

static int call_wrapped(lua_State *L) {
    return resume_tracked(L, lua_tothread(L, lua_upvalueindex(2)));
}

/* Upvalue 1: coroutine.wrap. What it returns keeps its coroutine as its own first upvalue. */
static int tracked_wrap(lua_State *L) {
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    if (!lua_getupvalue(L, 1, 1) || !lua_isthread(L, 2)) {
        lua_settop(L, 1);
        return 1;
    }
    lua_pushcclosure(L, call_wrapped, 2);
    return 1;
}

static void replace(lua_State *L, const char *name, lua_CFunction function) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

void lis_interrupt_install(lua_State *L, lis_ctx *ctx) {
    context = ctx;
    main_thread = pthread_self();
    running = L;
    lua_getglobal(L, "coroutine");
    replace(L, "resume", tracked_resume);
    replace(L, "wrap", tracked_wrap);
    lua_pop(L, 1);

    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal; /* no SA_RESTART: a read that waits must give up */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

bool lis_interrupt_pending(void) {
    return presses != 0;
}

void lis_interrupt_clear(void) {
    presses = 0;
    lis_ctx_clear_interrupt(context);
    lua_sethook(running, NULL, 0, 0);
}
