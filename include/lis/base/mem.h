/* Memory: aligned, counted, and able to fail on purpose.
 *
 * Every allocation of the core goes through here, so that tests can count allocations (the training
 * loop makes none), find leaks, and fail the n-th one. All functions are thread-safe. */
#ifndef LIS_BASE_MEM_H
#define LIS_BASE_MEM_H

#include <stddef.h>
#include <stdint.h>

enum { LIS_ALIGN = 64 }; /* bytes: a cache line, and one AVX-512 register */

/* count * size bytes aligned to LIS_ALIGN, uninitialised; NULL where memory ran out, the product
 * overflows, or a failure was injected. count or size 0 gives a valid pointer to free. */
void *lis_alloc(size_t count, size_t size);

/* The same, zeroed. */
void *lis_calloc(size_t count, size_t size);

/* Grows or shrinks keeping the content; on failure returns NULL and leaves ptr as it was.
 * ptr NULL: as lis_alloc. */
void *lis_realloc(void *ptr, size_t count, size_t size);

/* ptr NULL: nothing. */
void lis_free(void *ptr);

typedef struct lis_mem_stats {
    int64_t live_blocks; /* allocated and not yet freed */
    int64_t live_bytes;
    int64_t peak_bytes;  /* highest live_bytes since the process began or the last reset */
    int64_t calls;       /* successful allocations ever */
    int64_t limit_bytes; /* lis_mem_limit's; 0: none */
} lis_mem_stats;

/* One snapshot; peak_bytes starts again from live_bytes. */
lis_mem_stats lis_mem_read(void);
void lis_mem_reset_peak(void);

/* Refuse allocations that would take live_bytes past `bytes`; 0 lifts the limit. */
void lis_mem_limit(int64_t bytes);

/* Bytes that may still be taken: up to the limit, without one up to the machine's memory (other
 * programs' share is not known). At least 0. */
int64_t lis_mem_room(void);

/* Test hook: let `successes` more allocations succeed, fail the next one, then return to normal.
 * Negative: no failure is pending. */
void lis_mem_fail_after(int64_t successes);

#endif
