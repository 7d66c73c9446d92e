/* One JSON object, of a line or of a header, member by member (RFC 8259).
 *
 * Only what a table needs is taken apart: nested values are handed over as they stand, checked no
 * further than their brackets and strings. */
#ifndef LIS_DATA_JSON_LINE_H
#define LIS_DATA_JSON_LINE_H

#include <stdbool.h>

#include "lis/base/arena.h"
#include "lis/data/dict.h"

typedef struct lis_json_line {
    const char *at, *end;
    lis_arena *scratch; /* strings with escapes are copied here */
    bool begun;
    const char *wrong; /* after LIS_JSON_WRONG: what was wanted at `at` */
} lis_json_line;

typedef enum lis_json_step {
    LIS_JSON_MEMBER, /* key and value are set */
    LIS_JSON_END,    /* the object is closed and nothing follows */
    LIS_JSON_WRONG,
    LIS_JSON_MEMORY
} lis_json_step;

typedef struct lis_json_value {
    lis_text text; /* strings without quotes and escapes; true and false as 1 and 0; null empty */
    bool string, nested;
} lis_json_value;

/* The next member of the object. */
lis_json_step lis_json_next(lis_json_line *line, lis_text *key, lis_json_value *value);

/* The next element of an array in place of an object. */
lis_json_step lis_json_next_element(lis_json_line *line, lis_json_value *value);

#endif
