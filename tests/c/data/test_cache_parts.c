#include "support.h"

#include "lis/data/cache_parts.h"
#include "lis/data/delimited.h"

static lis_error error;
static lis_ctx ctx;

static int open_ctx(void **state) {
    (void)state;
    lis_ctx_init(&ctx, 2);
    return 0;
}

static const char log_text[] = "user,item,rating,time,title,tags,shown\n"
                               "u1,a,5,100,\"One, two\",x|y,N1-1 N2-0\n"
                               "u2,b,,101,,,N2-1\n"
                               ",a,2.5,99,Three,y,\n";

static lis_table read_log(void) {
    static const lis_column_want types[] = {
        {.name = "title", .type = LIS_COLUMN_TEXT},
        {.name = "rating", .type = LIS_COLUMN_F32},
        {.name = "tags", .type = LIS_COLUMN_LIST, .separator = '|'},
        {.name = "shown", .type = LIS_COLUMN_LIST, .mark = '-'},
    };
    lis_delimited_options options = {.types = types, .type_count = 4};
    lis_table table;
    assert_ok(lis_delimited_parse(&ctx, &table, "log.csv", log_text, sizeof log_text - 1, &options,
                                  &error));
    return table;
}

static void save_table(const char *path, const lis_table *table) {
    lis_cache_writer *writer;
    assert_ok(lis_cache_create(&writer, path, NULL, &error));
    assert_ok(lis_cache_put_table(&ctx, writer, "t.", table, &error));
    assert_ok(lis_cache_commit(&ctx, writer, &error));
    lis_cache_discard(writer);
}

static void a_table_comes_back(void **state) {
    (void)state;
    lis_table table = read_log(), back;
    const char *path = test_path("table.lisd");
    lis_cache *cache;
    save_table(path, &table);
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    assert_ok(lis_cache_read_table(&ctx, cache, "t.", &back, &error));
    char *first = render_table(&table), *second = render_table(&back);
    assert_string_equal(first, second);
    free(first);
    free(second);
    lis_table_free(&table);
    lis_table_free(&back);
    lis_cache_close(cache);
}

/* Writes a table whose parts do not fit, and reads it. */
static void expect_broken(const lis_table *table, const char *words) {
    const char *path = test_path("broken.lisd");
    lis_table back;
    lis_cache *cache;
    save_table(path, table);
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    assert_int_equal(lis_cache_read_table(&ctx, cache, "t.", &back, &error), LIS_EFORMAT);
    assert_holds(error.message, words);
    assert_null(back.column);
    lis_cache_close(cache);
}

static void parts_must_fit(void **state) {
    (void)state;
    lis_table table = read_log();
    lis_i32(&table.column[0].values)[1] = 7;
    expect_broken(&table, "column 't.user', element 1 lies outside [-1, 2)");
    lis_i32(&table.column[0].values)[1] = 1;
    lis_i64(&table.column[4].values)[1] = 100;
    expect_broken(&table, "column 't.title' has rows that end before they begin");
    lis_i64(&table.column[4].values)[1] = 8;
    lis_i32(&table.column[5].items)[0] = -5;
    expect_broken(&table, "column 't.tags/items', element 0");
    lis_table_free(&table);
}

/* ---- dictionaries */

static lis_dict *words(int64_t n) {
    lis_dict *dict;
    int32_t code;
    char word[32];
    assert_ok(lis_dict_new(&dict, &error));
    for (int64_t k = 0; k < n; k++) {
        int length = snprintf(word, sizeof word, "word %lld", (long long)k * 7);
        assert_ok(lis_dict_add(dict, &(lis_text){word, (size_t)length}, 1, &code, &error));
    }
    return dict;
}

static void a_dictionary_comes_back(void **state) {
    (void)state;
    static const int64_t sizes[] = {0, 1, 1000, 70000};
    for (int k = 0; k < 4; k++) {
        lis_dict *dict = words(sizes[k]), *back;
        const char *path = test_path("dict.lisd");
        lis_cache_writer *writer;
        lis_cache *cache;
        assert_ok(lis_cache_create(&writer, path, NULL, &error));
        assert_ok(lis_cache_put_dict(&ctx, writer, "d", dict, &error));
        assert_ok(lis_cache_commit(&ctx, writer, &error));
        lis_cache_discard(writer);
        assert_ok(lis_cache_open(&cache, path, 0, &error));
        assert_true(lis_cache_has_dict(cache, "d") && !lis_cache_has_dict(cache, "e"));
        assert_ok(lis_cache_read_dict(&ctx, cache, "d", &back, &error));
        assert_int_equal(lis_dict_size(back), sizes[k]);
        for (int32_t code = 0; code < sizes[k]; code++) {
            lis_text text = lis_dict_text(dict, code), same = lis_dict_text(back, code);
            assert_int_equal(text.length, same.length);
            assert_memory_equal(text.bytes, same.bytes, text.length);
            assert_int_equal(lis_dict_find(back, text), code);
        }
        int32_t code;
        assert_ok(lis_dict_add(back, &(lis_text){"new", 3}, 1, &code, &error));
        assert_int_equal(code, sizes[k]);
        assert_int_equal(lis_cache_read_dict(&ctx, cache, "e", &(lis_dict *){0}, &error),
                         LIS_EFORMAT);
        lis_dict_release(dict);
        lis_dict_release(back);
        lis_cache_close(cache);
    }
}

/* ---- histories */

static void save_history(const char *path, const lis_history *history) {
    lis_cache_writer *writer;
    assert_ok(lis_cache_create(&writer, path, NULL, &error));
    assert_ok(lis_cache_put_history(&ctx, writer, "h", history, &error));
    assert_ok(lis_cache_commit(&ctx, writer, &error));
    lis_cache_discard(writer);
}

static void a_history_comes_back(void **state) {
    (void)state;
    enum { ROWS = 3000 };
    static int32_t user[ROWS], item[ROWS];
    static int64_t time[ROWS];
    lis_rng rng = lis_rng_open(1, "rows", 0);
    for (int r = 0; r < ROWS; r++) {
        user[r] = (int32_t)lis_rng_below(&rng, 40) - 1;
        item[r] = (int32_t)lis_rng_below(&rng, 90);
        time[r] = (int64_t)lis_rng_below(&rng, 500);
    }
    lis_history_source source = {
        .rows = ROWS, .users = 40, .user = user, .item = item, .time = time};
    lis_history history, back;
    lis_cache *cache;
    const char *path = test_path("history.lisd");
    assert_ok(lis_history_new(&ctx, &history, &source, &error));
    save_history(path, &history);
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    assert_true(lis_cache_has_history(cache, "h"));
    assert_ok(lis_cache_read_history(&ctx, cache, "h", ROWS, 90, &back, &error));
    assert_int_equal(back.events, history.events);
    assert_memory_equal(back.item, history.item, (size_t)history.events * 4);
    assert_memory_equal(back.begin, history.begin, ROWS * 8);
    assert_memory_equal(back.end, history.end, ROWS * 8);
    lis_history_free(&back);
    assert_int_equal(lis_cache_read_history(&ctx, cache, "h", ROWS + 1, 90, &back, &error),
                     LIS_EFORMAT);
    assert_int_equal(lis_cache_read_history(&ctx, cache, "h", ROWS, 50, &back, &error),
                     LIS_EFORMAT);
    assert_null(back.item);
    lis_cache_close(cache);
    lis_history_free(&history);
}

static void windows_stay_within_the_events(void **state) {
    (void)state;
    static const int32_t item[] = {1, 2, 3};
    static const int64_t begin[] = {0, 2}, end[] = {3, 5};
    lis_history history = {.rows = 2, .events = 3, .item = item, .begin = begin, .end = end}, back;
    const char *path = test_path("windows.lisd");
    lis_cache *cache;
    save_history(path, &history);
    assert_ok(lis_cache_open(&cache, path, 0, &error));
    assert_int_equal(lis_cache_read_history(&ctx, cache, "h", 2, 9, &back, &error), LIS_EFORMAT);
    assert_holds(error.message, "row 1 sees events up to 5 of 3");
    lis_cache_close(cache);
}

/* ---- memory */

static lis_status read_back(void *arg, lis_error *err) {
    lis_table *out = arg;
    lis_cache *cache;
    LIS_TRY(lis_cache_open(&cache, test_path("table.lisd"), 0, err));
    lis_status status = lis_cache_read_table(&ctx, cache, "t.", out, err);
    lis_cache_close(cache);
    return status;
}

static void drop_table(void *arg) {
    lis_table_free(arg);
}

static lis_status write_table(void *arg, lis_error *err) {
    lis_cache_writer *writer;
    LIS_TRY(lis_cache_create(&writer, test_path("memory.lisd"), NULL, err));
    lis_status status = lis_cache_put_table(&ctx, writer, "", arg, err);
    if (status == LIS_OK) status = lis_cache_commit(&ctx, writer, err);
    lis_cache_discard(writer);
    return status;
}

static void keep_table(void *arg) {
    (void)arg;
}

static void failing_allocations_leave_nothing(void **state) {
    (void)state;
    lis_table table = read_log(), back;
    lis_ctx_init(&ctx, 1);
    save_table(test_path("table.lisd"), &table);
    check_allocations(read_back, drop_table, &back);
    check_allocations(write_table, keep_table, &table);
    lis_ctx_init(&ctx, 2);
    lis_table_free(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_comes_back),
        cmocka_unit_test(parts_must_fit),
        cmocka_unit_test(a_dictionary_comes_back),
        cmocka_unit_test(a_history_comes_back),
        cmocka_unit_test(windows_stay_within_the_events),
        cmocka_unit_test(failing_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, open_ctx, NULL);
}
