#include "nearest.h"

#include <stddef.h>
#include <string.h>

enum { LONGEST = 63 };

static int least(int a, int b) {
    return a < b ? a : b;
}

static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static int substitution(char a, char b) {
    return a == b ? 0 : lower(a) == lower(b) ? 1 : 2;
}

int lis_edit_distance(const char *a, const char *b) {
    int m = (int)strnlen(a, LONGEST), n = (int)strnlen(b, LONGEST);
    int rows[3][LONGEST + 1]; /* the last two rows of the table and the one being filled */
    int *before = rows[0], *above = rows[1], *row = rows[2];
    for (int j = 0; j <= n; j++)
        above[j] = 2 * j;
    for (int i = 1; i <= m; i++) {
        row[0] = 2 * i;
        for (int j = 1; j <= n; j++) {
            int edits = above[j - 1] + substitution(a[i - 1], b[j - 1]);
            edits = least(edits, least(above[j], row[j - 1]) + 2);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                edits = least(edits, before[j - 2] + 2);
            row[j] = edits;
        }
        int *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[n];
}

/* The one name that begins with the word; NULL where there are none or several. */
static const char *only_continuation(const char *word, const char *const names[]) {
    const char *match = NULL;
    size_t length = strlen(word);
    if (length < 2) return NULL;
    for (; *names; names++) {
        if (strncmp(word, *names, length) != 0) continue;
        if (match) return NULL;
        match = *names;
    }
    return match;
}

const char *lis_nearest(const char *word, const char *const names[]) {
    int length = (int)strnlen(word, LONGEST), allowed = length / 3;
    if (allowed < 1) allowed = 1;
    if (allowed > 3) allowed = 3;
    int most = least(2 * allowed, 2 * length - 1); /* something of the word must be left */
    const char *best = NULL;
    for (const char *const *name = names; *name; name++) {
        int edits = lis_edit_distance(word, *name);
        if (edits > most) continue;
        best = *name;
        most = edits - 1;
    }
    return best ? best : only_continuation(word, names);
}
