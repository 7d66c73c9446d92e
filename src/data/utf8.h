/* UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef LIS_DATA_UTF8_H
#define LIS_DATA_UTF8_H

#include <stddef.h>

/* Bytes (1 to 4) of the valid character that begins at text; 0 where there is none. n >= 1. */
size_t lis_utf8_character(const char *text, size_t n);

/* Length of the longest valid beginning of text[0..n): n itself where all of it is valid. */
size_t lis_utf8_valid(const char *text, size_t n);

/* n bytes of Latin-1 (ISO 8859-1) as UTF-8; returns how many those are, at most 2n. `to` may end in
 * the text itself: text >= to + n is enough. */
size_t lis_utf8_from_latin1(char *to, const char *text, size_t n);

#endif
