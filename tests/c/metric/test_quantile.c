#include "lis/metric/quantile.h"
#include "support.h"

#include <math.h>

#include "check_near.h"
#include "quantile_golden.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* SciPy's t quantile is itself only good to 5e-9; everything else holds to far more. */
static const double SCIPY = 1e-8;

static void assert_close(double got, double wanted, double relative) {
    if (fabs(got - wanted) > relative * fabs(wanted) && fabs(got - wanted) > 1e-15)
        fail_msg("%.17g, wanted %.17g", got, wanted);
}

static void test_scipy(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(golden_normal_p); i += 2)
        assert_close(lis_normal_quantile(golden_normal_p[i]), golden_normal_p[i + 1], 1e-13);
    for (size_t i = 0; i < COUNT(golden_normal_z); i += 2)
        assert_close(lis_normal_cdf(golden_normal_z[i]), golden_normal_z[i + 1], 1e-12);
    for (size_t i = 0; i < COUNT(golden_student_p); i += 3)
        assert_close(lis_student_quantile(golden_student_p[i + 1], golden_student_p[i]),
                     golden_student_p[i + 2], SCIPY);
    for (size_t i = 0; i < COUNT(golden_student_t); i += 3)
        assert_close(lis_student_cdf(golden_student_t[i + 1], golden_student_t[i]),
                     golden_student_t[i + 2], SCIPY);
}

/* One degree of freedom is Cauchy's, two have t = (2p - 1) / sqrt(2 p (1 - p)). */
static void test_closed_forms(void **state) {
    (void)state;
    const double p[] = {1e-9, 0.001, 0.025, 0.2, 0.4, 0.6, 0.975, 0.9999};
    for (size_t i = 0; i < COUNT(p); i++) {
        double cauchy = -1.0 / tan(acos(-1.0) * p[i]);
        double two = (2 * p[i] - 1) / sqrt(2 * p[i] * (1 - p[i]));
        assert_close(lis_student_quantile(p[i], 1), cauchy, 1e-12);
        assert_close(lis_student_quantile(p[i], 2), two, 1e-12);
        assert_close(lis_student_cdf(cauchy, 1), p[i], 1e-12);
    }
}

static void test_quantile_inverts_cdf(void **state) {
    (void)state;
    for (double dof = 0.4; dof < 1e9; dof *= 1.7)
        for (double p = 0.0005; p < 1.0; p += 0.0237)
            assert_close(lis_student_cdf(lis_student_quantile(p, dof), dof), p, 1e-10);
}

static void test_edges(void **state) {
    (void)state;
    assert_true(lis_normal_quantile(0) == -INFINITY && lis_normal_quantile(1) == INFINITY);
    assert_true(lis_student_quantile(0, 3) == -INFINITY && lis_student_quantile(1, 3) == INFINITY);
    assert_true(lis_student_quantile(0.5, 3) == 0.0);
    assert_true(isnan(lis_normal_quantile(-0.1)) && isnan(lis_normal_quantile(NAN)));
    assert_true(isnan(lis_student_quantile(0.3, 0)) && isnan(lis_student_cdf(0, -1)));
    assert_true(isnan(lis_student_cdf(NAN, 3)) && isnan(lis_student_quantile(0.3, NAN)));
    assert_true(lis_student_cdf(-INFINITY, 3) == 0.0 && lis_student_cdf(INFINITY, 3) == 1.0);
    assert_near(lis_student_quantile(0.975, INFINITY), lis_normal_quantile(0.975), 1e-14);
    assert_near(lis_student_cdf(-1.5, INFINITY), lis_normal_cdf(-1.5), 1e-14);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scipy),
        cmocka_unit_test(test_closed_forms),
        cmocka_unit_test(test_quantile_inverts_cdf),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests_name("metric/quantile", tests, NULL, NULL);
}
