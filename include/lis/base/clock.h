/* Time as the process feels it. */
#ifndef LIS_BASE_CLOCK_H
#define LIS_BASE_CLOCK_H

/* Seconds on a clock that never goes back; only differences mean anything. */
double lis_clock_wall(void);

/* CPU seconds used by all threads of this process. */
double lis_clock_cpu(void);

/* CPU seconds used by the calling thread. */
double lis_clock_cpu_thread(void);

#endif
