#include "support.h"

#include "lis/data/history.h"

/* A log with its arrays owned. */
typedef struct log_rows {
    lis_history_source source;
    int32_t user[4000], item[4000], seed[4000], seed_item[400];
    int64_t time[4000], seed_offset[41];
    uint8_t engaged[4000];
} log_rows;

static log_rows *new_log(int64_t rows, int64_t users, int64_t times, bool seeds, uint64_t key) {
    log_rows *log = calloc(1, sizeof *log);
    lis_rng rng = lis_rng_open(key, "history", 0);
    for (int64_t r = 0; r < rows; r++) {
        log->user[r] = (int32_t)lis_rng_below(&rng, (uint64_t)users + 1) - 1;
        log->item[r] = (int32_t)lis_rng_below(&rng, 100) - 1;
        log->time[r] = (int64_t)lis_rng_below(&rng, (uint64_t)times) - times / 2;
        log->engaged[r] = lis_rng_below(&rng, 3) > 0;
        log->seed[r] = (int32_t)lis_rng_below(&rng, 41) - 1;
    }
    for (int k = 0; k < 40; k++)
        log->seed_offset[k + 1] = log->seed_offset[k] + (int64_t)lis_rng_below(&rng, 11);
    for (int k = 0; k < 400; k++)
        log->seed_item[k] = 1000 + k;
    log->source = (lis_history_source){.rows = rows,
                                       .users = users,
                                       .user = log->user,
                                       .item = log->item,
                                       .time = log->time,
                                       .engaged = log->engaged};
    if (seeds) {
        log->source.seed = log->seed;
        log->source.seeds = 40;
        log->source.seed_offset = log->seed_offset;
        log->source.seed_item = log->seed_item;
    }
    return log;
}

/* The definition: of all rows, those of the same user, engaged and strictly earlier, by time and
 * then by place in the log; the seed in front. Returns how many. */
static int64_t naive_row(const lis_history_source *s, int64_t r, int32_t *out) {
    int64_t n = 0, found = 0;
    int64_t *rows = malloc((size_t)s->rows * sizeof *rows);
    if (s->seed && s->seed[r] >= 0)
        for (int64_t k = s->seed_offset[s->seed[r]]; k < s->seed_offset[s->seed[r] + 1]; k++)
            out[n++] = s->seed_item[k];
    for (int64_t e = 0; e < s->rows; e++) {
        bool engaged = !s->engaged || s->engaged[e];
        if (s->user[r] < 0 || s->user[e] != s->user[r] || s->item[e] < 0 || !engaged ||
            s->time[e] >= s->time[r])
            continue;
        int64_t at = found++;
        for (; at > 0 && s->time[rows[at - 1]] > s->time[e]; at--)
            rows[at] = rows[at - 1];
        rows[at] = e;
    }
    for (int64_t k = 0; k < found; k++)
        out[n++] = s->item[rows[k]];
    free(rows);
    return n;
}

static lis_history build(int threads, const lis_history_source *source) {
    lis_ctx ctx;
    lis_error error;
    lis_history history;
    lis_ctx_init(&ctx, threads);
    assert_ok(lis_history_new(&ctx, &history, source, &error));
    return history;
}

static void check_against_definition(log_rows *log) {
    lis_history history = build(2, &log->source);
    static int32_t wanted[5000];
    for (int64_t r = 0; r < history.rows; r++) {
        int64_t n = naive_row(&log->source, r, wanted);
        assert_int_equal(history.end[r] - history.begin[r], n);
        assert_true(history.begin[r] >= 0 && history.end[r] <= history.events);
        assert_memory_equal(history.item + history.begin[r], wanted, (size_t)n * sizeof *wanted);
    }
    lis_history_free(&history);
    free(log);
}

static void rows_see_what_is_strictly_earlier(void **state) {
    (void)state;
    check_against_definition(new_log(800, 7, 50, false, 1));      /* many ties */
    check_against_definition(new_log(800, 3, 1 << 30, false, 2)); /* long histories, no ties */
    check_against_definition(new_log(800, 400, 20, false, 3));    /* short ones */
    check_against_definition(new_log(800, 5, 1, false, 4)); /* one time: nobody sees anything */
}

static void seeds_stand_in_front(void **state) {
    (void)state;
    check_against_definition(new_log(600, 6, 50, true, 5));
    check_against_definition(new_log(600, 300, 1000, true, 6));
}

static void all_rows_engage_where_nobody_says(void **state) {
    (void)state;
    log_rows *log = new_log(500, 5, 60, false, 7);
    log->source.engaged = NULL;
    check_against_definition(log);
}

static void rows_of_one_time_never_see_each_other(void **state) {
    (void)state;
    static const int32_t user[] = {0, 0, 0, 0}, item[] = {1, 2, 3, 4};
    static const int64_t time[] = {5, 5, 9, 5};
    lis_history_source source = {.rows = 4, .users = 1, .user = user, .item = item, .time = time};
    lis_history history = build(1, &source);
    int64_t length;
    assert_int_equal(history.events, 4);
    for (int64_t r = 0; r < 4; r++) {
        lis_history_view(&history, r, 50, &length);
        assert_int_equal(length, r == 2 ? 3 : 0);
    }
    const int32_t *latest = lis_history_view(&history, 2, 2, &length);
    assert_int_equal(length, 2);
    assert_int_equal(latest[0], 2);
    assert_int_equal(latest[1], 4);
    lis_history_view(&history, 2, 0, &length);
    assert_int_equal(length, 0);
    int32_t lengths[4];
    lis_history_lengths(&history, 2, lengths);
    assert_int_equal(lengths[2], 2);
    assert_int_equal(lengths[0], 0);
    lis_history_free(&history);
    lis_history_free(&history);
}

static void the_ends_of_time_are_times(void **state) {
    (void)state;
    static const int32_t user[] = {0, 0, 0}, item[] = {1, 2, 3};
    static const int64_t time[] = {INT64_MAX, INT64_MIN, 0};
    lis_history_source source = {.rows = 3, .users = 1, .user = user, .item = item, .time = time};
    lis_history history = build(1, &source);
    static const int64_t wanted[] = {2, 0, 1};
    for (int64_t r = 0; r < 3; r++)
        assert_int_equal(history.end[r] - history.begin[r], wanted[r]);
    lis_history_free(&history);
}

static void an_empty_log_has_an_empty_history(void **state) {
    (void)state;
    lis_history_source source = {.rows = 0, .users = 0};
    lis_history history = build(1, &source);
    assert_int_equal(history.rows + history.events, 0);
    lis_history_free(&history);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    for (int seeds = 0; seeds < 2; seeds++) {
        log_rows *log = new_log(4000, 1500, 200, seeds, 8);
        lis_history alone = build(1, &log->source);
        for (int threads = 2; threads <= 4; threads *= 2) {
            lis_history other = build(threads, &log->source);
            assert_int_equal(other.events, alone.events);
            assert_memory_equal(other.item, alone.item, (size_t)alone.events * sizeof(int32_t));
            assert_memory_equal(other.begin, alone.begin, (size_t)alone.rows * sizeof(int64_t));
            assert_memory_equal(other.end, alone.end, (size_t)alone.rows * sizeof(int64_t));
            lis_history_free(&other);
        }
        lis_history_free(&alone);
        free(log);
    }
}

static void refuse(const lis_history_source *source, lis_status wanted, const char *piece) {
    lis_ctx ctx;
    lis_error error = {0};
    lis_history history;
    lis_ctx_init(&ctx, 1);
    int64_t before = lis_mem_read().live_blocks;
    assert_int_equal(lis_history_new(&ctx, &history, source, &error), wanted);
    assert_holds(error.message, piece);
    assert_null(history.item);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

static void bad_rows_are_named(void **state) {
    (void)state;
    log_rows *log = new_log(100, 10, 50, true, 9);
    log->user[17] = 10;
    refuse(&log->source, LIS_ERANGE, "user[17] is 10, wanted -1 (none) or a value in [0, 10)");
    log->user[17] = -2;
    refuse(&log->source, LIS_ERANGE, "user[17] is -2");
    log->user[17] = 0;
    log->item[5] = -7;
    refuse(&log->source, LIS_ERANGE, "item[5] is -7");
    log->item[5] = 0;
    log->seed[99] = 40;
    refuse(&log->source, LIS_ERANGE, "seed[99] is 40");
    log->seed[99] = 0;
    log->seed_item[0] = -1;
    refuse(&log->source, LIS_ERANGE, "seed_item[0] is -1");
    log->seed_item[0] = 0;
    log->seed_offset[3] = -1;
    refuse(&log->source, LIS_EARG, "seed_offset descends");
    log->seed_offset[0] = 1;
    refuse(&log->source, LIS_EARG, "seed_offset[0] is 1");
    free(log);
}

static void an_interrupt_leaves_nothing(void **state) {
    (void)state;
    log_rows *log = new_log(1000, 10, 50, true, 10);
    lis_ctx ctx;
    lis_error error;
    lis_history history;
    lis_ctx_init(&ctx, 2);
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_history_new(&ctx, &history, &log->source, &error), LIS_EINTR);
    assert_null(history.begin);
    free(log);
}

typedef struct making {
    log_rows *log;
    lis_history history;
} making;

static lis_status make(void *arg, lis_error *err) {
    making *m = arg;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    return lis_history_new(&ctx, &m->history, &m->log->source, err);
}

static void drop(void *arg) {
    lis_history_free(&((making *)arg)->history);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    making m = {.log = new_log(1000, 5, 50, true, 11)};
    check_allocations(make, drop, &m);
    free(m.log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_see_what_is_strictly_earlier),
        cmocka_unit_test(seeds_stand_in_front),
        cmocka_unit_test(all_rows_engage_where_nobody_says),
        cmocka_unit_test(rows_of_one_time_never_see_each_other),
        cmocka_unit_test(the_ends_of_time_are_times),
        cmocka_unit_test(an_empty_log_has_an_empty_history),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(bad_rows_are_named),
        cmocka_unit_test(an_interrupt_leaves_nothing),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
