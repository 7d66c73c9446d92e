#include "lis/data/table.h"

#include <stdbool.h>
#include <string.h>

#include "lis/base/mem.h"
#include "message.h"

static const char *const type_names[LIS_COLUMN_TYPES] = {
    [LIS_COLUMN_STRING] = "string", [LIS_COLUMN_F64] = "f64",   [LIS_COLUMN_F32] = "f32",
    [LIS_COLUMN_I64] = "i64",       [LIS_COLUMN_TEXT] = "text", [LIS_COLUMN_LIST] = "list",
};

const char *lis_column_type_name(lis_column_type type) {
    return type_names[type];
}

int lis_column_type_find(const char *name) {
    for (int t = 0; t < LIS_COLUMN_TYPES; t++)
        if (strcmp(name, type_names[t]) == 0) return t;
    return -1;
}

lis_status lis_table_new(lis_table *out, int64_t rows, int64_t columns, lis_error *err) {
    *out = (lis_table){0};
    lis_column *column = lis_calloc((size_t)columns, sizeof *column);
    if (!column) return lis_fail_nomem(err, "a table", (double)columns * sizeof *column);
    *out = (lis_table){.rows = rows, .columns = columns, .column = column};
    return LIS_OK;
}

static void free_column(lis_column *column) {
    lis_free(column->name);
    lis_tensor_release(&column->values);
    lis_tensor_release(&column->items);
    lis_tensor_release(&column->marks);
    lis_dict_release(column->dict);
    lis_free(column->bytes);
}

void lis_table_free(lis_table *table) {
    for (int64_t c = 0; c < table->columns; c++)
        free_column(&table->column[c]);
    lis_free(table->column);
    *table = (lis_table){0};
}

static lis_status check_codes(const char *name, const lis_tensor *values, const lis_dict *dict,
                              lis_error *err) {
    for (int64_t r = 0; r < values->shape[0]; r++) {
        int32_t code = lis_i32(values)[r];
        if (code < -1 || code >= lis_dict_size(dict))
            return lis_fail(err, LIS_ERANGE,
                            "'%s' has code %d in row %lld, its dictionary %lld strings", name, code,
                            (long long)r, (long long)lis_dict_size(dict));
    }
    return LIS_OK;
}

/* Values as a column has them: shared, or converted where no column is of that type. */
static lis_status set_values(lis_column *column, const lis_tensor *values, bool coded,
                             lis_error *err) {
    switch (values->dtype) {
    case LIS_U8:
        column->type = LIS_COLUMN_F32;
        return lis_tensor_copy_as(&column->values, values, LIS_F32, err);
    case LIS_I32:
        column->type = coded ? LIS_COLUMN_STRING : LIS_COLUMN_I64;
        if (!coded) return lis_tensor_copy_as(&column->values, values, LIS_I64, err);
        break;
    case LIS_I64:
        column->type = LIS_COLUMN_I64;
        break;
    case LIS_F32:
        column->type = LIS_COLUMN_F32;
        break;
    case LIS_F64:
        column->type = LIS_COLUMN_F64;
        break;
    }
    column->values = *values;
    lis_tensor_retain(values);
    return LIS_OK;
}

lis_status lis_table_set(lis_table *table, int64_t at, const char *name, const lis_tensor *values,
                         lis_dict *dict, lis_error *err) {
    bool coded = dict && values->dtype == LIS_I32;
    lis_column made = {0};
    LIS_TRY(lis_tensor_expect_1d(values, name, values->dtype, table->rows, err));
    if (coded) LIS_TRY(check_codes(name, values, dict, err));
    for (int64_t c = 0; c < table->columns; c++)
        if (c != at && table->column[c].name && strcmp(table->column[c].name, name) == 0)
            return lis_fail(err, LIS_EARG, "two columns are called '%s'", name);
    made.name = lis_alloc(strlen(name) + 1, 1);
    if (!made.name) return lis_fail_nomem(err, "a column's name", (double)strlen(name));
    memcpy(made.name, name, strlen(name) + 1);
    lis_status status = set_values(&made, values, coded, err);
    if (status != LIS_OK) {
        lis_free(made.name);
        return status;
    }
    if (coded) made.dict = lis_dict_retain(dict);
    free_column(&table->column[at]);
    table->column[at] = made;
    return LIS_OK;
}

static lis_status no_such_column(const lis_table *table, const char *name, lis_error *err) {
    const char **names = lis_alloc((size_t)table->columns, sizeof *names);
    if (!names) return lis_fail_nomem(err, "column names", (double)table->columns * 8);
    for (int64_t c = 0; c < table->columns; c++)
        names[c] = table->column[c].name;
    char wanted[LIS_EXCERPT], list[LIS_NAME_LIST], nearest[LIS_EXCERPT];
    const char *near = lis_name_nearest(name, names, table->columns);
    lis_excerpt(wanted, name, strlen(name));
    lis_name_list(list, names, table->columns);
    if (near) lis_excerpt(nearest, near, strlen(near));
    lis_free(names);
    return lis_fail(err, LIS_EARG, "no column %s; the table has %s%s%s%s", wanted, list,
                    near ? " (did you mean " : "", near ? nearest : "", near ? "?)" : "");
}

lis_status lis_table_find(const lis_table *table, const char *name, const lis_column **out,
                          lis_error *err) {
    for (int64_t c = 0; c < table->columns; c++) {
        if (strcmp(table->column[c].name, name) != 0) continue;
        *out = &table->column[c];
        return LIS_OK;
    }
    return no_such_column(table, name, err);
}

lis_text lis_column_text(const lis_column *column, int64_t r) {
    const int64_t *offset = lis_i64(&column->values);
    return (lis_text){column->bytes + offset[r], (size_t)(offset[r + 1] - offset[r])};
}
