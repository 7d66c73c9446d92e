#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "lis/sparse/swing.h"

static lis_error error;

enum { EVENTS = 500, USERS = 40, ITEMS = 17 };

typedef struct {
    int32_t user[EVENTS], item[EVENTS];
    uint8_t keep[EVENTS];
    lis_events events;
    lis_swing_options options;
} small_log;

static void make_log(small_log *log, uint64_t seed) {
    lis_rng rng = lis_rng_open(seed, "log", 0);
    for (int k = 0; k < EVENTS; k++) {
        double u = lis_rng_uniform(&rng), i = lis_rng_uniform(&rng);
        log->user[k] = (int32_t)(u * u * (USERS - 1));
        log->item[k] = (int32_t)(i * i * (ITEMS - 1));
        log->keep[k] = lis_rng_below(&rng, 3) > 0;
    }
    log->events = (lis_events){EVENTS, USERS, ITEMS, log->user, log->item, NULL, log->keep};
    log->options = lis_swing_defaults();
}

/* Whether an item listens to a user: fewer than max_users of its users have a smaller number. */
static bool listens(bool has[USERS][ITEMS], const lis_swing_options *options, int u, int i) {
    if (!has[u][i]) return false;
    if (options->max_users == 0) return true;
    uint64_t mine = lis_rng_hash(options->seed, "swing", (uint64_t)u) >> 40;
    int64_t before = 0;
    for (int v = 0; v < USERS; v++)
        before += has[v][i] && lis_rng_hash(options->seed, "swing", (uint64_t)v) >> 40 < mine;
    return before < options->max_users;
}

/* The definition: for two items, every pair of users that both listen to. */
static double naive_swing(bool has[USERS][ITEMS], const lis_swing_options *options, int i, int j) {
    double sum = 0;
    for (int u = 0; u < USERS; u++) {
        for (int v = u + 1; v < USERS; v++) {
            if (!listens(has, options, u, i) || !listens(has, options, u, j) ||
                !listens(has, options, v, i) || !listens(has, options, v, j))
                continue;
            double items_u = 0, items_v = 0, both = 0;
            for (int k = 0; k < ITEMS; k++) {
                items_u += has[u][k];
                items_v += has[v][k];
                both += has[u][k] && has[v][k];
            }
            sum += 1 / (sqrt(items_u) * sqrt(items_v) * (options->alpha + both));
        }
    }
    return sum;
}

static void check_against_naive(const small_log *log) {
    static bool has[USERS][ITEMS];
    memset(has, 0, sizeof has);
    for (int k = 0; k < EVENTS; k++)
        if (log->keep[k]) has[log->user[k]][log->item[k]] = true;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr s;
    bool symmetric;
    assert_ok(lis_swing_build(&ctx, &s, &log->events, &log->options, &error));
    assert_well_formed(&s);
    for (int i = 0; i < ITEMS; i++)
        for (int j = 0; j < ITEMS; j++)
            assert_near(csr_at(&s, i, j), i == j ? 0 : naive_swing(has, &log->options, i, j), 1e-6);
    assert_ok(lis_csr_is_symmetric(&s, &symmetric, &error));
    assert_true(symmetric);
    lis_csr_free(&s);
}

static void test_agrees_with_the_definition(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 1);
    const double alphas[] = {0, 1, 5};
    const int64_t limits[] = {0, 1, 2, 7, 500};
    for (int a = 0; a < 3; a++) {
        for (int m = 0; m < 5; m++) {
            log.options.alpha = alphas[a];
            log.options.max_users = limits[m];
            log.options.seed = (uint64_t)(a * 10 + m);
            check_against_naive(&log);
        }
    }
}

/* Two users who share one pair and nothing else, worked out by hand. */
static void test_a_pair_by_hand(void **state) {
    (void)state;
    const int32_t user[] = {0, 0, 0, 1, 1}, item[] = {0, 1, 2, 0, 1};
    lis_events events = {5, 2, 3, user, item, NULL, NULL};
    lis_swing_options options = lis_swing_defaults();
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_csr s;
    assert_ok(lis_swing_build(&ctx, &s, &events, &options, &error));
    assert_int_equal(s.nnz, 2);
    assert_near(csr_at(&s, 0, 1), 1 / (sqrt(6) * (1 + 2)), 1e-7);
    lis_csr_free(&s);
}

static void test_top_k_is_the_top_of_all(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 2);
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr all, top, wanted;
    assert_ok(lis_swing_build(&ctx, &all, &log.events, &log.options, &error));
    log.options.top_k = 4;
    assert_ok(lis_swing_build(&ctx, &top, &log.events, &log.options, &error));
    assert_ok(lis_csr_top_k(&ctx, &wanted, &all, 4, &error));
    assert_csr_equal(&top, &wanted);
    lis_csr_free(&all);
    lis_csr_free(&top);
    lis_csr_free(&wanted);
}

static void test_empty_log_and_errors(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 3);
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr s;
    lis_events none = {.n = 0, .users = 2, .items = 3};
    assert_ok(lis_swing_build(&ctx, &s, &none, &log.options, &error));
    assert_int_equal(s.nnz, 0);
    lis_csr_free(&s);
    log.options.alpha = -1;
    assert_int_equal(lis_swing_build(&ctx, &s, &log.events, &log.options, &error), LIS_EARG);
    log.options = lis_swing_defaults();
    log.options.max_users = -1;
    assert_int_equal(lis_swing_build(&ctx, &s, &log.events, &log.options, &error), LIS_EARG);
    log.options = lis_swing_defaults();
    log.item[9] = ITEMS;
    assert_int_equal(lis_swing_build(&ctx, &s, &log.events, &log.options, &error), LIS_ERANGE);
    assert_non_null(strstr(error.message, "event 9"));
}

static lis_status make_swing(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    const small_log *log = arg;
    return lis_swing_build(ctx, out, &log->events, &log->options, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    static small_log log;
    make_log(&log, 4);
    log.options.max_users = 6;
    check_threads(make_swing, &log);
    check_memory(make_swing, &log);
    check_interrupt(make_swing, &log);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_the_definition),
        cmocka_unit_test(test_a_pair_by_hand),
        cmocka_unit_test(test_top_k_is_the_top_of_all),
        cmocka_unit_test(test_empty_log_and_errors),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
