#include "shard.h"

#include <string.h>

#include "batch.h"
#include "lis/base/mem.h"
#include "message.h"
#include "scan.h"

enum {
    WINDOW = 32 << 10
}; /* bytes whose marks are found at once: they stay in the nearest cache */

lis_status lis_shard_open(lis_shard_rows *shard, const lis_schema *schema, bool first,
                          lis_error *err) {
    shard->dict = lis_calloc((size_t)schema->columns, sizeof *shard->dict);
    shard->text = lis_calloc((size_t)schema->columns, sizeof *shard->text);
    shard->list = lis_calloc((size_t)schema->columns, sizeof *shard->list);
    if (!shard->dict || !shard->text || !shard->list)
        return lis_fail_nomem(err, "a shard's columns", (double)schema->columns * 64);
    for (int64_t c = 0; c < schema->columns; c++) {
        const lis_schema_column *column = &schema->column[c];
        bool coded = column->type == LIS_COLUMN_STRING || column->type == LIS_COLUMN_LIST;
        if (!column->wanted || !coded) continue;
        if (first && column->dict)
            shard->dict[c] = lis_dict_retain(column->dict);
        else
            LIS_TRY(lis_dict_new(&shard->dict[c], err));
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

/* ---- splitting delimited records ---- */

typedef struct reader {
    lis_batch batch;
    lis_scan scan;
    unsigned seen_window; /* LIS_SEEN_* of the window */
    const char *row;      /* where the record being split begins */
    const char *field;    /* where its field being split begins */
    int64_t column;       /* number of that field */
    uint32_t *marks;      /* [WINDOW + LIS_SCAN_SLACK] */
} reader;

/* A row begun but not ended began in this window, whatever the batch before it held. */
static lis_status flush(reader *r, lis_error *err) {
    lis_status status = lis_batch_flush(&r->batch, err);
    r->batch.seen = r->seen_window;
    return status;
}

/* A row that cannot be split is only reported once the rows above it proved right. */
static lis_status fail_fields(reader *r, lis_error *err) {
    LIS_TRY(flush(r, err));
    return lis_schema_fail_row(r->batch.schema, r->row, err);
}

static lis_status fail_length(reader *r, const char *at, lis_error *err) {
    LIS_TRY(flush(r, err));
    return lis_schema_fail(r->batch.schema, r->row, err,
                           "the line is %lld bytes long, more than the %lld that are allowed; was "
                           "a quote left open, or a line end lost? If it is right, raise line_max",
                           (long long)(at - r->row), (long long)r->batch.schema->line_max);
}

static lis_status fail_open_quote(reader *r, lis_error *err) {
    char shown[LIS_EXCERPT];
    LIS_TRY(flush(r, err));
    lis_excerpt(shown, r->field, (size_t)(r->batch.shard->end - r->field));
    return lis_schema_fail_field(r->batch.schema, r->field, r->column, err,
                                 "opens a quote that is never closed: %s; close it, or pass quote "
                                 "= false if quotes are plain text here",
                                 shown);
}

static lis_status end_row(reader *r, const char *at, lis_error *err) {
    const char *end = at > r->field && at[-1] == '\r' ? at - 1 : at;
    const char *next = at + 1;
    if (at - r->row > r->batch.schema->line_max) return fail_length(r, at, err);
    bool blank = r->column == 0 && end == r->field;
    if (!blank) {
        if (r->column + 1 != r->batch.schema->columns) return fail_fields(r, err);
        lis_batch_column(&r->batch, r->column)[r->batch.rows++] =
            (lis_text){r->field, (size_t)(end - r->field)};
    }
    r->row = r->field = next;
    r->column = 0;
    return r->batch.rows == r->batch.room ? flush(r, err) : LIS_OK;
}

/* A delimiter of several bytes is found by its first; the rest is compared here. A mark in front of
 * r->field lies within the delimiter before it. */
static bool is_delimiter(const reader *r, const char *at) {
    const lis_dialect *dialect = &r->batch.schema->dialect;
    return at >= r->field && (size_t)(r->batch.shard->end - at) >= dialect->length &&
           memcmp(at, dialect->delimiter, dialect->length) == 0;
}

static lis_status split_window(reader *r, const char *window, int64_t marks, lis_error *err) {
    const size_t length = r->batch.schema->dialect.length;
    const int64_t last = r->batch.schema->columns - 1;
    for (int64_t k = 0; k < marks; k++) {
        const char *at = window + r->marks[k];
        if (*at == '\n') {
            LIS_TRY(end_row(r, at, err));
            continue;
        }
        if (length > 1 && !is_delimiter(r, at)) continue;
        if (r->column == last) return fail_fields(r, err);
        lis_batch_column(&r->batch, r->column++)[r->batch.rows] =
            (lis_text){r->field, (size_t)(at - r->field)};
        r->field = at + length;
    }
    return LIS_OK;
}

static lis_status end_file(reader *r, lis_error *err) {
    const char *end = r->batch.shard->end;
    if (r->scan.inside && !r->batch.schema->more) return fail_open_quote(r, err);
    if (r->row < end) LIS_TRY(end_row(r, end, err));
    return flush(r, err);
}

static lis_status read_windows(reader *r, lis_error *err) {
    for (const char *at = r->batch.shard->begin; at < r->batch.shard->end;) {
        size_t left = (size_t)(r->batch.shard->end - at), n = left < WINDOW ? left : WINDOW;
        r->scan.seen = 0;
        int64_t marks = lis_scan_marks(&r->scan, (const unsigned char *)at, n, r->marks);
        r->seen_window = r->scan.seen;
        r->batch.seen |= r->scan.seen;
        LIS_TRY(split_window(r, at, marks, err));
        at += n;
    }
    return end_file(r, err);
}

lis_status lis_shard_read(lis_ctx *ctx, lis_shard_rows *shard, const lis_schema *schema,
                          const lis_sink *sink, lis_error *err) {
    reader r = {.scan = {.mark = (unsigned char)schema->dialect.delimiter[0],
                         .quote = (unsigned char)schema->dialect.quote},
                .row = shard->begin,
                .field = shard->begin,
                .marks = lis_alloc(WINDOW + LIS_SCAN_SLACK, sizeof *r.marks)};
    lis_status status = lis_batch_open(&r.batch, ctx, schema, shard, sink, err);
    if (status == LIS_OK && !r.marks)
        status = lis_fail_nomem(err, "a shard reader", WINDOW * sizeof *r.marks);
    if (status == LIS_OK) status = read_windows(&r, err);
    shard->failed = status != LIS_OK;
    lis_batch_close(&r.batch);
    lis_free(r.marks);
    return status;
}
