/* What the steps of cleaning share. */
#ifndef LIS_DATA_CLEAN_ROWS_H
#define LIS_DATA_CLEAN_ROWS_H

#include "lis/data/clean.h"

/* LIS_ERANGE for more than 2^31 - 1 rows and for a code that is out of range. */
lis_status lis_clean_check(const lis_clean_rows *log, lis_error *err);

/* LIS_EINTR where the flag is up; looks at it each 65,536th time. */
lis_status lis_clean_poll(const lis_ctx *ctx, int64_t count, lis_error *err);

#endif
