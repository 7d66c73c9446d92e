#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lis/base/mem.h"

_Noreturn void fuzz_broken(const char *promise, const char *file, int line) {
    fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, promise);
    abort();
}

lis_ctx *fuzz_ctx(void) {
    static lis_ctx ctx;
    if (ctx.threads == 0) lis_ctx_init(&ctx, 1);
    return &ctx;
}

uint8_t fuzz_take(const uint8_t **data, size_t *size) {
    if (*size == 0) return 0;
    (*size)--;
    return *(*data)++;
}

const char *fuzz_path(const void *data, size_t size) {
    static int file = -1;
    static char path[32];
    if (file < 0) {
        file = memfd_create("fuzz", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    FUZZ_PROMISE(file >= 0 && ftruncate(file, 0) == 0);
    FUZZ_PROMISE(size == 0 || pwrite(file, data, size, 0) == (ssize_t)size);
    return path;
}

int64_t fuzz_blocks(void) {
    return lis_mem_read().live_blocks;
}

static void check_codes(const lis_tensor *codes, const lis_dict *dict, int64_t n) {
    FUZZ_PROMISE(lis_tensor_size(codes) == n);
    for (int64_t k = 0; k < n; k++)
        FUZZ_PROMISE(lis_i32(codes)[k] >= -1 && lis_i32(codes)[k] < lis_dict_size(dict));
}

static int64_t check_offsets(const lis_column *column, int64_t rows) {
    const int64_t *offset = lis_i64(&column->values);
    FUZZ_PROMISE(lis_tensor_size(&column->values) == rows + 1 && offset[0] == 0);
    for (int64_t r = 0; r < rows; r++)
        FUZZ_PROMISE(offset[r + 1] >= offset[r]);
    return offset[rows];
}

void fuzz_check_table(const lis_table *table) {
    for (int64_t c = 0; c < table->columns; c++) {
        const lis_column *column = &table->column[c];
        if (!column->values.data) continue; /* not wanted */
        if (column->type == LIS_COLUMN_STRING)
            check_codes(&column->values, column->dict, table->rows);
        else if (column->type == LIS_COLUMN_LIST)
            check_codes(&column->items, column->dict, check_offsets(column, table->rows));
        else if (column->type == LIS_COLUMN_TEXT)
            check_offsets(column, table->rows);
        else
            FUZZ_PROMISE(lis_tensor_size(&column->values) == table->rows);
    }
}

static void same_bytes(const void *a, const void *b, int64_t size) {
    FUZZ_PROMISE(size == 0 || memcmp(a, b, (size_t)size) == 0);
}

static void same_tensor(const lis_tensor *a, const lis_tensor *b) {
    FUZZ_PROMISE(lis_tensor_size(a) == lis_tensor_size(b) && a->dtype == b->dtype);
    same_bytes(a->data, b->data, lis_tensor_size(a) * (int64_t)lis_dtype_size(a->dtype));
}

static void same_dict(const lis_dict *a, const lis_dict *b) {
    FUZZ_PROMISE(!a == !b);
    if (!a) return;
    FUZZ_PROMISE(lis_dict_size(a) == lis_dict_size(b));
    for (int32_t code = 0; code < lis_dict_size(a); code++) {
        lis_text x = lis_dict_text(a, code), y = lis_dict_text(b, code);
        FUZZ_PROMISE(x.length == y.length);
        same_bytes(x.bytes, y.bytes, (int64_t)x.length);
    }
}

void fuzz_same_table(const lis_table *a, const lis_table *b) {
    FUZZ_PROMISE(a->rows == b->rows && a->columns == b->columns);
    for (int64_t c = 0; c < a->columns; c++) {
        const lis_column *x = &a->column[c], *y = &b->column[c];
        FUZZ_PROMISE(strcmp(x->name, y->name) == 0 && x->type == y->type);
        same_tensor(&x->values, &y->values);
        same_tensor(&x->items, &y->items);
        same_tensor(&x->marks, &y->marks);
        same_dict(x->dict, y->dict);
        if (x->type == LIS_COLUMN_TEXT)
            same_bytes(x->bytes, y->bytes, lis_i64(&x->values)[a->rows]);
    }
}
