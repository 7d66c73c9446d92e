#include "support.h"

#include "lis/data/delimited.h"
#include "lis/data/lines.h"
#include "source.h"

static lis_ctx one_thread(void) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    return ctx;
}

typedef text_buffer packer(const char *bytes, size_t size);
static packer *const packers[] = {pack_gzip, pack_zstd};
static const char *const names[] = {"gzip", "zstd"};

static text_buffer some_log(int rows) {
    text_buffer text = {0};
    text_print(&text, "user,item\n");
    for (int r = 0; r < rows; r++)
        text_print(&text, "u%d,i%d\n", r % 1009, r * 17 % 10007);
    return text;
}

static lis_status open_bytes(lis_source *source, const text_buffer *bytes, int64_t unpack_max,
                             lis_error *err) {
    lis_ctx ctx = one_thread();
    const char *path = test_path("packed");
    write_file(path, bytes->bytes, bytes->size);
    lis_status status = lis_source_open(&ctx, source, path, unpack_max, err);
    assert_int_equal(remove(path), 0);
    return status;
}

/* ---- */

static void packed_is_as_plain(void **state) {
    (void)state;
    text_buffer log = some_log(60000);
    for (int p = 0; p < 2; p++) {
        lis_error error;
        lis_source source;
        text_buffer packed = packers[p](log.bytes, log.size);
        assert_ok(open_bytes(&source, &packed, 0, &error));
        assert_int_equal(source.size, log.size);
        assert_memory_equal(source.bytes, log.bytes, log.size);
        lis_source_close(&source);
        lis_source_close(&source);
        text_free(&packed);
    }
    text_free(&log);
}

static void members_and_frames_follow_each_other(void **state) {
    (void)state;
    for (int p = 0; p < 2; p++) {
        lis_error error;
        lis_source source;
        text_buffer packed = packers[p]("user,item\n", 10), more = packers[p]("a,x\n", 4);
        text_add(&packed, more.bytes, more.size);
        assert_ok(open_bytes(&source, &packed, 0, &error));
        assert_int_equal(source.size, 14);
        assert_memory_equal(source.bytes, "user,item\na,x\n", 14);
        lis_source_close(&source);
        text_free(&packed);
        text_free(&more);
    }
}

static void tables_are_read_through_it(void **state) {
    (void)state;
    lis_ctx ctx = one_thread();
    text_buffer log = some_log(3000);
    for (int p = 0; p < 2; p++) {
        lis_error error;
        lis_table table;
        lis_delimited_options options = {0};
        text_buffer packed = packers[p](log.bytes, log.size);
        const char *path = test_path("log.csv.packed");
        write_file(path, packed.bytes, packed.size);
        assert_ok(lis_delimited_read(&ctx, &table, path, &options, &error));
        assert_int_equal(table.rows, 3000);
        assert_int_equal(lis_dict_size(table.column[0].dict), 1009);
        lis_table_free(&table);
        assert_int_equal(remove(path), 0);
        text_free(&packed);
    }
    text_free(&log);
}

static void the_beginning_alone(void **state) {
    (void)state;
    text_buffer log = some_log(60000);
    lis_ctx ctx = one_thread();
    const char *path = test_path("head");
    for (int p = 0; p < 3; p++) {
        lis_error error;
        lis_source source;
        lis_table lines;
        text_buffer packed = p < 2 ? packers[p](log.bytes, log.size) : (text_buffer){0};
        size_t size = p < 2 ? packed.size : log.size;
        write_file(path, p < 2 ? packed.bytes : log.bytes, p < 2 ? size - 10 : size); /* cut off */
        static const size_t most[] = {1, 100, 65536, 300000};
        for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
            assert_ok(lis_source_open_head(&ctx, &source, path, most[i], &error));
            assert_int_equal(source.size, most[i]);
            assert_memory_equal(source.bytes, log.bytes, most[i]);
            lis_source_close(&source);
        }
        assert_ok(lis_lines_head(&ctx, &lines, path, &error));
        lis_text first = lis_column_text(&lines.column[0], 0);
        int64_t end = lis_i64(&lines.column[0].values)[lines.rows] + lines.rows;
        assert_int_equal(first.length, 9);
        assert_memory_equal(first.bytes, "user,item", 9);
        assert_true(end > LIS_LINES_HEAD - 20 && end <= LIS_LINES_HEAD);
        assert_int_equal(log.bytes[end - 1], '\n'); /* whole lines, and no part of one */
        lis_table_free(&lines);
        text_free(&packed);
    }
    write_file(path, "a\nb", 3);
    lis_error error;
    lis_table lines;
    assert_ok(lis_lines_head(&ctx, &lines, path, &error));
    assert_int_equal(lines.rows, 2);
    lis_table_free(&lines);
    assert_int_equal(remove(path), 0);
    text_free(&log);
}

static void latin1_becomes_utf8(void **state) {
    (void)state;
    lis_ctx ctx = one_thread();
    lis_error error;
    lis_table table;
    const char *path = test_path("movies.dat");
    write_file(path, "1::L\xe9on\n2::\xa1Z\xff!\n", 16);
    lis_delimited_options options = {.header = LIS_NO, .delimiter = "::"};
    assert_int_equal(lis_delimited_read(&ctx, &table, path, &options, &error), LIS_EFORMAT);
    options.latin1 = true;
    for (int packed = 0; packed < 2; packed++) {
        assert_ok(lis_delimited_read(&ctx, &table, path, &options, &error));
        char *text = render_table(&table);
        assert_holds(text, "L\xc3\xa9on,\xc2\xa1Z\xc3\xbf!");
        free(text);
        lis_table_free(&table);
        text_buffer small = pack_gzip("1::L\xe9on\n2::\xa1Z\xff!\n", 16);
        write_file(path, small.bytes, small.size);
        text_free(&small);
    }
    assert_int_equal(remove(path), 0);
}

/* The same bytes at any number of threads, also between "::" and out of gzip. */
static void threads_change_nothing(void **state) {
    (void)state;
    text_buffer log = {0};
    for (int r = 0; r < 90000; r++)
        text_print(&log, "u%d::i%d::%d::%d\n", r * 7 % 1009, r * 17 % 10007, r % 5 + 1, r / 3);
    text_buffer packed = pack_gzip(log.bytes, log.size);
    const char *path = test_path("ratings.dat.gz");
    write_file(path, packed.bytes, packed.size);
    char *wanted = NULL;
    for (int threads = 1; threads <= 4; threads *= 2) {
        lis_ctx ctx;
        lis_error error;
        lis_table table;
        lis_ctx_init(&ctx, threads);
        lis_delimited_options options = {.header = LIS_NO, .shard_bytes = threads == 4 ? 70001 : 0};
        assert_ok(lis_delimited_read(&ctx, &table, path, &options, &error));
        assert_int_equal(table.rows, 90000);
        char *text = render_table(&table);
        if (wanted) assert_string_equal(text, wanted);
        if (!wanted) assert_holds(text, "column_1:string=u0,u7,u14");
        free(wanted);
        wanted = text;
        lis_table_free(&table);
    }
    free(wanted);
    text_free(&packed);
    text_free(&log);
    assert_int_equal(remove(path), 0);
}

static void every_cut_is_noticed(void **state) {
    (void)state;
    text_buffer log = some_log(100);
    for (int p = 0; p < 2; p++) {
        text_buffer packed = packers[p](log.bytes, log.size);
        for (size_t size = 4; size < packed.size; size++) {
            lis_error error = {0};
            lis_source source;
            text_buffer cut = {.bytes = packed.bytes, .size = size};
            assert_int_equal(open_bytes(&source, &cut, 0, &error), LIS_EFORMAT);
            assert_holds(error.message, names[p]);
            assert_holds(error.message, "cut short");
            assert_null(source.bytes);
        }
        text_free(&packed);
    }
    text_free(&log);
}

static void every_flip_is_survived(void **state) {
    (void)state;
    text_buffer log = some_log(100);
    int64_t before = lis_mem_read().live_blocks;
    for (int p = 0; p < 2; p++) {
        text_buffer packed = packers[p](log.bytes, log.size);
        for (size_t bit = 0; bit < packed.size * 8; bit += 3) {
            lis_error error = {0};
            lis_source source;
            packed.bytes[bit / 8] ^= (char)(1U << bit % 8);
            if (open_bytes(&source, &packed, 1 << 20, &error) == LIS_OK)
                lis_source_close(&source);
            else
                assert_holds(error.message, "packed");
            packed.bytes[bit / 8] ^= (char)(1U << bit % 8);
        }
        text_free(&packed);
    }
    assert_int_equal(lis_mem_read().live_blocks, before);
    text_free(&log);
}

static void bombs_are_refused_in_bounded_memory(void **state) {
    (void)state;
    enum { SIZE = 80 << 20 };
    char *zeros = calloc(SIZE, 1);
    for (int p = 0; p < 2; p++) {
        lis_error error = {0};
        lis_source source;
        text_buffer packed = packers[p](zeros, SIZE);
        assert_true(packed.size < SIZE / 900);
        lis_mem_reset_peak();
        int64_t before = lis_mem_read().live_bytes;
        assert_int_equal(open_bytes(&source, &packed, 0, &error), LIS_EFORMAT);
        assert_holds(error.message, "unpacks to more than 67108864 bytes");
        assert_holds(error.message, "unpack_max");
        assert_true(lis_mem_read().peak_bytes - before < 120 << 20);
        assert_int_equal(open_bytes(&source, &packed, 1000, &error), LIS_EFORMAT);
        assert_holds(error.message, "more than 1000 bytes");
        text_free(&packed);
    }
    free(zeros);
}

static void the_limit_itself_is_allowed(void **state) {
    (void)state;
    for (int p = 0; p < 2; p++) {
        lis_error error = {0};
        lis_source source;
        text_buffer packed = packers[p]("user,item\n", 10);
        assert_int_equal(open_bytes(&source, &packed, 9, &error), LIS_EFORMAT);
        assert_ok(open_bytes(&source, &packed, 11, &error));
        lis_source_close(&source);
        text_free(&packed);
    }
}

static void an_interrupt_stops_the_unpacking(void **state) {
    (void)state;
    lis_ctx ctx = one_thread();
    lis_error error;
    lis_source source;
    text_buffer packed = pack_gzip("a,b\n", 4);
    const char *path = test_path("packed");
    write_file(path, packed.bytes, packed.size);
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_source_open(&ctx, &source, path, 0, &error), LIS_EINTR);
    assert_int_equal(remove(path), 0);
    text_free(&packed);
}

static lis_status make(void *arg, lis_error *err) {
    lis_ctx ctx = one_thread();
    return lis_source_open(&ctx, arg, test_path("sweep"), 0, err);
}

static void drop(void *arg) {
    lis_source_close(arg);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    text_buffer log = some_log(60000), packed = pack_gzip(log.bytes, log.size);
    lis_source source;
    write_file(test_path("sweep"), packed.bytes, packed.size);
    check_allocations(make, drop, &source);
    assert_int_equal(remove(test_path("sweep")), 0);
    text_free(&packed);
    text_free(&log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_is_as_plain),
        cmocka_unit_test(members_and_frames_follow_each_other),
        cmocka_unit_test(tables_are_read_through_it),
        cmocka_unit_test(the_beginning_alone),
        cmocka_unit_test(latin1_becomes_utf8),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(every_flip_is_survived),
        cmocka_unit_test(bombs_are_refused_in_bounded_memory),
        cmocka_unit_test(the_limit_itself_is_allowed),
        cmocka_unit_test(an_interrupt_stops_the_unpacking),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
