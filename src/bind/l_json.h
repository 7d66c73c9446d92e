/* JSON between Lua and text: results.json must be readable by anyone, and the same run must give the
 * same bytes. */
#ifndef LIS_BIND_L_JSON_H
#define LIS_BIND_L_JSON_H

#include <lua.h>

/* Registers the boxes that the functions below use. */
void lis_json_open(lua_State *L);

/* json_encode(value, {indent = 2}) -> text. Keys sorted by bytes; a real is written with the fewest
 * digits that read back as the same number; NaN and infinities become null; bytes that are not UTF-8
 * become U+FFFD. A table is a list where its keys are 1..n, otherwise an object with string keys; an
 * empty one is {} unless json_array made it. A list of plain values stays on one line. indent = 0:
 * everything on one line. */
int lis_json_encode(lua_State *L);

/* json_decode(text) -> value, by jansson; a syntax error names line and column. null becomes nil. */
int lis_json_decode(lua_State *L);

/* json_array(t = {}) -> t, which is written as [] even when empty. Lists that json_decode makes are of
 * this kind. */
int lis_json_array(lua_State *L);

#endif
