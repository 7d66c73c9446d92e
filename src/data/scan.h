/* Where fields and lines end: 64 bytes at a time, one bit a byte.
 *
 * A byte is inside quotes where an odd number of quotes stands before it (RFC 4180 doubles a quote
 * within quotes, which leaves the parity right). Delimiters and line ends inside quotes are content.
 * One kernel an instruction set; they give the same answers, and the best one that this processor
 * runs is picked at the first call. */
#ifndef LIS_DATA_SCAN_H
#define LIS_DATA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LIS_SEEN_NUL = 1,   /* a NUL byte */
    LIS_SEEN_HIGH = 2,  /* a byte of 0x80 or more: not ASCII */
    LIS_SEEN_QUOTE = 4, /* a quote */
};

enum { LIS_SCAN_SLACK = 64 }; /* spare entries that lis_scan_marks may overwrite */

typedef struct lis_scan {
    unsigned char mark;  /* first byte of the delimiter */
    unsigned char quote; /* 0: quotes are content */
    bool inside;         /* the next byte is inside quotes; carried from call to call */
    unsigned seen;       /* LIS_SEEN_*, gathered over the calls */
} lis_scan;

typedef struct lis_scan_count {
    int64_t quotes;
    int64_t
        lines[2]; /* line ends outside quotes, where the first byte is outside [0], inside [1] */
} lis_scan_count;

typedef struct lis_scan_kernel {
    const char *name;
    int64_t (*marks)(lis_scan *scan, const unsigned char *bytes, size_t n, uint32_t *at);
    lis_scan_count (*count)(const unsigned char *bytes, size_t n, unsigned char quote);
} lis_scan_kernel;

/* at[k] = offset of the k-th delimiter byte or line end outside quotes in bytes[0..n), n < 2^32.
 * at needs room for n + LIS_SCAN_SLACK; returns their number. Reads nothing behind bytes + n. */
int64_t lis_scan_marks(lis_scan *scan, const unsigned char *bytes, size_t n, uint32_t *at);

/* quote 0: quotes are content. */
lis_scan_count lis_scan_lines(const unsigned char *bytes, size_t n, unsigned char quote);

/* Every kernel that this processor runs, best first, NULL-ended: for the tests. */
const lis_scan_kernel *const *lis_scan_kernels(void);

extern const lis_scan_kernel lis_scan_portable;
#if defined(__x86_64__)
extern const lis_scan_kernel lis_scan_avx2, lis_scan_avx512;
#endif

#endif
