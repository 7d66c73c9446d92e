#include "support.h"

#include "delimited_cases.h"
#include "dialect.h"

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

static const lis_column_want item_marks[] = {
    {.name = "item", .type = LIS_COLUMN_LIST, .mark = '-'}};

static void accepted_inputs(void **state) {
    (void)state;
    for (size_t i = 0; i < accepted_count; i++) {
        const struct accepted *at = &accepted[i];
        lis_error error;
        lis_table table;
        if (parse(1, &table, at->text, at->size, &at->options, &error) != LIS_OK)
            fail_msg("case %zu: %s", i, error.message);
        char *text = render_table(&table);
        assert_string_equal(text, at->table);
        free(text);
        lis_table_free(&table);
    }
}

static void refused_inputs(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_blocks;
    for (size_t i = 0; i < refused_count; i++) {
        const struct refused *at = &refused[i];
        lis_error error = {0};
        lis_table table;
        lis_status status = parse(1, &table, at->text, at->size, &at->options, &error);
        if (status != at->status)
            fail_msg("case %zu: status %d: %s", i, (int)status, error.message);
        for (int p = 0; p < 4 && at->pieces[p]; p++)
            assert_holds(error.message, at->pieces[p]);
        assert_int_equal(table.rows + table.columns, 0);
        assert_null(table.column);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
}

/* ---- against the plain reader, cut at every place ---- */

/* The oracle: every field as text, by lis_record_split alone. */
static char *naive_table(const char *bytes, size_t size, const lis_dialect *dialect) {
    const char *end = bytes + size;
    lis_error error;
    lis_record header = {0}, record = {0};
    lis_arena arena;
    lis_arena_init(&arena);
    assert_ok(lis_record_split(&header, dialect, bytes, end, &error));
    text_buffer out = {0};
    for (int64_t c = 0; c < header.fields; c++) {
        text_print(&out, "%s%.*s:text=", c ? ";" : "", (int)header.field[c].length,
                   header.field[c].bytes);
        int64_t rows = 0;
        for (const char *at = header.next; at < end; at = record.next) {
            lis_text text;
            assert_ok(lis_record_split(&record, dialect, at, end, &error));
            if (lis_record_blank(&record)) continue;
            assert_int_equal(record.fields, header.fields);
            assert_int_equal(lis_unquote(record.field[c], dialect->quote, &arena, &text),
                             LIS_UNQUOTED);
            if (rows++) text_add(&out, ",", 1);
            text_add(&out, text.bytes, text.length);
        }
    }
    lis_record_free(&header);
    lis_record_free(&record);
    lis_arena_free(&arena);
    return out.bytes;
}

static const lis_column_want all_text[] = {{.name = "one", .type = LIS_COLUMN_TEXT},
                                           {.name = "two", .type = LIS_COLUMN_TEXT},
                                           {.name = "three", .type = LIS_COLUMN_TEXT}};
static const lis_column_want all_strings[] = {{.name = "one", .type = LIS_COLUMN_STRING},
                                              {.name = "two", .type = LIS_COLUMN_STRING},
                                              {.name = "three", .type = LIS_COLUMN_STRING}};

static void check_cuts(const text_buffer *file, const lis_delimited_options *options,
                       const char *wanted) {
    static const int64_t cuts[] = {0, 1, 7, 64, 333};
    for (int threads = 1; threads <= 4; threads *= 2)
        for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
            lis_delimited_options cut = *options;
            cut.shard_bytes = cuts[k];
            lis_error error;
            lis_table table;
            assert_ok(parse(threads, &table, file->bytes, file->size, &cut, &error));
            char *got = render_table(&table);
            assert_string_equal(got, wanted);
            free(got);
            lis_table_free(&table);
        }
}

static void shards_agree_with_the_plain_reader(void **state) {
    (void)state;
    static const char *const delimiters[] = {",", "\t", "::"};
    lis_rng rng = lis_rng_open(6, "delimited", 0);
    for (int round = 0; round < 12; round++) {
        const char *delimiter = delimiters[round % 3];
        bool quotes = round % 2;
        text_buffer file = random_file(&rng, delimiter, quotes, round < 4 ? 2 : 20);
        lis_delimited_options options = {.delimiter = delimiter,
                                         .quote = quotes ? LIS_YES : LIS_NO,
                                         .types = all_text,
                                         .type_count = 3};
        lis_dialect dialect;
        lis_error error;
        assert_ok(
            lis_dialect_choose(&dialect, &options, file.bytes, file.bytes + file.size, &error));
        char *wanted = naive_table(file.bytes, file.size, &dialect);
        check_cuts(&file, &options, wanted);
        free(wanted);
        text_free(&file);
    }
}

static void codes_do_not_depend_on_shards(void **state) {
    (void)state;
    lis_rng rng = lis_rng_open(7, "delimited", 0);
    text_buffer file = random_file(&rng, ",", true, 400);
    lis_delimited_options options = {.types = all_strings, .type_count = 3};
    lis_error error;
    lis_table alone;
    assert_ok(parse(1, &alone, file.bytes, file.size, &options, &error));
    for (int threads = 1; threads <= 4; threads *= 2) {
        options.shard_bytes = 100 * threads;
        lis_table other;
        assert_ok(parse(threads, &other, file.bytes, file.size, &options, &error));
        for (int c = 0; c < 3; c++)
            assert_memory_equal(lis_i32(&alone.column[c].values), lis_i32(&other.column[c].values),
                                (size_t)alone.rows * sizeof(int32_t));
        lis_table_free(&other);
    }
    lis_table_free(&alone);
    text_free(&file);
}

static void lists_do_not_depend_on_shards(void **state) {
    (void)state;
    text_buffer file = {0};
    text_print(&file, "item,n\n");
    for (int r = 0; r < 1500; r++) {
        if (r % 11 == 0) text_print(&file, "\n");
        for (int k = 0; k < r % 7; k++)
            text_print(&file, "%si%d-%d", k ? " " : "", r * k * k % 311, k);
        text_print(&file, ",%d\n", r);
    }
    lis_delimited_options options = {.types = item_marks, .type_count = 1};
    lis_error error;
    lis_table table;
    assert_ok(parse(1, &table, file.bytes, file.size, &options, &error));
    assert_int_equal(lis_tensor_size(&table.column[0].items),
                     lis_i64(&table.column[0].values)[1500]);
    char *wanted = render_table(&table);
    lis_table_free(&table);
    check_cuts(&file, &options, wanted);
    free(wanted);
    text_free(&file);
}

static void long_files_cross_windows_and_batches(void **state) {
    (void)state;
    text_buffer file = {0};
    text_print(&file, "user,time,score,title\n");
    enum { ROWS = 30000 };
    for (int r = 0; r < ROWS; r++)
        text_print(&file, "u%d,%d,%d.5,%s%d\n", r % 997, 1500000000 + r, r,
                   r % 100 ? "t" : "\xc3\xa9", r);
    static const lis_column_want title[] = {{.name = "title", .type = LIS_COLUMN_TEXT}};
    for (int threads = 1; threads <= 4; threads *= 2) {
        lis_delimited_options options = {
            .types = title, .type_count = 1, .shard_bytes = threads * 9999};
        lis_error error;
        lis_table table;
        assert_ok(parse(threads, &table, file.bytes, file.size, &options, &error));
        assert_int_equal(table.rows, ROWS);
        for (int r = 0; r < ROWS; r++) {
            char title_wanted[32];
            snprintf(title_wanted, sizeof title_wanted, "%s%d", r % 100 ? "t" : "\xc3\xa9", r);
            lis_text text = lis_column_text(&table.column[3], r);
            assert_int_equal(lis_i32(&table.column[0].values)[r], r % 997);
            assert_int_equal(lis_i64(&table.column[1].values)[r], 1500000000 + r);
            assert_true(lis_f64(&table.column[2].values)[r] == r + 0.5);
            assert_int_equal(text.length, strlen(title_wanted));
            assert_memory_equal(text.bytes, title_wanted, text.length);
        }
        lis_table_free(&table);
    }
    text_free(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_inputs),
        cmocka_unit_test(refused_inputs),
        cmocka_unit_test(shards_agree_with_the_plain_reader),
        cmocka_unit_test(codes_do_not_depend_on_shards),
        cmocka_unit_test(lists_do_not_depend_on_shards),
        cmocka_unit_test(long_files_cross_windows_and_batches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
