/* The k largest of a row. */
#include <math.h>
#include <string.h>

#include "rows.h"

/* A float as an unsigned integer of the same order: NaN lowest, then -inf ... +inf; -0 equals +0. */
static inline uint32_t order_key(float value) {
    if (isnan(value)) return 0;
    uint32_t bits;
    value += 0.0F;
    memcpy(&bits, &value, sizeof bits);
    return bits & 0x80000000U ? ~bits : bits | 0x80000000U;
}

/* The entries of a row to keep: every key above `least`, and the first `ties` that equal it, after
 * both were shifted right by `shift`. */
typedef struct {
    uint32_t least;
    int shift;
    int64_t ties;
} row_cut;

/* Counts one byte of the keys that begin with `prefix`. Two tables by turns: counts of the same byte
 * in a row, as small numbers give, would otherwise wait for each other; and no branch, as whether a
 * key begins with the prefix is a coin flip. */
static void count_bytes(int32_t count[256], const float *value, int64_t n, uint32_t prefix,
                        int shift) {
    int32_t odd[256] = {0};
    memset(count, 0, 256 * sizeof *count);
    for (int64_t i = 0; i < n; i++) {
        uint64_t key = order_key(value[i]);
        int32_t *table = i & 1 ? odd : count;
        table[key >> shift & 255] += key >> (shift + 8) == prefix;
    }
    for (int b = 0; b < 256; b++)
        count[b] += odd[b];
}

/* Radix selection of the k-th largest, one byte of the key a pass, highest first; 0 < k < n. It
 * needs no scratch and, unlike quickselect, has no bad case. */
static row_cut cut_of_row(const float *value, int64_t n, int64_t k) {
    uint32_t prefix = 0;
    for (int shift = 24;; shift -= 8) {
        int32_t count[256];
        count_bytes(count, value, n, prefix, shift);
        uint32_t digit = 255;
        for (; count[digit] < k; digit--)
            k -= count[digit];
        prefix = prefix << 8 | digit;
        if (shift == 0 || count[digit] == k) return (row_cut){prefix, shift, k};
    }
}

int64_t lis_row_top(int32_t *out_column, float *out_value, const int32_t *column,
                    const float *value, int64_t n, int64_t k) {
    if (n <= k) {
        memmove(out_column, column, (size_t)n * sizeof *column);
        memmove(out_value, value, (size_t)n * sizeof *value);
        return n;
    }
    if (k <= 0) return 0;
    row_cut cut = cut_of_row(value, n, k);
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        uint32_t key = order_key(value[i]) >> cut.shift;
        if (key < cut.least || (key == cut.least && cut.ties-- <= 0)) continue;
        out_column[count] = column[i];
        out_value[count++] = value[i];
    }
    return count;
}
