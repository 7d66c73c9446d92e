/* Table: named, typed columns of equal length; what every reader makes.
 *
 *   string  i32 codes and their dictionary; -1 where the field was empty
 *   f64     numbers; NaN where the field was empty
 *   f32     the same at half the size
 *   i64     whole numbers: times, counts
 *   text    raw bytes, row after row: titles
 *   list    any number of strings a row, as codes: histories, genres, candidates with their labels */
#ifndef LIS_DATA_TABLE_H
#define LIS_DATA_TABLE_H

#include <stdint.h>

#include "lis/base/status.h"
#include "lis/data/dict.h"
#include "lis/tensor/tensor.h"

typedef enum lis_column_type {
    LIS_COLUMN_STRING,
    LIS_COLUMN_F64,
    LIS_COLUMN_F32,
    LIS_COLUMN_I64,
    LIS_COLUMN_TEXT,
    LIS_COLUMN_LIST
} lis_column_type;

enum { LIS_COLUMN_TYPES = LIS_COLUMN_LIST + 1 };

const char *lis_column_type_name(lis_column_type type); /* "string", "f64", ... */

/* The type of that name, -1 for any other text. */
int lis_column_type_find(const char *name);

typedef struct lis_column {
    char *name; /* owned */
    lis_column_type type;
    lis_tensor values; /* [rows] i32, f64, f32 or i64; text and list: i64 [rows + 1], row r being
                          bytes or items [values[r] .. values[r + 1]) */
    lis_dict *dict;    /* string and list: one reference; else NULL */
    char *bytes;       /* text: owned; else NULL */
    lis_tensor items;  /* list: i32 codes, row after row; else empty */
    lis_tensor marks;  /* list whose elements carry a number: f32, beside items; else empty */
} lis_column;

typedef struct lis_table {
    int64_t rows;
    int64_t columns;
    lis_column *column; /* [columns] owned */
} lis_table;

/* `columns` zeroed columns, to be filled by the caller. LIS_ENOMEM; *out is zeroed on error. */
lis_status lis_table_new(lis_table *out, int64_t rows, int64_t columns, lis_error *err);

/* Column `at` of a table from lis_table_new, from values in memory, whose storage it shares: f64, f32
 * and i64 as they are, i32 codes with their dictionary (one reference more) as strings. i32 without a
 * dictionary becomes i64, u8 becomes f32: these are copies.
 *   values  [rows]  borrowed; contiguous
 * Errors: LIS_ESHAPE; LIS_EARG for a name that is taken; LIS_ERANGE for a code that has no string;
 * LIS_ENOMEM. The table is as it was then. */
lis_status lis_table_set(lis_table *table, int64_t at, const char *name, const lis_tensor *values,
                         lis_dict *dict, lis_error *err);

/* Releases columns, tensors (others may go on sharing them) and dictionaries; leaves a zeroed
 * struct; a zeroed struct is fine. */
void lis_table_free(lis_table *table);

/* The column of that name, borrowed. LIS_EARG lists the columns that exist and the nearest name. */
lis_status lis_table_find(const lis_table *table, const char *name, const lis_column **out,
                          lis_error *err);

/* Row r of a text column, borrowed; r in [0, rows) is the caller's promise. */
lis_text lis_column_text(const lis_column *column, int64_t r);

#endif
