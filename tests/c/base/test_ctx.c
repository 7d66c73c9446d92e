#define _GNU_SOURCE
#include "lis/base/ctx.h"

#include <sched.h>
#include <signal.h>

#include "support.h"

static void test_thread_count_is_bounded(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 3);
    assert_int_equal(ctx.threads, 3);
    lis_ctx_init(&ctx, 1000000);
    assert_int_equal(ctx.threads, LIS_THREADS_MAX);
}

static void test_default_is_the_processors_granted(void **state) {
    (void)state;
    cpu_set_t before, one;
    lis_ctx ctx;
    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    lis_ctx_init(&ctx, 0);
    assert_int_equal(ctx.threads, CPU_COUNT(&before));
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    lis_ctx_init(&ctx, -1);
    assert_int_equal(ctx.threads, 1);
    sched_setaffinity(0, sizeof before, &before);
}

static lis_ctx signalled;
static void on_signal(int number) {
    (void)number;
    lis_ctx_interrupt(&signalled);
}

static void test_a_signal_handler_may_interrupt(void **state) {
    (void)state;
    lis_ctx_init(&signalled, 1);
    assert_false(lis_ctx_interrupted(&signalled));
    void (*before)(int) = signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    signal(SIGUSR1, before);
    assert_true(lis_ctx_interrupted(&signalled));
    lis_ctx_clear_interrupt(&signalled);
    assert_false(lis_ctx_interrupted(&signalled));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thread_count_is_bounded),
        cmocka_unit_test(test_default_is_the_processors_granted),
        cmocka_unit_test(test_a_signal_handler_may_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
