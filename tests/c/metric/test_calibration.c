#include "lis/metric/calibration.h"
#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "lis/metric/reliability.h"
#include "metric_golden.h"
#include "metric_rank_golden.h"

static lis_status calibration(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                              lis_error *err) {
    return lis_calibration(ctx, out, scored, LIS_LOGLOSS_LOGIT, err);
}

static lis_status entropy(lis_ctx *ctx, lis_metric *out, const lis_scored *scored, lis_error *err) {
    return lis_normalized_entropy(ctx, out, scored, LIS_LOGLOSS_LOGIT, err);
}

static void test_golden(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    make_metric *const makes[] = {calibration, entropy};
    lis_ctx_init(&ctx, 2);
    for (int k = 0; k < 2; k++) {
        sample s;
        lis_metric got = {0};
        double variance;
        sample_wrap(&s, GOLDEN_ROWS, golden_a, golden_label, golden_user, GOLDEN_USERS);
        assert_ok(makes[k](&ctx, &got, &s.scored, &error));
        assert_near(got.value, golden_calibration[2 * k], 1e-13);
        assert_int_equal(got.clusters, GOLDEN_CLUSTERS);
        assert_ok(lis_influence_covariance(&ctx, &variance, &got.influence, &got.influence,
                                           got.clusters, &error));
        /* The golden is a numerical derivative, right to about 1e-8. */
        assert_near(variance / golden_calibration[2 * k + 1], 1.0, 1e-7);
        lis_metric_release(&got);
        sample_release(&s);
    }
}

static void test_one_class(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_metric got = {0};
    lis_ctx_init(&ctx, 1);
    const float score[] = {0.1f, 0.2f};
    const uint8_t label[] = {0, 0};
    sample_wrap(&s, 2, score, label, NULL, 0);
    assert_int_equal(calibration(&ctx, &got, &s.scored, &error), LIS_EMATH);
    assert_non_null(strstr(error.message, "no engaged row"));
    assert_int_equal(entropy(&ctx, &got, &s.scored, &error), LIS_EMATH);
    assert_non_null(strstr(error.message, "both classes"));
    sample_release(&s);
}

static void test_reliability(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_ctx_init(&ctx, 2);
    const float p[] = {0.9f, 0.1f, 0.1f, 0.1f, 0.6f, 0.4f};
    const uint8_t label[] = {1, 0, 0, 1, 0, 1};
    sample_wrap(&s, 6, p, label, NULL, 0);
    lis_reliability_bin bin[3];
    double off;
    assert_ok(lis_reliability(&ctx, bin, 3, &off, &s.scored, LIS_LOGLOSS_PROBABILITY, &error));
    assert_int_equal(bin[0].rows, 3); /* the tie stays together */
    assert_int_equal(bin[0].positives, 1);
    assert_near(bin[0].predicted, 0.1, 1e-7);
    assert_int_equal(bin[1].rows, 1);
    assert_int_equal(bin[2].rows, 2);
    assert_near(bin[2].predicted, 0.75, 1e-7);
    assert_near(off, (fabs(0.3 - 1) + fabs(0.4 - 1) + fabs(1.5 - 1)) / 6, 1e-7);
    assert_int_equal(
        lis_reliability(&ctx, bin, 0, &off, &s.scored, LIS_LOGLOSS_PROBABILITY, &error), LIS_EARG);
    sample_release(&s);
}

static void test_reliability_memory(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_reliability_bin bin[4];
    double off;
    lis_ctx_init(&ctx, 2);
    sample_wrap(&s, GOLDEN_ROWS, golden_a, golden_label, NULL, 0);
    int64_t before = lis_mem_read().live_blocks, successes = 0;
    for (lis_status status = LIS_ENOMEM; status != LIS_OK; successes++) {
        lis_mem_fail_after(successes);
        status = lis_reliability(&ctx, bin, 4, &off, &s.scored, LIS_LOGLOSS_LOGIT, &error);
        lis_mem_fail_after(-1);
        assert_true(status == LIS_OK || status == LIS_ENOMEM);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
    assert_true(successes > 3);
    sample_release(&s);
}

static void test_threads(void **state) {
    (void)state;
    check_threads(calibration, false);
    check_threads(entropy, false);
}

static void test_memory(void **state) {
    (void)state;
    check_memory(calibration);
    check_memory(entropy);
}

static void test_interrupt(void **state) {
    (void)state;
    check_interrupt(calibration);
}

static void test_refusals(void **state) {
    (void)state;
    check_refusals(calibration);
    check_refusals(entropy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),      cmocka_unit_test(test_one_class),
        cmocka_unit_test(test_reliability), cmocka_unit_test(test_reliability_memory),
        cmocka_unit_test(test_threads),     cmocka_unit_test(test_memory),
        cmocka_unit_test(test_interrupt),   cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("metric/calibration", tests, NULL, NULL);
}
