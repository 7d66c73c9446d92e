#include "lis/data/timestamp.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "message.h"
#include "number.h"

typedef struct moment {
    int64_t year, month, day, hour, minute, second;
    int64_t zone;  /* seconds east of Greenwich */
    int half;      /* of the day, by %p: 0 unsaid, 1 AM, 2 PM */
    bool fraction; /* of a second, above 0 */
} moment;

typedef struct cursor {
    const char *at, *end;
} cursor;

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

/* ---- pieces */

static bool digit_at(const cursor *c) {
    return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

/* `least` to `most` digits, as many as there are. */
static bool take_number(cursor *c, int least, int most, int64_t *out) {
    int count = 0;
    int64_t value = 0;
    for (; count < most && digit_at(c); count++)
        value = value * 10 + (*c->at++ - '0');
    *out = value;
    return count >= least;
}

static bool take_byte(cursor *c, char wanted) {
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

static bool take_word(cursor *c, const char *word, size_t length) {
    if ((size_t)(c->end - c->at) < length || strncasecmp(c->at, word, length) != 0) return false;
    c->at += length;
    return true;
}

static bool take_month(cursor *c, moment *m) {
    for (int k = 0; k < 12; k++)
        if (take_word(c, months[k], strlen(months[k])) || take_word(c, months[k], 3)) {
            m->month = k + 1;
            return true;
        }
    return false;
}

static bool take_letters(cursor *c) {
    const char *begin = c->at;
    while (c->at < c->end && isalpha((unsigned char)*c->at))
        c->at++;
    return c->at > begin;
}

static bool take_fraction(cursor *c, moment *m) {
    const char *begin = c->at;
    for (; digit_at(c); c->at++)
        m->fraction = m->fraction || *c->at != '0';
    return c->at > begin;
}

/* Z, or a sign, hours and optional minutes with or without a colon. */
static bool take_zone(cursor *c, moment *m) {
    int64_t hours, minutes = 0;
    if (take_byte(c, 'Z') || take_byte(c, 'z')) return true;
    int sign = take_byte(c, '+') ? 1 : take_byte(c, '-') ? -1 : 0;
    if (!sign || !take_number(c, 2, 2, &hours)) return false;
    bool colon = take_byte(c, ':');
    if ((colon || digit_at(c)) && !take_number(c, 2, 2, &minutes)) return false;
    m->zone = sign * (hours * 3600 + minutes * 60);
    return hours <= 23 && minutes <= 59;
}

static bool take_half(cursor *c, moment *m) {
    m->half = take_word(c, "AM", 2) ? 1 : take_word(c, "PM", 2) ? 2 : 0;
    return m->half != 0;
}

/* ---- the moment as seconds */

static bool leap(int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int64_t days_in(int64_t year, int64_t month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && leap(year));
}

/* Days since 1970-01-01. Years are counted from March, so that the leap day is their last; an era is
 * the 146097 days of 400 years (Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day) {
    int64_t from_march = year - (month <= 2);
    int64_t era = (from_march >= 0 ? from_march : from_march - 399) / 400;
    int64_t of_era = from_march - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool finish(moment *m, int64_t *seconds) {
    if (m->half) {
        if (m->hour < 1 || m->hour > 12) return false;
        m->hour = m->hour % 12 + (m->half == 2 ? 12 : 0);
    }
    if (m->month < 1 || m->month > 12 || m->day < 1 || m->day > days_in(m->year, m->month) ||
        m->hour > 23 || m->minute > 59 || m->second > 60)
        return false; /* a leap second is the next minute's first */
    *seconds = days_since_1970(m->year, m->month, m->day) * 86400 + m->hour * 3600 +
               m->minute * 60 + m->second - m->zone;
    return true;
}

/* ---- formats */

static bool take_directive(cursor *c, char directive, moment *m) {
    switch (directive) {
    case 'Y':
        return take_number(c, 4, 4, &m->year);
    case 'y':
        if (!take_number(c, 2, 2, &m->year)) return false;
        m->year += m->year < 69 ? 2000 : 1900; /* as POSIX has it */
        return true;
    case 'm':
        return take_number(c, 1, 2, &m->month);
    case 'b':
    case 'B':
        return take_month(c, m);
    case 'd':
        return take_number(c, 1, 2, &m->day);
    case 'H':
    case 'I':
        return take_number(c, 1, 2, &m->hour);
    case 'M':
        return take_number(c, 1, 2, &m->minute);
    case 'S':
        return take_number(c, 1, 2, &m->second);
    case 'f':
        return take_fraction(c, m);
    case 'p':
        return take_half(c, m);
    case 'z':
        return take_zone(c, m);
    case 'a':
    case 'A':
        return take_letters(c);
    default:
        return take_byte(c, '%');
    }
}

static bool take_blanks(cursor *c) {
    const char *begin = c->at;
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
        c->at++;
    return c->at > begin;
}

static bool parse_format(const char *format, cursor *c, int64_t *seconds) {
    moment m = {0};
    for (; *format; format++) {
        bool taken = *format == ' '   ? take_blanks(c)
                     : *format == '%' ? take_directive(c, *++format, &m)
                                      : take_byte(c, *format);
        if (!taken) return false;
    }
    return c->at == c->end && finish(&m, seconds);
}

static bool parse_iso(cursor *c, int64_t *seconds) {
    moment m = {0};
    if (!take_number(c, 4, 4, &m.year) || !take_byte(c, '-') || !take_number(c, 2, 2, &m.month) ||
        !take_byte(c, '-') || !take_number(c, 2, 2, &m.day))
        return false;
    if (take_byte(c, 'T') || take_byte(c, ' ')) {
        if (!take_number(c, 2, 2, &m.hour) || !take_byte(c, ':') ||
            !take_number(c, 2, 2, &m.minute))
            return false;
        if (take_byte(c, ':') && !take_number(c, 2, 2, &m.second)) return false;
        if (take_byte(c, '.') && !take_fraction(c, &m)) return false;
        take_byte(c, ' ');
        if (c->at < c->end && !take_zone(c, &m)) return false;
    }
    return c->at == c->end && finish(&m, seconds);
}

static bool parse_count(cursor *c, int64_t unit, int64_t *seconds) {
    int64_t count;
    double real;
    size_t n = (size_t)(c->end - c->at);
    if (!lis_number_i64(c->at, n, c->end, &count)) {
        if (!lis_number_f64(c->at, n, c->end, &real) || !(fabs(real) < 0x1p53)) return false;
        count = (int64_t)floor(real);
    }
    *seconds = count / unit - (count % unit < 0);
    return true;
}

bool lis_time_parse(const char *format, const char *text, size_t n, int64_t *seconds) {
    cursor c = {text, text + n};
    if (strcmp(format, "iso") == 0) return parse_iso(&c, seconds);
    if (strcmp(format, "s") == 0) return parse_count(&c, 1, seconds);
    if (strcmp(format, "ms") == 0) return parse_count(&c, 1000, seconds);
    return parse_format(format, &c, seconds);
}

lis_status lis_time_check(const char *format, lis_error *err) {
    char shown[LIS_EXCERPT];
    bool year = false, month = false, day = false;
    if (strcmp(format, "iso") == 0 || strcmp(format, "s") == 0 || strcmp(format, "ms") == 0)
        return LIS_OK;
    lis_excerpt(shown, format, strlen(format));
    for (const char *at = format; *at; at++) {
        if (*at != '%') continue;
        at++;
        if (*at == '\0' || !strchr("YymbBdHIMSfpzaA%", *at))
            return lis_fail(err, LIS_EARG,
                            "time format %s: '%%%c' is unknown; known are %%Y %%y %%m %%b %%B %%d "
                            "%%H %%I %%p %%M %%S %%f %%z %%a %%A %%%%",
                            shown, *at ? *at : ' ');
        year = year || *at == 'Y' || *at == 'y';
        month = month || *at == 'm' || *at == 'b' || *at == 'B';
        day = day || *at == 'd';
    }
    if (year && month && day) return LIS_OK;
    return lis_fail(err, LIS_EARG,
                    "time format %s: wanted \"iso\", \"s\", \"ms\", or directives for year, month "
                    "and day such as %%Y-%%m-%%d",
                    shown);
}
