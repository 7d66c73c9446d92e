#include "lis/metric/delong.h"
#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "metric_golden.h"

typedef struct two {
    sample a, b;
} two;

static void wrap_golden(two *t, bool users) {
    const int32_t *user = users ? golden_user : NULL;
    sample_wrap(&t->a, GOLDEN_ROWS, golden_a, golden_label, user, GOLDEN_USERS);
    sample_wrap(&t->b, GOLDEN_ROWS, golden_b, golden_label, user, GOLDEN_USERS);
}

static void release(two *t) {
    sample_release(&t->a);
    sample_release(&t->b);
}

static lis_status compare(lis_ctx *ctx, lis_delong *out, two *t, lis_error *err) {
    return lis_delong_test(ctx, out, &t->a.score, &t->b.score, &t->a.label, t->a.scored.user,
                           t->a.scored.users, 0.95, err);
}

static void test_plain_golden(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    lis_delong got;
    two t;
    lis_ctx_init(&ctx, 2);
    wrap_golden(&t, false);
    assert_ok(compare(&ctx, &got, &t, &error));
    assert_near(got.a, golden_auc[0], 1e-14);
    assert_near(got.b, golden_auc[1], 1e-14);
    assert_near(got.variance_a / golden_delong[0], 1.0, 1e-12);
    assert_near(got.variance_b / golden_delong[1], 1.0, 1e-12);
    assert_near(got.variance / golden_delong[2], 1.0, 1e-12);
    assert_near(got.delta.low, golden_delong[3], 1e-12);
    assert_near(got.delta.high, golden_delong[4], 1e-12);
    assert_near(got.delta.p / golden_delong[5], 1.0, 1e-10);
    release(&t);
}

static void test_clustered_golden(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    lis_delong got;
    two t;
    lis_ctx_init(&ctx, 2);
    wrap_golden(&t, true);
    assert_ok(compare(&ctx, &got, &t, &error));
    assert_int_equal(got.clusters, GOLDEN_CLUSTERS);
    assert_near(got.variance_a / golden_clustered[0], 1.0, 1e-12);
    assert_near(got.variance_b / golden_clustered[1], 1.0, 1e-12);
    assert_near(got.variance / golden_clustered[2], 1.0, 1e-12);
    assert_near(got.delta.se, sqrt(golden_clustered[2]), 1e-12);
    release(&t);
}

static void test_same_scores(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    lis_delong got;
    two t;
    lis_ctx_init(&ctx, 2);
    wrap_golden(&t, true);
    assert_ok(lis_delong_test(&ctx, &got, &t.a.score, &t.a.score, &t.a.label, &t.a.user,
                              GOLDEN_USERS, 0.95, &error));
    assert_true(got.delta.estimate == 0.0 && got.variance == 0.0 && got.delta.p == 1.0);
    release(&t);
}

static void test_too_few(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    lis_delong got;
    lis_ctx_init(&ctx, 1);
    const float score[] = {0.1f, 0.2f, 0.3f};
    const uint8_t label[] = {0, 1, 1};
    const int32_t user[] = {1, 1, 1};
    for (int k = 0; k < 2; k++) {
        two t;
        sample_wrap(&t.a, 3, score, label, k ? user : NULL, 2);
        sample_wrap(&t.b, 3, score, label, NULL, 0);
        assert_int_equal(compare(&ctx, &got, &t, &error), LIS_EMATH);
        assert_non_null(strstr(error.message, k ? "one user" : "at least two of each"));
        release(&t);
    }
}

static void test_memory(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    lis_delong got;
    two t;
    lis_ctx_init(&ctx, 2);
    wrap_golden(&t, true);
    int64_t before = lis_mem_read().live_blocks;
    lis_status status = LIS_ENOMEM;
    int64_t successes = 0;
    for (; status != LIS_OK; successes++) {
        lis_mem_fail_after(successes);
        status = compare(&ctx, &got, &t, &error);
        lis_mem_fail_after(-1);
        assert_true(status == LIS_OK || status == LIS_ENOMEM);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
    assert_true(successes > 10);
    release(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_golden), cmocka_unit_test(test_clustered_golden),
        cmocka_unit_test(test_same_scores),  cmocka_unit_test(test_too_few),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests_name("metric/delong", tests, NULL, NULL);
}
