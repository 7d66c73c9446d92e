#include "support.h"

#include <stdlib.h>
#include <string.h>

#include "lis/sparse/session.h"

static lis_error error;

enum { EVENTS = 300, USERS = 7 };

typedef struct {
    int32_t user[EVENTS];
    int64_t time[EVENTS];
    uint8_t keep[EVENTS];
    lis_events events;
} small_log;

static void make_log(small_log *log) {
    lis_rng rng = lis_rng_open(1, "log", 0);
    for (int k = 0; k < EVENTS; k++) {
        log->user[k] = (int32_t)lis_rng_below(&rng, USERS) - 1;
        log->time[k] = (int64_t)lis_rng_below(&rng, 2000) - 1000;
        log->keep[k] = lis_rng_below(&rng, 5) > 0;
    }
    log->events = (lis_events){
        .n = EVENTS, .users = USERS, .user = log->user, .time = log->time, .keep = log->keep};
}

static bool counts(const small_log *log, int k) {
    return log->keep[k] && log->user[k] >= 0;
}

/* Two events of a user share a session where no gap above the limit lies between them: the latest
 * beginning at or before an event, where a beginning has no event of its user shortly before it. */
static int64_t beginning_of(const small_log *log, int k, int64_t max_gap) {
    int64_t begin = log->time[k];
    for (bool moved = true; moved;) {
        moved = false;
        for (int j = 0; j < EVENTS; j++) {
            if (!counts(log, j) || log->user[j] != log->user[k]) continue;
            if (log->time[j] < begin && begin - log->time[j] <= max_gap) {
                begin = log->time[j];
                moved = true;
            }
        }
    }
    return begin;
}

static void test_events_share_a_session_as_defined(void **state) {
    (void)state;
    static small_log log;
    static int32_t session[EVENTS];
    make_log(&log);
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    const int64_t gaps[] = {0, 20, 60, 5000};
    for (int g = 0; g < 4; g++) {
        int64_t count, highest = -1;
        assert_ok(lis_sessions_cut(&ctx, session, &count, &log.events, gaps[g], &error));
        for (int a = 0; a < EVENTS; a++) {
            assert_int_equal(session[a] >= 0, counts(&log, a));
            if (session[a] > highest) highest = session[a];
            for (int b = 0; b < EVENTS && counts(&log, a); b++) {
                if (!counts(&log, b)) continue;
                int64_t from_a = beginning_of(&log, a, gaps[g]);
                int64_t from_b = beginning_of(&log, b, gaps[g]);
                bool same = log.user[a] == log.user[b] && from_a == from_b;
                assert_int_equal(session[a] == session[b], same);
                if (from_a < from_b) assert_true(session[a] < session[b]);
            }
        }
        assert_int_equal(count, highest + 1);
    }
}

static void test_extreme_times_and_errors(void **state) {
    (void)state;
    const int32_t user[] = {0, 0, 0, 1};
    const int64_t time[] = {INT64_MIN, INT64_MAX, INT64_MAX - 5, 0};
    int32_t session[4];
    int64_t count;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_events events = {.n = 4, .users = 2, .user = user, .time = time};
    assert_ok(lis_sessions_cut(&ctx, session, &count, &events, 5, &error));
    assert_int_equal(count, 3);
    assert_true(session[0] == 0 && session[3] == 1 && session[1] == 2 && session[2] == 2);
    assert_int_equal(lis_sessions_cut(&ctx, session, &count, &events, -1, &error), LIS_EARG);
    events.users = 1;
    assert_int_equal(lis_sessions_cut(&ctx, session, &count, &events, 5, &error), LIS_ERANGE);
    assert_non_null(strstr(error.message, "user id 1 of event 3"));
    events.time = NULL;
    assert_int_equal(lis_sessions_cut(&ctx, session, &count, &events, 5, &error), LIS_EARG);
    events.n = 0;
    events.time = time;
    assert_ok(lis_sessions_cut(&ctx, session, &count, &events, 5, &error));
    assert_int_equal(count, 0);
}

static void test_failing_allocations_and_interrupt(void **state) {
    (void)state;
    static small_log log;
    static int32_t session[EVENTS];
    make_log(&log);
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    int64_t count, before = lis_mem_read().live_blocks;
    lis_status status = LIS_ENOMEM;
    for (int64_t successes = 0; status != LIS_OK; successes++) {
        lis_mem_fail_after(successes);
        status = lis_sessions_cut(&ctx, session, &count, &log.events, 9, &error);
        lis_mem_fail_after(-1);
        assert_true(status == LIS_OK || status == LIS_ENOMEM);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_sessions_cut(&ctx, session, &count, &log.events, 9, &error), LIS_EINTR);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_share_a_session_as_defined),
        cmocka_unit_test(test_extreme_times_and_errors),
        cmocka_unit_test(test_failing_allocations_and_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
