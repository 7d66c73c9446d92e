/* The Lua modules inside the binary, and the searcher that finds them. */
#ifndef LIS_HOST_EMBED_H
#define LIS_HOST_EMBED_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct lis_embedded_module {
    const char *name;  /* as in require: "lis.util.text" */
    const char *chunk; /* chunk name: "@lis/util/text.lua", what tracebacks show */
    size_t length;
    const char *text;
} lis_embedded_module;

/* Generated at build time from the folder lua, and from docs/library under names that require cannot
 * find ("library/lis/tensor.lua"); ends with a NULL name. */
extern const lis_embedded_module lis_embedded_modules[];

/* Puts a searcher for "lis" and "lis.*" behind package.preload: first the folder in the environment
 * variable LIS_LUA_PATH (where set), then the modules inside the binary. package.embedded lists the
 * names of these; package.embedded_text(name) gives the source of any entry of the table above. */
void lis_embed_open(lua_State *L);

/* Whether that searcher would find the module. */
bool lis_embed_has(lua_State *L, const char *name);

/* The embedded source behind a chunk name, or NULL. */
const lis_embedded_module *lis_embed_find_chunk(const char *chunk);

#endif
