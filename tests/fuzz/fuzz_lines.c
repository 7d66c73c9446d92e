/* Lists of lines: put together again they are the file, but for its line ends. */
#include "fuzz.h"
#include "lis/data/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t blocks = fuzz_blocks();
    lis_error error;
    lis_table lines;
    if (lis_lines_parse(&lines, "f", (const char *)data, size, &error) == LIS_OK) {
        fuzz_check_table(&lines);
        int64_t bytes = lines.rows > 0 ? lis_i64(&lines.column[0].values)[lines.rows] : 0;
        FUZZ_PROMISE(bytes + lines.rows <= (int64_t)size + 1);
    }
    lis_table_free(&lines);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
