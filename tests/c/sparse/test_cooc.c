#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lis/sparse/cooc.h"

static lis_error error;

enum { EVENTS = 600, USERS = 23, ITEMS = 19 };

typedef struct {
    int32_t user[EVENTS], item[EVENTS];
    int64_t time[EVENTS];
    uint8_t keep[EVENTS];
    lis_events events;
    lis_cooc_options options;
} small_log;

/* A log with busy and silent users, repeated items, equal times, missing ids and masked events. */
static void make_log(small_log *log, uint64_t seed) {
    lis_rng rng = lis_rng_open(seed, "log", 0);
    for (int k = 0; k < EVENTS; k++) {
        double u = lis_rng_uniform(&rng);
        log->user[k] = (int32_t)(u * u * (USERS - 2)); /* the last two have no events */
        log->item[k] = (int32_t)lis_rng_below(&rng, ITEMS - 1);
        log->time[k] = (int64_t)lis_rng_below(&rng, 300) - 150;
        log->keep[k] = lis_rng_below(&rng, 4) > 0;
        if (k % 50 == 7) log->user[k] = -1;
        if (k % 50 == 9) log->item[k] = -1;
    }
    log->events = (lis_events){EVENTS, USERS, ITEMS, log->user, log->item, log->time, log->keep};
    log->options = lis_cooc_defaults();
}

static bool usable(const lis_events *e, int64_t k) {
    return (!e->keep || e->keep[k]) && e->user[k] >= 0 && e->item[k] >= 0;
}

static int64_t time_of(const lis_events *e, int64_t k) {
    return e->time ? e->time[k] : k;
}

/* Event k counts if fewer than max_per_user of its user's events are later. */
static bool counts(const lis_events *e, const lis_cooc_options *options, int64_t k) {
    if (!usable(e, k)) return false;
    if (options->max_per_user == 0) return true;
    int64_t later = 0;
    for (int64_t j = 0; j < e->n; j++) {
        if (!usable(e, j) || e->user[j] != e->user[k]) continue;
        int64_t t = time_of(e, j), now = time_of(e, k);
        later += t > now ||
                 (t == now && (e->item[j] > e->item[k] || (e->item[j] == e->item[k] && j > k)));
    }
    return later < options->max_per_user;
}

/* The definition, word by word: every pair of events of every user. */
static void naive_cooc(double c[ITEMS][ITEMS], const lis_events *e,
                       const lis_cooc_options *options) {
    static bool used[EVENTS], met[USERS][ITEMS][ITEMS];
    double n[USERS] = {0};
    bool has[USERS][ITEMS] = {{false}};
    memset(met, 0, sizeof met);
    memset(c, 0, sizeof(double) * ITEMS * ITEMS);
    for (int64_t k = 0; k < e->n; k++) {
        used[k] = counts(e, options, k);
        if (!used[k]) continue;
        if (!options->distinct || !has[e->user[k]][e->item[k]]) n[e->user[k]]++;
        has[e->user[k]][e->item[k]] = true;
    }
    for (int64_t a = 0; a < e->n; a++) {
        for (int64_t b = 0; b < e->n; b++) {
            if (!used[a] || !used[b] || e->user[a] != e->user[b] || e->item[a] == e->item[b])
                continue;
            int64_t apart = time_of(e, a) - time_of(e, b);
            if (options->max_gap >= 0 && llabs((long long)apart) > options->max_gap) continue;
            int32_t u = e->user[a], i = e->item[a], j = e->item[b];
            if (options->distinct && met[u][i][j]) continue;
            met[u][i][j] = true;
            c[i][j] += options->discount == LIS_DISCOUNT_LOG       ? 1 / log2(2 + n[u])
                       : options->discount == LIS_DISCOUNT_INVERSE ? 1 / (n[u] - 1)
                                                                   : 1;
        }
    }
}

static void check_against_naive(const lis_events *events, const lis_cooc_options *options) {
    static double expected[ITEMS][ITEMS];
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr c;
    lis_cooc_plan plan;
    naive_cooc(expected, events, options);
    assert_ok(lis_cooc_build(&ctx, &c, events, options, &error));
    assert_well_formed(&c);
    bool exact = options->discount == LIS_DISCOUNT_NONE;
    int64_t entries = 0;
    for (int i = 0; i < ITEMS; i++) {
        for (int j = 0; j < ITEMS; j++) {
            double want = expected[i][j] >= options->min_support ? expected[i][j] : 0;
            double got = csr_at(&c, i, j);
            entries += want != 0;
            assert_true(exact ? got == want : fabs(got - want) <= 1e-6 * fabs(want));
        }
    }
    assert_int_equal(c.nnz, entries);
    bool symmetric;
    assert_ok(lis_csr_is_symmetric(&c, &symmetric, &error));
    assert_true(symmetric);
    assert_ok(lis_cooc_predict(&ctx, &plan, events, options, &error));
    assert_true(plan.entries >= (double)c.nnz);
    lis_csr_free(&c);
}

static void test_every_combination_of_options_agrees_with_the_definition(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 1);
    const int64_t gaps[] = {-1, 0, 7, 60, INT64_MAX}, caps[] = {0, 1, 5, 20};
    for (int gap = 0; gap < 5; gap++) {
        for (int cap = 0; cap < 4; cap++) {
            for (int choice = 0; choice < 12; choice++) {
                log.options.max_gap = gaps[gap];
                log.options.max_per_user = caps[cap];
                log.options.discount = (lis_discount)(choice % 3);
                log.options.distinct = choice / 3 % 2;
                log.events.keep = choice / 6 ? log.keep : NULL;
                check_against_naive(&log.events, &log.options);
            }
        }
    }
}

static void test_without_times_the_order_of_rows_counts(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 2);
    log.events.time = NULL;
    log.options.max_per_user = 6;
    check_against_naive(&log.events, &log.options);
    log.options.distinct = false;
    check_against_naive(&log.events, &log.options);
}

static void test_min_support_drops_rare_pairs(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 3);
    log.options.min_support = 3;
    check_against_naive(&log.events, &log.options);
    log.options.distinct = false;
    log.options.min_support = 12;
    check_against_naive(&log.events, &log.options);
}

/* The same as all pairs and then the top: once computed, once selected. */
static void test_top_k_is_the_top_of_all(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 8);
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    for (int choice = 0; choice < 8; choice++) {
        log.options.discount = choice % 2 ? LIS_DISCOUNT_LOG : LIS_DISCOUNT_NONE;
        log.options.min_support = choice / 2 % 2 ? 2 : 0;
        log.options.max_gap = choice / 4 ? 30 : -1;
        lis_csr all, top, wanted;
        assert_ok(lis_cooc_build(&ctx, &all, &log.events, &log.options, &error));
        for (int64_t k = 1; k <= ITEMS; k += 4) {
            log.options.top_k = k;
            assert_ok(lis_csr_top_k(&ctx, &wanted, &all, k, &error));
            assert_ok(lis_cooc_build(&ctx, &top, &log.events, &log.options, &error));
            assert_csr_equal(&top, &wanted);
            lis_csr_free(&wanted);
            lis_csr_free(&top);
        }
        log.options.top_k = 0;
        lis_csr_free(&all);
    }
}

static void test_row_order_does_not_matter_where_there_are_times(void **state) {
    (void)state;
    static small_log log, reversed;
    make_log(&log, 4);
    make_log(&reversed, 4);
    for (int k = 0; k < EVENTS; k++) {
        reversed.user[k] = log.user[EVENTS - 1 - k];
        reversed.item[k] = log.item[EVENTS - 1 - k];
        reversed.time[k] = log.time[EVENTS - 1 - k];
        reversed.keep[k] = log.keep[EVENTS - 1 - k];
    }
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    log.options.max_per_user = 5;
    log.options.max_gap = 40;
    log.options.discount = LIS_DISCOUNT_LOG;
    lis_csr a, b;
    assert_ok(lis_cooc_build(&ctx, &a, &log.events, &log.options, &error));
    assert_ok(lis_cooc_build(&ctx, &b, &reversed.events, &log.options, &error));
    assert_csr_equal(&a, &b);
    lis_csr_free(&a);
    lis_csr_free(&b);
}

/* More items than one page of the accumulator, more users than one shard, lists beyond insertion
 * sort, and times at both ends of their range. */
static void test_large_ids_and_extreme_times(void **state) {
    (void)state;
    enum { N = 4000, BIG = 100000 };
    static int32_t user[N], item[N];
    static int64_t time[N];
    lis_rng rng = lis_rng_open(5, "log", 0);
    for (int k = 0; k < N; k++) {
        user[k] = (int32_t)lis_rng_below(&rng, 40) * 50;
        item[k] = (int32_t)lis_rng_below(&rng, 400) * 249;
        time[k] = k % 3 == 0 ? INT64_MIN + k : k % 3 == 1 ? INT64_MAX - k : k;
    }
    lis_events events = {N, 2000, BIG, user, item, time, NULL};
    lis_cooc_options options = lis_cooc_defaults();
    lis_ctx ctx;
    lis_ctx_init(&ctx, 3);
    lis_csr c;
    options.max_gap = N;
    assert_ok(lis_cooc_build(&ctx, &c, &events, &options, &error));
    assert_well_formed(&c);
    static uint8_t met[400][400];
    for (int a = 0; a < N; a++)
        for (int b = 0; b < N; b++)
            if (user[a] == user[b] && a % 3 == b % 3) met[item[a] / 249][item[b] / 249] = 1;
    int64_t entries = 0;
    for (int i = 0; i < 400; i++)
        for (int j = 0; j < 400; j++)
            entries += i != j && met[i][j];
    assert_int_equal(c.nnz, entries);
    lis_csr_free(&c);
}

static void test_empty_logs(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_cooc_options options = lis_cooc_defaults();
    lis_csr c;
    for (int64_t items = 0; items <= 3; items += 3) {
        lis_events events = {.n = 0, .users = items, .items = items};
        assert_ok(lis_cooc_build(&ctx, &c, &events, &options, &error));
        assert_int_equal(c.rows, items);
        assert_int_equal(c.nnz, 0);
        lis_csr_free(&c);
    }
    const int32_t one[] = {0};
    lis_events events = {.n = 1, .users = 1, .items = 1, .user = one, .item = one};
    assert_ok(lis_cooc_build(&ctx, &c, &events, &options, &error));
    assert_int_equal(c.nnz, 0);
    lis_csr_free(&c);
}

static void expect(lis_status status, const char *words, const small_log *log) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_csr c;
    lis_cooc_plan plan;
    assert_int_equal(lis_cooc_build(&ctx, &c, &log->events, &log->options, &error), status);
    assert_non_null(strstr(error.message, words));
    if (status != LIS_ENOMEM && log->options.min_support >= 0 && log->options.top_k >= 0)
        assert_int_equal(lis_cooc_predict(&ctx, &plan, &log->events, &log->options, &error),
                         status);
}

static void test_errors_name_the_argument_and_the_event(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 6);
    log.user[31] = USERS;
    expect(LIS_ERANGE, "user id 23 of event 31 is outside [0, 23)", &log);
    log.user[31] = 0;
    log.item[32] = -2;
    expect(LIS_ERANGE, "item id -2 of event 32", &log);
    log.item[32] = 0;
    log.options.max_per_user = -1;
    expect(LIS_EARG, "max_per_user", &log);
    log.options.max_per_user = 0;
    log.options.min_support = -1;
    expect(LIS_EARG, "min_support", &log);
    log.options.min_support = 0;
    log.options.max_bytes = 100;
    expect(LIS_ENOMEM, "keep fewer rows (keep), or raise max_bytes", &log);
    log.options.top_k = 2;
    expect(LIS_ENOMEM, "set top_k or lower it", &log);
    log.options.max_bytes = 0;
    log.options.top_k = -1;
    expect(LIS_EARG, "top_k is -1", &log);
    log.options.top_k = 0;
    log.options.max_gap = 3;
    log.events.time = NULL;
    expect(LIS_EARG, "max_gap needs", &log);
    log.options.max_gap = -1;
    log.events.items = (int64_t)INT32_MAX + 1;
    expect(LIS_ESHAPE, "items", &log);
}

static lis_status make_cooc(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    const small_log *log = arg;
    return lis_cooc_build(ctx, out, &log->events, &log->options, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 7);
    for (int choice = 0; choice < 8; choice++) {
        log.options.top_k = choice / 4 * 3;
        log.options.max_gap = choice % 2 ? 50 : -1;
        log.options.discount = choice / 2 % 2 ? LIS_DISCOUNT_INVERSE : LIS_DISCOUNT_NONE;
        check_threads(make_cooc, &log);
        check_memory(make_cooc, &log);
        check_interrupt(make_cooc, &log);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination_of_options_agrees_with_the_definition),
        cmocka_unit_test(test_without_times_the_order_of_rows_counts),
        cmocka_unit_test(test_min_support_drops_rare_pairs),
        cmocka_unit_test(test_top_k_is_the_top_of_all),
        cmocka_unit_test(test_row_order_does_not_matter_where_there_are_times),
        cmocka_unit_test(test_large_ids_and_extreme_times),
        cmocka_unit_test(test_empty_logs),
        cmocka_unit_test(test_errors_name_the_argument_and_the_event),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
