#include "lis/data/blocks.h"

#include <string.h>

#include "lis/base/mem.h"
#include "reading.h"
#include "scan.h"
#include "window.h"

struct lis_blocks {
    char *path;
    lis_window window;
    lis_schema schema; /* whose bytes are the latest block */
    int64_t lines;     /* line ends of the latest block */
    int64_t shard_bytes;
};

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t sum(size_t a, size_t b) {
    return a < SIZE_MAX - b ? a + b : SIZE_MAX;
}

static int64_t count_lines(const char *begin, const char *end) {
    return lis_scan_lines((const unsigned char *)begin, (size_t)(end - begin), 0).lines[0];
}

/* ---- opening ---- */

static lis_status open_schema(lis_ctx *ctx, lis_blocks *b, bool json,
                              const lis_delimited_options *options, lis_error *err) {
    lis_window *w = &b->window;
    int64_t line_max = options->line_max ? options->line_max : LIS_LINE_MAX;
    size_t head = sum(2 * LIS_SCHEMA_SAMPLE, (size_t)line_max);
    LIS_TRY(lis_window_fill(ctx, w, head, err));
    size_t size = least(head, w->size);
    LIS_TRY(json ? lis_schema_open_json(&b->schema, b->path, w->bytes, size, options, err)
                 : lis_schema_open(&b->schema, b->path, w->bytes, size, options, err));
    b->lines = count_lines(w->bytes, b->schema.rows);
    lis_window_pass(w, (size_t)(b->schema.rows - w->bytes));
    return LIS_OK;
}

lis_status lis_blocks_open(lis_ctx *ctx, lis_blocks **out, const char *path, bool json,
                           const lis_delimited_options *options, lis_error *err) {
    *out = NULL;
    size_t length = strlen(path) + 1;
    lis_blocks *b = lis_calloc(1, sizeof *b);
    if (b) b->path = lis_alloc(length, 1);
    if (!b || !b->path) {
        lis_free(b);
        return lis_fail_nomem(err, "a reader of blocks", (double)(sizeof *b + length));
    }
    memcpy(b->path, path, length);
    b->shard_bytes = options->shard_bytes;
    lis_status status =
        lis_window_open(&b->window, b->path, !json && options->latin1, options->unpack_max, err);
    if (status == LIS_OK) status = open_schema(ctx, b, json, options, err);
    if (status == LIS_OK)
        *out = b;
    else
        lis_blocks_close(b);
    return status;
}

void lis_blocks_close(lis_blocks *b) {
    if (!b) return;
    lis_schema_free(&b->schema);
    lis_window_close(&b->window);
    lis_free(b->path);
    lis_free(b);
}

/* ---- a block ---- */

/* The size of the block that ends with the record in which byte `bytes` lies. A record is sought so
 * far that one without an end is longer than is allowed, which its reader then says. */
static lis_status find_end(lis_ctx *ctx, lis_blocks *b, size_t bytes, size_t *size,
                           lis_error *err) {
    lis_window *w = &b->window;
    char quote = b->schema.dialect.quote;
    size_t at = bytes - 1, most = sum(sum(bytes, (size_t)b->schema.line_max), 1);
    bool inside =
        lis_scan_lines((const unsigned char *)w->bytes, at, (unsigned char)quote).quotes & 1;
    for (;;) {
        size_t upto = least(most, w->size);
        const char *end = lis_record_end(quote, w->bytes + at, w->bytes + upto, &inside);
        *size = end ? (size_t)(end - w->bytes) : upto;
        if (end || upto == most || w->last) return LIS_OK;
        at = upto;
        LIS_TRY(lis_window_fill(ctx, w, least(most, sum(w->size, w->size / 8 + 1)), err));
    }
}

static lis_status take_block(lis_ctx *ctx, lis_blocks *b, size_t bytes, lis_error *err) {
    lis_window *w = &b->window;
    lis_schema *schema = &b->schema;
    size_t size = 0;
    schema->lines_before += b->lines;
    b->lines = 0;
    schema->bytes = schema->rows = schema->end = "";
    LIS_TRY(lis_window_fill(ctx, w, bytes, err));
    bytes = least(bytes, w->size);
    if (bytes > 0) LIS_TRY(find_end(ctx, b, bytes, &size, err));
    schema->bytes = schema->rows = w->bytes;
    schema->end = w->bytes + size;
    schema->more = !w->last || size < w->size;
    return LIS_OK;
}

/* The next blocks of the columns go on with the dictionaries of the first. */
static void keep_dictionaries(lis_schema *schema, const lis_table *table) {
    for (int64_t c = 0, k = 0; c < schema->columns; c++) {
        if (!schema->column[c].wanted) continue;
        lis_dict *dict = table->column[k++].dict;
        if (dict && !schema->column[c].dict) schema->column[c].dict = lis_dict_retain(dict);
    }
}

lis_status lis_blocks_next(lis_ctx *ctx, lis_blocks *b, int64_t bytes, lis_table *out,
                           lis_error *err) {
    lis_schema *schema = &b->schema;
    *out = (lis_table){0};
    do {
        lis_table_free(out); /* of blank lines */
        LIS_TRY(take_block(ctx, b, (size_t)bytes, err));
        if (schema->rows == schema->end && schema->fixed) return LIS_OK;
        LIS_TRY(lis_reading_run(ctx, out, schema, b->shard_bytes, err));
        b->lines = count_lines(schema->rows, schema->end);
        lis_window_pass(&b->window, (size_t)(schema->end - schema->rows));
    } while (out->rows == 0);
    keep_dictionaries(schema, out);
    schema->fixed = true;
    return LIS_OK;
}

/* ---- what else is known ---- */

static bool is_blank(const char *at, const char *end, bool json) {
    if (end > at && end[-1] == '\n') end--;
    if (end > at && end[-1] == '\r') end--;
    while (json && at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at == end;
}

int64_t lis_blocks_line(const lis_blocks *b, int64_t row) {
    const lis_schema *schema = &b->schema;
    const char *at = schema->rows;
    while (at < schema->end) {
        bool inside = false;
        const char *next = lis_record_end(schema->dialect.quote, at, schema->end, &inside);
        if (!next) next = schema->end;
        if (!is_blank(at, next, schema->names) && row-- == 0) break;
        at = next;
    }
    return lis_schema_line(schema, at);
}

const char *lis_blocks_delimiter(const lis_blocks *b) {
    return b->schema.names ? NULL : b->schema.dialect.delimiter;
}

int64_t lis_blocks_columns(const lis_blocks *b) {
    return b->schema.columns;
}

const char *lis_blocks_name(const lis_blocks *b, int64_t column) {
    return b->schema.column[column].name;
}

void lis_blocks_progress(const lis_blocks *b, int64_t *read, int64_t *size) {
    *read = (int64_t)b->window.taken;
    *size = (int64_t)b->window.map.size;
}
