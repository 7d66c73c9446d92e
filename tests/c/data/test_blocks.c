#include "delimited_cases.h"

#include "lis/data/blocks.h"
#include "lis/data/jsonl.h"

static lis_ctx context(int threads) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, threads);
    return ctx;
}

static const char *write_text(const char *name, const text_buffer *text) {
    const char *path = test_path(name);
    write_file(path, text->bytes, text->size);
    return path;
}

/* ---- rows first to first + n - 1 of a whole table are those of a block ---- */

static void same_items(const lis_column *whole, const lis_column *part, int64_t first, int64_t n) {
    const int64_t *a = lis_i64(&whole->values) + first, *b = lis_i64(&part->values);
    for (int64_t r = 0; r <= n; r++)
        assert_int_equal(a[r] - a[0], b[r]);
    size_t count = (size_t)b[n];
    if (whole->type == LIS_COLUMN_TEXT) {
        if (count) assert_memory_equal(whole->bytes + a[0], part->bytes, count);
        return;
    }
    if (count) assert_memory_equal(lis_i32(&whole->items) + a[0], part->items.data, 4 * count);
    assert_int_equal(!whole->marks.data, !part->marks.data);
    if (whole->marks.data && count)
        assert_memory_equal(lis_f32(&whole->marks) + a[0], part->marks.data, 4 * count);
}

static void same_rows(const lis_table *whole, const lis_table *part, int64_t first) {
    assert_true(first + part->rows <= whole->rows);
    assert_int_equal(whole->columns, part->columns);
    for (int64_t c = 0; c < whole->columns; c++) {
        const lis_column *x = &whole->column[c], *y = &part->column[c];
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->type, y->type);
        if (x->type == LIS_COLUMN_TEXT || x->type == LIS_COLUMN_LIST) {
            same_items(x, y, first, part->rows);
            continue;
        }
        size_t size = lis_dtype_size(x->values.dtype);
        assert_memory_equal((const char *)x->values.data + (size_t)first * size, y->values.data,
                            (size_t)part->rows * size);
    }
}

static void same_dictionaries(const lis_table *whole, const lis_table *part) {
    for (int64_t c = 0; c < whole->columns; c++) {
        const lis_dict *x = whole->column[c].dict, *y = part->column[c].dict;
        assert_int_equal(!x, !y);
        if (!x) continue;
        assert_int_equal(lis_dict_size(x), lis_dict_size(y));
        for (int32_t code = 0; code < lis_dict_size(x); code++) {
            lis_text a = lis_dict_text(x, code), b = lis_dict_text(y, code);
            assert_int_equal(a.length, b.length);
            assert_memory_equal(a.bytes, b.bytes, a.length);
        }
    }
}

/* ---- a file read in blocks ---- */

typedef struct reading {
    const char *path;
    bool json;
    lis_delimited_options options;
    int threads;
    int64_t bytes;
    const lis_table *whole; /* NULL: not compared */
    int64_t rows, blocks;
} reading;

static lis_status read_blocks(reading *r, lis_error *err) {
    lis_ctx ctx = context(r->threads);
    lis_blocks *blocks;
    lis_table last = {0}, table;
    lis_status status = lis_blocks_open(&ctx, &blocks, r->path, r->json, &r->options, err);
    r->rows = r->blocks = 0;
    if (status != LIS_OK) {
        assert_null(blocks);
        return status;
    }
    while ((status = lis_blocks_next(&ctx, blocks, r->bytes, &table, err)) == LIS_OK &&
           table.column) {
        if (r->whole) same_rows(r->whole, &table, r->rows);
        r->rows += table.rows;
        r->blocks++;
        lis_table_free(&last);
        last = table;
    }
    assert_null(table.column);
    lis_blocks_close(blocks);
    if (r->whole && status == LIS_OK) {
        assert_int_equal(r->rows, r->whole->rows);
        same_dictionaries(r->whole, &last);
    }
    lis_table_free(&last);
    return status;
}

static lis_status read_whole(const reading *r, lis_table *out, lis_error *err) {
    lis_ctx ctx = context(1);
    return r->json ? lis_jsonl_read(&ctx, out, r->path, &r->options, err)
                   : lis_delimited_read(&ctx, out, r->path, &r->options, err);
}

/* Threads wait for each other at the end of each block, which takes long where they share processors:
 * small files, and small blocks, are for one. */
enum { BLOCKS_WITH_THREADS = 5, ROWS_WITH_THREADS = 50 };

static void check_sizes(const char *path, bool json, const lis_delimited_options *options,
                        const int64_t *sizes, size_t count) {
    lis_error error;
    lis_table whole;
    reading r = {.path = path, .json = json, .options = *options};
    assert_ok(read_whole(&r, &whole, &error));
    r.whole = &whole;
    for (size_t i = 0; i < count; i++) {
        r.bytes = sizes[i];
        for (r.threads = 1; r.threads <= 4; r.threads *= 2) {
            r.options.shard_bytes = r.threads == 1 ? 0 : sizes[i] / 5 + 1;
            assert_ok(read_blocks(&r, &error));
            if (r.blocks > BLOCKS_WITH_THREADS || r.rows < ROWS_WITH_THREADS) break;
        }
    }
    lis_table_free(&whole);
}

static const int64_t small_sizes[] = {1, 2, 7, 21, 60, 333, 1 << 20};
enum { SMALL_SIZES = sizeof small_sizes / sizeof *small_sizes };

/* ---- the cases of the whole-file reader ---- */

static void accepted_inputs_in_blocks_of_every_size(void **state) {
    (void)state;
    for (size_t i = 0; i < accepted_count; i++) {
        const char *path = test_path("log.csv");
        write_file(path, accepted[i].text, accepted[i].size);
        check_sizes(path, false, &accepted[i].options, small_sizes, SMALL_SIZES);
    }
}

/* A line that is too long is cut where that is certain, so its length says less. */
static size_t compared(const char *message) {
    const char *length = strstr(message, "the line is ");
    return length ? (size_t)(length - message) : strlen(message) + 1;
}

static void refused_inputs_in_blocks_of_every_size(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_blocks;
    for (size_t i = 0; i < refused_count; i++)
        for (size_t k = 0; k < SMALL_SIZES; k++) {
            lis_error wanted = {0}, error = {0};
            lis_table whole;
            reading r = {.path = test_path("log.csv"),
                         .options = refused[i].options,
                         .threads = 1,
                         .bytes = small_sizes[k]};
            write_file(r.path, refused[i].text, refused[i].size);
            assert_int_equal(read_whole(&r, &whole, &wanted), refused[i].status);
            assert_int_equal(read_blocks(&r, &error), refused[i].status);
            if (strncmp(error.message, wanted.message, compared(wanted.message)) != 0)
                fail_msg("case %zu, blocks of %d: %s\nwanted %s", i, (int)r.bytes, error.message,
                         wanted.message);
            assert_int_equal(lis_mem_read().live_blocks, before);
        }
}

static const lis_column_want strings[] = {{.name = "one", .type = LIS_COLUMN_STRING},
                                          {.name = "two", .type = LIS_COLUMN_TEXT},
                                          {.name = "three", .type = LIS_COLUMN_STRING}};

static void borders_fall_anywhere(void **state) {
    (void)state;
    static const char *const delimiters[] = {",", "\t", "::"};
    lis_rng rng = lis_rng_open(16, "blocks", 0);
    for (int round = 0; round < 12; round++) {
        text_buffer file = random_file(&rng, delimiters[round % 3], round % 2, round < 4 ? 3 : 60);
        lis_delimited_options options = {.delimiter = delimiters[round % 3],
                                         .quote = round % 2 ? LIS_YES : LIS_NO,
                                         .types = strings,
                                         .type_count = 3};
        check_sizes(write_text("log.csv", &file), false, &options, small_sizes, SMALL_SIZES);
        text_free(&file);
    }
}

static text_buffer long_file(int rows) {
    text_buffer file = {0};
    text_print(&file, "user,time,score,tags,title\n");
    for (int r = 0; r < rows; r++)
        text_print(&file, "u%d,%d,%d.5,t%d-1 t%d-0,\"%s\n%d\"\n", r * 7 % 997, 1500000000 + r, r,
                   r % 3, r % 1234, r % 100 ? "t" : "\xc3\xa9", r);
    return file;
}

static const lis_column_want long_types[] = {{.name = "tags", .type = LIS_COLUMN_LIST, .mark = '-'},
                                             {.name = "time", .type = LIS_COLUMN_I64, .time = "s"},
                                             {.name = "title", .type = LIS_COLUMN_TEXT}};
static const lis_delimited_options long_options = {.types = long_types, .type_count = 3};

static void packed_files_go_through_a_buffer(void **state) {
    (void)state;
    static const int64_t sizes[] = {9000, 200001, 1 << 20, 1 << 21, 1 << 30};
    text_buffer file = long_file(70000);
    text_buffer packed[] = {pack_gzip(file.bytes, file.size), pack_zstd(file.bytes, file.size)};
    assert_true(file.size > 5 << 19);
    check_sizes(write_text("plain", &file), false, &long_options, sizes, 5);
    for (int p = 0; p < 2; p++) {
        const char *path = write_text("packed", &packed[p]);
        check_sizes(path, false, &long_options, sizes, 5);
        for (int part = 1; part < 8; part++) {
            lis_error error = {0};
            reading r = {.path = path, .options = long_options, .threads = 1, .bytes = 1 << 16};
            write_file(path, packed[p].bytes, packed[p].size / 8 * (size_t)part);
            assert_int_equal(read_blocks(&r, &error), LIS_EFORMAT);
            assert_holds(error.message, "packed: the ");
            assert_holds(error.message, "was cut short");
        }
        text_free(&packed[p]);
    }
    text_free(&file);
}

static void unpacking_is_limited(void **state) {
    (void)state;
    text_buffer file = long_file(2000), packed = pack_gzip(file.bytes, file.size);
    lis_error error;
    reading r = {.path = write_text("packed", &packed),
                 .options = long_options,
                 .threads = 1,
                 .bytes = 5000};
    r.options.unpack_max = (int64_t)file.size - 1;
    assert_int_equal(read_blocks(&r, &error), LIS_EFORMAT);
    assert_holds(error.message, "unpack_max");
    r.options.unpack_max = (int64_t)file.size + 1;
    assert_ok(read_blocks(&r, &error));
    assert_int_equal(r.rows, 2000);
    text_free(&packed);
    text_free(&file);
}

static void latin1_widens_on_the_way(void **state) {
    (void)state;
    lis_delimited_options options = {.latin1 = true, .types = strings, .type_count = 3};
    text_buffer file = {0};
    text_print(&file, "one,two,three\n");
    for (int r = 0; r < 60000; r++)
        text_print(&file, "L\xe9on%d,\"\xff\xff\xff\xff\xff,\n%d\",\xa1\n", r % 1000, r);
    static const int64_t sizes[] = {5000, 1000003, 1 << 30, 300000};
    check_sizes(write_text("plain", &file), false, &options, sizes, 4);
    text_buffer packed = pack_gzip(file.bytes, file.size);
    check_sizes(write_text("packed", &packed), false, &options, sizes, 4);
    text_free(&packed);
    text_free(&file);
}

static void json_lines_too(void **state) {
    (void)state;
    static const lis_column_want types[] = {{.name = "t", .type = LIS_COLUMN_LIST}};
    lis_delimited_options options = {.types = types, .type_count = 1};
    text_buffer file = {0};
    for (int r = 0; r < 300; r++)
        text_print(&file, "%s{\"u\": \"u%d\", \"n\": %d, \"t\": [\"a\", \"b%d\"]}%s",
                   r % 9 ? "" : " \t\n", r % 17, r, r % 5, r % 2 ? "\n" : "\r\n");
    check_sizes(write_text("log.jsonl", &file), true, &options, small_sizes, SMALL_SIZES);
    text_buffer packed = pack_zstd(file.bytes, file.size);
    check_sizes(write_text("packed", &packed), true, &options, small_sizes, SMALL_SIZES);
    text_free(&packed);
    text_print(&file, "{\"u\": \"u1\", \"n\": 1\n");
    lis_error error;
    reading r = {.path = write_text("log.jsonl", &file), .json = true, .threads = 1, .bytes = 100};
    assert_int_equal(read_blocks(&r, &error), LIS_EFORMAT);
    assert_holds(error.message, "log.jsonl:335: not JSON");
    text_free(&file);
}

/* ---- what blocks alone have ---- */

static void a_guess_is_kept(void **state) {
    (void)state;
    static const struct {
        const char *field, *message;
        lis_column_type type;
    } cases[] = {
        {"x", "log.csv:2002: column 'n' (2) was taken for i64 by the rows before but holds 'x'",
         LIS_COLUMN_STRING},
        {"2.5", "types = { ['n'] = \"f64\" }", LIS_COLUMN_F64},
        {"", "types = { ['n'] = \"f64\" }", LIS_COLUMN_F64},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text_buffer file = {0};
        text_print(&file, "u,n\n");
        for (int r = 0; r < 2000; r++)
            text_print(&file, "u,%d\n", r);
        text_print(&file, "u,%s\n", cases[i].field);
        lis_column_want type = {.name = "n", .type = cases[i].type};
        reading r = {.path = write_text("log.csv", &file), .threads = 2, .bytes = 5000};
        lis_error error;
        assert_int_equal(read_blocks(&r, &error), LIS_EFORMAT);
        assert_holds(error.message, cases[i].message);
        assert_true(r.rows > 1000 && r.rows < 2000);
        r.options = (lis_delimited_options){.types = &type, .type_count = 1};
        assert_ok(read_blocks(&r, &error));
        assert_int_equal(r.rows, 2001);
        r.options.type_count = 0; /* within the first block a guess widens as ever */
        r.bytes = 1 << 20;
        assert_ok(read_blocks(&r, &error));
        assert_int_equal(r.blocks, 1);
        text_free(&file);
    }
}

static void rows_know_their_lines(void **state) {
    (void)state;
    text_buffer file = {0};
    text_print(&file, "\xef\xbb\xbf\n\nn,\"a\nb\"\n");
    int lines[300], line = 5;
    for (int r = 0; r < 300; r++) {
        if (r % 7 == 0) text_print(&file, "\r\n\n");
        line += r % 7 == 0 ? 2 : 0;
        lines[r] = line;
        text_print(&file, r % 3 ? "%d,x\n" : "%d,\"y\n\n\"\n", r);
        line += r % 3 ? 1 : 3;
    }
    const char *path = write_text("log.csv", &file);
    for (size_t k = 0; k < SMALL_SIZES; k++) {
        lis_ctx ctx = context(1);
        lis_delimited_options options = {0};
        lis_error error;
        lis_blocks *blocks;
        lis_table table;
        int64_t rows = 0, read, size;
        assert_ok(lis_blocks_open(&ctx, &blocks, path, false, &options, &error));
        assert_string_equal(lis_blocks_delimiter(blocks), ",");
        assert_int_equal(lis_blocks_columns(blocks), 2);
        assert_string_equal(lis_blocks_name(blocks, 1), "a\nb");
        for (;;) {
            assert_ok(lis_blocks_next(&ctx, blocks, small_sizes[k], &table, &error));
            if (!table.column) break;
            for (int64_t r = 0; r < table.rows; r++, rows++)
                assert_int_equal(lis_blocks_line(blocks, r), lines[rows]);
            lis_table_free(&table);
        }
        assert_int_equal(rows, 300);
        lis_blocks_progress(blocks, &read, &size);
        assert_int_equal(read, file.size);
        assert_int_equal(size, file.size);
        lis_blocks_close(blocks);
    }
    text_free(&file);
}

static void memory_does_not_grow_with_the_file(void **state) {
    (void)state;
    int64_t peak[2] = {0};
    for (int large = 0; large < 2; large++) {
        text_buffer file = long_file(large ? 900000 : 600000);
        text_buffer packed = pack_zstd(file.bytes, file.size);
        lis_error error;
        reading r = {.path = write_text("packed", &packed),
                     .options = {.only = (const char *const[]){"user", "time"}, .only_count = 2},
                     .threads = 1,
                     .bytes = 1 << 20};
        assert_true(file.size > 24 << 20);
        lis_mem_reset_peak();
        int64_t before = lis_mem_read().live_bytes;
        assert_ok(read_blocks(&r, &error));
        peak[large] = lis_mem_read().peak_bytes - before;
        /* What stands in front of a cut is read, then it is told. */
        write_file(r.path, packed.bytes, packed.size - 1000);
        assert_int_equal(read_blocks(&r, &error), LIS_EFORMAT);
        assert_holds(error.message, "was cut short");
        assert_true(r.blocks > 20);
        text_free(&packed);
        text_free(&file);
    }
    assert_int_equal(peak[0], peak[1]);
}

/* ---- failure ---- */

static lis_status make(void *arg, lis_error *err) {
    return read_blocks(arg, err);
}

static void drop(void *arg) {
    (void)arg;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    text_buffer file = long_file(60), packed = pack_gzip(file.bytes, file.size);
    reading r = {.options = long_options, .threads = 1, .bytes = 500};
    r.path = write_text("plain", &file);
    check_allocations(make, drop, &r);
    r.path = write_text("packed", &packed);
    r.options.latin1 = true;
    check_allocations(make, drop, &r);
    text_free(&packed);
    text_free(&file);
}

typedef struct patience {
    lis_blocks *blocks;
    lis_ctx ctx;
    int failures;
} patience;

/* Asks for the next block with the 1st, 2nd, ... allocation failing, and once interrupted, until it
 * comes. */
static lis_table next_in_spite(patience *p) {
    lis_error error;
    lis_table table;
    for (int64_t successes = 0;; successes++) {
        lis_mem_fail_after(successes);
        lis_status status = lis_blocks_next(&p->ctx, p->blocks, 3000, &table, &error);
        lis_mem_fail_after(-1);
        if (status == LIS_OK && successes > 0) return table;
        if (status == LIS_OK && !table.column) return table;
        assert_int_equal(status, LIS_ENOMEM);
        lis_ctx_interrupt(&p->ctx);
        assert_int_equal(lis_blocks_next(&p->ctx, p->blocks, 3000, &table, &error), LIS_EINTR);
        lis_ctx_clear_interrupt(&p->ctx);
        p->failures++;
    }
}

static void a_block_that_failed_may_be_asked_for_again(void **state) {
    (void)state;
    text_buffer file = long_file(250);
    for (int p = 0; p < 2; p++) {
        text_buffer packed = p ? pack_gzip(file.bytes, file.size) : (text_buffer){0};
        reading r = {.path = write_text("log", p ? &packed : &file), .options = long_options};
        patience at = {.ctx = context(2)};
        lis_error error;
        lis_table whole;
        assert_ok(read_whole(&r, &whole, &error));
        r.options.shard_bytes = 700;
        assert_ok(lis_blocks_open(&at.ctx, &at.blocks, r.path, false, &r.options, &error));
        int64_t rows = 0;
        for (lis_table table = next_in_spite(&at); table.column; table = next_in_spite(&at)) {
            same_rows(&whole, &table, rows);
            rows += table.rows;
            if (rows == whole.rows) same_dictionaries(&whole, &table);
            lis_table_free(&table);
        }
        assert_int_equal(rows, whole.rows);
        assert_true(at.failures > 20);
        lis_blocks_close(at.blocks);
        lis_table_free(&whole);
        text_free(&packed);
    }
    text_free(&file);
}

static void a_missing_file(void **state) {
    (void)state;
    lis_error error;
    reading r = {.path = "/nowhere/log.csv", .threads = 1, .bytes = 1};
    assert_int_equal(read_blocks(&r, &error), LIS_EIO);
    assert_holds(error.message, "/nowhere/log.csv");
}

static int remove_files(void **state) {
    (void)state;
    static const char *const names[] = {"log", "log.csv", "log.jsonl", "plain", "packed"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(test_path(names[i]));
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_inputs_in_blocks_of_every_size),
        cmocka_unit_test(refused_inputs_in_blocks_of_every_size),
        cmocka_unit_test(borders_fall_anywhere),
        cmocka_unit_test(packed_files_go_through_a_buffer),
        cmocka_unit_test(unpacking_is_limited),
        cmocka_unit_test(latin1_widens_on_the_way),
        cmocka_unit_test(json_lines_too),
        cmocka_unit_test(a_guess_is_kept),
        cmocka_unit_test(rows_know_their_lines),
        cmocka_unit_test(memory_does_not_grow_with_the_file),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(a_block_that_failed_may_be_asked_for_again),
        cmocka_unit_test(a_missing_file),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
