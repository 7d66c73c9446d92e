#include "schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lis/base/mem.h"
#include "lis/data/timestamp.h"
#include "message.h"
#include "number.h"
#include "scan.h"
#include "utf8.h"

enum { SAMPLE_ROWS = 1000, SAMPLE_BYTES = 1 << 20 };

int64_t lis_schema_line(const lis_schema *schema, const char *at) {
    size_t before = (size_t)(at - schema->bytes);
    return 1 + schema->lines_before +
           lis_scan_lines((const unsigned char *)schema->bytes, before, 0).lines[0];
}

static lis_status fail_at(const lis_schema *schema, const char *at, const char *where,
                          lis_error *err, const char *format, va_list args) LIS_PRINTF(5, 0);

static lis_status fail_at(const lis_schema *schema, const char *at, const char *where,
                          lis_error *err, const char *format, va_list args) {
    char story[LIS_ERROR_MAX];
    vsnprintf(story, sizeof story, format, args);
    return lis_fail(err, LIS_EFORMAT, "%s:%lld: %s%s", schema->path,
                    (long long)lis_schema_line(schema, at), where, story);
}

lis_status lis_schema_fail(const lis_schema *schema, const char *at, lis_error *err,
                           const char *format, ...) {
    va_list args;
    va_start(args, format);
    lis_status status = fail_at(schema, at, "", err, format, args);
    va_end(args);
    return status;
}

lis_status lis_schema_fail_field(const lis_schema *schema, const char *at, int64_t column,
                                 lis_error *err, const char *format, ...) {
    char name[LIS_EXCERPT], where[LIS_EXCERPT + 64];
    const char *full = schema->column[column].name;
    snprintf(where, sizeof where, "column %s (%lld) ", lis_excerpt(name, full, strlen(full)),
             (long long)column + 1);
    va_list args;
    va_start(args, format);
    lis_status status = fail_at(schema, at, where, err, format, args);
    va_end(args);
    return status;
}

static char *list_of_names(const lis_schema *schema, char list[LIS_NAME_LIST]) {
    const char *names[LIS_NAME_LIST / 4]; /* more do not fit the list anyway */
    int64_t n = schema->columns, room = (int64_t)(sizeof names / sizeof *names);
    for (int64_t c = 0; c < n && c < room; c++)
        names[c] = schema->column[c].name;
    return lis_name_list(list, names, n < room ? n : room);
}

lis_status lis_schema_fail_row(const lis_schema *schema, const char *at, lis_error *err) {
    lis_record record = {0};
    lis_status status = lis_record_split(&record, &schema->dialect, at, schema->end, err);
    if (status == LIS_OK) {
        char list[LIS_NAME_LIST], row[LIS_EXCERPT];
        const lis_text *last = &record.field[record.fields - 1];
        lis_excerpt(row, at, (size_t)(last->bytes + last->length - at));
        status = lis_schema_fail(
            schema, at, err,
            "the row has %lld field%s where the file has %lld column%s (%s); it reads %s. Check "
            "for "
            "a missing line end, a delimiter inside a field that is not quoted, or another "
            "delimiter than %s",
            (long long)record.fields, record.fields == 1 ? "" : "s", (long long)schema->columns,
            schema->columns == 1 ? "" : "s", list_of_names(schema, list), row,
            lis_excerpt((char[LIS_EXCERPT]){0}, schema->dialect.delimiter, schema->dialect.length));
    }
    lis_record_free(&record);
    return status;
}

lis_column_type lis_schema_fit(const lis_schema *schema, lis_text field) {
    int64_t whole;
    double real;
    if (field.length == 0) return LIS_COLUMN_F64;
    bool leading_zero = field.length > 1 && field.bytes[0] == '0' && field.bytes[1] != '.';
    if (leading_zero) return LIS_COLUMN_STRING;
    bool plain = !memchr(field.bytes, '.', field.length) && !memchr(field.bytes, 'e', field.length);
    if (plain && lis_number_i64(field.bytes, field.length, schema->end, &whole))
        return LIS_COLUMN_I64;
    if (lis_number_f64(field.bytes, field.length, schema->end, &real)) return LIS_COLUMN_F64;
    return LIS_COLUMN_STRING;
}

/* ---- names ---- */

typedef struct suffix {
    const char *text;
    lis_column_type type;
} suffix;

static const suffix recbole_suffixes[] = {
    {":token", LIS_COLUMN_STRING},
    {":float", LIS_COLUMN_F64},
    {":token_seq", LIS_COLUMN_TEXT},
    {":float_seq", LIS_COLUMN_TEXT},
};

static const suffix *suffix_of(const char *name) {
    const char *colon = strrchr(name, ':');
    for (size_t i = 0; colon && i < sizeof recbole_suffixes / sizeof *recbole_suffixes; i++)
        if (strcmp(colon, recbole_suffixes[i].text) == 0) return &recbole_suffixes[i];
    return NULL;
}

lis_status lis_schema_name(lis_schema *schema, int64_t c, lis_text text, lis_error *err) {
    char made[32];
    if (text.length == 0) {
        int length = snprintf(made, sizeof made, "column_%lld", (long long)c + 1);
        text = (lis_text){made, (size_t)length};
    }
    char *name = lis_alloc(text.length + 1, 1);
    if (!name) return lis_fail_nomem(err, "a column name", (double)text.length + 1);
    memcpy(name, text.bytes, text.length);
    name[text.length] = '\0';
    schema->column[c].name = name;
    return LIS_OK;
}

static lis_status name_from_header(lis_schema *schema, int64_t c, lis_text raw, lis_arena *scratch,
                                   lis_error *err) {
    lis_text text = {0};
    char shown[LIS_EXCERPT];
    lis_excerpt(shown, raw.bytes, raw.length);
    switch (lis_unquote(raw, schema->dialect.quote, scratch, &text)) {
    case LIS_UNQUOTED:
        break;
    case LIS_QUOTE_MEMORY:
        return lis_fail_nomem(err, "a column name", (double)raw.length);
    default:
        return lis_schema_fail(schema, raw.bytes, err,
                               "column name %lld, %s, has a quote out of place; double quotes "
                               "within quotes, or pass quote = false",
                               (long long)c + 1, shown);
    }
    if (memchr(text.bytes, '\0', text.length) ||
        lis_utf8_valid(text.bytes, text.length) < text.length)
        return lis_schema_fail(schema, raw.bytes, err,
                               "column name %lld, %s, is not UTF-8 text; is this a delimited file?",
                               (long long)c + 1, shown);
    return lis_schema_name(schema, c, text, err);
}

lis_status lis_schema_make(lis_schema *schema, int64_t columns, lis_error *err) {
    if (columns > LIS_FIELDS_MAX)
        return lis_schema_fail(schema, schema->bytes, err,
                               "the line has %lld fields, more than the %d columns a table may "
                               "have; is the delimiter right?",
                               (long long)columns, LIS_FIELDS_MAX);
    schema->column = lis_calloc((size_t)columns, sizeof *schema->column);
    if (!schema->column)
        return lis_fail_nomem(err, "columns", (double)columns * sizeof *schema->column);
    schema->columns = columns;
    return LIS_OK;
}

static lis_status read_header(lis_schema *schema, const lis_record *record, lis_error *err) {
    LIS_TRY(lis_schema_make(schema, record->fields, err));
    lis_arena scratch;
    lis_arena_init(&scratch);
    lis_status status = LIS_OK;
    for (int64_t c = 0; c < record->fields && status == LIS_OK; c++)
        status = name_from_header(schema, c, record->field[c], &scratch, err);
    lis_arena_free(&scratch);
    return status;
}

static lis_status use_names(lis_schema *schema, const lis_delimited_options *options,
                            int64_t fields, const char *at, lis_error *err) {
    if (options->names && options->name_count != fields)
        return lis_schema_fail(schema, at, err,
                               "the line has %lld fields but %lld names were given; give one name "
                               "a column, or another delimiter",
                               (long long)fields, (long long)options->name_count);
    for (int64_t c = 0; c < schema->columns; c++)
        lis_free(schema->column[c].name);
    lis_free(schema->column);
    schema->column = NULL;
    schema->columns = 0;
    LIS_TRY(lis_schema_make(schema, fields, err));
    for (int64_t c = 0; c < fields; c++) {
        const char *name = options->names ? options->names[c] : "";
        LIS_TRY(lis_schema_name(schema, c, (lis_text){name, strlen(name)}, err));
    }
    return LIS_OK;
}

static lis_status check_distinct(const lis_schema *schema, lis_error *err) {
    lis_dict *seen;
    LIS_TRY(lis_dict_new(&seen, err));
    lis_status status = LIS_OK;
    for (int64_t c = 0; c < schema->columns && status == LIS_OK; c++) {
        const char *name = schema->column[c].name;
        int32_t code;
        char shown[LIS_EXCERPT];
        status = lis_dict_add(seen, &(lis_text){name, strlen(name)}, 1, &code, err);
        if (status == LIS_OK && code < c)
            status = lis_schema_fail(schema, schema->bytes, err,
                                     "columns %lld and %lld are both named %s; rename one, or pass "
                                     "names = {...}",
                                     (long long)code + 1, (long long)c + 1,
                                     lis_excerpt(shown, name, strlen(name)));
    }
    lis_dict_release(seen);
    return status;
}

/* ---- types ---- */

static void apply_suffixes(lis_schema *schema, lis_choice choice) {
    bool all = true;
    for (int64_t c = 0; c < schema->columns; c++)
        all = all && suffix_of(schema->column[c].name);
    if (choice == LIS_NO || (choice == LIS_AUTO && !all)) return;
    for (int64_t c = 0; c < schema->columns; c++) {
        lis_schema_column *column = &schema->column[c];
        const suffix *found = suffix_of(column->name);
        if (!found) continue;
        column->type = found->type;
        column->inferred = false;
        *strrchr(column->name, ':') = '\0';
    }
}

static lis_status find_column(const lis_schema *schema, const char *name, const char *why,
                              int64_t *out, lis_error *err) {
    for (int64_t c = 0; c < schema->columns; c++) {
        if (strcmp(schema->column[c].name, name) != 0) continue;
        *out = c;
        return LIS_OK;
    }
    const char **names = lis_alloc((size_t)schema->columns, sizeof *names);
    if (!names) return lis_fail_nomem(err, "column names", (double)schema->columns * 8);
    for (int64_t c = 0; c < schema->columns; c++)
        names[c] = schema->column[c].name;
    const char *near = lis_name_nearest(name, names, schema->columns);
    lis_free(names);
    char wanted[LIS_EXCERPT], list[LIS_NAME_LIST], nearest[LIS_EXCERPT];
    if (near) lis_excerpt(nearest, near, strlen(near));
    return lis_fail(err, LIS_EARG, "%s: no column %s, %s; the file has %s%s%s%s", schema->path,
                    lis_excerpt(wanted, name, strlen(name)), why, list_of_names(schema, list),
                    near ? " (did you mean " : "", near ? nearest : "", near ? "?)" : "");
}

static lis_status set_time(char **out, const char *time, lis_error *err) {
    lis_free(*out);
    *out = NULL;
    if (!time) return LIS_OK;
    LIS_TRY(lis_time_check(time, err));
    size_t length = strlen(time) + 1;
    *out = lis_alloc(length, 1);
    if (!*out) return lis_fail_nomem(err, "a time format", (double)length);
    memcpy(*out, time, length);
    return LIS_OK;
}

lis_status lis_schema_declare(lis_schema *schema, const lis_delimited_options *options,
                              lis_error *err) {
    int64_t c;
    for (int64_t i = 0; i < options->require_count; i++)
        LIS_TRY(find_column(schema, options->require[i], "which is required", &c, err));
    for (int64_t i = 0; i < options->type_count; i++) {
        LIS_TRY(find_column(schema, options->types[i].name, "whose type is declared", &c, err));
        LIS_TRY(set_time(&schema->column[c].time, options->types[i].time, err));
        schema->column[c].type = options->types[i].type;
        schema->column[c].separator =
            options->types[i].separator ? options->types[i].separator : ' ';
        schema->column[c].mark = options->types[i].mark;
        schema->column[c].inferred = false;
    }
    for (int64_t i = 0; i < options->only_count; i++) {
        LIS_TRY(find_column(schema, options->only[i], "which is to be kept", &c, err));
        schema->column[c].wanted = true;
    }
    for (c = 0; c < schema->columns && !options->only; c++)
        schema->column[c].wanted = true;
    return LIS_OK;
}

static void infer_from(lis_schema *schema, const lis_record *record, lis_arena *scratch,
                       bool *seen) {
    for (int64_t c = 0; c < record->fields && c < schema->columns; c++) {
        lis_text text;
        if (!schema->column[c].inferred ||
            lis_unquote(record->field[c], schema->dialect.quote, scratch, &text) != LIS_UNQUOTED)
            continue;
        lis_column_type fit = lis_schema_fit(schema, text);
        bool wider = fit == LIS_COLUMN_STRING || schema->column[c].type == LIS_COLUMN_I64;
        if (!seen[c] || wider) schema->column[c].type = fit;
        seen[c] = true;
    }
}

static const char *at_most(const lis_schema *schema, const char *at, int64_t bytes) {
    return schema->end - at > bytes ? at + bytes : schema->end;
}

/* Types of the first rows; what comes later may widen them still. */
static lis_status infer_types(lis_schema *schema, lis_record *record, lis_error *err) {
    bool *seen = lis_calloc((size_t)schema->columns, sizeof *seen);
    if (!seen) return lis_fail_nomem(err, "columns", (double)schema->columns);
    lis_arena scratch;
    lis_arena_init(&scratch);
    lis_status status = LIS_OK;
    const char *at = schema->rows, *end = at_most(schema, at, SAMPLE_BYTES);
    for (int row = 0; row < SAMPLE_ROWS && at < end && status == LIS_OK; row++) {
        status = lis_record_split(record, &schema->dialect, at, end, err);
        if (status != LIS_OK || (record->next == end && end < schema->end)) break;
        if (!lis_record_blank(record)) infer_from(schema, record, &scratch, seen);
        at = record->next;
        lis_arena_reset(&scratch);
    }
    lis_arena_free(&scratch);
    lis_free(seen);
    return status;
}

/* ---- the whole ---- */

static lis_status open_names(lis_schema *schema, lis_record *record,
                             const lis_delimited_options *options, lis_error *err) {
    const char *at = schema->rows;
    bool header = options->header == LIS_YES || (options->header == LIS_AUTO && !options->names);
    const char *end = at_most(schema, at, schema->line_max);
    LIS_TRY(lis_record_split(record, &schema->dialect, at, end, err));
    bool cut = record->next == end && end < schema->end;
    if (cut || record->open)
        return lis_schema_fail(schema, at, err,
                               "the first line %s; is this a delimited text file, and are its "
                               "quotes meant as quotes (quote = false)?",
                               record->open ? "opens a quote that is not closed" : "is too long");
    if (header) {
        schema->rows = record->next;
        LIS_TRY(read_header(schema, record, err));
    }
    if (!header || options->names) LIS_TRY(use_names(schema, options, record->fields, at, err));
    return LIS_OK;
}

/* Encodings that are not UTF-8 and say so in their first bytes, and compressed files. */
static const char *foreign_format(const unsigned char *bytes, size_t size) {
    if (size >= 2 &&
        ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff)))
        return "UTF-16 text; convert it with iconv -f utf-16 -t utf-8";
    if (size >= 4 && memcmp(bytes, "PK\3\4", 4) == 0) return "a zip archive; unpack it first";
    if (size >= 4 && memcmp(bytes, "PAR1", 4) == 0)
        return "a Parquet file; write it as CSV or TSV first";
    return NULL;
}

lis_status lis_schema_begin(lis_schema *schema, const char *path, const char *bytes, size_t size,
                            const lis_delimited_options *options, lis_error *err) {
    const char *foreign = foreign_format((const unsigned char *)bytes, size);
    *schema = (lis_schema){.path = path, .bytes = bytes, .end = bytes + size, .rows = bytes};
    schema->line_max = options->line_max ? options->line_max : LIS_LINE_MAX;
    if (foreign) return lis_fail(err, LIS_EFORMAT, "%s: this is %s", path, foreign);
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) schema->rows += 3;
    while (schema->rows < schema->end && strchr("\r\n", *schema->rows) && *schema->rows)
        schema->rows++;
    if (schema->rows == schema->end)
        return lis_fail(err, LIS_EFORMAT,
                        "%s: the file is empty; expected a line of column names and rows", path);
    return LIS_OK;
}

lis_status lis_schema_open(lis_schema *schema, const char *path, const char *bytes, size_t size,
                           const lis_delimited_options *options, lis_error *err) {
    LIS_TRY(lis_schema_begin(schema, path, bytes, size, options, err));
    LIS_TRY(lis_dialect_choose(&schema->dialect, options, schema->rows, schema->end, err));
    lis_record record = {0};
    lis_status status = open_names(schema, &record, options, err);
    for (int64_t c = 0; c < schema->columns; c++)
        schema->column[c].inferred = true;
    if (status == LIS_OK) {
        apply_suffixes(schema, options->recbole);
        status = check_distinct(schema, err);
    }
    if (status == LIS_OK) status = infer_types(schema, &record, err);
    if (status == LIS_OK) status = lis_schema_declare(schema, options, err);
    lis_record_free(&record);
    return status;
}

void lis_schema_free(lis_schema *schema) {
    for (int64_t c = 0; c < schema->columns; c++) {
        lis_free(schema->column[c].name);
        lis_free(schema->column[c].time);
        lis_dict_release(schema->column[c].dict);
    }
    lis_free(schema->column);
    lis_dict_release(schema->names);
    *schema = (lis_schema){0};
}
