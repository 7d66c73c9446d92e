#include "reading.h"

#include <string.h>

#include "lis/base/mem.h"
#include "lis/base/parallel.h"
#include "scan.h"
#include "shard.h"

enum { SHARDS_A_THREAD = 1, SHARD_BYTES = 1 << 20 };

/* One reading of the rows; repeated where the type of a column has to widen. */
typedef struct reading {
    lis_ctx *ctx;
    const lis_schema *schema;
    int64_t shards;
    lis_shard_rows *shard; /* [shards] */
    lis_scan_count *count; /* [shards] of the even pieces */
    lis_sink *sink;        /* [columns] */
    lis_dict **dict;       /* [columns] of the whole */
    int32_t **global;      /* [columns][shards] code in the whole of each local code */
    int64_t room;          /* rows that were counted, blank lines among them */
    int64_t rows;
} reading;

static void close_shards(reading *r) {
    for (int64_t s = 0; s < r->shards && r->shard; s++)
        lis_shard_close(&r->shard[s], r->schema);
    for (int64_t i = 0; i < r->shards * r->schema->columns && r->global; i++)
        lis_free(r->global[i]);
    lis_free(r->shard);
    lis_free(r->count);
    lis_free(r->global);
    r->shard = NULL;
    r->count = NULL;
    r->global = NULL;
}

static void close_reading(reading *r) {
    close_shards(r);
    for (int64_t c = 0; c < r->schema->columns; c++) {
        if (r->sink) lis_free(r->sink[c].values);
        if (r->dict) lis_dict_release(r->dict[c]);
    }
    lis_free(r->sink);
    lis_free(r->dict);
}

static lis_status open_reading(reading *r, int64_t shard_bytes, lis_error *err) {
    int64_t size = r->schema->end - r->schema->rows, columns = r->schema->columns;
    int64_t wanted = r->ctx->threads > 1 ? (int64_t)r->ctx->threads * SHARDS_A_THREAD : 1;
    int64_t most = size / (shard_bytes > 0 ? shard_bytes : SHARD_BYTES);
    r->shards = shard_bytes > 0 || most < wanted ? most : wanted;
    if (r->shards < 1) r->shards = 1;
    r->shard = lis_calloc((size_t)r->shards, sizeof *r->shard);
    r->count = lis_calloc((size_t)r->shards, sizeof *r->count);
    r->sink = lis_calloc((size_t)columns, sizeof *r->sink);
    r->dict = lis_calloc((size_t)columns, sizeof *r->dict);
    r->global = lis_calloc((size_t)(columns * r->shards), sizeof *r->global);
    if (!r->shard || !r->count || !r->sink || !r->dict || !r->global)
        return lis_fail_nomem(err, "shards", (double)(columns * r->shards) * 64);
    return LIS_OK;
}

/* ---- cutting ---- */

static const char *piece_begin(const reading *r, int64_t index) {
    int64_t size = r->schema->end - r->schema->rows;
    return r->schema->rows + size / r->shards * index + (index == r->shards ? size % r->shards : 0);
}

static lis_status count_piece(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    reading *r = arg;
    const char *begin = piece_begin(r, shard.index), *end = piece_begin(r, shard.index + 1);
    r->count[shard.index] = lis_scan_lines((const unsigned char *)begin, (size_t)(end - begin),
                                           (unsigned char)r->schema->dialect.quote);
    return LIS_OK;
}

/* The first record that begins behind `at`, a byte that is inside quotes or not. */
static const char *next_record(const reading *r, const char *at, bool inside) {
    const lis_schema *schema = r->schema;
    const char *next = lis_record_end(schema->dialect.quote, at, schema->end, &inside);
    return next ? next : schema->end;
}

/* Moves the even cuts to record ends. A piece with L line ends outside quotes begins, behind its
 * first one, L records (the first piece one more), so that every shard knows its first row. */
static lis_status cut(reading *r, lis_error *err) {
    LIS_TRY(lis_parallel_for(r->ctx, r->shards, 1, count_piece, r, err));
    int64_t quotes = 0;
    r->room = 0;
    for (int64_t s = 0; s < r->shards; s++) {
        bool inside = quotes & 1;
        lis_shard_rows *shard = &r->shard[s];
        shard->begin = s ? next_record(r, piece_begin(r, s), inside) : r->schema->rows;
        if (s) r->shard[s - 1].end = shard->begin;
        shard->end = r->schema->end;
        shard->first_row = r->room;
        r->room += r->count[s].lines[inside] + (s == 0);
        quotes += r->count[s].quotes;
    }
    return LIS_OK;
}

/* ---- reading ---- */

/* Columns whose rows are ranges keep one number more than rows. */
static bool has_ends(lis_column_type type) {
    return type == LIS_COLUMN_TEXT || type == LIS_COLUMN_LIST;
}

static size_t value_size(lis_column_type type) {
    return type == LIS_COLUMN_STRING || type == LIS_COLUMN_F32 ? 4 : 8;
}

static lis_status open_sinks(reading *r, lis_error *err) {
    for (int64_t c = 0; c < r->schema->columns; c++) {
        const lis_schema_column *column = &r->schema->column[c];
        if (!column->wanted) continue;
        size_t count = (size_t)r->room + 1, size = value_size(column->type);
        r->sink[c].values = lis_alloc(count, size);
        if (!r->sink[c].values)
            return lis_fail_nomem(err, "a column", (double)count * (double)size);
    }
    for (int64_t s = 0; s < r->shards; s++)
        LIS_TRY(lis_shard_open(&r->shard[s], r->schema, s == 0, err));
    return LIS_OK;
}

static lis_status read_shard(void *arg, lis_shard shard, lis_error *err) {
    reading *r = arg;
    lis_shard_rows *rows = &r->shard[shard.index];
    return r->schema->names ? lis_shard_read_json(r->ctx, rows, r->schema, r->sink, err)
                            : lis_shard_read(r->ctx, rows, r->schema, r->sink, err);
}

/* ---- joining ---- */

/* Blank lines were counted as rows: closes the gaps that they leave between the shards' rows. */
static void close_gaps(reading *r) {
    r->rows = 0;
    for (int64_t s = 0; s < r->shards; s++) {
        lis_shard_rows *shard = &r->shard[s];
        for (int64_t c = 0; c < r->schema->columns && r->rows < shard->first_row; c++) {
            const lis_schema_column *column = &r->schema->column[c];
            if (!column->wanted) continue;
            size_t size = value_size(column->type), ends = has_ends(column->type);
            char *values = r->sink[c].values;
            memmove(values + ((size_t)r->rows + ends) * size,
                    values + ((size_t)shard->first_row + ends) * size, (size_t)shard->rows * size);
        }
        shard->first_row = r->rows;
        r->rows += shard->rows;
    }
}

static lis_status join_strings(reading *r, int64_t c, lis_error *err) {
    r->dict[c] = lis_dict_retain(r->shard[0].dict[c]);
    for (int64_t s = 1; s < r->shards; s++) {
        const lis_dict *local = r->shard[s].dict[c];
        int32_t *global = lis_alloc((size_t)lis_dict_size(local), sizeof *global);
        if (!global) return lis_fail_nomem(err, "codes", (double)lis_dict_size(local) * 4);
        r->global[c * r->shards + s] = global;
        LIS_TRY(lis_dict_merge(r->dict[c], local, global, err));
    }
    return LIS_OK;
}

/* Makes the ends of the shard's rows count from the beginning of the column. */
static void shift_ends(reading *r, int64_t c, const lis_shard_rows *shard, int64_t before) {
    int64_t *end = r->sink[c].values;
    end[0] = 0;
    for (int64_t i = 1; i <= shard->rows; i++)
        end[shard->first_row + i] += before;
}

static lis_status join_texts(reading *r, int64_t c, lis_error *err) {
    lis_bytes *first = &r->shard[0].text[c];
    int64_t size = 0;
    shift_ends(r, c, &r->shard[0], 0);
    for (int64_t s = 0; s < r->shards; s++)
        size += r->shard[s].text[c].size;
    if (size > first->capacity || !first->bytes) {
        char *bytes = lis_realloc(first->bytes, (size_t)size, 1);
        if (!bytes) return lis_fail_nomem(err, "a text column", (double)size);
        first->bytes = bytes;
        first->capacity = size;
    }
    for (int64_t s = 1; s < r->shards; s++) {
        lis_shard_rows *shard = &r->shard[s];
        if (shard->text[c].size)
            memcpy(first->bytes + first->size, shard->text[c].bytes, (size_t)shard->text[c].size);
        shift_ends(r, c, shard, first->size);
        first->size += shard->text[c].size;
        lis_free(shard->text[c].bytes);
        shard->text[c] = (lis_bytes){0};
    }
    return LIS_OK;
}

/* Puts the elements of all shards, whose codes are those of the whole by now, behind the first's. */
static lis_status join_lists(reading *r, int64_t c, lis_error *err) {
    lis_elements *first = &r->shard[0].list[c];
    bool marks = r->schema->column[c].mark;
    int64_t size = 0;
    for (int64_t s = 0; s < r->shards; s++)
        size += r->shard[s].list[c].size;
    int32_t *code = lis_realloc(first->code, (size_t)size, sizeof *code);
    if (code) first->code = code;
    float *mark = marks ? lis_realloc(first->mark, (size_t)size, sizeof *mark) : NULL;
    if (mark) first->mark = mark;
    if (!code || (marks && !mark)) return lis_fail_nomem(err, "a list column", (double)size * 8);
    shift_ends(r, c, &r->shard[0], 0);
    for (int64_t s = 1; s < r->shards; s++) {
        const lis_elements *list = &r->shard[s].list[c];
        size_t count = (size_t)list->size;
        if (count) memcpy(code + first->size, list->code, count * sizeof *code);
        if (count && marks) memcpy(mark + first->size, list->mark, count * sizeof *mark);
        shift_ends(r, c, &r->shard[s], first->size);
        first->size += list->size;
    }
    return LIS_OK;
}

static lis_status join_dictionaries(void *arg, lis_shard shard, lis_error *err) {
    reading *r = arg;
    return r->shard[0].dict[shard.index] ? join_strings(r, shard.index, err) : LIS_OK;
}

static lis_status join_ranges(void *arg, lis_shard shard, lis_error *err) {
    reading *r = arg;
    const lis_schema_column *column = &r->schema->column[shard.index];
    if (column->wanted && column->type == LIS_COLUMN_TEXT) return join_texts(r, shard.index, err);
    if (column->wanted && column->type == LIS_COLUMN_LIST) return join_lists(r, shard.index, err);
    return LIS_OK;
}

/* Local codes -> codes of the whole. The first shard's are both. */
static lis_status recode_shard(void *arg, lis_shard at, lis_error *err) {
    (void)err;
    reading *r = arg;
    const lis_shard_rows *shard = &r->shard[at.index];
    for (int64_t c = 0; c < r->schema->columns; c++) {
        const int32_t *global = r->global[c * r->shards + at.index];
        if (!global) continue;
        bool list = r->schema->column[c].type == LIS_COLUMN_LIST;
        int32_t *code =
            list ? shard->list[c].code : (int32_t *)r->sink[c].values + shard->first_row;
        int64_t n = list ? shard->list[c].size : shard->rows;
        for (int64_t i = 0; i < n; i++)
            if (code[i] >= 0) code[i] = global[code[i]];
    }
    return LIS_OK;
}

static lis_status join(reading *r, lis_error *err) {
    close_gaps(r);
    LIS_TRY(lis_parallel_for(r->ctx, r->schema->columns, 1, join_dictionaries, r, err));
    LIS_TRY(lis_parallel_for(r->ctx, r->shards, 1, recode_shard, r, err));
    return lis_parallel_for(r->ctx, r->schema->columns, 1, join_ranges, r, err);
}

/* ---- handing over ---- */

/* A tensor that owns the block; *block is emptied. */
static lis_status move_block(lis_tensor *out, lis_dtype dtype, int64_t length, void **block,
                             lis_error *err) {
    LIS_TRY(lis_tensor_wrap(out, dtype, 1, &length, *block, lis_free, *block, err));
    *block = NULL;
    return LIS_OK;
}

static lis_status move_elements(lis_elements *from, lis_column *out, lis_error *err) {
    void *code = from->code, *mark = from->mark;
    lis_status status = move_block(&out->items, LIS_I32, from->size, &code, err);
    if (status == LIS_OK && mark) status = move_block(&out->marks, LIS_F32, from->size, &mark, err);
    from->code = code;
    from->mark = mark;
    return status;
}

static lis_status move_column(reading *r, int64_t c, lis_column *out, lis_error *err) {
    static const lis_dtype dtypes[LIS_COLUMN_TYPES] = {
        [LIS_COLUMN_STRING] = LIS_I32, [LIS_COLUMN_F64] = LIS_F64,  [LIS_COLUMN_F32] = LIS_F32,
        [LIS_COLUMN_I64] = LIS_I64,    [LIS_COLUMN_TEXT] = LIS_I64, [LIS_COLUMN_LIST] = LIS_I64,
    };
    const lis_schema_column *from = &r->schema->column[c];
    int64_t length = r->rows + has_ends(from->type);
    size_t name_size = strlen(from->name) + 1;
    out->name = lis_alloc(name_size, 1);
    if (!out->name) return lis_fail_nomem(err, "a column name", (double)name_size);
    memcpy(out->name, from->name, name_size);
    LIS_TRY(move_block(&out->values, dtypes[from->type], length, &r->sink[c].values, err));
    out->type = from->type;
    out->dict = r->dict[c];
    r->dict[c] = NULL;
    if (from->type == LIS_COLUMN_TEXT) {
        out->bytes = r->shard[0].text[c].bytes;
        r->shard[0].text[c].bytes = NULL;
    }
    if (from->type == LIS_COLUMN_LIST) return move_elements(&r->shard[0].list[c], out, err);
    return LIS_OK;
}

static lis_status move_table(reading *r, lis_table *out, lis_error *err) {
    int64_t wanted = 0;
    for (int64_t c = 0; c < r->schema->columns; c++)
        wanted += r->schema->column[c].wanted;
    LIS_TRY(lis_table_new(out, r->rows, wanted, err));
    lis_status status = LIS_OK;
    for (int64_t c = 0, k = 0; c < r->schema->columns && status == LIS_OK; c++)
        if (r->schema->column[c].wanted) status = move_column(r, c, &out->column[k++], err);
    if (status != LIS_OK) lis_table_free(out);
    return status;
}

/* Reads the rows under the schema's types. A guessed type that proved too narrow is widened in the
 * schema, and *again set. */
static lis_status read_once(lis_ctx *ctx, lis_table *out, lis_schema *schema, int64_t shard_bytes,
                            bool *again, lis_error *err) {
    reading r = {.ctx = ctx, .schema = schema};
    lis_status status = open_reading(&r, shard_bytes, err);
    if (status == LIS_OK) status = cut(&r, err);
    if (status == LIS_OK) status = open_sinks(&r, err);
    if (status == LIS_OK) {
        status = lis_parallel_for(ctx, r.shards, 1, read_shard, &r, err);
        for (int64_t s = 0; s < r.shards && status == LIS_EFORMAT; s++) {
            if (!r.shard[s].failed) continue;
            int64_t c = r.shard[s].widen;
            *again = c >= 0;
            if (c >= 0) schema->column[c].type = r.shard[s].widen_to;
            break;
        }
    }
    if (status == LIS_OK) status = join(&r, err);
    if (status == LIS_OK && r.rows == 0 && !schema->more && !schema->fixed)
        status = lis_fail(err, LIS_EFORMAT, "%s: the file names its columns but has no rows",
                          schema->path);
    if (status == LIS_OK) status = move_table(&r, out, err);
    close_reading(&r);
    return status;
}

lis_status lis_reading_run(lis_ctx *ctx, lis_table *out, lis_schema *schema, int64_t shard_bytes,
                           lis_error *err) {
    lis_status status;
    bool again;
    do {
        again = false;
        status = read_once(ctx, out, schema, shard_bytes, &again, err);
    } while (again);
    return status;
}
