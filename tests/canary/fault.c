/* One fault of each kind that a sanitizer must see: tests/run.sh demands that it does, because a
 * sanitizer that is silent for another reason (a suppression, an option) looks just like success. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int *volatile escaped; /* keeps the compiler from removing the fault */

static int leak(void) {
    escaped = malloc(sizeof *escaped);
    escaped = NULL;
    return 0;
}

static int overrun(void) {
    escaped = malloc(4 * sizeof *escaped);
    if (!escaped) return 0;
    escaped[4] = 1;
    free(escaped);
    return 0;
}

static int overflow(void) {
    volatile int number = INT_MAX;
    number = number + 1;
    return number == 0;
}

static int race(void) {
    static int shared;
#pragma omp parallel num_threads(2)
    for (int i = 0; i < 1000; i++)
        shared++;
    return shared == 0;
}

int main(int argc, char **argv) {
    const char *kind = argc > 1 ? argv[1] : "";
    if (strcmp(kind, "leak") == 0) return leak();
    if (strcmp(kind, "overrun") == 0) return overrun();
    if (strcmp(kind, "overflow") == 0) return overflow();
    if (strcmp(kind, "race") == 0) return race();
    return 0;
}
