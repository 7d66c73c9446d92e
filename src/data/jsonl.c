#include "lis/data/jsonl.h"

#include <string.h>

#include "batch.h"
#include "json_line.h"
#include "lis/base/mem.h"
#include "message.h"
#include "reading.h"
#include "scan.h"
#include "source.h"
#include "utf8.h"

enum { SAMPLE_LINES = 1000, SAMPLE_BYTES = LIS_SCHEMA_SAMPLE };

/* The line at `at` without its end; *next is behind it. */
static lis_text line_at(const char *at, const char *end, const char **next) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    *next = stop ? stop + 1 : end;
    if (!stop) stop = end;
    if (stop > at && stop[-1] == '\r') stop--;
    return (lis_text){at, (size_t)(stop - at)};
}

static bool is_blank(lis_text line) {
    for (size_t i = 0; i < line.length; i++)
        if (line.bytes[i] != ' ' && line.bytes[i] != '\t') return false;
    return true;
}

static lis_status fail_line(const lis_schema *schema, lis_text whole, const lis_json_line *line,
                            lis_json_step step, lis_error *err) {
    char shown[LIS_EXCERPT];
    if (step == LIS_JSON_MEMORY) return lis_fail_nomem(err, "a string", (double)whole.length);
    lis_excerpt(shown, line->at, (size_t)(line->end - line->at));
    return lis_schema_fail(schema, whole.bytes, err,
                           "not JSON: wanted %s at byte %lld of the line: %s; every line must be "
                           "one object such as {\"user\": \"u1\", \"time\": 1}",
                           line->wrong, (long long)(line->at - whole.bytes) + 1, shown);
}

static lis_status fail_long(const lis_schema *schema, lis_text line, lis_error *err) {
    return lis_schema_fail(schema, line.bytes, err,
                           "the line is %zu bytes long, more than the %lld that are allowed; was a "
                           "line end lost? If it is right, raise line_max",
                           line.length, (long long)schema->line_max);
}

/* ---- rows */

/* The column of a key, -1 for none. Lines of a log have the same keys in the same order, so the
 * column behind the last one is tried first. */
static int64_t column_of(const lis_schema *schema, lis_text key, int64_t after) {
    int64_t likely = after + 1 < schema->columns ? after + 1 : 0;
    lis_text name = lis_dict_text(schema->names, (int32_t)likely);
    if (name.length == key.length && memcmp(name.bytes, key.bytes, key.length) == 0) return likely;
    return lis_dict_find(schema->names, key);
}

static lis_status split_line(lis_batch *b, lis_text whole, lis_error *err) {
    lis_json_line line = {
        .at = whole.bytes, .end = whole.bytes + whole.length, .scratch = &b->scratch};
    lis_text key;
    lis_json_value value;
    lis_json_step step;
    int64_t c = -1;
    for (int64_t k = 0; k < b->schema->columns; k++)
        lis_batch_column(b, k)[b->rows] = (lis_text){"", 0};
    while ((step = lis_json_next(&line, &key, &value)) == LIS_JSON_MEMBER) {
        int64_t found = column_of(b->schema, key, c);
        if (found < 0) continue;
        c = found;
        lis_batch_column(b, c)[b->rows] = value.text;
    }
    if (step == LIS_JSON_END) return LIS_OK;
    if (step == LIS_JSON_WRONG) LIS_TRY(lis_batch_flush(b, err));
    return fail_line(b->schema, whole, &line, step, err);
}

static lis_status take_line(lis_batch *b, lis_text line, lis_error *err) {
    if ((int64_t)line.length > b->schema->line_max) {
        LIS_TRY(lis_batch_flush(b, err));
        return fail_long(b->schema, line, err);
    }
    if (is_blank(line)) return LIS_OK;
    LIS_TRY(split_line(b, line, err));
    b->row_at[b->rows++] = line.bytes;
    b->seen = LIS_SEEN_HIGH; /* bytes are checked for UTF-8 in any case */
    return b->rows == b->room ? lis_batch_flush(b, err) : LIS_OK;
}

lis_status lis_shard_read_json(lis_ctx *ctx, lis_shard_rows *shard, const lis_schema *schema,
                               const lis_sink *sink, lis_error *err) {
    lis_batch b;
    lis_status status = lis_batch_open(&b, ctx, schema, shard, sink, err);
    for (const char *at = shard->begin; at < shard->end && status == LIS_OK;)
        status = take_line(&b, line_at(at, shard->end, &at), err);
    if (status == LIS_OK) status = lis_batch_flush(&b, err);
    shard->failed = status != LIS_OK;
    lis_batch_close(&b);
    return status;
}

/* ---- columns */

/* What the first lines say about a key. */
typedef struct found {
    bool seen, nested;
    lis_column_type type;
} found;

typedef struct sample {
    lis_schema *schema;
    found *key; /* [capacity] by code in schema->names */
    int64_t capacity;
    lis_arena scratch;
} sample;

static lis_status note_member(sample *s, lis_text key, const lis_json_value *value,
                              lis_error *err) {
    int32_t code;
    if (key.length == 0) return LIS_OK;
    lis_dict_limit(s->schema->names, LIS_FIELDS_MAX);
    LIS_TRY(lis_dict_add(s->schema->names, &key, 1, &code, err));
    if (code >= s->capacity) {
        int64_t capacity = s->capacity ? s->capacity * 2 : 16;
        found *grown = lis_realloc(s->key, (size_t)capacity, sizeof *grown);
        if (!grown) return lis_fail_nomem(err, "columns", (double)capacity * sizeof *grown);
        memset(grown + s->capacity, 0, (size_t)(capacity - s->capacity) * sizeof *grown);
        s->key = grown;
        s->capacity = capacity;
    }
    found *at = &s->key[code];
    lis_column_type fit =
        value->string ? LIS_COLUMN_STRING : lis_schema_fit(s->schema, value->text);
    bool empty = value->text.length == 0 && !value->string;
    bool wider = fit == LIS_COLUMN_STRING || at->type == LIS_COLUMN_I64;
    at->nested = at->nested || value->nested;
    if (!at->seen || wider) at->type = fit;
    at->seen = at->seen || !empty;
    return LIS_OK;
}

static lis_status note_line(sample *s, lis_text whole, lis_error *err) {
    lis_json_line line = {
        .at = whole.bytes, .end = whole.bytes + whole.length, .scratch = &s->scratch};
    lis_text key;
    lis_json_value value;
    lis_json_step step;
    if (lis_utf8_valid(whole.bytes, whole.length) < whole.length)
        return lis_schema_fail(s->schema, whole.bytes, err,
                               "the line is not valid UTF-8; if the file is Latin-1, convert it: "
                               "iconv -f latin1 -t utf-8");
    while ((step = lis_json_next(&line, &key, &value)) == LIS_JSON_MEMBER)
        LIS_TRY(note_member(s, key, &value, err));
    if (step != LIS_JSON_END) return fail_line(s->schema, whole, &line, step, err);
    lis_arena_reset(&s->scratch);
    return LIS_OK;
}

static lis_status note_lines(sample *s, lis_error *err) {
    const lis_schema *schema = s->schema;
    const char *at = schema->rows;
    for (int k = 0; k < SAMPLE_LINES && at < schema->end && at - schema->rows < SAMPLE_BYTES; k++) {
        lis_text line = line_at(at, schema->end, &at);
        if ((int64_t)line.length > schema->line_max) return fail_long(schema, line, err);
        if (!is_blank(line)) LIS_TRY(note_line(s, line, err));
    }
    return LIS_OK;
}

static lis_status make_columns(sample *s, lis_error *err) {
    lis_schema *schema = s->schema;
    int64_t columns = lis_dict_size(schema->names);
    if (columns == 0)
        return lis_fail(err, LIS_EFORMAT, "%s: no line has a member: nothing to make columns of",
                        schema->path);
    LIS_TRY(lis_schema_make(schema, columns, err));
    for (int64_t c = 0; c < columns; c++) {
        const found *key = &s->key[c];
        lis_text name = lis_dict_text(schema->names, (int32_t)c);
        LIS_TRY(lis_schema_name(schema, c, name, err));
        schema->column[c].inferred = !key->nested;
        schema->column[c].type = key->nested ? LIS_COLUMN_TEXT : key->type;
    }
    return LIS_OK;
}

lis_status lis_schema_open_json(lis_schema *schema, const char *path, const char *bytes,
                                size_t size, const lis_delimited_options *options, lis_error *err) {
    LIS_TRY(lis_schema_begin(schema, path, bytes, size, options, err));
    LIS_TRY(lis_dict_new(&schema->names, err));
    sample s = {.schema = schema};
    lis_arena_init(&s.scratch);
    lis_status status = note_lines(&s, err);
    if (status == LIS_OK) status = make_columns(&s, err);
    if (status == LIS_OK) status = lis_schema_declare(schema, options, err);
    lis_arena_free(&s.scratch);
    lis_free(s.key);
    return status;
}

lis_status lis_jsonl_parse(lis_ctx *ctx, lis_table *out, const char *path, const char *bytes,
                           size_t size, const lis_delimited_options *options, lis_error *err) {
    *out = (lis_table){0};
    lis_schema schema = {0};
    lis_status status = lis_schema_open_json(&schema, path, bytes, size, options, err);
    if (status == LIS_OK) status = lis_reading_run(ctx, out, &schema, options->shard_bytes, err);
    lis_schema_free(&schema);
    return status;
}

lis_status lis_jsonl_read(lis_ctx *ctx, lis_table *out, const char *path,
                          const lis_delimited_options *options, lis_error *err) {
    lis_source source;
    *out = (lis_table){0};
    LIS_TRY(lis_source_open(ctx, &source, path, options->unpack_max, err));
    lis_status status = lis_jsonl_parse(ctx, out, path, source.bytes, source.size, options, err);
    lis_source_close(&source);
    return status;
}
