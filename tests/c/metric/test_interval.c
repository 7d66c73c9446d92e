#include "lis/metric/interval.h"
#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "metric_golden.h"

static void test_combine_golden(void **state) {
    (void)state;
    lis_error error;
    const double *g = golden_combine;
    for (size_t i = 0; i < sizeof golden_combine / sizeof *g; i += 9, g += 9) {
        lis_interval got;
        lis_variances v = {.row_variance = g[0],
                           .clusters = (int64_t)g[1],
                           .seed_variance = g[2],
                           .seeds = (int64_t)g[3]};
        assert_ok(lis_ci_combine(&got, g[4], &v, 0.95, &error));
        assert_near(got.dof, g[5], 1e-12);
        assert_near(got.low, g[6], 1e-10);
        assert_near(got.high, g[7], 1e-10);
        assert_near(got.p / g[8], 1.0, 1e-8);
    }
}

static void test_point(void **state) {
    (void)state;
    lis_error error;
    lis_interval got;
    lis_variances none = {.clusters = 10, .seeds = 3};
    assert_ok(lis_ci_combine(&got, 0.0, &none, 0.95, &error));
    assert_true(got.low == 0.0 && got.high == 0.0 && got.p == 1.0 && isinf(got.dof));
    assert_ok(lis_ci_combine(&got, 0.1, &none, 0.95, &error));
    assert_true(got.low == 0.1 && got.p == 0.0);
}

static void assert_refused(lis_variances v, double level, const char *word) {
    lis_error error;
    lis_interval got;
    assert_int_equal(lis_ci_combine(&got, 0.0, &v, level, &error), LIS_EARG);
    if (!strstr(error.message, word)) fail_msg("'%s' does not say '%s'", error.message, word);
}

static void test_refusals(void **state) {
    (void)state;
    assert_refused((lis_variances){.row_variance = -1, .clusters = 9, .seeds = 2}, 0.95,
                   "row_variance");
    assert_refused((lis_variances){.seed_variance = NAN, .clusters = 9, .seeds = 2}, 0.95,
                   "seed_variance");
    assert_refused((lis_variances){.clusters = 1, .seeds = 2}, 0.95, "users");
    assert_refused((lis_variances){.clusters = 9}, 0.95, "seeds");
    assert_refused((lis_variances){.clusters = 9, .seeds = 2}, 95, "level");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_combine_golden),
        cmocka_unit_test(test_point),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("metric/interval", tests, NULL, NULL);
}
