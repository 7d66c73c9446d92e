/* Numbers out of text, whatever the locale says about decimal points. */
#ifndef LIS_DATA_NUMBER_H
#define LIS_DATA_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/data/dict.h"

enum { LIS_NUMBER_SLACK = 8 };

/* Both read text[0..n), blanks around it allowed, and return false where it is no such number.
 * Up to LIS_NUMBER_SLACK - 1 bytes behind text + n are loaded, and ignored, where that is faster; not
 * where text lies within LIS_NUMBER_SLACK bytes before `limit`, the end of a file. Text that is no
 * part of a file must have that much readable memory behind it.
 *
 * i64: a sign and digits, or a decimal number whose value is whole and below 2^53 ("8.8e8", "3.0").
 * f64: a decimal number with fraction and exponent, correctly rounded; nan, inf and infinity in any
 * case. No hexadecimal. */
bool lis_number_i64(const char *text, size_t n, const char *limit, int64_t *out);
bool lis_number_f64(const char *text, size_t n, const char *limit, double *out);

/* A column of them: out[i] = number of text[i], up to the first that is none; returns its place, or
 * n. */
int64_t lis_numbers_i64(const lis_text *text, int64_t n, const char *limit, int64_t *out);

#endif
