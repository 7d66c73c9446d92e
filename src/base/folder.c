#include "lis/base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lis/base/mem.h"

bool lis_folder_exists(const char *path) {
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

void lis_folder_free(lis_folder *folder) {
    for (int64_t i = 0; i < folder->count; i++)
        lis_free(folder->name[i]);
    lis_free(folder->name);
    *folder = (lis_folder){0};
}

static lis_status add_name(lis_folder *folder, int64_t *room, const char *name, lis_error *err) {
    size_t size = strlen(name) + 1;
    if (folder->count == *room) {
        int64_t larger = *room ? *room * 2 : 16;
        char **grown = lis_realloc(folder->name, (size_t)larger, sizeof *grown);
        if (!grown) return lis_fail_nomem(err, "names in a folder", (double)larger * sizeof *grown);
        folder->name = grown;
        *room = larger;
    }
    char *copy = lis_alloc(size, 1);
    if (!copy) return lis_fail_nomem(err, "names in a folder", (double)size);
    memcpy(copy, name, size);
    folder->name[folder->count++] = copy;
    return LIS_OK;
}

static int by_bytes(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

lis_status lis_folder_list(lis_folder *out, const char *path, lis_error *err) {
    *out = (lis_folder){0};
    DIR *folder = opendir(path);
    if (!folder) return lis_fail_io(err, errno, "cannot read folder", path);
    int64_t room = 0;
    lis_status status = LIS_OK;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry && errno != 0) status = lis_fail_io(err, errno, "cannot read folder", path);
        if (!entry) break;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        status = add_name(out, &room, entry->d_name, err);
        if (status != LIS_OK) break;
    }
    closedir(folder);
    if (status != LIS_OK)
        lis_folder_free(out);
    else if (out->count > 1)
        qsort(out->name, (size_t)out->count, sizeof *out->name, by_bytes);
    return status;
}
