#include "lis/base/mem.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What precedes every block. It fills a whole alignment unit, so that the block behind it is
 * aligned too. */
typedef struct prefix {
    _Alignas(LIS_ALIGN) void *base; /* what malloc gave */
    size_t bytes;                   /* what the caller asked for */
} prefix;

/* More than any process can address: such a request is a mistake, not a shortage. */
static const size_t largest_block = (size_t)1 << 47;

_Static_assert(sizeof(prefix) == LIS_ALIGN, "the prefix keeps the block behind it aligned");

static atomic_int_fast64_t live_blocks, live_bytes, peak_bytes, calls;
static atomic_int_fast64_t limit_bytes;         /* 0: none */
static atomic_int_fast64_t fail_countdown = -1; /* successes left before the injected failure */

static prefix *prefix_of(void *block) {
    return (prefix *)block - 1;
}

/* True once: for the call on which the countdown stands at 0. */
static bool failure_is_due(void) {
    int_fast64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);
    while (left >= 0)
        if (atomic_compare_exchange_weak(&fail_countdown, &left, left - 1)) return left == 0;
    return false;
}

/* Counts the bytes before they are taken, so that two threads cannot pass the limit together. */
static bool reserve(size_t bytes) {
    int_fast64_t now = atomic_fetch_add(&live_bytes, (int_fast64_t)bytes) + (int_fast64_t)bytes;
    int_fast64_t limit = atomic_load_explicit(&limit_bytes, memory_order_relaxed);
    if (limit > 0 && now > limit) {
        atomic_fetch_sub(&live_bytes, (int_fast64_t)bytes);
        return false;
    }
    int_fast64_t peak = atomic_load_explicit(&peak_bytes, memory_order_relaxed);
    while (now > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, now))
        continue;
    return true;
}

/* Asks for pages of 2 MiB inside a large block: embedding tables and columns are read at random, and
 * with small pages every such read would walk the page tables as well. Only a wish. */
static void wish_huge_pages(char *base, size_t bytes) {
    const uintptr_t huge = (uintptr_t)2 << 20;
    uintptr_t first = ((uintptr_t)base + huge - 1) & ~(huge - 1);
    uintptr_t last = ((uintptr_t)base + bytes) & ~(huge - 1);
    if (last > first) madvise(base + (first - (uintptr_t)base), last - first, MADV_HUGEPAGE);
}

static void *allocate(size_t count, size_t size, bool zeroed) {
    const size_t extra = sizeof(prefix) + LIS_ALIGN - 1;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > largest_block || failure_is_due() ||
        !reserve(bytes))
        return NULL;
    /* calloc knows fresh pages to be zero already: large zeroed blocks cost nothing until touched. */
    char *base = zeroed ? calloc(1, bytes + extra) : malloc(bytes + extra);
    if (!base) {
        atomic_fetch_sub(&live_bytes, (int_fast64_t)bytes);
        return NULL;
    }
    if (bytes >= (size_t)4 << 20) wish_huge_pages(base, bytes + extra);
    uintptr_t block = ((uintptr_t)base + extra) & ~(uintptr_t)(LIS_ALIGN - 1);
    char *aligned = base + (block - (uintptr_t)base);
    *prefix_of(aligned) = (prefix){.base = base, .bytes = bytes};
    atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    return aligned;
}

void *lis_alloc(size_t count, size_t size) {
    return allocate(count, size, false);
}

void *lis_calloc(size_t count, size_t size) {
    return allocate(count, size, true);
}

void *lis_realloc(void *ptr, size_t count, size_t size) {
    void *grown = lis_alloc(count, size);
    if (!grown || !ptr) return grown;
    size_t before = prefix_of(ptr)->bytes;
    size_t after = prefix_of(grown)->bytes;
    memcpy(grown, ptr, before < after ? before : after);
    lis_free(ptr);
    return grown;
}

void lis_free(void *ptr) {
    if (!ptr) return;
    prefix *head = prefix_of(ptr);
    atomic_fetch_sub(&live_bytes, (int_fast64_t)head->bytes);
    atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
    free(head->base);
}

lis_mem_stats lis_mem_read(void) {
    return (lis_mem_stats){.live_blocks = atomic_load(&live_blocks),
                           .live_bytes = atomic_load(&live_bytes),
                           .peak_bytes = atomic_load(&peak_bytes),
                           .calls = atomic_load(&calls),
                           .limit_bytes = atomic_load(&limit_bytes)};
}

void lis_mem_reset_peak(void) {
    atomic_store(&peak_bytes, atomic_load(&live_bytes));
}

void lis_mem_limit(int64_t bytes) {
    atomic_store(&limit_bytes, bytes);
}

int64_t lis_mem_room(void) {
    lis_mem_stats now = lis_mem_read();
    int64_t most = now.limit_bytes;
    if (most <= 0) most = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);
    return most > now.live_bytes ? most - now.live_bytes : 0;
}

void lis_mem_fail_after(int64_t successes) {
    atomic_store(&fail_countdown, successes);
}
