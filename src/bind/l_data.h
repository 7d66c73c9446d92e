/* core.data, in nine files:
 *
 *   l_data.c             reading files: tables, lines, arrays
 *   l_data_blocks.c      reading files in blocks
 *   l_data_table.c       the boxes of tables and dictionaries
 *   l_data_clean.c       rows to keep, ids without gaps, tables of columns in memory
 *   l_data_expression.c  rules over the rows of a table
 *   l_data_history.c     histories and what is computed over them
 *   l_data_cache.c       columnar caches
 *   l_data_stream.c      histories of a log read in blocks
 *   l_data_world.c       the simulated feed */
#ifndef LIS_BIND_L_DATA_H
#define LIS_BIND_L_DATA_H

#include <lua.h>

#include "box.h"
#include "lis/data/delimited.h"
#include "lis/data/dict.h"
#include "lis/data/history.h"
#include "lis/data/table.h"

extern const lis_box_type lis_box_table;   /* holds a lis_table */
extern const lis_box_type lis_box_dict;    /* holds a lis_dict * with one reference */
extern const lis_box_type lis_box_history; /* holds a lis_history */
extern const lis_box_type lis_box_blocks;  /* holds a lis_blocks * */
extern const lis_box_type lis_box_cache;   /* holds a lis_cache * */
extern const lis_box_type lis_box_writer;  /* holds a lis_cache_writer * */
extern const lis_box_type lis_box_stream;  /* holds a lis_history_stream * */

/* The options table at 2 of a function that reads delimited text, or JSON lines; checked. What they
 * borrow lies on the stack, which is cut to two values first. */
lis_delimited_options lis_data_table_options(lua_State *L);
lis_delimited_options lis_data_jsonl_options(lua_State *L);

/* Pushes the list of a dictionary's strings in the order of their codes. */
void lis_data_push_strings(lua_State *L, const lis_dict *dict);

/* data.merge_dicts(dict, ...) -> dict, T i32, ...: one dictionary that holds the strings of all, and
 * for each the new code of every old one. */
int lis_data_merge_dicts(lua_State *L);

/* Adds table_blocks and jsonl_blocks to the table on top of the stack. */
void lis_data_add_blocks(lua_State *L);

/* Adds history, history_mean and similarity to the table on top of the stack. */
void lis_data_add_history(lua_State *L);

/* Adds k_core, distinct, share, recode, remap, parse_time and columns to the table on top of the stack. */
void lis_data_add_clean(lua_State *L);

/* Adds expression_columns to the table on top of the stack, where and compute to lis_box_table, which
 * is registered. */
void lis_data_add_expression(lua_State *L);

/* Adds cache_writer and open_cache to the table on top of the stack. */
void lis_data_add_cache(lua_State *L);

/* Adds history_stream to the table on top of the stack. */
void lis_data_add_stream(lua_State *L);

/* Adds world to the table on top of the stack. */
void lis_data_add_world(lua_State *L);

#endif
