#include "support.h"

#include <inttypes.h>

#include "number.h"

/* Every text is tried with room behind it and flush with the end of readable memory. */
static bool read_i64(const char *text, int64_t *out) {
    size_t n = strlen(text);
    char *flush = malloc(n + 1), roomy[600];
    memcpy(flush, text, n);
    memset(roomy, '7', sizeof roomy);
    memcpy(roomy, text, n);
    int64_t a = 0, b = 0;
    bool x = lis_number_i64(flush, n, flush + n, &a);
    bool y = lis_number_i64(roomy, n, roomy + sizeof roomy, &b);
    assert_int_equal(x, y);
    if (x) assert_int_equal(a, b);
    free(flush);
    *out = a;
    return x;
}

static bool read_f64(const char *text, double *out) {
    size_t n = strlen(text);
    char *flush = malloc(n + 1), roomy[600];
    memcpy(flush, text, n);
    memset(roomy, '7', sizeof roomy);
    memcpy(roomy, text, n);
    double a = 0, b = 0;
    bool x = lis_number_f64(flush, n, flush + n, &a);
    bool y = lis_number_f64(roomy, n, roomy + sizeof roomy, &b);
    assert_int_equal(x, y);
    if (x) assert_memory_equal(&a, &b, sizeof a);
    free(flush);
    *out = a;
    return x;
}

static void whole_numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"7", 7},
        {"12345678", 12345678},
        {"881250949", 881250949},
        {"-42", -42},
        {"+42", 42},
        {" 42\t", 42},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
        {"978300760.0", 978300760},
        {"8.8125e4", 88125},
        {"1e3", 1000},
        {"-3.", -3},
        {"9007199254740991.0", 9007199254740991},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t value;
        if (!read_i64(good[i].text, &value)) fail_msg("'%s' refused", good[i].text);
        assert_int_equal(value, good[i].value);
    }
    static const char *const bad[] = {
        "",
        "-",
        "+",
        "x",
        "1x",
        "x1",
        "1 2",
        "0x10",
        "9223372036854775808",
        "1.5",
        "8.8125e2",
        "--1",
        "+-1",
        "1e400",
        "nan",
        "inf",
        "1e17",
        "12345678901234567890",
        ":",
        "1234567:",
        "/2345678",
        "-9223372036854775809",
        "1,000",
        "\xd9\xa1",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t value;
        if (read_i64(bad[i], &value)) fail_msg("'%s' read as %" PRId64, bad[i], value);
    }
}

static void random_whole_numbers_survive(void **state) {
    (void)state;
    lis_rng rng = lis_rng_open(3, "number", 0);
    for (int round = 0; round < 100000; round++) {
        int64_t wanted = (int64_t)(lis_rng_next(&rng) >> lis_rng_below(&rng, 64)), value;
        if (round % 3 == 0) wanted = -wanted;
        char text[32];
        snprintf(text, sizeof text, "%" PRId64, wanted);
        assert_true(read_i64(text, &value));
        assert_int_equal(value, wanted);
    }
}

static void a_strange_byte_among_digits_is_refused(void **state) {
    (void)state;
    for (size_t n = 1; n <= 18; n++)
        for (size_t at = 0; at < n; at++)
            for (int letter = 1; letter < 256; letter++) {
                if (letter >= '0' && letter <= '9') continue;
                if (strchr(" \t+-.eE", letter)) continue;
                char text[20] = "111111111111111111";
                int64_t value;
                text[n] = '\0';
                text[at] = (char)letter;
                if (read_i64(text, &value)) fail_msg("'%s' read as %" PRId64, text, value);
            }
}

static void check_same_as_strtod(const char *text) {
    double value, wanted = strtod(text, NULL);
    if (!read_f64(text, &value)) fail_msg("'%s' refused", text);
    if (memcmp(&value, &wanted, sizeof value) != 0)
        fail_msg("'%s' read as %.17g, wanted %.17g", text, value, wanted);
}

static void random_reals_round_as_strtod(void **state) {
    (void)state;
    static const char *const formats[] = {"%.17g", "%.15g", "%.6f", "%.0f", "%.3e", "%.9g"};
    lis_rng rng = lis_rng_open(4, "number", 0);
    for (int round = 0; round < 60000; round++) {
        double value;
        uint64_t bits = lis_rng_next(&rng);
        memcpy(&value, &bits, sizeof value);
        if (round % 2) value = (lis_rng_uniform(&rng) - 0.5) * 1e4;
        if (!(value - value == 0)) continue;
        char text[400];
        snprintf(text, sizeof text, formats[round % 6], value);
        check_same_as_strtod(text);
    }
    static const char *const odd[] = {"0",         "-0",
                                      "-0.0",      ".5",
                                      "5.",        "1e22",
                                      "1e23",      "4.9e-324",
                                      "0.1",       "123456789012345.6",
                                      "00012.500", "3.5E+2",
                                      "1e-400",    "9007199254740993"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        check_same_as_strtod(odd[i]);
}

static void named_and_refused_reals(void **state) {
    (void)state;
    double value;
    assert_true(read_f64("NaN", &value) && value != value);
    assert_true(read_f64("inf", &value) && value > 1e308);
    assert_true(read_f64("-Infinity", &value) && value < -1e308);
    assert_true(read_f64(" 2.5 ", &value) && value == 2.5);
    static const char *const bad[] = {"",        ".",     "-",   "e5",  "1e",  "0x1p3",
                                      "nan(1)",  "1.2.3", "1,5", "abc", "--1", "1e400",
                                      "infinit", "+",     "1 2", "1e5x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (read_f64(bad[i], &value)) fail_msg("'%s' read as %g", bad[i], value);
    char longest[600];
    memset(longest, '1', sizeof longest);
    assert_false(lis_number_f64(longest, sizeof longest, longest + sizeof longest, &value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(random_whole_numbers_survive),
        cmocka_unit_test(a_strange_byte_among_digits_is_refused),
        cmocka_unit_test(random_reals_round_as_strtod),
        cmocka_unit_test(named_and_refused_reals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
