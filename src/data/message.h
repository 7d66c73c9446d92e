/* Pieces of error messages: an excerpt of hostile text, a list of names, the nearest name. */
#ifndef LIS_DATA_MESSAGE_H
#define LIS_DATA_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum { LIS_EXCERPT = 120, LIS_NAME_LIST = 300 };

/* At most 40 bytes of `bytes` in single quotes, control bytes and invalid UTF-8 as \xNN, "..." where
 * it was cut. Always NUL-closed; returns out. */
char *lis_excerpt(char out[LIS_EXCERPT], const char *bytes, size_t length);

/* "a, b, c and 12 more". Always NUL-closed; returns out. */
char *lis_name_list(char out[LIS_NAME_LIST], const char *const *names, int64_t n);

/* The name within a third of its length of edits (insert, delete, replace, swap neighbours;
 * capitals count as equal) and nearest to `wanted`; NULL where none is that near. */
const char *lis_name_nearest(const char *wanted, const char *const *names, int64_t n);

#endif
