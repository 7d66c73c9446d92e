#include "lis/base/clock.h"

#include "support.h"

static void test_wall_time_never_goes_back(void **state) {
    (void)state;
    double before = lis_clock_wall();
    for (int i = 0; i < 1000; i++) {
        double now = lis_clock_wall();
        assert_true(now >= before);
        before = now;
    }
}

static void test_cpu_time_grows_with_work(void **state) {
    (void)state;
    double start = lis_clock_cpu();
    int rounds = 0; /* reading the clock is work enough */
    while (lis_clock_cpu() == start && rounds < 100000000)
        rounds++;
    assert_true(lis_clock_cpu() > start);
}

static void test_a_threads_time_is_part_of_the_process(void **state) {
    (void)state;
    double thread = lis_clock_cpu_thread(), process = lis_clock_cpu();
    while (lis_clock_cpu_thread() - thread < 0.002) {
    }
    assert_true(lis_clock_cpu() - process >= 0.001);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wall_time_never_goes_back),
        cmocka_unit_test(test_cpu_time_grows_with_work),
        cmocka_unit_test(test_a_threads_time_is_part_of_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
