/* NumPy's .npz archives: several .npy arrays under names, stored (numpy.savez) or deflated
 * (numpy.savez_compressed), zip64 where they are large. */
#ifndef LIS_DATA_NPZ_H
#define LIS_DATA_NPZ_H

#include <stddef.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/dict.h"
#include "lis/tensor/tensor.h"

/* The array of that name as a new tensor, with the types of lis/data/npy.h; name NULL: the only one.
 * One thread. Memory: the tensor, and where it was deflated its bytes once more.
 * Errors: LIS_EIO; LIS_EFORMAT with path, byte and what is wrong there (ranges outside the file, wrong
 * checksums, content that is not as long as was promised, bombs); LIS_EARG where there is no such
 * array (the message lists those that are there), or several and no name; those of lis_npy_parse;
 * LIS_ENOMEM; LIS_EINTR. *out is overwritten, and empty on error. */
lis_status lis_npz_read(lis_ctx *ctx, lis_tensor *out, const char *path, const char *name,
                        lis_error *err);

/* The same from memory; `path` only names the bytes in messages. */
lis_status lis_npz_parse(lis_ctx *ctx, lis_tensor *out, const char *path, const void *bytes,
                         size_t size, const char *name, lis_error *err);

/* The names of the arrays, in the archive's order, as a new dictionary. Errors as above. *out is
 * overwritten, and NULL on error. */
lis_status lis_npz_names(lis_dict **out, const char *path, lis_error *err);

/* The same from memory. */
lis_status lis_npz_list(lis_dict **out, const char *path, const void *bytes, size_t size,
                        lis_error *err);

#endif
