/* JSON lines -> table: one object a line, its members the columns.
 *
 * Columns are the keys of the first 1,000 lines (and of 4 MiB at most), in order of appearance; members
 * with other keys are left out. A member that is missing or null is an empty field; true and false are
 * 1 and 0. A column declared a list takes the elements of a JSON list (strings and numbers; null and ""
 * are left out), or those of a string, as in delimited text; elsewhere a list or an object is kept as
 * the text it is. Types, line ends, limits, unpacking and sharding are those of delimited text
 * (lis/data/delimited.h); undeclared columns with a list or object among the first lines are text. */
#ifndef LIS_DATA_JSONL_H
#define LIS_DATA_JSONL_H

#include <stddef.h>

#include "lis/data/delimited.h"

/* Reads a file. Of the options types, require, only, line_max, unpack_max and shard_bytes count.
 * Threads and errors as lis_delimited_read; LIS_EFORMAT names path, line and what was expected. */
lis_status lis_jsonl_read(lis_ctx *ctx, lis_table *out, const char *path,
                          const lis_delimited_options *options, lis_error *err);

/* The same from memory; `path` only names the bytes in messages. */
lis_status lis_jsonl_parse(lis_ctx *ctx, lis_table *out, const char *path, const char *bytes,
                           size_t size, const lis_delimited_options *options, lis_error *err);

#endif
