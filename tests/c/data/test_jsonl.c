#include "support.h"

#include "lis/data/jsonl.h"

static lis_status parse(int threads, lis_table *out, const char *bytes, size_t size,
                        const lis_delimited_options *options, lis_error *err) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, threads);
    char *copy = malloc(size + 1); /* its own block: a read past the end is seen */
    memcpy(copy, bytes, size);
    lis_status status = lis_jsonl_parse(&ctx, out, "log.jsonl", copy, size, options, err);
    free(copy);
    return status;
}

#define TEXT(literal) literal, sizeof(literal) - 1

static const lis_column_want tags_list[] = {{.name = "tags", .type = LIS_COLUMN_LIST}};
static const lis_column_want tags_marked[] = {
    {.name = "tags", .type = LIS_COLUMN_LIST, .mark = '-'}};
static const lis_column_want user_text[] = {{.name = "user", .type = LIS_COLUMN_TEXT}};
static const lis_column_want time_i64[] = {{.name = "time", .type = LIS_COLUMN_I64}};
static const lis_column_want time_iso[] = {{.name = "time", .type = LIS_COLUMN_I64, .time = "iso"}};
static const char *const user_only[] = {"user"};
static const char *const useer[] = {"useer"};

static const struct accepted {
    const char *text;
    size_t size;
    lis_delimited_options options;
    const char *table;
} accepted[] = {
    {TEXT("{\"user\":\"a\",\"time\":1}\n{\"user\":\"b\",\"time\":2}\n"),
     {0},
     "user:string=a,b;time:i64=1,2"},
    {TEXT("\xef\xbb\xbf\n { \"user\" : \"a\" , \"time\" : 1.5 } \r\n\n  "
          "\n{\"time\":-2e1,\"user\":\"b\"}"),
     {0},
     "user:string=a,b;time:f64=1.5,-20"},
    {TEXT("{\"user\":\"a\"}\n{\"time\":2}\n{}\n{\"user\":null,\"time\":null,\"x\":7}\n"),
     {0},
     "user:string=a,-,-,-;time:f64=nan,2,nan,nan;x:f64=nan,nan,nan,7"},
    {TEXT("{\"ok\":true}\n{\"ok\":false}\n"), {0}, "ok:i64=1,0"},
    {TEXT("{\"id\":\"7\"}\n{\"id\":\"08\"}\n"), {0}, "id:string=7,08"},
    {TEXT("{\"id\":7}\n{\"id\":\"x\"}\n"), {0}, "id:string=7,x"},
    {TEXT("{\"t\":\"a\\\"b\\\\c\\/\\n\\t\\u00e9\\ud83d\\ude00\"}\n"),
     {0},
     "t:string=a\"b\\c/\n\t\xc3\xa9\xf0\x9f\x98\x80"},
    {TEXT("{\"us\\u0065r\":\"a\"}\n{\"user\":\"b\"}\n"), {0}, "user:string=a,b"},
    {TEXT("{\"a\":[1,\"]}\\\"\",{\"b\":2}],\"c\":{}}\n{\"a\":3,\"c\":\"x\"}\n"),
     {0},
     "a:text=[1,\"]}\\\"\",{\"b\":2}],3;c:text={},x"},
    {TEXT("{\"tags\":\"x y\"}\n{\"tags\":\"\"}\n"),
     {.types = tags_list, .type_count = 1},
     "tags:list=[x y],[]"},
    {TEXT("{\"tags\":[\"x y\",\"z\\u00e9\",3,true,null,\"\",\"x y\"]}\n{\"tags\":[]}\n{}\n"
          "{\"tags\":null}\n{\"tags\":\"p q\"}\n{\"tags\": [ -1.5e3 ] }\n{\"tags\":7}\n"),
     {.types = tags_list, .type_count = 1},
     "tags:list=[x y z\xc3\xa9 3 1 x y],[],[],[],[p q],[-1.5e3],[7]"},
    {TEXT("{\"tags\":[\"N1-0\",\"N\\u0032-1\"]}\n{\"tags\":\"N3-1\"}\n"),
     {.types = tags_marked, .type_count = 1},
     "tags:list=[N1=0 N2=1],[N3=1]"},
    {TEXT("{\"user\":\"a\"}\n{\"user\":\"\"}\n"),
     {.types = user_text, .type_count = 1},
     "user:text=a,"},
    {TEXT("{\"time\":\"1970-01-02T00:00:01Z\"}\n"),
     {.types = time_iso, .type_count = 1},
     "time:i64=86401"},
    {TEXT("{\"user\":\"a\",\"x\":1}\n"), {.only = user_only, .only_count = 1}, "user:string=a"},
    {TEXT("{\"user\":\"a\",\"user\":\"b\"}\n"), {0}, "user:string=b"},
};

static void accepted_inputs(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        lis_error error;
        lis_table table;
        if (parse(1, &table, accepted[i].text, accepted[i].size, &accepted[i].options, &error) !=
            LIS_OK)
            fail_msg("case %zu: %s", i, error.message);
        char *text = render_table(&table);
        assert_string_equal(text, accepted[i].table);
        free(text);
        lis_table_free(&table);
    }
}

static const struct refused {
    const char *text;
    size_t size;
    lis_delimited_options options;
    lis_status status;
    const char *pieces[3];
} refused[] = {
    {TEXT(""), {0}, LIS_EFORMAT, {"log.jsonl: the file is empty"}},
    {TEXT("{}\n{}\n"), {0}, LIS_EFORMAT, {"no line has a member"}},
    {TEXT("user,item\n"),
     {0},
     LIS_EFORMAT,
     {"log.jsonl:1: not JSON: wanted an object in braces at byte 1"}},
    {TEXT("[1]\n"), {0}, LIS_EFORMAT, {"an object in braces"}},
    {TEXT("{\"a\":1}\n{\"a\":1\n"),
     {0},
     LIS_EFORMAT,
     {"log.jsonl:2: not JSON: wanted ',' or '}' at byte 7"}},
    {TEXT("{\"a\":1} x\n"), {0}, LIS_EFORMAT, {"nothing behind the object", "'x'"}},
    {TEXT("{\"a\" 1}\n"), {0}, LIS_EFORMAT, {"':' behind the key"}},
    {TEXT("{a:1}\n"), {0}, LIS_EFORMAT, {"a string in quotes"}},
    {TEXT("{\"a\":1,}\n"), {0}, LIS_EFORMAT, {"a string in quotes"}},
    {TEXT("{\"a\":}\n"), {0}, LIS_EFORMAT, {"a value"}},
    {TEXT("{\"a\":nul}\n"), {0}, LIS_EFORMAT, {"a value"}},
    {TEXT("{\"a\":+1}\n"), {0}, LIS_EFORMAT, {"a value"}},
    {TEXT("{\"a\":\"x}\n{\"a\":1}\n"), {0}, LIS_EFORMAT, {"log.jsonl:1", "a closing quote"}},
    {TEXT("{\"a\":\"x\\"), {0}, LIS_EFORMAT, {"a closing quote"}},
    {TEXT("{\"a\":[1,2}\n"), {0}, LIS_EFORMAT, {"a closing bracket", "'[1,2}'"}},
    {TEXT("{\"a\":\"\\x\"}\n"), {0}, LIS_EFORMAT, {"one of the escapes", "byte 7"}},
    {TEXT("{\"a\":\"\\u12\"}\n"), {0}, LIS_EFORMAT, {"a code point as \\uXXXX"}},
    {TEXT("{\"a\":\"\\ud800\"}\n"), {0}, LIS_EFORMAT, {"a code point"}},
    {TEXT("{\"a\":\"\\ud800\\u0041\"}\n"), {0}, LIS_EFORMAT, {"a code point"}},
    {TEXT("{\"a\":\"\\udc00\"}\n"), {0}, LIS_EFORMAT, {"a code point"}},
    {TEXT("{\"a\":\"\\u0000\"}\n"), {0}, LIS_EFORMAT, {"a code point"}},
    {TEXT("{\"a\":\"x\ty\"}\n"), {0}, LIS_EFORMAT, {"no control character"}},
    {TEXT("{\"a\":\"x\0y\"}\n"), {0}, LIS_EFORMAT, {"no control character"}},
    {TEXT("{\"a\":\"caf\xe9\"}\n"), {0}, LIS_EFORMAT, {"log.jsonl:1: the line is not valid UTF-8"}},
    {TEXT("{\"time\":1}\n{\"time\":\"x\"}\n"),
     {.types = time_i64, .type_count = 1},
     LIS_EFORMAT,
     {"log.jsonl:2: column 'time' (1) is i64 but holds 'x'"}},
    {TEXT("{\"time\":1}\n{}\n"),
     {.types = time_i64, .type_count = 1},
     LIS_EFORMAT,
     {"log.jsonl:2: column 'time' (1) is i64 but empty here"}},
    {TEXT("{\"tags\":[1]}\n{\"tags\":[1,[2]]}\n"),
     {.types = tags_list, .type_count = 1},
     LIS_EFORMAT,
     {"log.jsonl:2: column 'tags' (1) is a list but holds '[1,[2]]'; wanted strings or numbers"}},
    {TEXT("{\"tags\":[{\"a\":1}]}\n"),
     {.types = tags_list, .type_count = 1},
     LIS_EFORMAT,
     {"is a list but holds '[{"}},
    {TEXT("{\"tags\":[1 2]}\n"),
     {.types = tags_list, .type_count = 1},
     LIS_EFORMAT,
     {"is a list but holds '[1 2]'"}},
    {TEXT("{\"tags\":\"[1\"}\n"),
     {.types = tags_list, .type_count = 1},
     LIS_EFORMAT,
     {"is a list but holds '[1'"}},
    {TEXT("{\"tags\":[\"N1-0\"]}\n{\"tags\":[\"\\u004e1\"]}\n"),
     {.types = tags_marked, .type_count = 1},
     LIS_EFORMAT,
     {"log.jsonl:2: column 'tags' (1) is a list whose elements end with '-'"}},
    {TEXT("{\"user\":1}\n"),
     {.require = useer, .require_count = 1},
     LIS_EARG,
     {"no column 'useer', which is required; the file has 'user' (did you mean 'user'?)"}},
    {TEXT("{\"a\":123456789}\n"),
     {.line_max = 8},
     LIS_EFORMAT,
     {"log.jsonl:1: the line is 15 bytes long"}},
};

static void refused_inputs(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_blocks;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        lis_error error = {0};
        lis_table table;
        lis_status status =
            parse(1, &table, refused[i].text, refused[i].size, &refused[i].options, &error);
        if (status != refused[i].status) fail_msg("case %zu: %d %s", i, (int)status, error.message);
        for (int p = 0; p < 3 && refused[i].pieces[p]; p++)
            assert_holds(error.message, refused[i].pieces[p]);
        assert_null(table.column);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
}

/* Members in changing order, some missing, some escaped; `wanted` is what must come out. */
static text_buffer random_file(int rows, text_buffer wanted[3]) {
    text_buffer file = {0};
    lis_rng rng = lis_rng_open(13, "jsonl", 0);
    for (int r = 0; r < rows; r++) {
        int user = (int)lis_rng_below(&rng, 50), time = (int)lis_rng_below(&rng, 1000);
        bool titled = lis_rng_below(&rng, 3) > 0, swapped = lis_rng_below(&rng, 2);
        if (lis_rng_below(&rng, 9) == 0) text_print(&file, "\n");
        if (swapped)
            text_print(&file, "{\"time\": %d, \"user\": \"u%d\"", time, user);
        else
            text_print(&file, "{\"user\":\"u%d\",\"time\":%d", user, time);
        if (titled || r == 0) text_print(&file, ",\"title\":\"a \\\"%d\\\" \\u00e9\"", r);
        text_print(&file, ",\"other%d\":[%d]}%s", r > 999, r, r % 4 ? "\n" : "\r\n");
        text_print(&wanted[0], "%su%d", r ? "," : "", user);
        text_print(&wanted[1], "%s%d", r ? "," : "", time);
        if (titled || r == 0)
            text_print(&wanted[2], "%sa \"%d\" \xc3\xa9", r ? "," : "", r);
        else
            text_print(&wanted[2], ",-");
    }
    return file;
}

static void any_cut_reads_the_same(void **state) {
    (void)state;
    static const char *const only[] = {"user", "time", "title"};
    text_buffer wanted[3] = {0}, all = {0};
    text_buffer file = random_file(1500, wanted);
    /* the first line decides the order of columns */
    bool time_first = strncmp(file.bytes + (file.bytes[0] == '\n'), "{\"time\"", 7) == 0;
    const char *user = wanted[0].bytes, *time = wanted[1].bytes;
    for (int k = 0; k < 2; k++) {
        bool is_time = (k == 0) == time_first;
        const char *head = is_time ? "time:i64=" : "user:string=", *body = is_time ? time : user;
        text_add(&all, head, strlen(head));
        text_add(&all, body, strlen(body));
        text_add(&all, ";", 1);
    }
    text_add(&all, "title:string=", 13);
    text_add(&all, wanted[2].bytes, wanted[2].size);
    static const int64_t cuts[] = {0, 1, 100, 3333};
    for (int threads = 1; threads <= 4; threads *= 2)
        for (size_t k = 0; k < sizeof cuts / sizeof *cuts; k++) {
            if (cuts[k] == 1 && threads > 1) continue;
            lis_delimited_options options = {.only = only, .only_count = 3, .shard_bytes = cuts[k]};
            lis_error error;
            lis_table table;
            assert_ok(parse(threads, &table, file.bytes, file.size, &options, &error));
            char *got = render_table(&table);
            assert_string_equal(got, all.bytes);
            free(got);
            lis_table_free(&table);
        }
    for (int k = 0; k < 3; k++)
        text_free(&wanted[k]);
    text_free(&all);
    text_free(&file);
}

static void lists_at_any_cut(void **state) {
    (void)state;
    text_buffer file = {0};
    for (int line = 0; line < 3000; line++)
        text_print(&file,
                   line % 3 ? "{\"tags\":[\"t%d\",%d]}\n" : "{\"x\":1,\"tags\":\"t%d %d\"}\n",
                   line * 7 % 101, line % 13);
    char *wanted = NULL;
    for (int threads = 1; threads <= 4; threads *= 2) {
        lis_delimited_options options = {
            .types = tags_list, .type_count = 1, .shard_bytes = threads == 4 ? 5000 : 0};
        lis_error error;
        lis_table table;
        assert_ok(parse(threads, &table, file.bytes, file.size, &options, &error));
        char *got = render_table(&table);
        if (wanted) assert_string_equal(got, wanted);
        if (!wanted) assert_holds(got, "tags:list=[t0 0],[t7 1],[t14 2]");
        free(wanted);
        wanted = got;
        lis_table_free(&table);
    }
    free(wanted);
    lis_error error;
    lis_table table;
    lis_delimited_options options = {.types = tags_list, .type_count = 1};
    for (size_t bit = 0; bit < 600 * 8; bit++) {
        file.bytes[bit / 8] ^= (char)(1U << bit % 8);
        if (parse(1, &table, file.bytes, 620, &options, &error) == LIS_OK) lis_table_free(&table);
        file.bytes[bit / 8] ^= (char)(1U << bit % 8);
    }
    text_free(&file);
}

static void the_first_error_is_reported(void **state) {
    (void)state;
    text_buffer file = {0};
    for (int line = 1; line < 3000; line++)
        text_print(&file, "%s",
                   line == 1200   ? "{\"a\":\"x\"}\n"
                   : line == 1201 ? "{\"a\":\n"
                   : line == 2000 ? "nonsense\n"
                                  : "{\"a\":1}\n");
    static const lis_column_want a_i64[] = {{.name = "a", .type = LIS_COLUMN_I64}};
    for (int threads = 1; threads <= 4; threads *= 2)
        for (int64_t cut = 0; cut <= 8000; cut += 4000) {
            lis_delimited_options options = {.types = a_i64, .type_count = 1, .shard_bytes = cut};
            lis_error error;
            lis_table table;
            assert_int_equal(parse(threads, &table, file.bytes, file.size, &options, &error),
                             LIS_EFORMAT);
            assert_holds(error.message, "log.jsonl:1200: column 'a' (1) is i64 but holds 'x'");
            options.type_count = 0;
            assert_int_equal(parse(threads, &table, file.bytes, file.size, &options, &error),
                             LIS_EFORMAT);
            assert_holds(error.message, "log.jsonl:1201: not JSON");
        }
    text_free(&file);
}

static void every_cut_and_flip_is_survived(void **state) {
    (void)state;
    text_buffer wanted[3] = {0};
    text_buffer file = random_file(12, wanted);
    int64_t before = lis_mem_read().live_blocks;
    lis_delimited_options options = {0};
    lis_error error;
    lis_table table;
    for (size_t size = 0; size < file.size; size++)
        if (parse(1, &table, file.bytes, size, &options, &error) == LIS_OK) lis_table_free(&table);
    for (size_t bit = 0; bit < file.size * 8; bit++) {
        file.bytes[bit / 8] ^= (char)(1U << bit % 8);
        if (parse(1, &table, file.bytes, file.size, &options, &error) == LIS_OK)
            lis_table_free(&table);
        file.bytes[bit / 8] ^= (char)(1U << bit % 8);
    }
    assert_int_equal(lis_mem_read().live_blocks, before);
    for (int k = 0; k < 3; k++)
        text_free(&wanted[k]);
    text_free(&file);
}

static void an_interrupt_stops_the_reading(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_error error;
    lis_table table;
    lis_delimited_options options = {0};
    lis_ctx_init(&ctx, 2);
    lis_ctx_interrupt(&ctx);
    assert_int_equal(
        lis_jsonl_parse(&ctx, &table, "log.jsonl", TEXT("{\"a\":1}\n"), &options, &error),
        LIS_EINTR);
}

typedef struct making {
    text_buffer file;
    lis_table table;
} making;

static lis_status make(void *arg, lis_error *err) {
    making *m = arg;
    lis_delimited_options options = {.shard_bytes = 500};
    return parse(2, &m->table, m->file.bytes, m->file.size, &options, err);
}

static void drop(void *arg) {
    lis_table_free(&((making *)arg)->table);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    text_buffer wanted[3] = {0};
    making m = {.file = random_file(60, wanted)};
    check_allocations(make, drop, &m);
    for (int k = 0; k < 3; k++)
        text_free(&wanted[k]);
    text_free(&m.file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_inputs),
        cmocka_unit_test(refused_inputs),
        cmocka_unit_test(any_cut_reads_the_same),
        cmocka_unit_test(lists_at_any_cut),
        cmocka_unit_test(the_first_error_is_reported),
        cmocka_unit_test(every_cut_and_flip_is_survived),
        cmocka_unit_test(an_interrupt_stops_the_reading),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
