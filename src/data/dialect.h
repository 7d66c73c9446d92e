/* How a delimited file is written, and its plain reading: one record at a time, byte by byte.
 *
 * This is what the shard reader has to agree with (the tests compare them); it reads the header and
 * the first rows, and takes a bad row apart for the error message. */
#ifndef LIS_DATA_DIALECT_H
#define LIS_DATA_DIALECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/base/arena.h"
#include "lis/base/status.h"
#include "lis/data/delimited.h"

typedef struct lis_dialect {
    char delimiter[LIS_DELIMITER_MAX + 1];
    size_t length; /* of the delimiter */
    char quote;    /* 0: quotes are content */
} lis_dialect;

/* The dialect that options ask for, or that the first line shows. LIS_EARG for an odd delimiter. */
lis_status lis_dialect_choose(lis_dialect *out, const lis_delimited_options *options,
                              const char *bytes, const char *end, lis_error *err);

enum { LIS_FIELDS_MAX = 1 << 20 }; /* of a line; a hostile one ends in one long last field */

/* Fields as they stand, quotes included, of one record; grows as needed. Zero-initialise. */
typedef struct lis_record {
    lis_text *field;
    int64_t fields, capacity;
    const char *next; /* behind the record's line end */
    bool open;        /* the bytes ended inside quotes */
} lis_record;

/* Splits the record at `at`, which must be below `end`. LIS_ENOMEM. */
lis_status lis_record_split(lis_record *record, const lis_dialect *dialect, const char *at,
                            const char *end, lis_error *err);
void lis_record_free(lis_record *record);

/* Behind the first record that ends at or after `at`, which is inside quotes or not (quote 0: there
 * are none); NULL where none ends before `end`. *inside is what holds at `end` then, else false. */
const char *lis_record_end(char quote, const char *at, const char *end, bool *inside);

/* True for a line with nothing on it. */
bool lis_record_blank(const lis_record *record);

typedef enum lis_unquoted {
    LIS_UNQUOTED,     /* *out is the content: a part of raw, or a copy in the arena */
    LIS_QUOTE_INSIDE, /* a quote in a field that does not begin with one */
    LIS_QUOTE_BEHIND, /* something follows the closing quote */
    LIS_QUOTE_MEMORY
} lis_unquoted;

/* The content of a field: outer quotes off, doubled quotes single. */
lis_unquoted lis_unquote(lis_text raw, char quote, lis_arena *arena, lis_text *out);

#endif
