#include "lis/base/clock.h"

#include <time.h>

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double lis_clock_wall(void) {
    return seconds_of(CLOCK_MONOTONIC);
}

double lis_clock_cpu(void) {
    return seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double lis_clock_cpu_thread(void) {
    return seconds_of(CLOCK_THREAD_CPUTIME_ID);
}
