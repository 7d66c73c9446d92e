/* Delimited text -> table: CSV (RFC 4180 quotes), TSV, or fields between any short delimiter ("::").
 *
 * The file is mapped, cut at line ends into shards and read in two parallel passes: lines are
 * counted, then every shard fills its own rows, its strings coded by a dictionary of its own; the
 * dictionaries are joined in shard order, which numbers strings by first appearance in the file.
 *
 * Accepted: a byte order mark, LF and CRLF line ends (also mixed), a last line without an end, blank
 * lines (skipped). Refused, with path, line and column: rows with too few or too many fields, fields
 * that are no number where one is due, NUL bytes, invalid UTF-8, quotes left open or out of place,
 * lines beyond a limit.
 *
 * Types, first that applies: declared; RecBole's suffix (user_id:token, time:float, :token_seq and
 * :float_seq, which stay text); else the narrowest of i64, f64 and string that every row fits,
 * where digits with a leading zero in the first rows count as a string.
 *
 * A plain file must not shrink while it is read. */
#ifndef LIS_DATA_DELIMITED_H
#define LIS_DATA_DELIMITED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/table.h"

typedef enum lis_choice { LIS_AUTO, LIS_YES, LIS_NO } lis_choice;

typedef struct lis_column_want {
    const char *name;
    lis_column_type type;
    const char
        *time; /* i64 alone: a time, turned into seconds since 1970 (UTC); "iso", "s", "ms" or a
                         format such as "%m/%d/%Y %I:%M:%S %p"; NULL: a whole number */
    char separator; /* list alone: between elements, several count as one; 0: a blank */
    char mark; /* list alone: elements end with this byte and a number, as in "N123-1"; 0: no */
} lis_column_want;

enum { LIS_DELIMITER_MAX = 15 };
enum { LIS_LINE_MAX = 16 << 20 };

/* All zero is a good default. Everything is borrowed for the call. */
typedef struct lis_delimited_options {
    const char *delimiter; /* 1 to LIS_DELIMITER_MAX bytes; NULL: the first of tab, "::", ",", ";"
                              and "|" that the first line holds */
    lis_choice header;     /* the first line names the columns; auto: where `names` is not given */
    lis_choice quote;      /* "a field, quoted"; auto: yes for , ; and |, else no */
    bool latin1;           /* the file is in Latin-1, not in UTF-8; of lis_delimited_read alone */
    lis_choice recbole;    /* type suffixes; auto: where every name of the header has one */

    const char *const *names; /* used in place of the header's names; NULL: column_1, ... */
    int64_t name_count;
    const lis_column_want *types; /* must exist */
    int64_t type_count;
    const char *const *require; /* must exist */
    int64_t require_count;
    const char *const *only; /* keep these columns alone, still in the file's order; NULL: all */
    int64_t only_count;

    int64_t line_max;    /* longest line in bytes; 0: LIS_LINE_MAX */
    int64_t unpack_max;  /* most bytes that a packed file may hold; 0: a hundred times its size, or
                            64 MiB if that is more */
    int64_t shard_bytes; /* smallest shard; 0: chosen. Changes nothing but the speed. */
} lis_delimited_options;

/* Reads a file, through gzip or zstd where its first bytes say so. Threads: same table at any number. Memory: the columns, and while reading one
 * dictionary a shard.
 * Errors: LIS_EIO; LIS_EFORMAT with path, line, column and the offending text; LIS_EARG for options
 * and for columns that do not exist (the message lists those that do); LIS_ERANGE for more than
 * 2^31 - 1 different strings; LIS_ENOMEM; LIS_EINTR. On error *out is zeroed. */
lis_status lis_delimited_read(lis_ctx *ctx, lis_table *out, const char *path,
                              const lis_delimited_options *options, lis_error *err);

/* The same from memory; `path` only names the bytes in messages. */
lis_status lis_delimited_parse(lis_ctx *ctx, lis_table *out, const char *path, const char *bytes,
                               size_t size, const lis_delimited_options *options, lis_error *err);

#endif
