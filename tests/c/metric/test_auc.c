#include "lis/metric/auc.h"
#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "metric_golden.h"
#include "naive.h"

static lis_ctx two_threads(void) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    return ctx;
}

static void check_against_naive(const lis_scored *scored) {
    lis_error error;
    lis_ctx ctx = two_threads();
    lis_metric got = {0};
    int64_t clusters = lis_scored_clusters(scored);
    double *influence = lis_alloc((size_t)clusters, sizeof *influence);
    double wanted = naive_auc(scored, influence);
    assert_ok(lis_auc(&ctx, &got, scored, &error));
    assert_near(got.value, wanted, 1e-14);
    assert_influence(&got, influence, clusters, 1e-14);
    lis_metric_release(&got);
    assert_ok(lis_auc_value(&ctx, &got, scored, &error));
    assert_near(got.value, wanted, 1e-14);
    assert_null(got.influence.storage);
    lis_metric_release(&got);
    lis_free(influence);
}

static void test_naive(void **state) {
    (void)state;
    const sample_options cases[] = {
        {.rows = 10, .users = 3, .levels = 1, .seed = 1},
        {.rows = 700, .users = 40, .seed = 2},
        {.rows = 700, .users = 40, .levels = 3, .skewed = true, .seed = 3},
        {.rows = 300, .users = 1000, .levels = 1, .seed = 4},
        {.rows = 200, .users = 9, .one_score = true, .seed = 5},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample s;
        sample_make(&s, cases[i]);
        lis_scored rows = without_users(&s);
        check_against_naive(&s.scored);
        check_against_naive(&rows);
        sample_release(&s);
    }
}

static void test_golden(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx = two_threads();
    const float *scores[] = {golden_a, golden_b};
    for (int k = 0; k < 2; k++) {
        sample s;
        lis_metric got = {0};
        double variance;
        sample_wrap(&s, GOLDEN_ROWS, scores[k], golden_label, golden_user, GOLDEN_USERS);
        assert_ok(lis_auc(&ctx, &got, &s.scored, &error));
        assert_near(got.value, golden_auc[k], 1e-14);
        assert_int_equal(got.clusters, GOLDEN_CLUSTERS);
        assert_int_equal(got.rows, GOLDEN_ROWS);
        if (k == 0) assert_influence(&got, golden_influence, GOLDEN_USERS, 1e-14);
        assert_true(lis_f64(&got.influence)[GOLDEN_ABSENT] == 0.0);
        assert_ok(lis_influence_covariance(&ctx, &variance, &got.influence, &got.influence,
                                           got.clusters, &error));
        assert_near(variance / golden_clustered[k], 1.0, 1e-12);
        lis_metric_release(&got);
        sample_release(&s);
    }
}

static void test_extremes(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx = two_threads();
    const float score[] = {-INFINITY, -1.0f, 0.0f, INFINITY};
    const uint8_t right[] = {0, 0, 1, 1}, wrong[] = {1, 1, 0, 0};
    sample s;
    lis_metric got = {0};
    sample_wrap(&s, 4, score, right, NULL, 0);
    assert_ok(lis_auc(&ctx, &got, &s.scored, &error));
    assert_true(got.value == 1.0);
    assert_int_equal(got.clusters, 4);
    lis_metric_release(&got);
    sample_release(&s);
    sample_wrap(&s, 4, score, wrong, NULL, 0);
    assert_ok(lis_auc(&ctx, &got, &s.scored, &error));
    assert_true(got.value == 0.0);
    lis_metric_release(&got);
    sample_release(&s);
}

static void test_one_class(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx = two_threads();
    const float score[] = {0.1f, 0.2f};
    const uint8_t labels[][2] = {{0, 0}, {1, 1}};
    const char *const words[] = {"all 2 labels are 0", "all 2 labels are 1"};
    for (int k = 0; k < 2; k++) {
        sample s;
        lis_metric got = {0};
        sample_wrap(&s, 2, score, labels[k], NULL, 0);
        assert_int_equal(lis_auc(&ctx, &got, &s.scored, &error), LIS_EMATH);
        assert_non_null(strstr(error.message, words[k]));
        sample_release(&s);
    }
}

static void test_covariance_refuses(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx = two_threads();
    lis_tensor a, b;
    double out;
    assert_ok(lis_tensor_new_1d(&a, LIS_F64, 3, &error));
    assert_ok(lis_tensor_new_1d(&b, LIS_F64, 4, &error));
    assert_int_equal(lis_influence_covariance(&ctx, &out, &a, &b, 3, &error), LIS_ESHAPE);
    assert_int_equal(lis_influence_covariance(&ctx, &out, &a, &a, 1, &error), LIS_EMATH);
    lis_tensor_release(&a);
    lis_tensor_release(&b);
}

static void test_threads(void **state) {
    (void)state;
    check_threads(lis_auc, false);
}

static void test_memory(void **state) {
    (void)state;
    check_memory(lis_auc);
}

static void test_interrupt(void **state) {
    (void)state;
    check_interrupt(lis_auc);
}

static void test_refusals(void **state) {
    (void)state;
    check_refusals(lis_auc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_naive),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_one_class),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_covariance_refuses),
    };
    return cmocka_run_group_tests_name("metric/auc", tests, NULL, NULL);
}
