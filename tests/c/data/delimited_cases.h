/* Delimited text that every way of reading it has to take, or to refuse, alike. */
#ifndef LIS_TEST_DELIMITED_CASES_H
#define LIS_TEST_DELIMITED_CASES_H

#include "lis/data/delimited.h"
#include "support.h"

extern const struct accepted {
    const char *text;
    size_t size;
    lis_delimited_options options;
    const char *table; /* as render_table has it */
} accepted[];
extern const size_t accepted_count;

extern const struct refused {
    const char *text;
    size_t size;
    lis_delimited_options options;
    lis_status status;
    const char *pieces[4]; /* of the message */
} refused[];
extern const size_t refused_count;

/* Three columns, "one" to "three", of short fields; line ends of both kinds and blank lines. With quotes
 * fields may hold doubled quotes, line ends and the delimiter. text_free drops it. */
text_buffer random_file(lis_rng *rng, const char *delimiter, bool quotes, int rows);

#endif
