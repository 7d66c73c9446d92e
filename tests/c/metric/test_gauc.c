#include "lis/metric/gauc.h"
#include "support.h"

#include <string.h>

#include "check_near.h"
#include "metric_golden.h"
#include "naive.h"

enum { WEIGHTS = 4, ONE_CLASSES = 2 };

static lis_status plain_gauc(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                             lis_error *err) {
    const lis_gauc_options defaults = {0};
    return lis_gauc(ctx, out, scored, &defaults, err);
}

static lis_gauc_options definition(int k) {
    return (lis_gauc_options){.weight = (lis_gauc_weight)(k / ONE_CLASSES),
                              .one_class = (lis_gauc_one_class)(k % ONE_CLASSES)};
}

static void test_naive(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    const sample_options cases[] = {
        {.rows = 60, .users = 5, .levels = 1, .seed = 1},
        {.rows = 900, .users = 4, .levels = 20, .skewed = true, .seed = 2}, /* long runs: radix */
        {.rows = 500, .users = 200, .levels = 2, .seed = 3},                /* many one-class */
        {.rows = 80, .users = 1, .seed = 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample s;
        sample_make(&s, cases[i]);
        for (int k = 0; k < WEIGHTS * ONE_CLASSES; k++) {
            lis_gauc_options options = definition(k);
            lis_metric got = {0};
            double influence[200];
            int64_t clusters;
            double wanted = naive_gauc(&s.scored, options, influence, &clusters);
            assert_ok(lis_gauc(&ctx, &got, &s.scored, &options, &error));
            assert_near(got.value, wanted, 1e-13);
            assert_int_equal(got.clusters, clusters);
            assert_influence(&got, influence, s.scored.users, 1e-13);
            lis_metric_release(&got);
        }
        sample_release(&s);
    }
}

static void test_golden(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_ctx_init(&ctx, 2);
    sample_wrap(&s, GOLDEN_ROWS, golden_a, golden_label, golden_user, GOLDEN_USERS);
    for (int k = 0; k < WEIGHTS * ONE_CLASSES; k++) {
        lis_gauc_options options = definition(k);
        lis_metric got = {0};
        double variance;
        assert_ok(lis_gauc(&ctx, &got, &s.scored, &options, &error));
        assert_near(got.value, golden_gauc[3 * k], 1e-14);
        assert_int_equal(got.clusters, (int64_t)golden_gauc[3 * k + 2]);
        assert_ok(lis_influence_covariance(&ctx, &variance, &got.influence, &got.influence,
                                           got.clusters, &error));
        assert_near(variance / golden_gauc[3 * k + 1], 1.0, 1e-12);
        lis_metric_release(&got);
    }
    sample_release(&s);
}

static void test_definition_is_named(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_metric got = {0};
    lis_ctx_init(&ctx, 1);
    sample_wrap(&s, GOLDEN_ROWS, golden_a, golden_label, golden_user, GOLDEN_USERS);
    lis_gauc_options options = {.weight = LIS_GAUC_EQUAL, .one_class = LIS_GAUC_HALF};
    assert_ok(lis_gauc(&ctx, &got, &s.scored, &options, &error));
    assert_non_null(strstr(got.definition, "weighted by equal"));
    assert_non_null(strstr(got.definition, "counted 0.5"));
    lis_metric_release(&got);
    sample_release(&s);
}

static void test_no_answer(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_metric got = {0};
    lis_ctx_init(&ctx, 1);
    const float score[] = {0.1f, 0.2f, 0.3f};
    const uint8_t label[] = {0, 1, 1};
    const int32_t user[] = {0, 1, 1};
    sample_wrap(&s, 3, score, label, user, 2);
    assert_int_equal(plain_gauc(&ctx, &got, &s.scored, &error), LIS_EMATH);
    assert_non_null(strstr(error.message, "nothing to average"));
    s.scored.user = NULL;
    assert_int_equal(plain_gauc(&ctx, &got, &s.scored, &error), LIS_EARG);
    assert_non_null(strstr(error.message, "user"));
    sample_release(&s);
}

static void test_threads(void **state) {
    (void)state;
    check_threads(plain_gauc, true);
}

static void test_memory(void **state) {
    (void)state;
    check_memory(plain_gauc);
}

static void test_interrupt(void **state) {
    (void)state;
    check_interrupt(plain_gauc);
}

static void test_refusals(void **state) {
    (void)state;
    check_refusals(plain_gauc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_naive),     cmocka_unit_test(test_golden),
        cmocka_unit_test(test_no_answer), cmocka_unit_test(test_definition_is_named),
        cmocka_unit_test(test_threads),   cmocka_unit_test(test_memory),
        cmocka_unit_test(test_interrupt), cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("metric/gauc", tests, NULL, NULL);
}
