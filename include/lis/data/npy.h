/* NumPy's .npy files <-> tensors (format versions 1 to 3 are read, version 1 is written).
 *
 * Read: float32, float64, int32, int64, uint8, bool (as u8) and float16 (widened to f32), little-
 * endian, 1 to 4 dimensions; Fortran order is turned into row order. */
#ifndef LIS_DATA_NPY_H
#define LIS_DATA_NPY_H

#include <stddef.h>

#include "lis/base/status.h"
#include "lis/tensor/tensor.h"

/* A new tensor with the file's content. Nothing is allocated before the header was found to match
 * the size of the file.
 * Errors: LIS_EIO; LIS_EFORMAT with path and what is wrong; LIS_EDTYPE for other element types;
 * LIS_ENOMEM. *out is overwritten, and empty on error. */
lis_status lis_npy_read(lis_tensor *out, const char *path, lis_error *err);

/* The same from memory; `path` only names the bytes in messages. */
lis_status lis_npy_parse(lis_tensor *out, const char *path, const void *bytes, size_t size,
                         lis_error *err);

/* Writes a tensor, any view, in row order; the file appears whole or not at all.
 * Errors: LIS_EIO, LIS_ENOMEM. */
lis_status lis_npy_write(const char *path, const lis_tensor *tensor, lis_error *err);

#endif
