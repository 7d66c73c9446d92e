#include "lis/base/confine.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char confined_to[PATH_MAX]; /* absolute, without links; "": nowhere */

/* Cuts the last name off: "a/b" -> "a", "b" -> ".", "/b" -> "/". Returns it, a pointer into `path`'s
 * own bytes or beyond; NULL where there is none that could be created. */
static const char *cut_last(char *path, char *name, size_t room) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        path[--length] = '\0';
    char *slash = strrchr(path, '/');
    const char *last = slash ? slash + 1 : path;
    if (!*last || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) return NULL;
    size_t size = strlen(last) + 1;
    if (size > room) return NULL; /* no file can have such a name */
    memcpy(name, last, size);
    if (!slash)
        memcpy(path, ".", 2);
    else
        slash[slash == path] = '\0';
    return name;
}

static bool is_link(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
}

/* The absolute path without links of something that may not exist: its nearest folder that does, and
 * the names below it. Returns 0 or an errno. */
static int resolve(const char *path, char out[PATH_MAX]) {
    char rest[PATH_MAX] = "", head[PATH_MAX], name[NAME_MAX + 1], longer[PATH_MAX];
    if (strlen(path) >= sizeof head - 1) return ENAMETOOLONG;
    memcpy(head, *path ? path : ".", strlen(*path ? path : ".") + 1);
    while (!realpath(head, out)) {
        if (errno != ENOENT) return errno;
        if (is_link(head)) return ELOOP; /* to nothing: whoever creates it creates its target */
        if (!cut_last(head, name, sizeof name)) return ENOENT;
        if ((size_t)snprintf(longer, sizeof longer, "/%s%s", name, rest) >= sizeof longer)
            return ENAMETOOLONG;
        memcpy(rest, longer, strlen(longer) + 1);
    }
    size_t length = strcmp(out, "/") == 0 ? 0 : strlen(out);
    if (length + strlen(rest) >= PATH_MAX) return ENAMETOOLONG;
    memcpy(out + length, rest, strlen(rest) + 1);
    return 0;
}

lis_status lis_confine_writes(const char *folder, lis_error *err) {
    char real[PATH_MAX];
    confined_to[0] = '\0';
    if (!folder) return LIS_OK;
    int reason = resolve(folder, real);
    if (reason) return lis_fail_io(err, reason, "cannot confine writing to", folder);
    memcpy(confined_to, real, strlen(real) + 1);
    return LIS_OK;
}

lis_status lis_confine_check(const char *path, lis_error *err) {
    char real[PATH_MAX];
    if (!confined_to[0]) return LIS_OK;
    int reason = resolve(path, real);
    if (reason) return lis_fail_io(err, reason, "may not write", path);
    size_t length = strcmp(confined_to, "/") == 0 ? 0 : strlen(confined_to);
    bool inside =
        strncmp(real, confined_to, length) == 0 && (real[length] == '/' || real[length] == '\0');
    if (inside) return LIS_OK;
    return lis_fail(err, LIS_EIO, "may not write '%s': writing is confined to '%s'", path,
                    confined_to);
}
