#include "nearest.h"

#include <stddef.h>
#include <string.h>

enum { LONGEST = 63 };

static int least(int a, int b) {
    return a < b ? a : b;
}

int lis_edit_distance(const char *a, const char *b) {
    int m = (int)strnlen(a, LONGEST), n = (int)strnlen(b, LONGEST);
    int rows[3][LONGEST + 1]; /* the last two rows of the table and the one being filled */
    int *before = rows[0], *above = rows[1], *row = rows[2];
    for (int j = 0; j <= n; j++)
        above[j] = j;
    for (int i = 1; i <= m; i++) {
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            int edits = above[j - 1] + (a[i - 1] != b[j - 1]);
            edits = least(edits, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                edits = least(edits, before[j - 2] + 1);
            row[j] = edits;
        }
        int *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[n];
}

const char *lis_nearest(const char *word, const char *const names[]) {
    int allowed = (int)strlen(word) / 3;
    if (allowed < 1) allowed = 1;
    if (allowed > 3) allowed = 3;
    const char *best = NULL;
    for (; *names; names++) {
        int edits = lis_edit_distance(word, *names);
        if (edits > allowed) continue;
        best = *names;
        allowed = edits - 1;
    }
    return best;
}
