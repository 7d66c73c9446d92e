#include "support.h"

#include <time.h>

#include "lis/data/timestamp.h"

static void times_are_read(void **state) {
    (void)state;
    static const struct {
        const char *format, *text;
        int64_t seconds;
    } cases[] = {
        {"iso", "1970-01-01", 0},
        {"iso", "2019-11-14T02:14:46Z", 1573697686},
        {"iso", "2019-11-14 02:14:46", 1573697686},
        {"iso", "2019-11-14 02:14:46.999", 1573697686},
        {"iso", "2019-11-14 03:14:46+01:00", 1573697686},
        {"iso", "2019-11-13 21:14:46 -0500", 1573697686},
        {"iso", "2019-11-14T03:14:46+01", 1573697686},
        {"iso", "2019-11-14 02:14", 1573697640},
        {"iso", "1969-12-31 23:59:59", -1},
        {"iso", "2000-02-29", 951782400},
        {"iso", "0000-03-01", -62162035200},
        {"iso", "9999-12-31 23:59:59", 253402300799},
        {"s", "1573697686", 1573697686},
        {"s", "1573697686.9", 1573697686},
        {"s", "-1.5", -2},
        {"ms", "1573697686999", 1573697686},
        {"ms", "-1", -1},
        {"ms", "1.573697686999e12", 1573697686},
        {"%m/%d/%Y %I:%M:%S %p", "11/14/2019 2:14:46 AM", 1573697686},
        {"%m/%d/%Y %I:%M:%S %p", "11/14/2019 12:14:46 am", 1573690486},
        {"%m/%d/%Y %I:%M:%S %p", "11/14/2019 12:14:46 PM", 1573733686},
        {"%m/%d/%Y %I:%M:%S %p", "11/14/2019   1:14:46   pm", 1573737286},
        {"%d %b %Y", "14 Nov 2019", 1573689600},
        {"%A, %d %B %Y", "Thursday, 14 november 2019", 1573689600},
        {"%y%m%d%H", "19111402", 1573696800},
        {"%y%m%d%H", "70010100", 0},
        {"%Y-%m-%d %H:%M:%S.%f%z", "2019-11-14 03:14:46.5+01:00", 1573697686},
        {"[%d/%b/%Y:%H:%M:%S %z]", "[14/Nov/2019:02:14:46 +0000]", 1573697686},
        {"100%% %Y-%m-%d", "100% 1970-01-02", 86400},
        {"%Y-%m-%d %H:%M:%S", "2016-12-31 23:59:60", 1483228800},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t seconds = 0;
        lis_error error;
        assert_ok(lis_time_check(cases[i].format, &error));
        size_t n = strlen(cases[i].text);
        char *copy = malloc(n + 1);
        memcpy(copy, cases[i].text, n); /* its own block: a read past the end is seen */
        if (!lis_time_parse(cases[i].format, copy, n, &seconds))
            fail_msg("'%s' refused", cases[i].text);
        if (seconds != cases[i].seconds)
            fail_msg("'%s' read as %lld", cases[i].text, (long long)seconds);
        free(copy);
    }
}

static void what_is_no_time_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *format, *text;
    } cases[] = {
        {"iso", ""},
        {"iso", "2019"},
        {"iso", "2019-11"},
        {"iso", "2019-13-01"},
        {"iso", "2019-00-01"},
        {"iso", "2019-02-29"},
        {"iso", "1900-02-29"},
        {"iso", "2019-11-31"},
        {"iso", "2019-11-00"},
        {"iso", "2019-11-14x"},
        {"iso", "2019-11-14T"},
        {"iso", "2019-11-14T24:00"},
        {"iso", "2019-11-14T02:60"},
        {"iso", "2019-11-14T02:14:61"},
        {"iso", "2019-11-14T02:14:46."},
        {"iso", "2019-11-14T02:14:46+1"},
        {"iso", "2019-11-14T02:14:46+01:"},
        {"iso", "2019-11-14T02:14:46+24:00"},
        {"iso", "2019-11-14T02:14:46ZZ"},
        {"iso", " 2019-11-14"},
        {"iso", "19-11-14"},
        {"s", ""},
        {"s", "now"},
        {"s", "1e300"},
        {"s", "nan"},
        {"ms", "x"},
        {"%m/%d/%Y %I:%M:%S %p", "11/14/2019 13:14:46 PM"},
        {"%m/%d/%Y %I:%M:%S %p", "11/14/2019 0:14:46 AM"},
        {"%m/%d/%Y %I:%M:%S %p", "11/14/2019 2:14:46"},
        {"%m/%d/%Y %I:%M:%S %p", "11/14/2019 2:14:46 XM"},
        {"%d %b %Y", "14 Nvo 2019"},
        {"%d %b %Y", "14 Nov 2019 "},
        {"%d %b %Y", "14"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t seconds;
        if (lis_time_parse(cases[i].format, cases[i].text, strlen(cases[i].text), &seconds))
            fail_msg("'%s' read as %lld", cases[i].text, (long long)seconds);
    }
}

static void formats_are_checked(void **state) {
    (void)state;
    lis_error error;
    assert_int_equal(lis_time_check("%Y-%m-%Q", &error), LIS_EARG);
    assert_holds(error.message, "time format '%Y-%m-%Q': '%Q' is unknown");
    assert_int_equal(lis_time_check("%Y-%m-%d %", &error), LIS_EARG);
    assert_int_equal(lis_time_check("%H:%M", &error), LIS_EARG);
    assert_holds(error.message, "year, month and day");
    assert_int_equal(lis_time_check("", &error), LIS_EARG);
    assert_int_equal(lis_time_check("epoch", &error), LIS_EARG);
}

/* The C library's gmtime, the other way round. */
static void every_day_is_the_calendars(void **state) {
    (void)state;
    for (int64_t day = -200000; day < 400000; day += 37) {
        time_t wanted = (time_t)(day * 86400 + 3723);
        struct tm tm;
        char text[64];
        int64_t seconds;
        gmtime_r(&wanted, &tm);
        size_t n = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &tm);
        assert_true(lis_time_parse("iso", text, n, &seconds));
        assert_int_equal(seconds, wanted);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(formats_are_checked),
        cmocka_unit_test(every_day_is_the_calendars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
