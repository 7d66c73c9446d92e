/* What lies in a folder. */
#ifndef LIS_BASE_FOLDER_H
#define LIS_BASE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "lis/base/status.h"

typedef struct lis_folder {
    char **name; /* [count] in order of bytes, without "." and ".."; owned */
    int64_t count;
} lis_folder;

/* Whether there is a folder of that name; false where it cannot be told. */
bool lis_folder_exists(const char *path);

/* The names in a folder. LIS_EIO names the path and the reason; LIS_ENOMEM. *out is overwritten, and
 * zeroed on error. */
lis_status lis_folder_list(lis_folder *out, const char *path, lis_error *err);

/* Leaves a zeroed struct; a zeroed struct is fine. */
void lis_folder_free(lis_folder *folder);

#endif
