/* The body of every scan kernel. The file that includes it has defined `block` (64 bytes), load(),
 * equal(), high() and write_offsets() for its instruction set. */
#include <string.h>

#include "scan.h"

static int bits(uint64_t word) {
    return __builtin_popcountll(word);
}

/* Bit i of the result: parity of word's bits 0 to i. */
static uint64_t parity_up_to(uint64_t word) {
    word ^= word << 1;
    word ^= word << 2;
    word ^= word << 4;
    word ^= word << 8;
    word ^= word << 16;
    return word ^ word << 32;
}

/* Bits that are inside quotes, given whether bit 0's byte is; *inside moves on to the next block. */
static uint64_t inside_quotes(uint64_t quotes, bool *inside) {
    uint64_t carried = *inside ? ~UINT64_C(0) : 0;
    if (!quotes) return carried;
    *inside ^= bits(quotes) & 1;
    return parity_up_to(quotes) ^ carried;
}

static inline uint64_t block_marks(lis_scan *scan, block bytes, uint64_t valid) {
    uint64_t marks = equal(bytes, scan->mark) | equal(bytes, '\n');
    uint64_t nul = equal(bytes, 0) & valid, beyond = high(bytes) & valid;
    if (nul) scan->seen |= LIS_SEEN_NUL;
    if (beyond) scan->seen |= LIS_SEEN_HIGH;
    if (scan->quote) {
        uint64_t quotes = equal(bytes, scan->quote) & valid;
        if (quotes) scan->seen |= LIS_SEEN_QUOTE;
        marks &= ~inside_quotes(quotes, &scan->inside);
    }
    return marks & valid;
}

static int64_t kernel_marks(lis_scan *scan, const unsigned char *bytes, size_t n, uint32_t *at) {
    lis_scan local = *scan;
    uint32_t *end = at;
    size_t done = 0;
    for (; n - done >= 64; done += 64) {
        uint64_t marks = block_marks(&local, load(bytes + done), ~UINT64_C(0));
        if (marks) end = write_offsets(end, marks, (uint32_t)done);
    }
    if (done < n) {
        unsigned char last[64] = {0};
        memcpy(last, bytes + done, n - done);
        uint64_t marks = block_marks(&local, load(last), ~UINT64_C(0) >> (64 - (n - done)));
        if (marks) end = write_offsets(end, marks, (uint32_t)done);
    }
    *scan = local;
    return end - at;
}

static inline void block_count(lis_scan_count *sum, block bytes, unsigned char quote,
                               bool *inside) {
    uint64_t lines = equal(bytes, '\n');
    if (!quote) {
        sum->lines[0] += bits(lines);
        return;
    }
    uint64_t quotes = equal(bytes, quote);
    uint64_t within = inside_quotes(quotes, inside);
    sum->quotes += bits(quotes);
    sum->lines[0] += bits(lines & ~within);
    sum->lines[1] += bits(lines & within);
}

static lis_scan_count kernel_count(const unsigned char *bytes, size_t n, unsigned char quote) {
    lis_scan_count sum = {0};
    bool inside = false;
    size_t done = 0;
    for (; n - done >= 64; done += 64)
        block_count(&sum, load(bytes + done), quote, &inside);
    if (done < n) {
        unsigned char last[64] = {0};
        memcpy(last, bytes + done, n - done);
        block_count(&sum, load(last), quote, &inside);
    }
    return sum;
}
