/* core.base: clocks, hashes, keyed randomness, files, threads. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "box.h"
#include "check.h"
#include "l_json.h"
#include "l_machine.h"
#include "lis/base/clock.h"
#include "lis/base/confine.h"
#include "lis/base/file.h"
#include "lis/base/folder.h"
#include "lis/base/hash.h"
#include "lis/base/mem.h"
#include "lis/base/rng.h"
#include "lis_version.h"
#include "nearest.h"
#include "open.h"

static int base_clock(lua_State *L) {
    lua_pushnumber(L, lis_clock_wall());
    return 1;
}

static int base_cpu(lua_State *L) {
    lua_pushnumber(L, lis_clock_cpu());
    return 1;
}

static int base_hash(lua_State *L) {
    size_t length;
    const char *text = lis_check_text(L, 1, "text", &length);
    char hex[17];
    snprintf(hex, sizeof hex, "%016" PRIx64, lis_hash(text, length, 0));
    lua_pushstring(L, hex);
    return 1;
}

/* ---- keyed randomness */

static int32_t fold_of(uint64_t seed, int64_t user, int64_t folds) {
    return (int32_t)(lis_rng_hash(seed, "fold", (uint64_t)user) % (uint64_t)folds);
}

/* user_folds(n | user ids i32, folds, seed): the fold of a user depends on its id and the seed alone,
 * so that it stays the same when users are added. Missing users (-1) have no fold (-1). */
static int base_user_folds(lua_State *L) {
    bool counted = lua_type(L, 1) == LUA_TNUMBER;
    const lis_tensor *ids = counted ? NULL : lis_check_tensor_1d(L, 1, "users", LIS_I32, -1);
    int64_t n = ids ? ids->shape[0] : lis_check_integer(L, 1, "users", 0, INT32_MAX);
    int64_t folds = lis_check_integer(L, 2, "folds", 1, INT32_MAX);
    uint64_t seed = (uint64_t)lis_check_integer(L, 3, "seed", INT64_MIN, INT64_MAX);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(out, LIS_I32, n, &error), &error);
    for (int64_t i = 0; i < n; i++) {
        int64_t user = ids ? lis_i32(ids)[i] : i;
        lis_i32(out)[i] = user < 0 ? -1 : fold_of(seed, user, folds);
    }
    return 1;
}

static int base_permutation(lua_State *L) {
    int64_t n = lis_check_integer(L, 1, "n", 0, INT32_MAX);
    uint64_t seed = (uint64_t)lis_check_integer(L, 2, "seed", INT64_MIN, INT64_MAX);
    const char *purpose = lis_check_text(L, 3, "purpose", NULL);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, lis_tensor_new_1d(out, LIS_I32, n, &error), &error);
    for (int64_t i = 0; i < n; i++)
        lis_i32(out)[i] = (int32_t)i;
    lis_rng rng = lis_rng_open(seed, purpose, 0);
    lis_rng_shuffle_i32(&rng, lis_i32(out), n);
    return 1;
}

/* ---- files */

static void release_folder(void *object) {
    lis_folder_free(object);
}

static const luaL_Reg no_methods[] = {{NULL, NULL}};
static const lis_box_type folder_box = {"lis.folder", sizeof(lis_folder), release_folder,
                                        no_methods, NULL};

static int base_save(lua_State *L) {
    size_t length;
    const char *path = lis_check_text(L, 1, "path", NULL);
    const char *text = lis_check_text(L, 2, "text", &length);
    lis_error error;
    lis_bind_check(L, lis_file_save(path, text, length, &error), &error);
    return 0;
}

static int base_make_folder(lua_State *L) {
    lis_error error;
    lis_bind_check(L, lis_file_make_folder(lis_check_text(L, 1, "path", NULL), &error), &error);
    return 0;
}

/* list_folder(path) -> list of names in order, nil where there is no such folder */
static int base_list_folder(lua_State *L) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    if (!lis_folder_exists(path)) {
        lua_pushnil(L);
        return 1;
    }
    lis_error error;
    lis_folder *list = lis_box_new(L, &folder_box);
    lis_bind_check(L, lis_folder_list(list, path, &error), &error);
    lua_createtable(L, list->count < INT32_MAX ? (int)list->count : 0, 0);
    for (int64_t i = 0; i < list->count; i++) {
        lua_pushstring(L, list->name[i]);
        lua_rawseti(L, -2, i + 1);
    }
    lis_folder_free(list);
    return 1;
}

/* may_write(path) -> true, or false and why not */
static int base_may_write(lua_State *L) {
    lis_error error;
    lis_status status = lis_confine_check(lis_check_text(L, 1, "path", NULL), &error);
    lua_pushboolean(L, status == LIS_OK);
    if (status == LIS_OK) return 1;
    lua_pushstring(L, error.message);
    return 2;
}

/* look(path) -> {size =, modified =}; modified in nanoseconds */
static int base_look(lua_State *L) {
    lis_error error;
    lis_file_stamp stamp;
    lis_bind_check(L, lis_file_look(&stamp, lis_check_text(L, 1, "path", NULL), &error), &error);
    lua_createtable(L, 0, 2);
    lua_pushinteger(L, stamp.size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, stamp.modified);
    lua_setfield(L, -2, "modified");
    return 1;
}

/* hash_file(path) -> hex digits */
static int base_hash_file(lua_State *L) {
    char hex[17];
    uint64_t hash;
    lis_error error;
    const char *path = lis_check_text(L, 1, "path", NULL);
    lis_bind_check(L, lis_hash_file(lis_bind_ctx(L), path, &hash, &error), &error);
    snprintf(hex, sizeof hex, "%016" PRIx64, hash);
    lua_pushstring(L, hex);
    return 1;
}

/* ---- the process */

static int base_threads(lua_State *L) {
    lis_ctx *ctx = lis_bind_ctx(L);
    if (!lua_isnoneornil(L, 1))
        ctx->threads = (int)lis_check_integer(L, 1, "threads", 1, LIS_THREADS_MAX);
    lua_pushinteger(L, ctx->threads);
    return 1;
}

/* memory() -> {live=, peak=, limit = nil, room=}: bytes of the core's blocks */
static int base_memory(lua_State *L) {
    lis_mem_stats now = lis_mem_read();
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, now.live_bytes);
    lua_setfield(L, -2, "live");
    lua_pushinteger(L, now.peak_bytes);
    lua_setfield(L, -2, "peak");
    if (now.limit_bytes > 0) {
        lua_pushinteger(L, now.limit_bytes);
        lua_setfield(L, -2, "limit");
    }
    lua_pushinteger(L, lis_mem_room());
    lua_setfield(L, -2, "room");
    return 1;
}

static int base_interrupted(lua_State *L) {
    lua_pushboolean(L, lis_ctx_interrupted(lis_bind_ctx(L)));
    return 1;
}

static int base_is_terminal(lua_State *L) {
    static const char *const names[] = {"stdin", "stdout", "stderr", NULL};
    lua_pushboolean(L, isatty(lis_check_choice(L, 1, "stream", names))); /* 0, 1, 2 */
    return 1;
}

/* The width of a terminal: what COLUMNS says, else what the terminal says, else 80. */
/* What the environment says of a terminal's size, else what the terminal says. */
static int push_extent(lua_State *L, const char *variable, bool across, long fallback) {
    static const char *const names[] = {"stdin", "stdout", "stderr", NULL};
    int stream = lua_isnoneornil(L, 1) ? STDERR_FILENO : lis_check_choice(L, 1, "stream", names);
    const char *wish = getenv(variable);
    long extent = wish ? strtol(wish, NULL, 10) : 0;
    struct winsize size;
    if (extent <= 0 && ioctl(stream, TIOCGWINSZ, &size) == 0)
        extent = across ? size.ws_col : size.ws_row;
    lua_pushinteger(L, extent > 0 ? extent : fallback);
    return 1;
}

static int base_columns(lua_State *L) {
    return push_extent(L, "COLUMNS", true, 80);
}

static int base_lines(lua_State *L) {
    return push_extent(L, "LINES", false, 24);
}

/* ---- did you mean */

static int base_edit_distance(lua_State *L) {
    const char *a = lis_check_text(L, 1, "a", NULL), *b = lis_check_text(L, 2, "b", NULL);
    lua_pushnumber(L, lis_edit_distance(a, b) / 2.0);
    return 1;
}

static int base_nearest(lua_State *L) {
    const char *word = lis_check_text(L, 1, "word", NULL);
    if (!lua_istable(L, 2))
        lis_arg_fail(L, "names", "wanted a list of strings, got %s", lis_type_name(L, 2));
    size_t count = lua_rawlen(L, 2);
    const char **names = lua_newuserdatauv(L, (count + 1) * sizeof *names, 0);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        names[i] = lis_check_text(L, -1, "names", NULL); /* the list holds it */
        lua_pop(L, 1);
    }
    names[count] = NULL;
    lua_pushstring(L, lis_nearest(word, names));
    return 1;
}

/* ---- help */

static int base_function_name(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lis_bind_push_name(L, 1);
    return 1;
}

int lis_open_base(lua_State *L) {
    static const luaL_Reg functions[] = {{"clock", base_clock},
                                         {"cpu", base_cpu},
                                         {"hash", base_hash},
                                         {"user_folds", base_user_folds},
                                         {"permutation", base_permutation},
                                         {"json_encode", lis_json_encode},
                                         {"json_decode", lis_json_decode},
                                         {"json_array", lis_json_array},
                                         {"save", base_save},
                                         {"make_folder", base_make_folder},
                                         {"list_folder", base_list_folder},
                                         {"may_write", base_may_write},
                                         {"look", base_look},
                                         {"hash_file", base_hash_file},
                                         {"resident", lis_base_resident},
                                         {"threads", base_threads},
                                         {"memory", base_memory},
                                         {"interrupted", base_interrupted},
                                         {"is_terminal", base_is_terminal},
                                         {"columns", base_columns},
                                         {"lines", base_lines},
                                         {"machine", lis_base_machine},
                                         {"edit_distance", base_edit_distance},
                                         {"nearest", base_nearest},
                                         {"function_name", base_function_name},
                                         {NULL, NULL}};
    lis_json_open(L);
    lis_box_register(L, &folder_box);
    luaL_newlib(L, functions);
    lua_pushliteral(L, LIS_VERSION);
    lua_setfield(L, -2, "version");
    return 1;
}
