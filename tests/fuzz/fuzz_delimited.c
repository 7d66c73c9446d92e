/* Delimited text. The first two bytes choose options; a file in small shards must read as in one, and
 * one read in blocks as the whole. */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "lis/data/blocks.h"
#include "lis/data/delimited.h"

static const char *const delimiters[] = {NULL, ",", "\t", "::", "|", "abcde", ";", "\""};

static const lis_column_want wants[][2] = {
    {{.name = "column_1", .type = LIS_COLUMN_STRING}, {.name = "column_2", .type = LIS_COLUMN_F64}},
    {{.name = "column_1", .type = LIS_COLUMN_I64},
     {.name = "column_2", .type = LIS_COLUMN_LIST, .separator = ' ', .mark = '-'}},
    {{.name = "a", .type = LIS_COLUMN_TEXT}, {.name = "b", .type = LIS_COLUMN_I64, .time = "iso"}},
    {{.name = "a", .type = LIS_COLUMN_LIST, .separator = '|'},
     {.name = "b", .type = LIS_COLUMN_F32}},
};

static void same_rows(const lis_column *whole, const lis_column *part, int64_t first,
                      int64_t rows) {
    if (whole->type == LIS_COLUMN_TEXT || whole->type == LIS_COLUMN_LIST) {
        const int64_t *a = lis_i64(&whole->values) + first, *b = lis_i64(&part->values);
        FUZZ_PROMISE(a[rows] - a[0] == b[rows]);
        return;
    }
    size_t size = lis_dtype_size(whole->values.dtype);
    const char *at = (const char *)whole->values.data + (size_t)first * size;
    FUZZ_PROMISE(rows == 0 || memcmp(at, part->values.data, (size_t)rows * size) == 0);
}

static bool is_same_story(const char *whole, const char *blocks) {
    const char *a = strchr(whole, ':'), *b = strchr(blocks, ':'); /* behind the path */
    return a && b && strcmp(a, b) == 0;
}

static bool is_packed(const uint8_t *data, size_t size) {
    return size >= 3 &&
           (memcmp(data, "\x1f\x8b\x08", 3) == 0 || memcmp(data, "\x28\xb5\x2f", 3) == 0);
}

static void read_in_blocks(const uint8_t *data, size_t size, const lis_delimited_options *options,
                           const lis_table *whole, const lis_error *refused) {
    lis_error error = {0};
    lis_blocks *blocks;
    lis_table part = {0};
    int64_t rows = 0;
    lis_status status =
        lis_blocks_open(fuzz_ctx(), &blocks, fuzz_path(data, size), false, options, &error);
    while (status == LIS_OK) {
        status = lis_blocks_next(fuzz_ctx(), blocks, options->shard_bytes, &part, &error);
        if (status != LIS_OK || !part.column) break;
        fuzz_check_table(&part);
        for (int64_t c = 0; !refused && c < part.columns; c++)
            same_rows(&whole->column[c], &part.column[c], rows, part.rows);
        rows += part.rows;
        lis_table_free(&part);
    }
    lis_blocks_close(blocks);
    /* A guess that a later block refutes is the one thing that only blocks refuse. */
    if (strstr(error.message, "was taken for")) return;
    FUZZ_PROMISE(status == (refused ? refused->status : LIS_OK));
    FUZZ_PROMISE(refused || rows == whole->rows);
    /* Of a line that is longer than is allowed blocks do not see the end, nor all its fields. */
    FUZZ_PROMISE(!refused || options->line_max || is_same_story(refused->message, error.message));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t blocks = fuzz_blocks();
    unsigned form = fuzz_take(&data, &size), types = fuzz_take(&data, &size);
    lis_delimited_options options = {.delimiter = delimiters[form & 7],
                                     .quote = (lis_choice)((form >> 3 & 3) % 3),
                                     .header = form & 32 ? LIS_NO : LIS_AUTO,
                                     .recbole = form & 64 ? LIS_YES : LIS_AUTO,
                                     .line_max = form & 128 ? 64 : 0};
    if (types & 4) {
        options.types = wants[types & 3];
        options.type_count = types & 8 ? 1 : 2;
    }
    lis_error error, other_error;
    lis_table whole, cut;
    lis_status status =
        lis_delimited_parse(fuzz_ctx(), &whole, "f", (const char *)data, size, &options, &error);
    options.shard_bytes = 1 + (types >> 4) + (int64_t)size / 8;
    lis_status other = lis_delimited_parse(fuzz_ctx(), &cut, "f", (const char *)data, size,
                                           &options, &other_error);
    FUZZ_PROMISE(status == other);
    if (status == LIS_OK) {
        fuzz_check_table(&whole);
        fuzz_same_table(&whole, &cut);
    } else {
        FUZZ_PROMISE(strcmp(error.message, other_error.message) == 0);
        FUZZ_PROMISE(!whole.column && !cut.column);
    }
    if (!is_packed(data, size))
        read_in_blocks(data, size, &options, &whole, status == LIS_OK ? NULL : &error);
    lis_table_free(&whole);
    lis_table_free(&cut);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
