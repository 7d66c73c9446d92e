#include "batch.h"

#include <math.h>
#include <string.h>

#include "json_line.h"
#include "lis/base/mem.h"
#include "lis/data/timestamp.h"
#include "message.h"
#include "number.h"
#include "scan.h"
#include "utf8.h"

enum {
    BATCH_ROWS = 256, /* rows split before their columns are converted, one after the other */
    BATCH_FIELDS = 1 << 16,
    TEXT_FIRST = 4096
};

/* ---- a batch of one column ----
 *
 * The error reported is that of the lowest bad row, whatever the shards and batches: a column that
 * meets one cuts the batch before it, and only the rows above it are looked at further. */

static void cut_batch(lis_batch *b, int64_t row) {
    b->rows = row;
    b->shard->widen = -1;
}

/* The place in the file that an error about a field names. */
static const char *place_of(const lis_batch *b, int64_t c, int64_t i) {
    return b->row_at ? b->row_at[i] : lis_batch_column(b, c)[i].bytes;
}

/* The type that a guess widens to where it meets a field that it does not fit. */
static lis_column_type wider_type(const lis_schema *schema, lis_column_type guess, lis_text field) {
    lis_column_type fit = lis_schema_fit(schema, field);
    return guess == LIS_COLUMN_I64 && fit == LIS_COLUMN_F64 ? fit : LIS_COLUMN_STRING;
}

static lis_status misguessed(const lis_batch *b, int64_t c, int64_t i, const char *shown,
                             lis_column_type wider, lis_error *err) {
    const lis_schema_column *column = &b->schema->column[c];
    char name[LIS_EXCERPT];
    return lis_schema_fail_field(
        b->schema, place_of(b, c, i), c, err,
        "was taken for %s by the rows before but holds %s, and a file that is read in blocks is "
        "not begun anew; declare the column's type: types = { [%s] = \"%s\" }",
        lis_column_type_name(column->type), shown,
        lis_excerpt(name, column->name, strlen(column->name)), lis_column_type_name(wider));
}

/* Tells a field that does not fit: the type widens where it was a guess, else the file is wrong. */
static lis_status misfit(lis_batch *b, int64_t c, int64_t i, lis_text content, lis_error *err) {
    const lis_schema_column *column = &b->schema->column[c];
    char shown[LIS_EXCERPT];
    lis_excerpt(shown, content.bytes, content.length);
    cut_batch(b, i);
    if (column->inferred) {
        lis_column_type wider = wider_type(b->schema, column->type, content);
        if (b->schema->fixed) return misguessed(b, c, i, shown, wider, err);
        b->shard->widen = c;
        b->shard->widen_to = wider;
    }
    const char *type = lis_column_type_name(column->type);
    if (column->time)
        return lis_schema_fail_field(b->schema, place_of(b, c, i), c, err,
                                     "is a time written as \"%s\" but holds %s; correct the field, "
                                     "or declare the format it has",
                                     column->time, shown);
    if (content.length == 0)
        return lis_schema_fail_field(b->schema, place_of(b, c, i), c, err,
                                     "is %s but empty here; fill the field, or declare it f64, "
                                     "which reads an empty field as missing (NaN)",
                                     type);
    return lis_schema_fail_field(
        b->schema, place_of(b, c, i), c, err,
        "is %s but holds %s, which is no %s; correct the field, or declare "
        "the column a string",
        type, shown, column->type == LIS_COLUMN_I64 ? "whole number of 64 bits" : "number");
}

static int64_t read_times(const char *format, const lis_text *text, int64_t n, int64_t *out) {
    for (int64_t i = 0; i < n; i++)
        if (!lis_time_parse(format, text[i].bytes, text[i].length, &out[i])) return i;
    return n;
}

static lis_status unmarked(lis_batch *b, int64_t c, int64_t i, lis_text element, lis_error *err) {
    char shown[LIS_EXCERPT];
    cut_batch(b, i);
    return lis_schema_fail_field(
        b->schema, place_of(b, c, i), c, err,
        "is a list whose elements end with '%c' and a number, but holds %s; "
        "correct the element, or declare the list without a mark",
        b->schema->column[c].mark, lis_excerpt(shown, element.bytes, element.length));
}

static lis_status convert_i64(lis_batch *b, int64_t c, const lis_text *text, lis_error *err) {
    int64_t *out = (int64_t *)b->sink[c].values + b->shard->first_row + b->shard->rows;
    const char *time = b->schema->column[c].time;
    int64_t read = time ? read_times(time, text, b->rows, out)
                        : lis_numbers_i64(text, b->rows, b->schema->end, out);
    return read == b->rows ? LIS_OK : misfit(b, c, read, text[read], err);
}

static lis_status convert_real(lis_batch *b, int64_t c, const lis_text *text, lis_error *err) {
    int64_t first = b->shard->first_row + b->shard->rows;
    bool narrow = b->schema->column[c].type == LIS_COLUMN_F32;
    for (int64_t i = 0; i < b->rows; i++) {
        double value = NAN;
        if (text[i].length > 0 &&
            !lis_number_f64(text[i].bytes, text[i].length, b->schema->end, &value))
            return misfit(b, c, i, text[i], err);
        if (narrow)
            ((float *)b->sink[c].values)[first + i] = (float)value;
        else
            ((double *)b->sink[c].values)[first + i] = value;
    }
    return LIS_OK;
}

static lis_status convert_string(lis_batch *b, int64_t c, const lis_text *text, lis_error *err) {
    int32_t *out = (int32_t *)b->sink[c].values + b->shard->first_row + b->shard->rows;
    return lis_dict_add(b->shard->dict[c], text, b->rows, out, err);
}

static lis_status convert_text(lis_batch *b, int64_t c, const lis_text *text, lis_error *err) {
    int64_t *end = (int64_t *)b->sink[c].values + b->shard->first_row + b->shard->rows + 1;
    lis_bytes *into = &b->shard->text[c];
    int64_t need = into->size;
    for (int64_t i = 0; i < b->rows; i++)
        need += (int64_t)text[i].length;
    if (need > into->capacity) {
        int64_t capacity = into->capacity ? into->capacity * 2 : TEXT_FIRST;
        if (capacity < need) capacity = need;
        char *bytes = lis_realloc(into->bytes, (size_t)capacity, 1);
        if (!bytes) return lis_fail_nomem(err, "a text column", (double)capacity);
        into->bytes = bytes;
        into->capacity = capacity;
    }
    for (int64_t i = 0; i < b->rows; i++) {
        if (text[i].length > 0) memcpy(into->bytes + into->size, text[i].bytes, text[i].length);
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

static lis_status reserve_elements(lis_batch *b, lis_elements *list, bool marks, int64_t more,
                                   lis_error *err) {
    if (more > b->piece_room) {
        lis_text *piece = lis_realloc(b->piece, (size_t)more, sizeof *piece);
        if (!piece) return lis_fail_nomem(err, "a list column", (double)more * sizeof *piece);
        b->piece = piece;
        b->piece_room = more;
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

/* The elements of a JSON list; empty ones and null are left out, as two separators in a row are. */
static lis_status split_json(lis_batch *b, int64_t c, int64_t i, lis_text list, int64_t *count,
                             lis_error *err) {
    lis_json_line line = {
        .at = list.bytes, .end = list.bytes + list.length, .scratch = &b->scratch};
    lis_json_value value;
    lis_json_step step;
    while ((step = lis_json_next_element(&line, &value)) == LIS_JSON_MEMBER && !value.nested)
        if (value.text.length > 0) b->piece[(*count)++] = value.text;
    if (step == LIS_JSON_END) return LIS_OK;
    if (step == LIS_JSON_MEMORY) return lis_fail_nomem(err, "a string", (double)list.length);
    char shown[LIS_EXCERPT];
    cut_batch(b, i);
    return lis_schema_fail_field(
        b->schema, place_of(b, c, i), c, err,
        "is a list but holds %s; wanted strings or numbers in brackets, or "
        "declare the column text",
        lis_excerpt(shown, list.bytes, list.length));
}

static lis_status split_list(lis_batch *b, int64_t c, int64_t i, lis_text list, int64_t *count,
                             lis_error *err) {
    bool json = b->schema->names && list.length > 0 && list.bytes[0] == '[';
    if (json) return split_json(b, c, i, list, count, err);
    while (next_element(&list, b->schema->column[c].separator, &b->piece[*count]))
        ++*count;
    return LIS_OK;
}

static lis_status convert_list(lis_batch *b, int64_t c, const lis_text *text, lis_error *err) {
    const lis_schema_column *column = &b->schema->column[c];
    int64_t *end = (int64_t *)b->sink[c].values + b->shard->first_row + b->shard->rows + 1;
    lis_elements *list = &b->shard->list[c];
    int64_t most = 1, count = 0; /* the search for an element behind the last one needs room too */
    for (int64_t i = 0; i < b->rows; i++)
        most += (int64_t)text[i].length / 2 + 1;
    LIS_TRY(reserve_elements(b, list, column->mark, most, err));
    for (int64_t i = 0; i < b->rows; i++) {
        int64_t k = count;
        LIS_TRY(split_list(b, c, i, text[i], &count, err));
        for (; column->mark && k < count; k++)
            if (!take_mark(&b->piece[k], column->mark, b->schema->end, &list->mark[list->size + k]))
                return unmarked(b, c, i, b->piece[k], err);
        end[i] = list->size + count;
    }
    LIS_TRY(lis_dict_add(b->shard->dict[c], b->piece, count, list->code + list->size, err));
    list->size += count;
    return LIS_OK;
}

static lis_status misquoted(lis_batch *b, int64_t c, int64_t i, lis_unquoted how, lis_error *err) {
    lis_text raw = lis_batch_column(b, c)[i];
    char shown[LIS_EXCERPT];
    if (how == LIS_QUOTE_MEMORY) return lis_fail_nomem(err, "a quoted field", (double)raw.length);
    cut_batch(b, i);
    lis_excerpt(shown, raw.bytes, raw.length);
    if (how == LIS_QUOTE_INSIDE)
        return lis_schema_fail_field(b->schema, place_of(b, c, i), c, err,
                                     "has a quote inside a field that does not begin with one: %s; "
                                     "quote the whole field and double the quotes in it, or pass "
                                     "quote = false if quotes are plain text here",
                                     shown);
    return lis_schema_fail_field(
        b->schema, place_of(b, c, i), c, err,
        "begins %s and goes on behind its closing quote; double the quotes "
        "inside it, or look here and above for a quote left open",
        shown);
}

static lis_status unquote_column(lis_batch *b, int64_t c, lis_error *err) {
    const lis_text *raw = lis_batch_column(b, c);
    for (int64_t i = 0; i < b->rows; i++) {
        lis_unquoted how = lis_unquote(raw[i], b->schema->dialect.quote, &b->scratch, &b->clean[i]);
        if (how != LIS_UNQUOTED) return misquoted(b, c, i, how, err);
    }
    return LIS_OK;
}

static lis_status convert_values(lis_batch *b, int64_t c, const lis_text *text, lis_error *err) {
    switch (b->schema->column[c].type) {
    case LIS_COLUMN_I64:
        return convert_i64(b, c, text, err);
    case LIS_COLUMN_F64:
    case LIS_COLUMN_F32:
        return convert_real(b, c, text, err);
    case LIS_COLUMN_STRING:
        return convert_string(b, c, text, err);
    case LIS_COLUMN_TEXT:
        return convert_text(b, c, text, err);
    case LIS_COLUMN_LIST:
        break;
    }
    return convert_list(b, c, text, err);
}

static lis_status convert_column(lis_batch *b, int64_t c, lis_error *err) {
    const lis_text *text = lis_batch_column(b, c);
    lis_status quotes = LIS_OK, values;
    if (b->seen & LIS_SEEN_QUOTE) {
        quotes = unquote_column(b, c, err);
        if (quotes != LIS_OK && quotes != LIS_EFORMAT) return quotes;
        text = b->clean;
    }
    values = convert_values(b, c, text, err);
    return values != LIS_OK ? values : quotes;
}
/* ---- a batch of rows ---- */

static lis_status check_field(const lis_batch *b, int64_t c, int64_t i, lis_error *err) {
    lis_text raw = lis_batch_column(b, c)[i];
    const char *nul = memchr(raw.bytes, '\0', raw.length);
    size_t valid = lis_utf8_valid(raw.bytes, raw.length);
    char shown[LIS_EXCERPT];
    if (nul)
        return lis_schema_fail_field(b->schema, b->row_at ? b->row_at[i] : nul, c, err,
                                     "holds a NUL byte: %s; the file is binary, UTF-16 or damaged",
                                     lis_excerpt(shown, raw.bytes, raw.length));
    if (valid == raw.length) return LIS_OK;
    size_t from = valid > 8 ? valid - 8 : 0;
    return lis_schema_fail_field(b->schema, b->row_at ? b->row_at[i] : raw.bytes + valid, c, err,
                                 "is not valid UTF-8 at %s; if the file is Latin-1, convert it: "
                                 "iconv -f latin1 -t utf-8",
                                 lis_excerpt(shown, raw.bytes + from, raw.length - from));
}

static lis_status check_bytes(lis_batch *b, lis_error *err) {
    for (int64_t i = 0; i < b->rows; i++)
        for (int64_t c = 0; c < b->schema->columns; c++) {
            lis_status status = check_field(b, c, i, err);
            if (status == LIS_OK) continue;
            cut_batch(b, i);
            return status;
        }
    return LIS_OK;
}

lis_status lis_batch_flush(lis_batch *b, lis_error *err) {
    lis_status status = LIS_OK;
    if (lis_ctx_interrupted(b->ctx)) return lis_fail(err, LIS_EINTR, "interrupted");
    if (b->seen & (LIS_SEEN_NUL | LIS_SEEN_HIGH)) status = check_bytes(b, err);
    for (int64_t c = 0; c < b->schema->columns; c++) {
        if (!b->schema->column[c].wanted) continue;
        lis_status column = convert_column(b, c, err);
        if (column != LIS_OK) status = column;
        if (column != LIS_OK && column != LIS_EFORMAT) return column;
    }
    b->shard->rows += b->rows;
    b->rows = 0;
    b->seen = 0;
    if (b->scratch.used_bytes > 0) lis_arena_reset(&b->scratch);
    return status;
}

lis_status lis_batch_open(lis_batch *b, lis_ctx *ctx, const lis_schema *schema,
                          lis_shard_rows *shard, const lis_sink *sink, lis_error *err) {
    int64_t room = BATCH_FIELDS / schema->columns;
    room = room < 1 ? 1 : room > BATCH_ROWS ? BATCH_ROWS : room;
    *b = (lis_batch){.ctx = ctx,
                     .schema = schema,
                     .shard = shard,
                     .sink = sink,
                     .room = room,
                     .raw = lis_alloc((size_t)(schema->columns * room), sizeof *b->raw),
                     .clean = lis_alloc((size_t)room, sizeof *b->clean)};
    lis_arena_init(&b->scratch);
    shard->rows = 0;
    shard->widen = -1;
    if (schema->names) b->row_at = lis_alloc((size_t)room, sizeof *b->row_at);
    if (b->raw && b->clean && (b->row_at || !schema->names)) return LIS_OK;
    return lis_fail_nomem(err, "a shard reader", (double)(schema->columns * room) * sizeof *b->raw);
}

void lis_batch_close(lis_batch *b) {
    lis_arena_free(&b->scratch);
    lis_free(b->piece);
    lis_free(b->row_at);
    lis_free(b->clean);
    lis_free(b->raw);
}
