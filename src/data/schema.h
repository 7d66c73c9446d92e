/* What a delimited file holds: dialect, column names and types, and where its rows begin. */
#ifndef LIS_DATA_SCHEMA_H
#define LIS_DATA_SCHEMA_H

#include "dialect.h"

typedef struct lis_schema_column {
    char *name; /* owned; without its type suffix */
    lis_column_type type;
    bool inferred; /* nobody said the type: it widens where a field does not fit */
    bool wanted;
    char *time;           /* owned: an i64 column is written as a time of this format */
    char separator, mark; /* of a list */
    lis_dict *dict;       /* what strings are added to, one reference; NULL: a new one */
} lis_schema_column;

typedef struct lis_schema {
    const char *path;  /* borrowed, for messages */
    const char *bytes; /* borrowed: the file, or a block of whole lines of it */
    const char *end;
    const char *rows;     /* first byte behind the header */
    int64_t lines_before; /* line ends of the file in front of `bytes` */
    bool more;            /* the file goes on behind `end` */
    bool fixed;           /* rows were read before: no guessed type widens any more */
    lis_dialect dialect;
    int64_t line_max;
    int64_t columns;
    lis_schema_column *column; /* [columns] */
    lis_dict *names;           /* JSON lines alone: key -> number of its column */
} lis_schema;

/* Reads the header and the first rows. *schema is zeroed by the caller, and freed by it in any case.
 * Errors as lis_delimited_read. */
lis_status lis_schema_open(lis_schema *schema, const char *path, const char *bytes, size_t size,
                           const lis_delimited_options *options, lis_error *err);
void lis_schema_free(lis_schema *schema);

/* The same for JSON lines. */
lis_status lis_schema_open_json(lis_schema *schema, const char *path, const char *bytes,
                                size_t size, const lis_delimited_options *options, lis_error *err);

/* Opening looks at the first line, and at so many bytes behind it. */
enum { LIS_SCHEMA_SAMPLE = 4 << 20 };

/* The steps of opening that formats share.
 * begin: path, bytes, limits; refuses empty files and foreign formats, skips a byte order mark and
 * blank lines. make: `columns` columns without names. name: the name of one, copied; an empty one
 * becomes column_<number>. declare: types, required and wanted columns of the options. */
lis_status lis_schema_begin(lis_schema *schema, const char *path, const char *bytes, size_t size,
                            const lis_delimited_options *options, lis_error *err);
lis_status lis_schema_make(lis_schema *schema, int64_t columns, lis_error *err);
lis_status lis_schema_name(lis_schema *schema, int64_t column, lis_text name, lis_error *err);
lis_status lis_schema_declare(lis_schema *schema, const lis_delimited_options *options,
                              lis_error *err);

/* The narrowest type that a field fits: i64, f64 or string; an empty one is a missing f64. */
lis_column_type lis_schema_fit(const lis_schema *schema, lis_text field);

/* The number of the line that byte `at` is in, from 1. */
int64_t lis_schema_line(const lis_schema *schema, const char *at);

/* LIS_EFORMAT "<path>:<line>: <message>", the line being that of byte `at`. */
lis_status lis_schema_fail(const lis_schema *schema, const char *at, lis_error *err,
                           const char *format, ...) LIS_PRINTF(4, 5);

/* The same with "column 'name' (number) " in front of the message. */
lis_status lis_schema_fail_field(const lis_schema *schema, const char *at, int64_t column,
                                 lis_error *err, const char *format, ...) LIS_PRINTF(5, 6);

/* LIS_EFORMAT for a row that begins at `at` and has not one field a column. */
lis_status lis_schema_fail_row(const lis_schema *schema, const char *at, lis_error *err);

#endif
