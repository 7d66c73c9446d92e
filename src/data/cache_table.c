#include <string.h>

#include "cache_name.h"
#include "lis/base/mem.h"
#include "lis/data/cache_parts.h"

static const lis_dtype dtype_of[LIS_COLUMN_TYPES] = {
    [LIS_COLUMN_STRING] = LIS_I32, [LIS_COLUMN_F64] = LIS_F64,  [LIS_COLUMN_F32] = LIS_F32,
    [LIS_COLUMN_I64] = LIS_I64,    [LIS_COLUMN_TEXT] = LIS_I64, [LIS_COLUMN_LIST] = LIS_I64,
};

static lis_status put_tensor(lis_ctx *ctx, lis_cache_writer *writer, const char *name, int kind,
                             const lis_tensor *tensor, lis_error *err) {
    return lis_cache_put(ctx, writer, name, tensor->dtype, kind, tensor->data, tensor->shape[0],
                         err);
}

static lis_status put_column(lis_ctx *ctx, lis_cache_writer *writer, const char *name,
                             const lis_column *column, int64_t rows, lis_error *err) {
    lis_part_name part;
    LIS_TRY(put_tensor(ctx, writer, name, (int)column->type, &column->values, err));
    if (column->dict) LIS_TRY(lis_cache_put_dict(ctx, writer, name, column->dict, err));
    if (column->type == LIS_COLUMN_TEXT)
        return lis_cache_put(ctx, writer, lis_part_of(&part, name, "text"), LIS_U8, LIS_CACHE_PART,
                             column->bytes, lis_i64(&column->values)[rows], err);
    if (column->type != LIS_COLUMN_LIST) return LIS_OK;
    LIS_TRY(put_tensor(ctx, writer, lis_part_of(&part, name, "items"), LIS_CACHE_PART,
                       &column->items, err));
    if (!column->marks.data) return LIS_OK;
    return put_tensor(ctx, writer, lis_part_of(&part, name, "marks"), LIS_CACHE_PART,
                      &column->marks, err);
}

lis_status lis_cache_put_table(lis_ctx *ctx, lis_cache_writer *writer, const char *prefix,
                               const lis_table *table, lis_error *err) {
    for (int64_t c = 0; c < table->columns; c++) {
        lis_part_name name;
        lis_name_join(&name, prefix, table->column[c].name);
        LIS_TRY(put_column(ctx, writer, name.text, &table->column[c], table->rows, err));
    }
    return LIS_OK;
}

/* ---- reading */

static lis_status wrong(const lis_cache *cache, const char *name, const char *what,
                        lis_error *err) {
    return lis_fail(err, LIS_EFORMAT, "'%s': column '%s' %s; write the file again",
                    lis_cache_path(cache), name, what);
}

static lis_status read_tensor(lis_ctx *ctx, const lis_cache *cache, int64_t index,
                              const lis_cache_range *range, lis_tensor *out, lis_error *err) {
    return lis_cache_tensor(ctx, cache, index, range, out, err);
}

static lis_status check_offsets(const lis_cache *cache, const char *name, const lis_tensor *values,
                                int64_t rows, int64_t total, lis_error *err) {
    const int64_t *offset = lis_i64(values);
    for (int64_t r = 0; r < rows; r++)
        if (offset[r + 1] < offset[r])
            return wrong(cache, name, "has rows that end before they begin", err);
    if (offset[0] != 0 || offset[rows] != total)
        return wrong(cache, name, "has rows that do not fill it", err);
    return LIS_OK;
}

static lis_status read_text(lis_ctx *ctx, const lis_cache *cache, const char *name,
                            lis_column *column, int64_t rows, lis_error *err) {
    int64_t size = -1;
    void *bytes;
    LIS_TRY(lis_cache_take(ctx, cache, name, "text", LIS_U8, NULL, &size, &bytes, err));
    column->bytes = bytes;
    return check_offsets(cache, name, &column->values, rows, size, err);
}

static lis_status read_list(lis_ctx *ctx, const lis_cache *cache, const char *name,
                            lis_column *column, int64_t rows, lis_error *err) {
    lis_part_name part;
    int64_t index, length, marks;
    lis_cache_range codes = {.low = -1, .limit = lis_dict_size(column->dict)};
    LIS_TRY(
        lis_cache_expect(cache, lis_part_of(&part, name, "items"), LIS_I32, &index, &length, err));
    LIS_TRY(read_tensor(ctx, cache, index, &codes, &column->items, err));
    LIS_TRY(check_offsets(cache, name, &column->values, rows, length, err));
    if (!lis_cache_has_part(cache, name, "marks")) return LIS_OK;
    LIS_TRY(
        lis_cache_expect(cache, lis_part_of(&part, name, "marks"), LIS_F32, &index, &marks, err));
    if (marks != length) return wrong(cache, name, "has not one mark an item", err);
    return read_tensor(ctx, cache, index, NULL, &column->marks, err);
}

static lis_status read_column(lis_ctx *ctx, const lis_cache *cache, int64_t index, size_t prefix,
                              int64_t rows, lis_column *column, lis_error *err) {
    lis_cache_array array = lis_cache_array_at(cache, index);
    const char *own = array.name + prefix;
    size_t length = strlen(own);
    column->type = (lis_column_type)array.kind;
    column->name = lis_alloc(length + 1, 1);
    if (!column->name) return lis_fail_nomem(err, "a name", (double)length);
    memcpy(column->name, own, length + 1);
    bool ends = column->type == LIS_COLUMN_TEXT || column->type == LIS_COLUMN_LIST;
    if (array.dtype != dtype_of[column->type] || array.length != rows + ends)
        return wrong(cache, array.name, "has another type or length than its table", err);
    lis_cache_range codes = {.low = -1};
    if (column->type == LIS_COLUMN_STRING || column->type == LIS_COLUMN_LIST) {
        LIS_TRY(lis_cache_read_dict(ctx, cache, array.name, &column->dict, err));
        codes.limit = lis_dict_size(column->dict);
    }
    LIS_TRY(read_tensor(ctx, cache, index, column->type == LIS_COLUMN_STRING ? &codes : NULL,
                        &column->values, err));
    if (column->type == LIS_COLUMN_TEXT)
        return read_text(ctx, cache, array.name, column, rows, err);
    if (column->type != LIS_COLUMN_LIST) return LIS_OK;
    return read_list(ctx, cache, array.name, column, rows, err);
}

static bool is_column(lis_cache_array array, const char *prefix) {
    return array.kind >= 0 && array.kind < LIS_COLUMN_TYPES &&
           strncmp(array.name, prefix, strlen(prefix)) == 0;
}

lis_status lis_cache_read_table(lis_ctx *ctx, const lis_cache *cache, const char *prefix,
                                lis_table *out, lis_error *err) {
    int64_t columns = 0, rows = 0;
    for (int64_t a = 0; a < lis_cache_arrays(cache); a++) {
        lis_cache_array array = lis_cache_array_at(cache, a);
        if (!is_column(array, prefix)) continue;
        bool ends = array.kind == LIS_COLUMN_TEXT || array.kind == LIS_COLUMN_LIST;
        if (columns++ == 0) rows = array.length - ends;
    }
    *out = (lis_table){0};
    if (columns == 0 || rows < 0)
        return lis_fail(err, LIS_EFORMAT, "'%s' holds no table", lis_cache_path(cache));
    LIS_TRY(lis_table_new(out, rows, columns, err));
    lis_status status = LIS_OK;
    columns = 0;
    for (int64_t a = 0; status == LIS_OK && a < lis_cache_arrays(cache); a++)
        if (is_column(lis_cache_array_at(cache, a), prefix))
            status = read_column(ctx, cache, a, strlen(prefix), rows, &out->column[columns++], err);
    if (status != LIS_OK) lis_table_free(out);
    return status;
}
