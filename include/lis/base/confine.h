/* Writing in one folder only: for recipes of someone else.
 *
 * The core writes through lis/base/file.h alone, which asks here. One setting a process, made before
 * anything runs; reading is not confined. */
#ifndef LIS_BASE_CONFINE_H
#define LIS_BASE_CONFINE_H

#include "lis/base/status.h"

/* From now on only what lies in `folder`, which need not exist yet, may be written; NULL: anywhere
 * again. The folder is what the path means now: links are followed, a later chdir changes nothing.
 * Errors: LIS_EIO where the path cannot be resolved, LIS_ENOMEM. Not thread-safe. */
lis_status lis_confine_writes(const char *folder, lis_error *err);

/* Whether `path`, a file or folder that need not exist, may be written: LIS_OK, or LIS_EIO with the
 * folder in the message. Links on the way are followed, so none leads out; a link to nothing is
 * refused. LIS_ENOMEM. */
lis_status lis_confine_check(const char *path, lis_error *err);

#endif
