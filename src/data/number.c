#include "number.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DIGITS_EXACT = 15, NUMBER_MAX = 511 };

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { WORDS_READ_FORWARD = 1 }; /* the first character is a word's lowest byte */
#else
enum { WORDS_READ_FORWARD = 0 };
#endif

/* 1 to 8 digits at text as a number, in three multiplications: neighbours are joined into pairs,
 * pairs into fours, fours into eight. At least 8 bytes must be readable. */
static inline bool eight_digits(const char *text, size_t n, uint64_t *out) {
    const uint64_t zeros = UINT64_C(0x3030303030303030), highs = UINT64_C(0xf0f0f0f0f0f0f0f0);
    uint64_t word;
    memcpy(&word, text, sizeof word);
    if (n < 8) word = word << (64 - 8 * n) | zeros >> (8 * n);
    bool digits =
        (word & highs) == zeros && ((word + UINT64_C(0x0606060606060606)) & highs) == zeros;
    word = (word - zeros) * 2561 >> 8;
    word = (word & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
    word = (word & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32;
    *out = word;
    return digits;
}

static inline bool few_digits(const char *text, size_t n, const char *limit, uint64_t *out) {
    if (WORDS_READ_FORWARD && limit - text >= 8) return eight_digits(text, n, out);
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return true;
}

static const uint64_t tens[] = {UINT64_C(1),
                                UINT64_C(10),
                                UINT64_C(100),
                                UINT64_C(1000),
                                UINT64_C(10000),
                                UINT64_C(100000),
                                UINT64_C(1000000),
                                UINT64_C(10000000),
                                UINT64_C(100000000),
                                UINT64_C(1000000000),
                                UINT64_C(10000000000),
                                UINT64_C(100000000000),
                                UINT64_C(1000000000000),
                                UINT64_C(10000000000000),
                                UINT64_C(100000000000000),
                                UINT64_C(1000000000000000)};

/* 1 to 16 digits, the common case: no loop. */
static inline bool most_digits(const char *text, size_t n, const char *limit, uint64_t *out) {
    uint64_t front, back;
    if (n <= 8) return few_digits(text, n, limit, out);
    bool digits =
        few_digits(text, n - 8, limit, &front) && few_digits(text + n - 8, 8, limit, &back);
    if (digits) *out = front * tens[8] + back;
    return digits;
}

/* 0 to 19 digits: none of them overflows 64 bits. */
static bool all_digits(const char *text, size_t n, const char *limit, uint64_t *out) {
    uint64_t front, back;
    *out = 0;
    if (n <= 16) return n == 0 || most_digits(text, n, limit, out);
    bool digits =
        few_digits(text, n - 16, limit, &front) && most_digits(text + n - 16, 16, limit, &back);
    if (digits) *out = front * tens[8] * tens[8] + back;
    return digits;
}

static bool blank(char c) {
    return c == ' ' || c == '\t';
}

static void trim(const char **text, size_t *n) {
    while (*n > 0 && blank(**text)) {
        (*text)++;
        (*n)--;
    }
    while (*n > 0 && blank((*text)[*n - 1]))
        (*n)--;
}

static bool any_i64(const char *text, size_t n, const char *limit, int64_t *out) {
    uint64_t value;
    trim(&text, &n);
    bool negative = n > 0 && *text == '-';
    size_t sign = n > 0 && (*text == '-' || *text == '+');
    if (n - sign - 1 < 19 && all_digits(text + sign, n - sign, limit, &value) &&
        value <= (uint64_t)INT64_MAX + negative) {
        *out = negative ? (int64_t)(0 - value) : (int64_t)value;
        return true;
    }
    double real;
    if (!lis_number_f64(text, n, limit, &real) || !(fabs(real) < 0x1p53) || real != floor(real))
        return false;
    *out = (int64_t)real;
    return true;
}

static inline bool read_i64(const char *text, size_t n, const char *limit, int64_t *out) {
    uint64_t value;
    if (n - 1 >= 16 || !most_digits(text, n, limit, &value)) return any_i64(text, n, limit, out);
    *out = (int64_t)value;
    return true;
}

bool lis_number_i64(const char *text, size_t n, const char *limit, int64_t *out) {
    return read_i64(text, n, limit, out);
}

int64_t lis_numbers_i64(const lis_text *text, int64_t n, const char *limit, int64_t *out) {
    for (int64_t i = 0; i < n; i++)
        if (!read_i64(text[i].bytes, text[i].length, limit, &out[i])) return i;
    return n;
}

/* Digits with at most one point among them and nothing else: mantissa and the number of digits
 * behind the point. */
static bool plain_decimal(const char *text, size_t n, const char *limit, uint64_t *mantissa,
                          size_t *behind) {
    const char *point = memchr(text, '.', n);
    size_t front = point ? (size_t)(point - text) : n;
    *behind = point ? n - front - 1 : 0;
    if (front + *behind == 0 || front + *behind > DIGITS_EXACT) return false;
    uint64_t whole, part;
    if (!all_digits(text, front, limit, &whole) ||
        !all_digits(text + n - *behind, *behind, limit, &part))
        return false;
    *mantissa = whole * tens[*behind] + part;
    return true;
}

static bool named_value(const char *text, size_t n, double *out) {
    bool negative = n > 0 && *text == '-';
    size_t sign = n > 0 && (*text == '-' || *text == '+');
    text += sign;
    n -= sign;
    if (n == 3 && strncasecmp(text, "nan", 3) == 0) {
        *out = NAN;
        return true;
    }
    bool infinite = (n == 3 && strncasecmp(text, "inf", 3) == 0) ||
                    (n == 8 && strncasecmp(text, "infinity", 8) == 0);
    if (infinite) *out = negative ? -INFINITY : INFINITY;
    return infinite;
}

/* The C library's conversion in the "C" locale, which rounds every decimal correctly. Letters
 * other than an exponent's never reach it, so neither do hexadecimal forms. */
static bool any_decimal(const char *text, size_t n, double *out) {
    char copy[NUMBER_MAX + 1];
    if (n == 0 || n > NUMBER_MAX) return false;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        bool known =
            (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-' || c == 'e' || c == 'E';
        if (!known) return false;
        copy[i] = c;
    }
    copy[n] = '\0';
    char *end;
    locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t before = uselocale(plain);
    *out = strtod(copy, &end);
    uselocale(before);
    if (plain) freelocale(plain);
    return end == copy + n && isfinite(*out);
}

bool lis_number_f64(const char *text, size_t n, const char *limit, double *out) {
    /* Clinger 1990: a mantissa of 15 digits and a power of ten up to 10^15 are both exact doubles, so
     * one division rounds once, correctly. */
    trim(&text, &n);
    bool negative = n > 0 && *text == '-';
    uint64_t mantissa;
    size_t behind;
    if (plain_decimal(text + negative, n - negative, limit, &mantissa, &behind)) {
        double value = (double)mantissa / (double)tens[behind];
        *out = negative ? -value : value;
        return true;
    }
    return named_value(text, n, out) || any_decimal(text, n, out);
}
