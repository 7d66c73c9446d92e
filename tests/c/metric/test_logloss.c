#include "lis/metric/logloss.h"
#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "metric_golden.h"

static lis_status of_logits(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                            lis_error *err) {
    return lis_logloss(ctx, out, scored, LIS_LOGLOSS_LOGIT, err);
}

static void test_golden(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_metric got = {0};
    double variance;
    lis_ctx_init(&ctx, 2);
    sample_wrap(&s, GOLDEN_ROWS, golden_a, golden_label, golden_user, GOLDEN_USERS);
    assert_ok(of_logits(&ctx, &got, &s.scored, &error));
    assert_near(got.value, golden_logloss[0], 1e-14);
    assert_int_equal(got.clusters, GOLDEN_CLUSTERS);
    assert_false(got.higher_is_better);
    assert_ok(lis_influence_covariance(&ctx, &variance, &got.influence, &got.influence,
                                       got.clusters, &error));
    assert_near(variance / golden_logloss[1], 1.0, 1e-12);
    lis_metric_release(&got);
    sample_release(&s);
    sample_wrap(&s, GOLDEN_ROWS, golden_probability, golden_label, NULL, 0);
    assert_ok(lis_logloss(&ctx, &got, &s.scored, LIS_LOGLOSS_PROBABILITY, &error));
    assert_near(got.value, golden_logloss[2], 1e-14);
    assert_int_equal(got.clusters, GOLDEN_ROWS);
    lis_metric_release(&got);
    sample_release(&s);
}

/* A certain and wrong forecast costs the clip for a probability, and its own size for a logit. */
static void test_extremes(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_metric got = {0};
    lis_ctx_init(&ctx, 1);
    const float sure[] = {0.0f, 1.0f}, steep[] = {-1e4f, 1e4f};
    const uint8_t label[] = {1, 1};
    sample_wrap(&s, 2, sure, label, NULL, 0);
    assert_ok(lis_logloss(&ctx, &got, &s.scored, LIS_LOGLOSS_PROBABILITY, &error));
    assert_near(got.value, 0.5 * (23 * log(2.0) - log1p(-0x1p-23)), 1e-12);
    lis_metric_release(&got);
    sample_release(&s);
    sample_wrap(&s, 2, steep, label, NULL, 0);
    assert_ok(of_logits(&ctx, &got, &s.scored, &error));
    assert_near(got.value, 5000.0, 1e-12);
    lis_metric_release(&got);
    sample_release(&s);
}

static void assert_bad_score(float value, lis_logloss_input input, const char *word) {
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_metric got = {0};
    lis_ctx_init(&ctx, 2);
    const float score[] = {0.5f, 0.5f, value};
    const uint8_t label[] = {0, 1, 1};
    sample_wrap(&s, 3, score, label, NULL, 0);
    assert_int_equal(lis_logloss(&ctx, &got, &s.scored, input, &error), LIS_ERANGE);
    assert_non_null(strstr(error.message, word));
    assert_null(got.influence.storage);
    sample_release(&s);
}

static void test_range(void **state) {
    (void)state;
    assert_bad_score(1.5f, LIS_LOGLOSS_PROBABILITY, "probability of row 2 ");
    assert_bad_score(-0.1f, LIS_LOGLOSS_PROBABILITY, "outside [0, 1]");
    assert_bad_score(INFINITY, LIS_LOGLOSS_LOGIT, "logit of row 2 ");
}

static void test_threads(void **state) {
    (void)state;
    check_threads(of_logits, false);
}

static void test_memory(void **state) {
    (void)state;
    check_memory(of_logits);
}

static void test_interrupt(void **state) {
    (void)state;
    check_interrupt(of_logits);
}

static void test_refusals(void **state) {
    (void)state;
    check_refusals(of_logits);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),   cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_range),    cmocka_unit_test(test_threads),
        cmocka_unit_test(test_memory),   cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("metric/logloss", tests, NULL, NULL);
}
