/* Reading delimited text where something goes wrong: in the file, in memory, or because the user
 * wants to stop. */
#include "support.h"

#include "lis/data/delimited.h"

static lis_ctx context(int threads) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, threads);
    return ctx;
}

/* Bytes in a block of their own, so that a read past either end is seen by the sanitizers. */
static lis_status parse(int threads, lis_table *out, const char *bytes, size_t size,
                        const lis_delimited_options *options, lis_error *err) {
    lis_ctx ctx = context(threads);
    char *copy = malloc(size + 1);
    memcpy(copy, bytes, size);
    lis_status status = lis_delimited_parse(&ctx, out, "log.csv", copy, size, options, err);
    free(copy);
    return status;
}

#define TEXT(literal) literal, sizeof(literal) - 1

/* ---- errors are the first in the file, whatever the cut ---- */

static void the_first_error_is_reported(void **state) {
    (void)state;
    static const struct {
        const char *lines[3]; /* put in as lines 100, 160 and 900 */
        const char *piece;
    } cases[] = {
        {{"u,x,1", "u", "u"}, "log.csv:100: column 'time' (2)"},
        {{"u", "u,x,1", "u,1,2,3"}, "log.csv:100: the row has 1 field"},
        {{"u,1,x", "u,x,1", "u"}, "log.csv:100: column 'score' (3)"},
        {{"u,x,x", "u,1,x", "u"}, "log.csv:100: column 'time' (2)"},
        {{"u\xff,1,1", "u,x,1", "u"}, "log.csv:100: column 'user' (1) is not valid"},
        {{"u,1,1", "u,x,1", "u\xff,1,1"}, "log.csv:160: column 'time' (2)"},
        {{"u,1,1", "u,1,1", "\"u,1,1"}, "log.csv:900: column 'user' (1) opens a quote"},
        {{"u,1,1", "u,1,1", "a\"u,1,1"}, "log.csv:900: column 'user' (1) opens a quote"},
        {{"u,1,1", "a\"u,1,1", "a\"u,1,1"}, "log.csv:160: column 'user' (1) has a quote inside"},
        {{"u,1,1", "u,\"1\"2,1", "u"}, "log.csv:160: column 'time' (2) begins"},
        {{"u,1,1", "u,x,1", "u,\"1\"2,1"}, "log.csv:160: column 'time' (2) is i64"},
    };
    static const lis_column_want types[] = {{.name = "time", .type = LIS_COLUMN_I64},
                                            {.name = "score", .type = LIS_COLUMN_F64}};
    static const int64_t cuts[] = {0, 50, 500, 3000};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_buffer file = {0};
        text_print(&file, "user,time,score\n");
        for (int line = 2; line < 1000; line++) {
            int bad = line == 100 ? 0 : line == 160 ? 1 : line == 900 ? 2 : -1;
            text_print(&file, "%s\n", bad >= 0 ? cases[i].lines[bad] : "user,1,2.5");
        }
        for (int threads = 1; threads <= 4; threads *= 2)
            for (size_t k = 0; k < 4; k++) {
                lis_delimited_options options = {
                    .types = types, .type_count = 2, .shard_bytes = cuts[k]};
                lis_error error;
                lis_table table;
                assert_int_equal(parse(threads, &table, file.bytes, file.size, &options, &error),
                                 LIS_EFORMAT);
                assert_holds(error.message, cases[i].piece);
            }
        text_free(&file);
    }
}

static void guessed_types_widen_wherever_the_misfit_is(void **state) {
    (void)state;
    for (int at = 2; at < 4000; at += 1300) {
        text_buffer file = {0}, wanted = {0};
        text_print(&file, "a,b,c\n");
        for (int line = 2; line < 4000; line++)
            text_print(&file, "%d,%s,%s\n", line,
                       line == at       ? "x"
                       : line == at + 1 ? "2.5"
                                        : "1",
                       line == at ? "0.5" : "1");
        for (int threads = 1; threads <= 4; threads *= 2) {
            lis_delimited_options options = {.shard_bytes = 4000};
            lis_error error;
            lis_table table;
            assert_ok(parse(threads, &table, file.bytes, file.size, &options, &error));
            assert_int_equal(table.column[0].type, LIS_COLUMN_I64);
            assert_int_equal(table.column[1].type, LIS_COLUMN_STRING);
            assert_int_equal(table.column[2].type, LIS_COLUMN_F64);
            assert_int_equal(lis_dict_size(table.column[1].dict), 3);
            lis_table_free(&table);
        }
        text_free(&file);
        text_free(&wanted);
    }
}

/* ---- size and failure ---- */

static void a_line_without_end_is_refused_in_little_memory(void **state) {
    (void)state;
    enum { SIZE = 17 << 20 }; /* past the limit on lines */
    char *bytes = malloc(SIZE);
    static const char *const fills[] = {"a", ",", "\"", "\0"};
    for (int i = 0; i < 4; i++)
        for (int header = 0; header < 2; header++) {
            memset(bytes, fills[i][0], SIZE);
            if (header) memcpy(bytes, "user,item\n", 10);
            lis_ctx ctx = context(2);
            lis_delimited_options options = {0};
            lis_error error;
            lis_table table;
            lis_mem_reset_peak();
            int64_t before = lis_mem_read().live_bytes;
            assert_int_equal(
                lis_delimited_parse(&ctx, &table, "log.csv", bytes, SIZE, &options, &error),
                LIS_EFORMAT);
            assert_holds(error.message, header ? "log.csv:2: " : "log.csv:1: ");
            assert_true(lis_mem_read().peak_bytes - before < 64 << 20);
        }
    free(bytes);
}

static void many_columns(void **state) {
    (void)state;
    text_buffer file = {0};
    enum { COLUMNS = 5000 };
    for (int row = 0; row < 20; row++)
        for (int c = 0; c < COLUMNS; c++)
            text_print(&file, row ? "%.0s%d%s" : "%sc%d%s", "", row ? row * c : c,
                       c + 1 < COLUMNS ? "," : "\n");
    lis_delimited_options options = {.shard_bytes = 1 << 16};
    lis_error error;
    lis_table table;
    assert_ok(parse(2, &table, file.bytes, file.size, &options, &error));
    assert_int_equal(table.columns, COLUMNS);
    assert_int_equal(lis_i64(&table.column[4999].values)[18], 19 * 4999);
    lis_table_free(&table);
    text_free(&file);
}

static void an_interrupt_stops_the_reading(void **state) {
    (void)state;
    lis_ctx ctx = context(2);
    lis_ctx_interrupt(&ctx);
    lis_delimited_options options = {0};
    lis_error error;
    lis_table table;
    static const char text[] = "user,item\na,x\n";
    assert_int_equal(
        lis_delimited_parse(&ctx, &table, "log.csv", text, sizeof text - 1, &options, &error),
        LIS_EINTR);
    assert_null(table.column);
}

typedef struct reading {
    const text_buffer *file;
    lis_delimited_options options;
    lis_table table;
} reading;

static lis_status make(void *arg, lis_error *err) {
    reading *r = arg;
    lis_ctx ctx = context(2);
    lis_status status = lis_delimited_parse(&ctx, &r->table, "log.csv", r->file->bytes,
                                            r->file->size, &r->options, err);
    if (status != LIS_OK) assert_null(r->table.column);
    return status;
}

static void drop(void *arg) {
    lis_table_free(&((reading *)arg)->table);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    text_buffer file = {0};
    text_print(&file, "one,two,three\n");
    for (int r = 0; r < 60; r++)
        text_print(&file, "a%d,\"b \"\"%d\"\"\n\",c%d\n", r, r, r % 7);
    static const lis_column_want mixed[] = {{.name = "one", .type = LIS_COLUMN_TEXT},
                                            {.name = "three", .type = LIS_COLUMN_LIST}};
    reading r = {.file = &file, .options = {.types = mixed, .type_count = 2, .shard_bytes = 300}};
    check_allocations(make, drop, &r);
    text_free(&file);
}

static void files_are_read_and_missing_ones_named(void **state) {
    (void)state;
    lis_ctx ctx = context(2);
    lis_delimited_options options = {0};
    lis_error error;
    lis_table table;
    const char *path = test_path("log.csv");
    write_file(path, TEXT("user,item\na,x\n"));
    assert_ok(lis_delimited_read(&ctx, &table, path, &options, &error));
    const lis_column *column;
    assert_ok(lis_table_find(&table, "item", &column, &error));
    assert_string_equal(column->name, "item");
    assert_int_equal(lis_table_find(&table, "itme", &column, &error), LIS_EARG);
    assert_holds(error.message,
                 "no column 'itme'; the table has 'user', 'item' (did you mean 'item'?)");
    lis_table_free(&table);
    lis_table_free(&table);
    write_file(path, "", 0);
    assert_int_equal(lis_delimited_read(&ctx, &table, path, &options, &error), LIS_EFORMAT);
    assert_holds(error.message, path);
    assert_int_equal(remove(path), 0);
    assert_int_equal(lis_delimited_read(&ctx, &table, path, &options, &error), LIS_EIO);
    assert_holds(error.message, path);
    assert_int_equal(lis_delimited_read(&ctx, &table, "/tmp", &options, &error), LIS_EIO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_is_reported),
        cmocka_unit_test(guessed_types_widen_wherever_the_misfit_is),
        cmocka_unit_test(a_line_without_end_is_refused_in_little_memory),
        cmocka_unit_test(many_columns),
        cmocka_unit_test(an_interrupt_stops_the_reading),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(files_are_read_and_missing_ones_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
