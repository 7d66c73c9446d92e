/* Every snippet below is run again and again, each time with one allocation more succeeding before
 * one fails: first those of the core, then those of Lua itself. Each time a clean error, and nothing
 * left behind when the state is closed. A room adds its snippets to the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "bind/open.h"
#include "lis/base/mem.h"

static const char *const snippets[] = {
    "local a = tensor.from{{1, 2}, {3, 4}}; a[1] = 5; a[2] = a[1]; return a:slice(2, 1, "
    "1):totable()",
    "local a = tensor.normal({9, 4}, {seed = 1}); return tostring(a) .. a:T():hash()",
    "local a = tensor.full('f64', 2, 3, 2); a:add_(a, 2):mul_(3); return (a + 1) / a - "
    "a:T():copy():T()",
    "local a = tensor.arange(6); return tensor.concat({a, a}):take(a):to('f32'):exp():clamp(0, "
    "9):sum()",
    "local a = tensor.from({3, 1, 2}, 'i32'); return a:argsort(), a:unique(), a:bincount(4), "
    "a:gt(1):nonzero()",
    "local a = tensor.new('f32', 3, 2); return a:scatter_add_(tensor.arange(3), a:copy()):sum(1)",
    "local a = tensor.normal({30, 3}); return tensor.ridge(a, a, {weight = a:select(2, "
    "1):copy():abs()})",
    "local a = tensor.normal({30, 3}); return tensor.procrustes(a, a), tensor.matmul(a:T(), a)",
    "local a = tensor.normal({30, 3}):T(); return a:take(tensor.arange(2)), a:normalize_rows()",
    "return base.json_encode{x = {1, 2.5, 'y'}, y = base.json_array{}, z = {{a = true}}}",
    "return base.json_decode('{\"x\": [1, 2.5, \"y\", null, {\"a\": true}], \"long key\": "
    "\"text\"}')",
    "return base.user_folds(10, 2, 1), base.permutation(5, 1, 'x'), base.hash('text')",
    "local r = tensor.from({0, 1, 1, 2}, 'i32'); local m = core.sparse.from_triples(3, 3, r, r)"
    " return m:transpose():add(m):permute(tensor.from({2, 0, 1}, 'i32')):top_k(1):triples()",
    "local r = tensor.from({0, 0, 1, 1, 2, 2}, 'i32'); local i = tensor.from({0, 1, 1, 2, 2, 0}, "
    "'i32')"
    " local m = core.sparse.cooccurrence{user = r, item = i, users = 3, items = 3}"
    " local u, s, v = m:ppmi():svd{rank = 2, oversample = 1}; return m:matmul(u), m:row_sums()",
    "local u = tensor.from({0, 0, 1, 1}, 'i32'); local t = tensor.from({1, 2, 3, 4}, 'i64')"
    " local e = tensor.from({1, 0, 1, 1}, 'u8')"
    " local h = core.data.history{user = u, item = u, time = t, engaged = e, users = 2}"
    " local v = tensor.normal({2, 3}); return core.data.history_mean(h, v), h:row(2, 5)",
    "local s, y = tensor.from{0.1, 0.9, 0.4, 0.6}, tensor.from({0, 1, 1, 0}, 'u8')"
    " local o = {user = tensor.from({0, 0, 1, 1}, 'i32'), users = 2}"
    " return core.metric.auc(s, y, o), core.metric.gauc(s, y, o), core.metric.logloss(s, y, o),"
    " core.metric.delong(s, s * 2, y, o)",
    "local u = tensor.from({0, 2, -1, 2}, 'i32')"
    " local t = core.data.columns{{'u', u}, {'x', tensor.arange(4, 'f64')}}"
    " local codes, old, fresh = core.data.recode(u, 3)"
    " local rows = {user = u, item = u, users = 3, items = 3}"
    " return t:where('u in (0, 1) or x > 2 and not is_missing(x)'), t:compute('max(x, -u) % 3'),"
    " core.data.remap(u, fresh), core.data.k_core(rows), core.data.distinct(rows), "
    "core.data.share(9, 0.5, 1)",
    "local g = core.nn.graph{seed = 1}; local x = g:ids('x', 5)"
    " local e = g:embedding(x, {dim = 4}); g:logistic(g:linear(e, {units = 1}))"
    " local m, feed = g:build{batch = 4}, {x = tensor.arange(5), label = tensor.new('u8', 5)}"
    " m:fit(feed, {rows = tensor.arange(5)}); return m:predict(feed, tensor.arange(5)), "
    "m:parameters()",
};

typedef struct lua_heap {
    int64_t left; /* allocations until one fails; negative: none will */
    int64_t failed;
} lua_heap;

static void *allocate(void *arg, void *block, size_t before, size_t after) {
    (void)before;
    lua_heap *heap = arg;
    if (after == 0) {
        free(block);
        return NULL;
    }
    if (heap->left == 0) {
        heap->failed++;
        return NULL; /* and again: Lua collects garbage and tries once more */
    }
    if (heap->left > 0) heap->left--;
    return realloc(block, after);
}

static int load_snippet(lua_State *L) {
    const char *code = lua_touserdata(L, 1);
    luaL_openlibs(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis.core");
    lua_call(L, 1, 1);
    lua_pushvalue(L, -1);
    lua_setglobal(L, "core");
    lua_getfield(L, -1, "tensor");
    lua_setglobal(L, "tensor");
    lua_getfield(L, -1, "base");
    lua_setglobal(L, "base");
    if (luaL_loadstring(L, code) != LUA_OK) return lua_error(L);
    return 1;
}

/* Runs the code in a fresh state with one failure pending; true where it succeeded. */
static bool run(const char *code, int64_t core_left, int64_t lua_left) {
    lis_ctx ctx;
    lua_heap heap = {.left = -1};
    lis_ctx_init(&ctx, 2);
    int64_t before = lis_mem_read().live_blocks;
    lua_State *L = lua_newstate(allocate, &heap);
    lis_bind_open(L, &ctx);
    lua_pushcfunction(L, load_snippet);
    lua_pushlightuserdata(L, (void *)(uintptr_t)code);
    if (lua_pcall(L, 1, 1, 0) != LUA_OK) fail_msg("%s: %s", code, lua_tostring(L, -1));
    lua_gc(L, LUA_GCCOLLECT);
    lis_mem_fail_after(core_left);
    heap.left = lua_left;
    int status = lua_pcall(L, 0, 1, 0);
    lis_mem_fail_after(-1);
    heap.left = -1;
    if (status == LUA_ERRRUN && !strstr(lua_tostring(L, -1), "out of memory"))
        fail_msg("%s: %s", code, lua_tostring(L, -1));
    lua_close(L);
    assert_int_equal(lis_mem_read().live_blocks, before);
    return status == LUA_OK;
}

static void test_failing_allocations_of_the_core(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof snippets / sizeof *snippets; i++) {
        int64_t successes = 0;
        while (!run(snippets[i], successes, -1))
            assert_in_range(++successes, 1, 1000);
        assert_true(successes > 0);
    }
}

static void test_failing_allocations_of_lua(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof snippets / sizeof *snippets; i++) {
        int64_t successes = 0;
        while (!run(snippets[i], -1, successes))
            assert_in_range(++successes, 1, 1000);
        assert_true(successes > 0);
    }
}

static void test_an_interrupt_is_a_bare_string(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lua_State *L = luaL_newstate();
    lis_bind_open(L, &ctx);
    lua_pushcfunction(L, load_snippet);
    lua_pushlightuserdata(L, (void *)(uintptr_t) "return tensor.normal({9, 9}):exp()");
    assert_int_equal(lua_pcall(L, 1, 1, 0), LUA_OK);
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lua_pcall(L, 0, 1, 0), LUA_ERRRUN);
    assert_string_equal(lua_tostring(L, -1), "interrupted!");
    lua_close(L);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failing_allocations_of_the_core),
        cmocka_unit_test(test_failing_allocations_of_lua),
        cmocka_unit_test(test_an_interrupt_is_a_bare_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
