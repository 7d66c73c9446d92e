#include "support.h"

#include "lis/data/history_stream.h"

enum { ROWS = 3000, USERS = 30 };

static lis_error error;
static lis_ctx ctx;
static int32_t user[ROWS], item[ROWS];
static int64_t row_time[ROWS];
static uint8_t engaged[ROWS];

/* A log in order of time, with `times` different times. */
static void make_log(int64_t times) {
    lis_rng rng = lis_rng_open(1, "stream", (uint64_t)times);
    for (int64_t r = 0; r < ROWS; r++) {
        user[r] = (int32_t)lis_rng_below(&rng, USERS + 1) - 1;
        item[r] = (int32_t)lis_rng_below(&rng, 100) - 1;
        row_time[r] = r * times / ROWS - times / 2;
        engaged[r] = lis_rng_below(&rng, 3) > 0;
    }
}

static lis_history_source rows_of(int64_t begin, int64_t end) {
    return (lis_history_source){.rows = end - begin,
                                .users = USERS,
                                .user = user + begin,
                                .item = item + begin,
                                .time = row_time + begin,
                                .engaged = engaged + begin};
}

/* The end of a block of about `portion` rows that leaves no time in two. */
static int64_t end_of(int64_t begin, int64_t portion) {
    int64_t end = begin + portion < ROWS ? begin + portion : ROWS;
    while (end < ROWS && row_time[end] == row_time[end - 1])
        end++;
    return end;
}

static void check_blocks(int64_t times, int64_t portion, int64_t max) {
    make_log(times);
    lis_history_source source = rows_of(0, ROWS);
    lis_history whole, part;
    lis_history_stream *stream;
    assert_ok(lis_history_new(&ctx, &whole, &source, &error));
    assert_ok(lis_history_stream_new(&stream, USERS, max, &error));
    int64_t blocks = 0;
    for (int64_t begin = 0, end; begin < ROWS; begin = end, blocks++) {
        end = end_of(begin, portion);
        source = rows_of(begin, end);
        bool skipped = blocks % 4 == 3;
        assert_ok(lis_history_stream_next(stream, skipped ? NULL : &part, &source, &error));
        if (skipped) continue;
        assert_int_equal(part.rows, end - begin);
        for (int64_t r = begin; r < end; r++) {
            int64_t wanted, found;
            const int32_t *in_whole = lis_history_view(&whole, r, max, &wanted);
            const int32_t *in_part = lis_history_view(&part, r - begin, max, &found);
            assert_int_equal(found, wanted);
            assert_memory_equal(in_part, in_whole, (size_t)found * sizeof *in_part);
            assert_true(part.begin[r - begin] >= 0 && part.end[r - begin] <= part.events);
        }
        lis_history_free(&part);
    }
    lis_history_stream_free(stream);
    lis_history_free(&whole);
}

static void blocks_see_what_the_whole_sees(void **state) {
    (void)state;
    static const int64_t times[] = {1, 40, 700, ROWS}, portions[] = {1, 13, 500, ROWS};
    static const int64_t lengths[] = {1, 5, 1000};
    for (int t = 0; t < 4; t++)
        for (int p = 0; p < 4; p++)
            for (int k = 0; k < 3; k++)
                check_blocks(times[t], portions[p], lengths[k]);
}

static void rows_come_in_order(void **state) {
    (void)state;
    make_log(40);
    lis_history part;
    lis_history_stream *stream;
    assert_ok(lis_history_stream_new(&stream, USERS, 5, &error));
    lis_history_source source = rows_of(0, 100), empty = rows_of(0, 0);
    assert_ok(lis_history_stream_next(stream, NULL, &empty, &error));
    assert_ok(lis_history_stream_next(stream, NULL, &source, &error));
    source = rows_of(100, 200); /* goes on within a time */
    assert_int_equal(lis_history_stream_next(stream, &part, &source, &error), LIS_EARG);
    assert_holds(error.message, "rows of one time belong together");
    assert_null(part.item);
    source = rows_of(end_of(0, 100), 400);
    user[350] = USERS;
    assert_int_equal(lis_history_stream_next(stream, &part, &source, &error), LIS_ERANGE);
    assert_holds(error.message, "is 30, wanted -1 (none) or a value in [0, 30)");
    user[350] = 3;
    row_time[300] = -5000;
    assert_int_equal(lis_history_stream_next(stream, &part, &source, &error), LIS_EARG);
    assert_holds(error.message, "in order of time");
    lis_history_stream_free(stream);
    assert_int_equal(lis_history_stream_new(&stream, 5, 0, &error), LIS_EARG);
    assert_int_equal(lis_history_stream_new(&stream, -1, 3, &error), LIS_EARG);
    assert_null(stream);
}

static lis_status make(void *arg, lis_error *err) {
    lis_history *out = arg;
    lis_history_stream *stream;
    LIS_TRY(lis_history_stream_new(&stream, USERS, 5, err));
    lis_history_source source = rows_of(0, 1500);
    lis_status status = lis_history_stream_next(stream, NULL, &source, err);
    source = rows_of(1500, ROWS);
    if (status == LIS_OK) status = lis_history_stream_next(stream, out, &source, err);
    lis_history_stream_free(stream);
    return status;
}

static void drop(void *arg) {
    lis_history_free(arg);
}

static void failing_allocations_leave_nothing(void **state) {
    (void)state;
    lis_history history;
    make_log(ROWS);
    check_allocations(make, drop, &history);
}

static int open_ctx(void **state) {
    (void)state;
    lis_ctx_init(&ctx, 2);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_see_what_the_whole_sees),
        cmocka_unit_test(rows_come_in_order),
        cmocka_unit_test(failing_allocations_leave_nothing),
    };
    return cmocka_run_group_tests(tests, open_ctx, NULL);
}
