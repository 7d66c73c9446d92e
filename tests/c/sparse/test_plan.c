#include "lis/sparse/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lis/sparse/cooc.h"
#include "lis/sparse/itemcf.h"
#include "lis/sparse/knn.h"
#include "lis/sparse/rsvd.h"
#include "lis/sparse/spgemm.h"
#include "lis/sparse/swing.h"
#include "support.h"

enum { EVENTS = 20000, USERS = 400, ITEMS = 900 };

static lis_error error;

typedef struct {
    int32_t user[EVENTS], item[EVENTS];
    uint8_t keep[EVENTS];
    lis_events events;
} some_log;

static some_log *make_log(void) {
    static some_log log;
    lis_rng rng = lis_rng_open(3, "plan", 0);
    for (int k = 0; k < EVENTS; k++) {
        log.user[k] = (int32_t)lis_rng_below(&rng, USERS + 1) - 1;
        log.item[k] = (int32_t)lis_rng_below(&rng, ITEMS);
        log.keep[k] = lis_rng_below(&rng, 4) != 0;
    }
    log.events = (lis_events){.n = EVENTS,
                              .users = USERS,
                              .items = ITEMS,
                              .user = log.user,
                              .item = log.item,
                              .keep = log.keep};
    return &log;
}

static lis_ctx threads(int n) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, n);
    return ctx;
}

static void the_bound_is_what_it_says(void **state) {
    (void)state;
    const some_log *log = make_log();
    lis_ctx ctx = threads(1);
    lis_plan plan;
    double all = 0, capped = 0;
    for (int u = 0; u < USERS; u++) {
        double n = 0;
        for (int k = 0; k < EVENTS; k++)
            n += log->user[k] == u && log->keep[k];
        all += n * (n - 1);
        capped += n > 7 ? 7 * 6 : n * (n - 1);
    }
    double cells = (double)ITEMS * (ITEMS - 1);
    assert_ok(lis_pairs_bound(&ctx, &plan, &log->events, 0, 0, &error));
    assert_true(plan.entries == (all < cells ? all : cells));
    assert_true(plan.bytes >= 8 * plan.entries);
    assert_ok(lis_pairs_bound(&ctx, &plan, &log->events, 7, 0, &error));
    assert_true(plan.entries == capped);
    assert_ok(lis_pairs_bound(&ctx, &plan, &log->events, 0, 5, &error));
    assert_true(plan.entries == 5.0 * ITEMS);
    lis_events none = {.users = 0, .items = 0};
    assert_ok(lis_pairs_bound(&ctx, &plan, &none, 0, 0, &error));
    assert_true(plan.entries == 0);
}

static void the_bound_fails_cleanly(void **state) {
    (void)state;
    const some_log *log = make_log();
    lis_ctx ctx = threads(1);
    lis_plan plan;
    lis_events bad = log->events;
    int64_t before = lis_mem_read().live_blocks;
    bad.users = USERS - 1;
    assert_int_equal(lis_pairs_bound(&ctx, &plan, &bad, 0, 0, &error), LIS_ERANGE);
    assert_non_null(strstr(error.message, "is outside [0, 399)"));
    lis_mem_fail_after(0);
    assert_int_equal(lis_pairs_bound(&ctx, &plan, &log->events, 0, 0, &error), LIS_ENOMEM);
    lis_mem_fail_after(-1);
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_pairs_bound(&ctx, &plan, &log->events, 0, 0, &error), LIS_EINTR);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

/* ---- what is predicted is enough */

static int64_t before_it;

static void begin(void) {
    before_it = lis_mem_read().live_bytes;
    lis_mem_reset_peak();
}

static double taken(void) {
    return (double)(lis_mem_read().peak_bytes - before_it);
}

static void predictions_hold(void **state) {
    (void)state;
    const some_log *log = make_log();
    lis_ctx ctx = threads(2);
    lis_csr c, near;
    lis_cooc_plan plan;
    for (int64_t top_k = 0; top_k <= 20; top_k += 10) {
        lis_cooc_options options = lis_cooc_defaults();
        options.top_k = top_k;
        assert_ok(lis_cooc_predict(&ctx, &plan, &log->events, &options, &error));
        begin();
        assert_ok(lis_cooc_build(&ctx, &c, &log->events, &options, &error));
        assert_true((double)c.nnz <= plan.entries);
        if (taken() > plan.bytes) fail_msg("co-occurrence: %g of %g", taken(), plan.bytes);
        if (top_k < 20) lis_csr_free(&c);
    }
    lis_tensor u, s, v;
    lis_svd_options rank = lis_svd_defaults();
    lis_plan svd = lis_svd_plan(&c, &rank, 2);
    begin();
    assert_ok(lis_csr_svd(&ctx, &u, &s, &v, &c, &rank, &error));
    if (taken() > svd.bytes) fail_msg("svd: %g of %g", taken(), svd.bytes);
    lis_knn_options nearest = {.k = 40, .skip_self = true};
    lis_plan knn = lis_knn_plan(ITEMS, ITEMS, &nearest, 2);
    begin();
    assert_ok(lis_knn_build(&ctx, &near, &u, &u, &nearest, &error));
    assert_true((double)near.nnz <= knn.entries);
    if (taken() > knn.bytes) fail_msg("knn: %g of %g", taken(), knn.bytes);
    lis_csr_free(&near);
    lis_csr_free(&c);
    lis_tensor_release(&u);
    lis_tensor_release(&s);
    lis_tensor_release(&v);
}

/* ---- what does not fit is refused before it is made */

static void expect_refusal(lis_status status, const char *words) {
    if (status != LIS_ENOMEM) fail_msg("status %d, wanted a refusal that says: %s", status, words);
    if (!strstr(error.message, words)) fail_msg("no \"%s\" in \"%s\"", words, error.message);
    assert_non_null(strstr(error.message, "or raise --max-memory"));
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    const some_log *log = make_log();
    lis_ctx ctx = threads(1);
    lis_csr ratings, c;
    lis_tensor x, u, s, v;
    assert_ok(lis_events_matrix(&calm, &ratings, &log->events, false, &error));
    assert_ok(lis_tensor_new_2d(&x, LIS_F32, 20000, 2, &error));
    memset(lis_f32(&x), 0, 20000 * 2 * 4);
    int64_t blocks = lis_mem_read().live_blocks, live = lis_mem_read().live_bytes;
    lis_cooc_options cooc = lis_cooc_defaults();
    lis_swing_options swing = lis_swing_defaults();
    lis_itemcf_options itemcf = lis_itemcf_defaults();
    lis_knn_options knn = {.k = 500};
    lis_svd_options svd = lis_svd_defaults();
    svd.rank = 300;
    lis_mem_limit(live + 1500000); /* the graphs have 700,000 entries */
    begin();
    expect_refusal(lis_cooc_build(&ctx, &c, &log->events, &cooc, &error),
                   "co-occurrence of 900 items has");
    cooc.top_k = 800;
    expect_refusal(lis_cooc_build(&ctx, &c, &log->events, &cooc, &error), "set top_k or lower it");
    expect_refusal(lis_swing_build(&ctx, &c, &log->events, &swing, &error), "Swing of 900 items");
    expect_refusal(lis_itemcf_build(&ctx, &c, &ratings, &itemcf, &error), "ItemCF, 900 x 900, has");
    itemcf.top_k = 800;
    expect_refusal(lis_itemcf_build(&ctx, &c, &ratings, &itemcf, &error), "set top_k or lower it");
    expect_refusal(lis_knn_build(&ctx, &c, &x, &x, &knn, &error), "lower k, or");
    expect_refusal(lis_csr_svd(&ctx, &u, &s, &v, &ratings, &svd, &error), "lower the rank");
    assert_true(taken() <= 1500000);
    cooc.top_k = 10; /* the advice helps */
    lis_mem_limit(live + 4000000);
    assert_ok(lis_cooc_build(&ctx, &c, &log->events, &cooc, &error));
    lis_csr_free(&c);
    lis_mem_limit(0);
    assert_int_equal(lis_mem_read().live_blocks, blocks);
    lis_csr_free(&ratings);
    lis_tensor_release(&x);
}

/* Pairs of items that share all their users: the lists are long and the graph is small, so that only
 * counting can tell that it fits. */
static void a_loose_bound_refuses_nothing(void **state) {
    (void)state;
    enum { PAIRS = 500, EACH = 200, N = PAIRS * EACH * 2 };
    int32_t *row = malloc(N * sizeof *row), *column = malloc(N * sizeof *column);
    for (int k = 0; k < N; k++) {
        row[k] = k / 2;
        column[k] = k / 2 % PAIRS * 2 + k % 2;
    }
    lis_csr ratings, c;
    lis_itemcf_options options = lis_itemcf_defaults();
    lis_ctx ctx = threads(2);
    assert_ok(
        lis_csr_from_triples(&calm, &ratings, N / 2, 2 * PAIRS, row, column, NULL, N, &error));
    lis_mem_limit(lis_mem_read().live_bytes + 4 * ratings.nnz * 8 + 2000000);
    assert_ok(lis_itemcf_build(&ctx, &c, &ratings, &options, &error));
    lis_mem_limit(0);
    assert_int_equal(c.nnz, 2 * PAIRS);
    lis_csr_free(&c);
    lis_csr_free(&ratings);
    free(row);
    free(column);
}

/* With no user at all nothing is left but the passes over the events: they look at the flag. */
static void grouping_polls_the_interrupt(void **state) {
    (void)state;
    some_log *log = make_log();
    lis_ctx ctx = threads(1);
    lis_csr c;
    lis_cooc_plan plan;
    lis_cooc_options options = lis_cooc_defaults();
    for (int k = 0; k < EVENTS; k++)
        log->user[k] = -1;
    log->events.users = log->events.items = 0;
    for (int k = 0; k < EVENTS; k++)
        log->item[k] = -1;
    assert_ok(lis_cooc_build(&ctx, &c, &log->events, &options, &error));
    lis_csr_free(&c);
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_cooc_build(&ctx, &c, &log->events, &options, &error), LIS_EINTR);
    assert_int_equal(lis_cooc_predict(&ctx, &plan, &log->events, &options, &error), LIS_EINTR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bound_is_what_it_says),
        cmocka_unit_test(the_bound_fails_cleanly),
        cmocka_unit_test(predictions_hold),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(a_loose_bound_refuses_nothing),
        cmocka_unit_test(grouping_polls_the_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
