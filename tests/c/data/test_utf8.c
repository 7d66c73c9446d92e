#include "support.h"

#include "message.h"
#include "utf8.h"

/* RFC 3629 by way of the code point: encode it and compare. */
static size_t encode(uint32_t point, char *out) {
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    out[0] = (char)(lead[length] | point);
    return length;
}

static void every_code_point_is_valid_but_surrogates(void **state) {
    (void)state;
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        char text[4];
        size_t length = encode(point, text);
        bool surrogate = point >= 0xd800 && point < 0xe000;
        size_t wanted = surrogate ? 0 : length;
        if (lis_utf8_character(text, length) != wanted) fail_msg("U+%04X", point);
        if (length > 1) assert_int_equal(lis_utf8_character(text, length - 1), 0);
    }
}

static void bad_bytes_end_the_valid_part(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t n, valid;
    } cases[] = {
        {"", 0, 0},
        {"plain ascii text", 16, 16},
        {"12345678\xff", 9, 8},
        {"caf\xc3\xa9", 5, 5},
        {"caf\xe9", 4, 3},          /* Latin-1 */
        {"\xc0\xaf", 2, 0},         /* overlong */
        {"\xe0\x9f\xbf", 3, 0},     /* overlong */
        {"\xf0\x8f\xbf\xbf", 4, 0}, /* overlong */
        {"\xed\xa0\x80", 3, 0},     /* surrogate */
        {"\xf4\x90\x80\x80", 4, 0}, /* past the last code point */
        {"\xf5\x80\x80\x80", 4, 0},
        {"\x80", 1, 0},       /* continuation alone */
        {"ab\xe2\x82", 4, 2}, /* cut short */
        {"ab\xe2\x82\x28", 5, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(lis_utf8_valid(cases[i].text, cases[i].n), cases[i].valid);
}

static void excerpts_are_cut_and_escaped(void **state) {
    (void)state;
    char out[LIS_EXCERPT];
    assert_string_equal(lis_excerpt(out, "abc", 3), "'abc'");
    assert_string_equal(lis_excerpt(out, "a\n\0\xff", 4), "'a\\x0a\\x00\\xff'");
    assert_string_equal(lis_excerpt(out, "caf\xc3\xa9", 5), "'caf\xc3\xa9'");
    assert_string_equal(lis_excerpt(out, "", 0), "''");
    char longest[1000];
    for (int letter = 0; letter < 256; letter++) {
        memset(longest, letter, sizeof longest);
        assert_true(strlen(lis_excerpt(out, longest, sizeof longest)) < 60);
        assert_holds(out, "...'");
    }
}

static void nearest_names(void **state) {
    (void)state;
    const char *names[] = {"user_id", "item_id", "timestamp", "rating"};
    static const struct {
        const char *wanted, *nearest;
    } cases[] = {{"userid", "user_id"},
                 {"User_ID", "user_id"},
                 {"tiemstamp", "timestamp"},
                 {"time", NULL},
                 {"ratings", "rating"},
                 {"zzz", NULL},
                 {"", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *near = lis_name_nearest(cases[i].wanted, names, 4);
        if (cases[i].nearest)
            assert_string_equal(near, cases[i].nearest);
        else
            assert_null(near);
    }
    char huge[500];
    memset(huge, 'x', sizeof huge);
    huge[499] = '\0';
    assert_null(lis_name_nearest(huge, names, 4));
}

static void long_lists_are_counted(void **state) {
    (void)state;
    const char *names[500];
    for (int i = 0; i < 500; i++)
        names[i] = "a_name_of_some_length";
    char list[LIS_NAME_LIST];
    assert_holds(lis_name_list(list, names, 500), " and 4");
    assert_holds(list, " more");
    assert_true(strlen(list) < LIS_NAME_LIST);
    assert_string_equal(lis_name_list(list, names, 1), "'a_name_of_some_length'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_valid_but_surrogates),
        cmocka_unit_test(bad_bytes_end_the_valid_part),
        cmocka_unit_test(excerpts_are_cut_and_escaped),
        cmocka_unit_test(nearest_names),
        cmocka_unit_test(long_lists_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
