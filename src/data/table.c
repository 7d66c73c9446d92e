#include "lis/data/table.h"

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

void lis_table_free(lis_table *table) {
    for (int64_t c = 0; c < table->columns; c++) {
        lis_column *column = &table->column[c];
        lis_free(column->name);
        lis_tensor_release(&column->values);
        lis_tensor_release(&column->items);
        lis_tensor_release(&column->marks);
        lis_dict_release(column->dict);
        lis_free(column->bytes);
    }
    lis_free(table->column);
    *table = (lis_table){0};
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
