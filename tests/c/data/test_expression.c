#include <math.h>

#include "lis/data/delimited.h"
#include "lis/data/expression.h"
#include "support.h"

static lis_table parse_csv(const char *text, const lis_column_want *types, int64_t count) {
    lis_error error;
    lis_table table;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_delimited_options options = {.types = types, .type_count = count};
    assert_ok(lis_delimited_parse(&ctx, &table, "t.csv", text, strlen(text), &options, &error));
    return table;
}

static lis_table small_table(void) {
    static const lis_column_want types[] = {{.name = "title", .type = LIS_COLUMN_TEXT},
                                            {.name = "half", .type = LIS_COLUMN_F32}};
    return parse_csv("user,rating,genre,t,half,title,query\n"
                     "a,4,Drama,10,0.5,x,Drama\n"
                     "b,,War,20,1.5,,x\n"
                     "a,2.5,,30,2.5,y,\n"
                     "c,-5,x y,40,,z,War\n",
                     types, 2);
}

static lis_status evaluate(int threads, lis_tensor *out, const char *text, const lis_table *table,
                           bool number, lis_error *err) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, threads);
    lis_expression *expression;
    LIS_TRY(lis_expression_parse(&expression, text, strlen(text), err));
    lis_status status = number ? lis_expression_compute(&ctx, out, expression, table, err)
                               : lis_expression_where(&ctx, out, expression, table, err);
    lis_expression_free(expression);
    return status;
}

/* `wanted` is a digit a row. */
static void check_where(const lis_table *table, const char *text, const char *wanted) {
    lis_error error;
    lis_tensor out;
    char got[16] = {0};
    assert_ok(evaluate(1, &out, text, table, false, &error));
    assert_int_equal(lis_tensor_size(&out), strlen(wanted));
    for (size_t r = 0; r < strlen(wanted); r++)
        got[r] = (char)('0' + lis_u8(&out)[r]);
    if (strcmp(got, wanted) != 0) fail_msg("%s: got %s, wanted %s", text, got, wanted);
    lis_tensor_release(&out);
}

static void conditions(void **state) {
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {
        {"rating >= 4 and t < 20", "1000"},
        {"not rating > 3", "0111"}, /* NaN compares as false */
        {"rating ~= 4", "0111"},
        {"rating != 4", "0111"},
        {"rating == rating", "1011"},
        {"is_missing(rating) or is_missing(genre)", "0110"},
        {"rating in (4, -5, 7)", "1001"},
        {"rating not in (4, -5, 7)", "0110"},
        {"t in (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,40)", "1001"},
        {"genre == 'War'", "0100"},
        {"'War' == genre", "0100"},
        {"genre ~= \"War\"", "1011"},
        {"genre == ''", "0010"},
        {"genre == 'none of them'", "0000"},
        {"genre ~= 'none of them'", "1111"},
        {"genre in ('War', 'nothing', '')", "0110"},
        {"genre not in ('War', 'nothing', '')", "1001"},
        {"genre < 'War'", "1010"},
        {"genre <= 'War'", "1110"},
        {"'War' < genre", "0001"},
        {"genre >= 'x'", "0001"},
        {"genre == query", "1010"},
        {"genre ~= query", "0101"},
        {"user == user", "1111"},
        {"`user` == \"a\"", "1010"},
        {"half > 1", "0110"},
        {"1 + 2 * 3 == 7", "1111"},
        {"(1 + 2) * 3 == 9", "1111"},
        {"-2 % 3 == 1 and 2 % -3 == -1", "1111"},
        {"7 - 4 - 2 == 1 and 8 / 4 / 2 == 1", "1111"},
        {"t > 10 or t > 30 and t < 0", "0111"},
        {"not t > 10 and not t < 5", "1000"},
        {"t/10 == 1 or\n t\t== 2e1", "1100"},
        {"max(t, 15, 25) == 25", "1100"},
        {"min(rating, t) == rating", "1011"},
        {"abs(rating) == 5 and floor(2.5) == 2 and ceil(2.5) == 3 and sqrt(9) == 3", "0001"},
        {"exp(log(t)) > 9.99", "1111"},
    };
    lis_table table = small_table();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_where(&table, cases[i].text, cases[i].wanted);
    lis_table_free(&table);
}

static void numbers(void **state) {
    (void)state;
    lis_error error;
    lis_tensor out;
    lis_table table = small_table();
    assert_ok(evaluate(1, &out, "max(rating * 2, t) - half", &table, true, &error));
    assert_near(lis_f64(&out)[0], 9.5, 0);
    assert_true(isnan(lis_f64(&out)[1]));
    assert_near(lis_f64(&out)[2], 27.5, 0);
    assert_true(isnan(lis_f64(&out)[3]));
    lis_tensor_release(&out);
    lis_table_free(&table);
}

static void errors_name_the_place(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"ratng >= 4",
         "column 'ratng' at 1: no such column; did you mean 'rating'? the columns are "
         "'user', 'rating', 'genre'"},
        {"t > 1 and zzzzzz > 2", "column 'zzzzzz' at 11: no such column; the columns are"},
        {"title == 'x'", "column 'title' at 1: a column of type text has no value"},
        {"rating = 4", "at 8: '=' means nothing here; did you mean '=='?"},
        {"rating => 4", "at 8: '=>' means nothing here; did you mean '>='?"},
        {"t > 1 && t < 2", "at 7: '&&' means nothing here; did you mean 'and'?"},
        {"t > 1 @", "at 7: '@' means nothing here"},
        {"rating", "at 1: this is a number, and a condition is wanted; compare it, as in x > 0"},
        {"genre", "column 'genre' at 1: a column of strings alone is no condition"},
        {"'x'", "'x' at 1: a string alone is no condition"},
        {"1 < t < 5", "at 7: comparisons do not chain"},
        {"t == 1 in (1)", "at 8: comparisons do not chain"},
        {"genre > 3", "a number at 9: '>' wants a string beside a column of strings"},
        {"genre > rating", "column 'rating' at 9: '>' wants a string beside a column of strings"},
        {"genre > user", "column 'user' at 9: '>' wants a string behind a column of strings"},
        {"t == 'x'", "'x' at 6: '==' wants a number beside a number, and it is a string"},
        {"'x' == 'y'", "at 5: two strings are compared, neither of which is a column"},
        {"genre + 1 > 2", "column 'genre' at 1: '+' wants a number, and it is a column of strings"},
        {"-genre > 2", "column 'genre' at 2: '-' wants a number"},
        {"(t > 1) + 1 > 2", "'>' at 4: '+' wants a number, and it is a condition"},
        {"t and t > 1", "column 't' at 1: 'and' wants a condition, and it is a number"},
        {"not t", "column 't' at 5: 'not' wants a condition"},
        {"(t > 1) in (1, 2)", "'>' at 4: 'in' wants a number or a column of strings"},
        {"t in (1, 'a')", "at 10: 'in' wants numbers here, found a string"},
        {"genre in ('a', -1)", "at 16: 'in' wants strings here, found a number"},
        {"t in 1", "at 6: wanted '(' behind 'in', found '1'"},
        {"t in ()", "at 7: wanted a number or a string, found ')'"},
        {"t in (t)", "at 7: wanted a number or a string, found 't'"},
        {"t in (1 2)", "at 9: wanted ',' or ')', found '2'"},
        {"genre in (-'a')", "at 12: wanted a number or a string, found ''a''"},
        {"t not 1", "at 7: wanted 'in' behind 'not', found '1'"},
        {"absy(t) > 2", "at 1: no such function; did you mean 'abs'? known are 'abs'"},
        {"min(t) > 2", "at 6: wanted a second argument behind ',', found ')'"},
        {"abs(t, 1) > 2", "at 6: wanted ')', found ','"},
        {"(((", "at 4: wanted a column, a number, a string or '(', found the end"},
        {"", "at 1: wanted a column, a number, a string or '(', found the end"},
        {"t >", "at 4: wanted a column, a number, a string or '(', found the end"},
        {"t > and", "at 5: wanted a column, a number, a string or '(', found 'and'"},
        {"t > 5 t", "at 7: wanted an operator or the end, found 't'"},
        {"t > 5)", "at 6: wanted an operator or the end, found ')'"},
        {"5a > 3", "at 1: '5a' is no number"},
        {"1.2.3 > 3", "at 1: '1.2.3' is no number"},
        {"genre == 'open", "at 10: the quote is not closed: wanted another '"},
        {"genre == 'op\\", "at 10: the quote is not closed: wanted another '"},
        {"genre == '\\q'", "at 11: unknown escape"},
    };
    lis_table table = small_table();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error;
        lis_tensor out = {0};
        int64_t before = lis_mem_read().live_blocks;
        assert_int_equal(evaluate(1, &out, cases[i].text, &table, false, &error), LIS_EARG);
        assert_holds(error.message, cases[i].message);
        assert_null(out.data);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
    lis_error error;
    lis_tensor out;
    assert_int_equal(evaluate(1, &out, "t > 1", &table, true, &error), LIS_EARG);
    assert_holds(error.message, "this is a condition, and a number is wanted");
    lis_expression *expression;
    assert_int_equal(lis_expression_parse(&expression, "t\0> 1", 5, &error), LIS_EARG);
    assert_holds(error.message, "at 2: a NUL byte means nothing here");
    lis_table_free(&table);
}

/* Each of these would be a deep call, a deep stack or a large memory if nobody counted. */
static void hostile_text_is_refused(void **state) {
    (void)state;
    lis_error error;
    lis_expression *expression;
    static const char *const nests[] = {"(", "not ", "-", "abs(", "1 + (", "t in (1) and (not "};
    for (size_t k = 0; k < sizeof nests / sizeof *nests; k++) {
        text_buffer text = {0};
        for (int i = 0; i < 5000; i++)
            text_add(&text, nests[k], strlen(nests[k]));
        assert_int_equal(lis_expression_parse(&expression, text.bytes, text.size, &error),
                         LIS_EARG);
        assert_holds(error.message, "nested deeper than 100");
        assert_null(expression);
        text_free(&text);
    }
    text_buffer columns = {0};
    for (int i = 0; i < 2000; i++)
        text_print(&columns, "c%d + ", i);
    assert_int_equal(lis_expression_parse(&expression, columns.bytes, columns.size, &error),
                     LIS_EARG);
    assert_holds(error.message, "more than 1000 different columns");
    text_free(&columns);
    static char zeros[LIS_EXPRESSION_BYTES + 1];
    assert_int_equal(lis_expression_parse(&expression, zeros, sizeof zeros, &error), LIS_EARG);
    assert_holds(error.message, "is longer than");
}

/* Long is fine where it is not deep: sums, and the deepest tree that is allowed. */
static void long_text_is_fine(void **state) {
    (void)state;
    lis_table table = small_table();
    text_buffer sum = {0}, deep = {0};
    for (int i = 0; i < 20000; i++)
        text_add(&sum, "1 + ", 4);
    text_print(&sum, "0 == 20000");
    check_where(&table, sum.bytes, "1111");
    for (int i = 0; i < LIS_EXPRESSION_DEPTH / 2 - 1; i++)
        text_print(&deep, "1 + (");
    text_print(&deep, "1");
    for (int i = 0; i < LIS_EXPRESSION_DEPTH / 2 - 1; i++)
        text_print(&deep, ")");
    text_print(&deep, " == %d", LIS_EXPRESSION_DEPTH / 2);
    check_where(&table, deep.bytes, "1111");
    text_free(&sum);
    text_free(&deep);
    lis_table_free(&table);
}

static void columns_are_listed(void **state) {
    (void)state;
    lis_error error;
    lis_expression *expression;
    const char *text = "b > 1 and a == b or `a c` in (1)";
    assert_ok(lis_expression_parse(&expression, text, strlen(text), &error));
    assert_int_equal(lis_expression_columns(expression), 3);
    assert_string_equal(lis_expression_column(expression, 0), "b");
    assert_string_equal(lis_expression_column(expression, 1), "a");
    assert_string_equal(lis_expression_column(expression, 2), "a c");
    lis_expression_free(expression);
    lis_expression_free(NULL);
}

/* Many shards and a last block that is not full. */
static lis_table large_table(void) {
    text_buffer text = {0};
    text_print(&text, "x,y,name\n");
    lis_rng rng = lis_rng_open(3, "expression", 0);
    for (int r = 0; r < 200100; r++)
        text_print(&text, "%d,%.3f,n%d\n", (int)lis_rng_below(&rng, 100),
                   10 * lis_rng_uniform(&rng), (int)lis_rng_below(&rng, 9));
    lis_table table = parse_csv(text.bytes, NULL, 0);
    text_free(&text);
    return table;
}

static void threads_do_not_matter(void **state) {
    (void)state;
    lis_error error;
    lis_table table = large_table();
    lis_tensor flags[3], numbers[3];
    for (int k = 0; k < 3; k++) {
        assert_ok(evaluate(1 << k, &flags[k], "x % 7 < y and name in ('n1', 'n4') or x in (3, 5)",
                           &table, false, &error));
        assert_ok(evaluate(1 << k, &numbers[k], "log(x + 1) / y", &table, true, &error));
    }
    for (int k = 1; k < 3; k++) {
        assert_memory_equal(flags[0].data, flags[k].data, (size_t)table.rows);
        assert_memory_equal(numbers[0].data, numbers[k].data, (size_t)table.rows * 8);
    }
    for (int64_t r = 0; r < table.rows; r++) {
        double x = (double)lis_i64(&table.column[0].values)[r];
        double y = lis_f64(&table.column[1].values)[r];
        lis_text name = lis_dict_text(table.column[2].dict, lis_i32(&table.column[2].values)[r]);
        bool named = memcmp(name.bytes, "n1", 2) == 0 || memcmp(name.bytes, "n4", 2) == 0;
        assert_int_equal(lis_u8(&flags[0])[r], (fmod(x, 7) < y && named) || x == 3 || x == 5);
    }
    for (int k = 0; k < 3; k++) {
        lis_tensor_release(&flags[k]);
        lis_tensor_release(&numbers[k]);
    }
    lis_table_free(&table);
}

static void an_interrupt_leaves_nothing(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    lis_tensor out;
    lis_expression *expression;
    lis_table table = small_table();
    lis_ctx_init(&ctx, 1);
    lis_ctx_interrupt(&ctx);
    assert_ok(lis_expression_parse(&expression, "t > 1", 5, &error));
    int64_t before = lis_mem_read().live_blocks;
    assert_int_equal(lis_expression_where(&ctx, &out, expression, &table, &error), LIS_EINTR);
    assert_null(out.data);
    assert_int_equal(lis_mem_read().live_blocks, before);
    lis_expression_free(expression);
    lis_table_free(&table);
}

typedef struct sweep {
    lis_table table;
    lis_tensor out;
} sweep;

static lis_status make(void *arg, lis_error *err) {
    sweep *s = arg;
    return evaluate(
        2, &s->out,
        "genre in ('War', 'x') and rating in (1, 2) or genre == query or genre < 'b' and "
        "t + 1 + half in (3) and is_missing(user)",
        &s->table, false, err);
}

static void drop(void *arg) {
    lis_tensor_release(&((sweep *)arg)->out);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    sweep s = {.table = small_table()};
    check_allocations(make, drop, &s);
    lis_table_free(&s.table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions),
        cmocka_unit_test(numbers),
        cmocka_unit_test(errors_name_the_place),
        cmocka_unit_test(hostile_text_is_refused),
        cmocka_unit_test(long_text_is_fine),
        cmocka_unit_test(columns_are_listed),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(an_interrupt_leaves_nothing),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
