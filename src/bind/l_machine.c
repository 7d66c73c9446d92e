#include "l_machine.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"
#include "lis/nn/model.h"
#include "lis/tensor/linalg.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

static void set_text(lua_State *L, const char *name, const char *text) {
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

/* Pushes what follows "model name :" in /proc/cpuinfo, or the machine's kind. */
static void push_processor(lua_State *L, const struct utsname *system) {
    static const char key[] = "model name";
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "r");
    const char *name = NULL;
    while (file && !name && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (!colon || strncmp(line, key, sizeof key - 1) != 0) continue;
        colon[strcspn(colon, "\n")] = '\0';
        name = colon + 1 + strspn(colon + 1, " ");
    }
    if (file) fclose(file);
    lua_pushstring(L, name ? name : system->machine);
}

/* Pushes the list of those that matter to the kernels here. */
static void push_features(lua_State *L) {
    lua_newtable(L);
#if defined(__x86_64__)
    int count = 0;
#define ADD(feature)                                                                               \
    if (__builtin_cpu_supports(feature)) {                                                         \
        lua_pushliteral(L, feature);                                                               \
        lua_rawseti(L, -2, ++count);                                                               \
    }
    ADD("sse4.2")
    ADD("avx2")
    ADD("fma")
    ADD("avx512f")
    ADD("avx512bw")
    ADD("avx512dq")
    ADD("avx512vl")
    ADD("avx512bf16")
#undef ADD
#endif
}

/* The number behind a key of /proc/self/status, in bytes; 0 where the system has no such file. */
static lua_Integer status_bytes(const char *key) {
    char line[256];
    lua_Integer bytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && !bytes && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            bytes = (lua_Integer)strtoll(line + strlen(key), NULL, 10) * 1024;
    if (file) fclose(file);
    return bytes;
}

/* resident(reset) -> bytes in memory now, the most since the start or the last reset */
int lis_base_resident(lua_State *L) {
    lua_pushinteger(L, status_bytes("VmRSS:"));
    lua_pushinteger(L, status_bytes("VmHWM:"));
    if (lua_toboolean(L, 1)) {
        FILE *file = fopen("/proc/self/clear_refs", "w");
        if (file) {
            fputs("5", file); /* the peak begins again from what is resident now */
            fclose(file);
        }
    }
    return 2;
}

const char *lis_machine_better_blas_core(void) {
    return lis_linalg_better_core();
}

int lis_base_machine(lua_State *L) {
    struct utsname system;
    if (uname(&system) != 0) memset(&system, 0, sizeof system);
    lis_ctx granted;
    lis_ctx_init(&granted, 0);
    lua_createtable(L, 0, 13);
    lua_pushfstring(L, "%s %s %s", system.sysname, system.release, system.machine);
    lua_setfield(L, -2, "system");
    push_processor(L, &system);
    lua_setfield(L, -2, "processor");
    push_features(L);
    lua_setfield(L, -2, "features");
    lis_set_integer(L, "processors", sysconf(_SC_NPROCESSORS_ONLN));
    lis_set_integer(L, "granted", granted.threads);
    lis_set_integer(L, "threads", lis_bind_ctx(L)->threads);
    lis_set_integer(L, "memory", (lua_Integer)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
    set_text(L, "compiler", COMPILER);
    set_text(L, "kernels", lis_nn_isa());
    set_text(L, "bf16", lis_nn_bf16());
    set_text(L, "blas", lis_linalg_library());
#ifdef _OPENMP
    lis_set_integer(L, "openmp", _OPENMP);
#endif
    return 1;
}
