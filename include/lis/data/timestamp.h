/* Times out of text: seconds since 1970-01-01 00:00:00 UTC, by a format that says how they are written.
 *
 *   "iso"   2019-11-14, with an optional time of day behind a T or a blank (02:14, 02:14:46,
 *           02:14:46.25) and an optional zone (Z, +01:00, +0100, +01); UTC where none is given
 *   "s"     seconds since 1970, fractions dropped
 *   "ms"    milliseconds since 1970
 *   else    text with % signs, as strptime has them:
 *           %Y %y year   %m %b %B month   %d day   %H %I hour   %p AM or PM   %M minute   %S second
 *           %f fraction  %z zone   %a %A weekday, not checked   %% a percent sign
 *           a blank stands for one or more
 *
 * Names of months are English whatever the locale. Fractions are dropped (towards the past). */
#ifndef LIS_DATA_TIMESTAMP_H
#define LIS_DATA_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/base/status.h"

/* LIS_EARG for a directive that is unknown, or a format without year, month and day. */
lis_status lis_time_check(const char *format, lis_error *err);

/* False where text[0..n) is not such a time, or no time at all (February 30). The format was checked.
 * Times are of the years 0 to 9999. */
bool lis_time_parse(const char *format, const char *text, size_t n, int64_t *seconds);

#endif
