#include "shard.h"

#include <math.h>
#include <string.h>

#include "lis/base/mem.h"
#include "message.h"
#include "number.h"
#include "scan.h"
#include "timestamp.h"
#include "utf8.h"

enum {
    WINDOW = 32 << 10, /* bytes whose marks are found at once: they stay in the nearest cache */
    BATCH_ROWS = 256,  /* rows split before their columns are converted, one after the other */
    BATCH_FIELDS = 1 << 16,
    TEXT_FIRST = 4096
};

typedef struct reader {
    lis_ctx *ctx;
    const lis_schema *schema;
    lis_shard_rows *shard;
    const lis_sink *sink;
    lis_scan scan;
    unsigned seen_window, seen_batch; /* LIS_SEEN_* of the window, of the batch's windows */
    const char *row;                  /* where the record being split begins */
    const char *field;                /* where its field being split begins */
    int64_t column;                   /* number of that field */
    int64_t batch_rows, batch_room;
    lis_text *raw;     /* [columns][batch_room] fields as they stand */
    lis_text *clean;   /* [batch_room] one column's content */
    uint32_t *marks;   /* [WINDOW + LIS_SCAN_SLACK] */
    lis_arena scratch; /* unquoted copies of one batch */
    lis_text *piece;   /* [piece_room] elements of one batch's lists */
    int64_t piece_room;
} reader;

/* ---- a batch of one column ----
 *
 * The error reported is that of the lowest bad row, whatever the shards and batches: a column that
 * meets one cuts the batch before it, and only the rows above it are looked at further. */

static void cut_batch(reader *r, int64_t row) {
    r->batch_rows = row;
    r->shard->widen = -1;
}

static lis_text *raw_column(const reader *r, int64_t column) {
    return r->raw + column * r->batch_room;
}

/* Tells a field that does not fit: the type widens where it was a guess, else the file is wrong. */
static lis_status misfit(reader *r, int64_t c, int64_t i, lis_text content, lis_error *err) {
    const lis_schema_column *column = &r->schema->column[c];
    lis_text raw = raw_column(r, c)[i];
    char shown[LIS_EXCERPT];
    lis_excerpt(shown, content.bytes, content.length);
    cut_batch(r, i);
    if (column->inferred) {
        r->shard->widen = c;
        r->shard->widen_to =
            column->type == LIS_COLUMN_I64 ? lis_schema_fit(r->schema, content) : LIS_COLUMN_STRING;
        if (r->shard->widen_to == LIS_COLUMN_I64) r->shard->widen_to = LIS_COLUMN_STRING;
    }
    const char *type = lis_column_type_name(column->type);
    if (column->time)
        return lis_schema_fail_field(r->schema, raw.bytes, c, err,
                                     "is a time written as \"%s\" but holds %s; correct the field, "
                                     "or declare the format it has",
                                     column->time, shown);
    if (content.length == 0)
        return lis_schema_fail_field(r->schema, raw.bytes, c, err,
                                     "is %s but empty here; fill the field, or declare it f64, "
                                     "which reads an empty field as missing (NaN)",
                                     type);
    return lis_schema_fail_field(
        r->schema, raw.bytes, c, err,
        "is %s but holds %s, which is no %s; correct the field, or declare "
        "the column a string",
        type, shown, column->type == LIS_COLUMN_I64 ? "whole number of 64 bits" : "number");
}

static int64_t read_times(const char *format, const lis_text *text, int64_t n, int64_t *out) {
    for (int64_t i = 0; i < n; i++)
        if (!lis_time_parse(format, text[i].bytes, text[i].length, &out[i])) return i;
    return n;
}

static lis_status unmarked(reader *r, int64_t c, int64_t i, lis_text element, lis_error *err) {
    char shown[LIS_EXCERPT];
    cut_batch(r, i);
    return lis_schema_fail_field(
        r->schema, raw_column(r, c)[i].bytes, c, err,
        "is a list whose elements end with '%c' and a number, but holds %s; "
        "correct the element, or declare the list without a mark",
        r->schema->column[c].mark, lis_excerpt(shown, element.bytes, element.length));
}

static lis_status convert_i64(reader *r, int64_t c, const lis_text *text, lis_error *err) {
    int64_t *out = (int64_t *)r->sink[c].values + r->shard->first_row + r->shard->rows;
    const char *time = r->schema->column[c].time;
    int64_t read = time ? read_times(time, text, r->batch_rows, out)
                        : lis_numbers_i64(text, r->batch_rows, r->schema->end, out);
    return read == r->batch_rows ? LIS_OK : misfit(r, c, read, text[read], err);
}

static lis_status convert_real(reader *r, int64_t c, const lis_text *text, lis_error *err) {
    int64_t first = r->shard->first_row + r->shard->rows;
    bool narrow = r->schema->column[c].type == LIS_COLUMN_F32;
    for (int64_t i = 0; i < r->batch_rows; i++) {
        double value = NAN;
        if (text[i].length > 0 &&
            !lis_number_f64(text[i].bytes, text[i].length, r->schema->end, &value))
            return misfit(r, c, i, text[i], err);
        if (narrow)
            ((float *)r->sink[c].values)[first + i] = (float)value;
        else
            ((double *)r->sink[c].values)[first + i] = value;
    }
    return LIS_OK;
}

static lis_status convert_string(reader *r, int64_t c, const lis_text *text, lis_error *err) {
    int32_t *out = (int32_t *)r->sink[c].values + r->shard->first_row + r->shard->rows;
    return lis_dict_add(r->shard->dict[c], text, r->batch_rows, out, err);
}

static lis_status convert_text(reader *r, int64_t c, const lis_text *text, lis_error *err) {
    int64_t *end = (int64_t *)r->sink[c].values + r->shard->first_row + r->shard->rows + 1;
    lis_bytes *into = &r->shard->text[c];
    int64_t need = into->size;
    for (int64_t i = 0; i < r->batch_rows; i++)
        need += (int64_t)text[i].length;
    if (need > into->capacity) {
        int64_t capacity = into->capacity ? into->capacity * 2 : TEXT_FIRST;
        if (capacity < need) capacity = need;
        char *bytes = lis_realloc(into->bytes, (size_t)capacity, 1);
        if (!bytes) return lis_fail_nomem(err, "a text column", (double)capacity);
        into->bytes = bytes;
        into->capacity = capacity;
    }
    for (int64_t i = 0; i < r->batch_rows; i++) {
        memcpy(into->bytes + into->size, text[i].bytes, text[i].length);
        into->size += (int64_t)text[i].length;
        end[i] = into->size;
    }
    return LIS_OK;
}

/* The next element of what is left of a list; false at its end. */
static bool next_element(lis_text *rest, char separator, lis_text *out) {
    const char *at = rest->bytes, *end = at + rest->length;
    while (at < end && *at == separator)
        at++;
    const char *stop = at < end ? memchr(at, separator, (size_t)(end - at)) : NULL;
    if (!stop) stop = end;
    *out = (lis_text){at, (size_t)(stop - at)};
    *rest = (lis_text){stop, (size_t)(end - stop)};
    return out->length > 0;
}

static lis_status reserve_elements(reader *r, lis_elements *list, bool marks, int64_t more,
                                   lis_error *err) {
    if (more > r->piece_room) {
        lis_text *piece = lis_realloc(r->piece, (size_t)more, sizeof *piece);
        if (!piece) return lis_fail_nomem(err, "a list column", (double)more * sizeof *piece);
        r->piece = piece;
        r->piece_room = more;
    }
    if (list->size + more <= list->capacity) return LIS_OK;
    int64_t capacity =
        list->capacity * 2 > list->size + more ? list->capacity * 2 : list->size + more;
    int32_t *code = lis_realloc(list->code, (size_t)capacity, sizeof *code);
    if (code) list->code = code;
    float *mark = marks ? lis_realloc(list->mark, (size_t)capacity, sizeof *mark) : NULL;
    if (mark) list->mark = mark;
    if (!code || (marks && !mark))
        return lis_fail_nomem(err, "a list column", (double)capacity * 8);
    list->capacity = capacity;
    return LIS_OK;
}

/* "N123-1" -> "N123" and 1, at the last mark; false where there is no mark or no number. */
static bool take_mark(lis_text *element, char mark, const char *limit, float *out) {
    const char *at = element->bytes + element->length;
    double number;
    while (at > element->bytes && at[-1] != mark)
        at--;
    size_t length = (size_t)(element->bytes + element->length - at);
    if (at - element->bytes < 2 || !lis_number_f64(at, length, limit, &number)) return false;
    element->length = (size_t)(at - 1 - element->bytes);
    *out = (float)number;
    return true;
}

static lis_status convert_list(reader *r, int64_t c, const lis_text *text, lis_error *err) {
    const lis_schema_column *column = &r->schema->column[c];
    int64_t *end = (int64_t *)r->sink[c].values + r->shard->first_row + r->shard->rows + 1;
    lis_elements *list = &r->shard->list[c];
    int64_t most = 1, count = 0; /* the search for an element behind the last one needs room too */
    for (int64_t i = 0; i < r->batch_rows; i++)
        most += (int64_t)text[i].length / 2 + 1;
    LIS_TRY(reserve_elements(r, list, column->mark, most, err));
    for (int64_t i = 0; i < r->batch_rows; i++) {
        lis_text rest = text[i], *element = &r->piece[count];
        while (next_element(&rest, column->separator, element)) {
            if (column->mark &&
                !take_mark(element, column->mark, r->schema->end, &list->mark[list->size + count]))
                return unmarked(r, c, i, *element, err);
            element = &r->piece[++count];
        }
        end[i] = list->size + count;
    }
    LIS_TRY(lis_dict_add(r->shard->dict[c], r->piece, count, list->code + list->size, err));
    list->size += count;
    return LIS_OK;
}

static lis_status misquoted(reader *r, int64_t c, int64_t i, lis_unquoted how, lis_error *err) {
    lis_text raw = raw_column(r, c)[i];
    char shown[LIS_EXCERPT];
    if (how == LIS_QUOTE_MEMORY) return lis_fail_nomem(err, "a quoted field", (double)raw.length);
    cut_batch(r, i);
    lis_excerpt(shown, raw.bytes, raw.length);
    if (how == LIS_QUOTE_INSIDE)
        return lis_schema_fail_field(r->schema, raw.bytes, c, err,
                                     "has a quote inside a field that does not begin with one: %s; "
                                     "quote the whole field and double the quotes in it, or pass "
                                     "quote = false if quotes are plain text here",
                                     shown);
    return lis_schema_fail_field(
        r->schema, raw.bytes, c, err,
        "begins %s and goes on behind its closing quote; double the quotes "
        "inside it, or look here and above for a quote left open",
        shown);
}

static lis_status unquote_column(reader *r, int64_t c, lis_error *err) {
    const lis_text *raw = raw_column(r, c);
    for (int64_t i = 0; i < r->batch_rows; i++) {
        lis_unquoted how = lis_unquote(raw[i], r->schema->dialect.quote, &r->scratch, &r->clean[i]);
        if (how != LIS_UNQUOTED) return misquoted(r, c, i, how, err);
    }
    return LIS_OK;
}

static lis_status convert_values(reader *r, int64_t c, const lis_text *text, lis_error *err) {
    switch (r->schema->column[c].type) {
    case LIS_COLUMN_I64:
        return convert_i64(r, c, text, err);
    case LIS_COLUMN_F64:
    case LIS_COLUMN_F32:
        return convert_real(r, c, text, err);
    case LIS_COLUMN_STRING:
        return convert_string(r, c, text, err);
    case LIS_COLUMN_TEXT:
        return convert_text(r, c, text, err);
    case LIS_COLUMN_LIST:
        break;
    }
    return convert_list(r, c, text, err);
}

static lis_status convert_column(reader *r, int64_t c, lis_error *err) {
    const lis_text *text = raw_column(r, c);
    lis_status quotes = LIS_OK, values;
    if (r->seen_batch & LIS_SEEN_QUOTE) {
        quotes = unquote_column(r, c, err);
        if (quotes != LIS_OK && quotes != LIS_EFORMAT) return quotes;
        text = r->clean;
    }
    values = convert_values(r, c, text, err);
    return values != LIS_OK ? values : quotes;
}
/* ---- a batch of rows ---- */

static lis_status check_field(const reader *r, int64_t c, int64_t i, lis_error *err) {
    lis_text raw = raw_column(r, c)[i];
    const char *nul = memchr(raw.bytes, '\0', raw.length);
    size_t valid = lis_utf8_valid(raw.bytes, raw.length);
    char shown[LIS_EXCERPT];
    if (nul)
        return lis_schema_fail_field(r->schema, nul, c, err,
                                     "holds a NUL byte: %s; the file is binary, UTF-16 or damaged",
                                     lis_excerpt(shown, raw.bytes, raw.length));
    if (valid == raw.length) return LIS_OK;
    size_t from = valid > 8 ? valid - 8 : 0;
    return lis_schema_fail_field(r->schema, raw.bytes + valid, c, err,
                                 "is not valid UTF-8 at %s; if the file is Latin-1, convert it: "
                                 "iconv -f latin1 -t utf-8",
                                 lis_excerpt(shown, raw.bytes + from, raw.length - from));
}

static lis_status check_bytes(reader *r, lis_error *err) {
    for (int64_t i = 0; i < r->batch_rows; i++)
        for (int64_t c = 0; c < r->schema->columns; c++) {
            lis_status status = check_field(r, c, i, err);
            if (status == LIS_OK) continue;
            cut_batch(r, i);
            return status;
        }
    return LIS_OK;
}

static lis_status flush(reader *r, lis_error *err) {
    lis_status status = LIS_OK;
    if (lis_ctx_interrupted(r->ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
    if (r->seen_batch & (LIS_SEEN_NUL | LIS_SEEN_HIGH)) status = check_bytes(r, err);
    for (int64_t c = 0; c < r->schema->columns; c++) {
        if (!r->schema->column[c].wanted) continue;
        lis_status column = convert_column(r, c, err);
        if (column != LIS_OK) status = column;
        if (column != LIS_OK && column != LIS_EFORMAT) return column;
    }
    r->shard->rows += r->batch_rows;
    r->batch_rows = 0;
    r->seen_batch = r->seen_window; /* a row begun but not ended began in this window */
    if (r->scratch.used_bytes > 0) lis_arena_reset(&r->scratch);
    return status;
}

/* ---- splitting ---- */

/* A row that cannot be split is only reported once the rows above it proved right. */
static lis_status fail_fields(reader *r, lis_error *err) {
    LIS_TRY(flush(r, err));
    return lis_schema_fail_row(r->schema, r->row, err);
}

static lis_status fail_length(reader *r, const char *at, lis_error *err) {
    LIS_TRY(flush(r, err));
    return lis_schema_fail(r->schema, r->row, err,
                           "the line is %lld bytes long, more than the %lld that are allowed; was "
                           "a quote left open, or a line end lost? If it is right, raise line_max",
                           (long long)(at - r->row), (long long)r->schema->line_max);
}

static lis_status fail_open_quote(reader *r, lis_error *err) {
    char shown[LIS_EXCERPT];
    LIS_TRY(flush(r, err));
    lis_excerpt(shown, r->field, (size_t)(r->shard->end - r->field));
    return lis_schema_fail_field(r->schema, r->field, r->column, err,
                                 "opens a quote that is never closed: %s; close it, or pass quote "
                                 "= false if quotes are plain text here",
                                 shown);
}

static lis_status end_row(reader *r, const char *at, lis_error *err) {
    const char *end = at > r->field && at[-1] == '\r' ? at - 1 : at;
    const char *next = at + 1;
    if (at - r->row > r->schema->line_max) return fail_length(r, at, err);
    bool blank = r->column == 0 && end == r->field;
    if (!blank) {
        if (r->column + 1 != r->schema->columns) return fail_fields(r, err);
        raw_column(r, r->column)[r->batch_rows++] = (lis_text){r->field, (size_t)(end - r->field)};
    }
    r->row = r->field = next;
    r->column = 0;
    return r->batch_rows == r->batch_room ? flush(r, err) : LIS_OK;
}

/* A delimiter of several bytes is found by its first; the rest is compared here. A mark in front of
 * r->field lies within the delimiter before it. */
static bool is_delimiter(const reader *r, const char *at) {
    const lis_dialect *dialect = &r->schema->dialect;
    return at >= r->field && (size_t)(r->shard->end - at) >= dialect->length &&
           memcmp(at, dialect->delimiter, dialect->length) == 0;
}

static lis_status split_window(reader *r, const char *window, int64_t marks, lis_error *err) {
    const size_t length = r->schema->dialect.length;
    const int64_t last = r->schema->columns - 1;
    for (int64_t k = 0; k < marks; k++) {
        const char *at = window + r->marks[k];
        if (*at == '\n') {
            LIS_TRY(end_row(r, at, err));
            continue;
        }
        if (length > 1 && !is_delimiter(r, at)) continue;
        if (r->column == last) return fail_fields(r, err);
        raw_column(r, r->column++)[r->batch_rows] = (lis_text){r->field, (size_t)(at - r->field)};
        r->field = at + length;
    }
    return LIS_OK;
}

static lis_status end_file(reader *r, lis_error *err) {
    const char *end = r->shard->end;
    if (r->scan.inside) return fail_open_quote(r, err);
    if (r->row < end) LIS_TRY(end_row(r, end, err));
    return flush(r, err);
}

static lis_status read_windows(reader *r, lis_error *err) {
    for (const char *at = r->shard->begin; at < r->shard->end;) {
        size_t left = (size_t)(r->shard->end - at), n = left < WINDOW ? left : WINDOW;
        r->scan.seen = 0;
        int64_t marks = lis_scan_marks(&r->scan, (const unsigned char *)at, n, r->marks);
        r->seen_window = r->scan.seen;
        r->seen_batch |= r->scan.seen;
        LIS_TRY(split_window(r, at, marks, err));
        at += n;
    }
    return end_file(r, err);
}

lis_status lis_shard_open(lis_shard_rows *shard, const lis_schema *schema, lis_error *err) {
    shard->dict = lis_calloc((size_t)schema->columns, sizeof *shard->dict);
    shard->text = lis_calloc((size_t)schema->columns, sizeof *shard->text);
    shard->list = lis_calloc((size_t)schema->columns, sizeof *shard->list);
    if (!shard->dict || !shard->text || !shard->list)
        return lis_fail_nomem(err, "a shard's columns", (double)schema->columns * 64);
    for (int64_t c = 0; c < schema->columns; c++) {
        lis_column_type type = schema->column[c].type;
        bool coded = type == LIS_COLUMN_STRING || type == LIS_COLUMN_LIST;
        if (schema->column[c].wanted && coded) LIS_TRY(lis_dict_new(&shard->dict[c], err));
    }
    return LIS_OK;
}

void lis_shard_close(lis_shard_rows *shard, const lis_schema *schema) {
    for (int64_t c = 0; c < schema->columns; c++) {
        if (shard->dict) lis_dict_release(shard->dict[c]);
        if (shard->text) lis_free(shard->text[c].bytes);
        if (shard->list) lis_free(shard->list[c].code);
        if (shard->list) lis_free(shard->list[c].mark);
    }
    lis_free(shard->dict);
    lis_free(shard->text);
    lis_free(shard->list);
    shard->dict = NULL;
    shard->text = NULL;
    shard->list = NULL;
}

lis_status lis_shard_read(lis_ctx *ctx, lis_shard_rows *shard, const lis_schema *schema,
                          const lis_sink *sink, lis_error *err) {
    int64_t room = BATCH_FIELDS / schema->columns;
    room = room < 1 ? 1 : room > BATCH_ROWS ? BATCH_ROWS : room;
    reader r = {.ctx = ctx,
                .schema = schema,
                .shard = shard,
                .sink = sink,
                .scan = {.mark = (unsigned char)schema->dialect.delimiter[0],
                         .quote = (unsigned char)schema->dialect.quote},
                .row = shard->begin,
                .field = shard->begin,
                .batch_room = room,
                .raw = lis_alloc((size_t)(schema->columns * room), sizeof *r.raw),
                .clean = lis_alloc((size_t)room, sizeof *r.clean),
                .marks = lis_alloc(WINDOW + LIS_SCAN_SLACK, sizeof *r.marks)};
    lis_arena_init(&r.scratch);
    shard->rows = 0;
    shard->widen = -1;
    lis_status status = r.raw && r.clean && r.marks
                            ? read_windows(&r, err)
                            : lis_fail_nomem(err, "a shard reader",
                                             (double)(schema->columns * room) * sizeof *r.raw);
    shard->failed = status != LIS_OK;
    lis_arena_free(&r.scratch);
    lis_free(r.piece);
    lis_free(r.marks);
    lis_free(r.clean);
    lis_free(r.raw);
    return status;
}
