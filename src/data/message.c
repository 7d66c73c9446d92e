#include "message.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

enum { EXCERPT_BYTES = 40, NAME_SHOWN = 40, NAME_EDITED = 63 };

/* Bytes of the printable character that text[0..n) begins with; 0 where it has to be escaped. */
static size_t printable(const char *text, size_t n) {
    unsigned char first = (unsigned char)text[0];
    if (first < 0x80) return first >= 0x20 && first != 0x7f;
    return lis_utf8_character(text, n);
}

char *lis_excerpt(char out[LIS_EXCERPT], const char *bytes, size_t length) {
    char *at = out;
    *at++ = '\'';
    size_t taken = 0;
    while (taken < length && at - out < EXCERPT_BYTES) {
        size_t whole = printable(bytes + taken, length - taken);
        if (whole > 0) {
            memcpy(at, bytes + taken, whole);
            at += whole;
            taken += whole;
        } else {
            snprintf(at, 5, "\\x%02x", (unsigned)(unsigned char)bytes[taken]);
            at += 4;
            taken++;
        }
    }
    memcpy(at, taken < length ? "...'" : "'", taken < length ? 5 : 2);
    return out;
}

char *lis_name_list(char out[LIS_NAME_LIST], const char *const *names, int64_t n) {
    size_t used = 0;
    out[0] = '\0';
    for (int64_t i = 0; i < n; i++) {
        char shown[LIS_EXCERPT];
        size_t length = strlen(names[i]);
        lis_excerpt(shown, names[i], length < NAME_SHOWN ? length : NAME_SHOWN);
        if (used + strlen(shown) + 32 > LIS_NAME_LIST) {
            snprintf(out + used, LIS_NAME_LIST - used, " and %lld more", (long long)(n - i));
            return out;
        }
        used += (size_t)snprintf(out + used, LIS_NAME_LIST - used, "%s%s", i ? ", " : "", shown);
    }
    return out;
}

static bool alike(char a, char b) {
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Optimal string alignment distance; three rows of the table are kept. */
static size_t edits(const char *a, size_t na, const char *b, size_t nb) {
    size_t rows[3][NAME_EDITED + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= nb; j++)
        above[j] = j;
    for (size_t i = 1; i <= na; i++) {
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] =
                least(least(above[j], row[j - 1]) + 1, above[j - 1] + !alike(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && alike(a[i - 1], b[j - 2]) && alike(a[i - 2], b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[nb];
}

const char *lis_name_nearest(const char *wanted, const char *const *names, int64_t n) {
    size_t length = strlen(wanted);
    if (length > NAME_EDITED) return NULL;
    const char *nearest = NULL;
    size_t best = length / 3 + 2;
    for (int64_t i = 0; i < n; i++) {
        size_t other = strlen(names[i]);
        if (other > NAME_EDITED) continue;
        size_t distance = edits(wanted, length, names[i], other);
        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
