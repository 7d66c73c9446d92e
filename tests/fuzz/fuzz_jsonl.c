/* JSON lines. The first byte chooses options; a file in small shards must read as in one. */
#include <string.h>

#include "fuzz.h"
#include "lis/data/jsonl.h"

static const lis_column_want wants[] = {{.name = "d", .type = LIS_COLUMN_LIST},
                                        {.name = "a", .type = LIS_COLUMN_STRING},
                                        {.name = "b", .type = LIS_COLUMN_I64, .time = "ms"}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t blocks = fuzz_blocks();
    unsigned form = fuzz_take(&data, &size);
    lis_delimited_options options = {.line_max = form & 1 ? 64 : 0};
    options.types = wants;
    options.type_count = form >> 1 & 3;
    lis_error error, other_error;
    lis_table whole, cut;
    lis_status status =
        lis_jsonl_parse(fuzz_ctx(), &whole, "f", (const char *)data, size, &options, &error);
    options.shard_bytes = 1 + (form >> 3) + (int64_t)size / 8;
    lis_status other =
        lis_jsonl_parse(fuzz_ctx(), &cut, "f", (const char *)data, size, &options, &other_error);
    FUZZ_PROMISE(status == other);
    if (status == LIS_OK) {
        fuzz_check_table(&whole);
        fuzz_same_table(&whole, &cut);
    } else {
        FUZZ_PROMISE(strcmp(error.message, other_error.message) == 0);
    }
    lis_table_free(&whole);
    lis_table_free(&cut);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
