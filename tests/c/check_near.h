/* Comparing doubles: cmocka's assert_float_equal rounds both sides and the tolerance to float.
 * Include after cmocka.h. */
#ifndef LIS_TEST_CHECK_NEAR_H
#define LIS_TEST_CHECK_NEAR_H

#include <math.h>

/* |got - wanted| <= tolerance * max(1, |wanted|); NaN is near nothing, an infinity only itself. */
static inline int lis_near(double got, double wanted, double tolerance) {
    if (got == wanted) return 1;
    return fabs(got - wanted) <= tolerance * fmax(1.0, fabs(wanted));
}

#define assert_near(got, wanted, tolerance)                                                        \
    do {                                                                                           \
        double near_got_ = (got), near_wanted_ = (wanted);                                         \
        if (!lis_near(near_got_, near_wanted_, (tolerance)))                                       \
            fail_msg("%s is %.17g, wanted %s = %.17g (off by %.3g)", #got, near_got_, #wanted,     \
                     near_wanted_, near_got_ - near_wanted_);                                      \
    } while (0)

#endif
