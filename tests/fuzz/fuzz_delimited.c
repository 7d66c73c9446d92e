/* Delimited text. The first two bytes choose options; a file in small shards must read as in one. */
#include <string.h>

#include "fuzz.h"
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
    lis_table_free(&whole);
    lis_table_free(&cut);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
