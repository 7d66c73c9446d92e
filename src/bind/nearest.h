/* "Did you mean ...?" */
#ifndef LIS_BIND_NEAREST_H
#define LIS_BIND_NEAREST_H

/* Twice the edits between two words: insertions, deletions, substitutions and exchanges of neighbours
 * (optimal string alignment, Damerau 1964) count 2 each, a difference in case 1. Words longer than 63
 * bytes are compared by their first 63. */
int lis_edit_distance(const char *a, const char *b);

/* The closest of `names` (NULL-ended), the first such; NULL where none is within a third of the
 * word's length (at least 1 edit, at most 3): a far guess helps nobody. Where none is, the beginning
 * of exactly one name counts as close, too: "thr" for "threads". */
const char *lis_nearest(const char *word, const char *const names[]);

#endif
