#include "support.h"

#include "lis/data/lines.h"

static lis_status parse(lis_table *out, const char *bytes, size_t size, lis_error *err) {
    char *copy = malloc(size + 1);
    memcpy(copy, bytes, size);
    lis_status status = lis_lines_parse(out, "items.ids", copy, size, err);
    free(copy);
    return status;
}

static void lines_as_they_are(void **state) {
    (void)state;
    static const struct {
        const char *text, *table;
        int64_t rows;
    } cases[] = {
        {"", "line:text=", 0},
        {"a", "line:text=a", 1},
        {"a\n", "line:text=a", 1},
        {"a\r\nb\n", "line:text=a,b", 2},
        {"a\n\nb", "line:text=a,,b", 3},
        {"\n", "line:text=", 1},
        {"\xef\xbb\xbfid 1\nid,2\n", "line:text=id 1,id,2", 2},
        {"caf\xc3\xa9\n", "line:text=caf\xc3\xa9", 1},
        {"a\rb\n\r\n", "line:text=a\rb,", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error;
        lis_table table;
        assert_ok(parse(&table, cases[i].text, strlen(cases[i].text), &error));
        assert_int_equal(table.rows, cases[i].rows);
        char *text = render_table(&table);
        assert_string_equal(text, cases[i].table);
        free(text);
        lis_table_free(&table);
    }
}

static void bad_lines_are_named(void **state) {
    (void)state;
    lis_error error;
    lis_table table;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    assert_int_equal(parse(&table, "a\nb\0c\n", 6, &error), LIS_EFORMAT);
    assert_holds(error.message, "items.ids:2: the line holds a NUL byte: 'b\\x00c'");
    assert_int_equal(parse(&table, "a\n\nb\xff\n", 6, &error), LIS_EFORMAT);
    assert_holds(error.message, "items.ids:3: the line is not valid UTF-8");
    assert_null(table.column);
    assert_int_equal(lis_lines_read(&ctx, &table, test_path("none.ids"), &error), LIS_EIO);
    assert_holds(error.message, "none.ids");
}

static void files_are_read(void **state) {
    (void)state;
    lis_error error;
    lis_table table;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    const char *path = test_path("items.ids");
    write_file(path, "1\n2\n", 4);
    assert_ok(lis_lines_read(&ctx, &table, path, &error));
    assert_int_equal(table.rows, 2);
    lis_table_free(&table);
    assert_int_equal(remove(path), 0);
}

static lis_status make(void *arg, lis_error *err) {
    return lis_lines_parse(arg, "items.ids", "a\nb\nc\n", 6, err);
}

static void drop(void *arg) {
    lis_table_free(arg);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    lis_table table;
    check_allocations(make, drop, &table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_as_they_are),
        cmocka_unit_test(bad_lines_are_named),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
