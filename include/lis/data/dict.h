/* Dictionary: strings <-> i32 codes, numbered by order of first appearance.
 *
 * Strings lie end to end in one block of bytes; an open-addressing table of XXH3 hashes finds them.
 * The empty string is the missing value: its code is -1 and it is never stored. Strings are bytes;
 * whether they are UTF-8 is the reader's business.
 *
 * Adding needs the only hand on the dictionary; any number of threads may look up at once. */
#ifndef LIS_DATA_DICT_H
#define LIS_DATA_DICT_H

#include <stddef.h>
#include <stdint.h>

#include "lis/base/status.h"

/* Borrowed bytes, without a closing NUL. */
typedef struct lis_text {
    const char *bytes;
    size_t length;
} lis_text;

typedef struct lis_dict lis_dict;

enum { LIS_DICT_MAX = INT32_MAX }; /* codes are i32: at most 2^31 - 1 strings */

/* An empty dictionary with one reference. LIS_ENOMEM. */
lis_status lis_dict_new(lis_dict **out, lis_error *err);

/* References are counted atomically; the last release frees. NULL is fine for release. */
lis_dict *lis_dict_retain(lis_dict *dict);
void lis_dict_release(lis_dict *dict);

/* Refuses to hold more than `most` strings, in [1, LIS_DICT_MAX], the default. */
void lis_dict_limit(lis_dict *dict, int64_t most);

/* Number of strings: codes are [0, size). */
int64_t lis_dict_size(const lis_dict *dict);

/* code[i] = code of text[i], new strings added in order of i; -1 for an empty one.
 *   text [n] borrowed, must not point into the dictionary     code [n] written
 * Errors: LIS_ENOMEM; LIS_ERANGE where the limit is reached (the message names it). Strings before
 * the failure stay. */
lis_status lis_dict_add(lis_dict *dict, const lis_text *text, int64_t n, int32_t *code,
                        lis_error *err);

/* The code of a string, -1 where it is unknown or empty. */
int32_t lis_dict_find(const lis_dict *dict, lis_text text);

/* The string of a code, borrowed until the next add; a code outside [0, size) gives length 0. */
lis_text lis_dict_text(const lis_dict *dict, int32_t code);

/* Adds every string of `from` in code order; code[c] = its code in `into`.
 *   code [size of from] written. Errors as lis_dict_add. */
lis_status lis_dict_merge(lis_dict *into, const lis_dict *from, int32_t *code, lis_error *err);

/* Makes an empty dictionary hold n strings that lie end to end: code c is the c-th of them.
 *   length [n] borrowed, each 1 or more, in all the size of bytes
 * Strings that stand twice keep both codes, and are found under one. LIS_ENOMEM, LIS_ERANGE. */
lis_status lis_dict_fill(lis_dict *dict, const int32_t *length, int64_t n, const char *bytes,
                         lis_error *err);

/* Bytes held, for reports. */
int64_t lis_dict_bytes(const lis_dict *dict);

#endif
