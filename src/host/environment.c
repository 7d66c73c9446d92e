/* Settings of other people's libraries, made before these look for them.
 *
 * libgomp and OpenBLAS read their environment once, in constructors that run before main. Their
 * defaults are wrong here:
 *
 *   GOMP_SPINCOUNT        A thread that waits at the end of a parallel loop spins 300,000 times, about
 *                         a millisecond, and where other processes want the processors it spins away
 *                         the very time that the last worker needs.
 *   KMP_BLOCKTIME         The same in libomp (clang), in milliseconds: 200.
 *   OPENBLAS_NUM_THREADS  OpenBLAS starts a thread a processor, although each product here runs inside
 *                         one of our own workers.
 *   OPENBLAS_CORETYPE     On a processor that is younger than itself OpenBLAS takes the kernels of one from
 *                         before AVX2: 32 GFLOP/s instead of 147 on a Xeon that Debian 12's does not know.
 *
 * Training a small DeepFM with 2 threads, in thousand rows/s (2 processors; busy: two endless loops
 * beside it; medians of 6):
 *
 *   GOMP_SPINCOUNT     0   300  1000  3000  10000  30000  100000  default | KMP_BLOCKTIME  0  default
 *   quiet           2828  3650  3872  4030   3852   3846    3856     4000              1881     2015
 *   busy             821   849  1217  1117    936    542     185       30               576      178
 *
 * So where the user has not chosen, the process sets them and begins anew, once: libraries have no
 * other door. What was set is removed again afterwards, for it is not meant for programs that a
 * recipe starts. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind/l_machine.h"
#include "host.h"
#include "lis/base/parallel.h"

/* Set on the way to the second beginning: the names of what we set, each followed by a space. */
static const char mark[] = "LISRUN_SETTINGS";

typedef struct setting {
    const char *name, *value;
    const char *instead;       /* the user's word on the same matter: then ours is not needed */
    const char *(*find)(void); /* gives the value, NULL: none is needed; NULL: it is `value` */
} setting;

static const setting settings[] = {
    {"GOMP_SPINCOUNT", "2000", "OMP_WAIT_POLICY", NULL},
    {"KMP_BLOCKTIME", "0", "OMP_WAIT_POLICY", NULL},
    {"OPENBLAS_NUM_THREADS", "1", NULL, NULL},
    {"OPENBLAS_CORETYPE", NULL, NULL, lis_machine_better_blas_core},
};
enum { SETTINGS = sizeof settings / sizeof settings[0], NAMES_MAX = 128 };

/* Sets what the user has not; `names` becomes the mark's value. */
static bool set_missing(char names[NAMES_MAX]) {
    size_t used = 0;
    names[0] = '\0';
    for (int i = 0; i < SETTINGS; i++) {
        const setting *s = &settings[i];
        if (getenv(s->name) || (s->instead && getenv(s->instead))) continue;
        const char *value = s->find ? s->find() : s->value;
        if (!value || setenv(s->name, value, 1) != 0) continue;
        used += (size_t)snprintf(names + used, NAMES_MAX - used, "%s ", s->name);
    }
    return used > 0;
}

static void remove_ours(const char *names) {
    char ours[NAMES_MAX];
    snprintf(ours, sizeof ours, "%s", names); /* unsetenv may move what getenv gave */
    for (int i = 0; i < SETTINGS; i++)
        if (strstr(ours, settings[i].name)) unsetenv(settings[i].name);
    unsetenv(mark);
}

/* Begins anew under the file's own name, which is what ps and killall shall see. Returns only where
 * that is impossible: without /proc, say. Then everything works, only slower. */
static void begin_anew(char **argv) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        execv(path, argv);
    }
    execv("/proc/self/exe", argv); /* the file was replaced or removed meanwhile */
}

void lis_environment_settle(char **argv) {
    const char *done = getenv(mark);
    char names[NAMES_MAX];
    if (!done && set_missing(names) && setenv(mark, names, 1) == 0) {
        begin_anew(argv);
        done = names;
    }
    if (!done) return;
    lis_parallel_settle(); /* libomp reads its settings at first use */
    remove_ours(done);
}
