/* safetensors files: tensors under names, as encoders' weights and item vectors are often stored.
 *
 * Layout: length of the header (u64), the header, the elements. The header is one JSON object,
 * {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ..., "__metadata__": {...}}.
 * All of it is checked before anything is read: as the format demands, the tensors' ranges lie inside
 * the file, have the size that type and shape say, do not overlap, and leave no byte over. */
#ifndef LIS_DATA_SAFETENSORS_H
#define LIS_DATA_SAFETENSORS_H

#include <stddef.h>

#include "lis/base/status.h"
#include "lis/data/dict.h"
#include "lis/tensor/tensor.h"

enum { LIS_SAFETENSORS_HEADER_MAX = 100000000 }; /* the format's own limit, bytes */

/* The tensor of that name, copied into a new one: F32, F64, I32, I64, U8 and BOOL (as u8) as they are,
 * F16 and BF16 widened to f32; 1 to 4 dimensions. name NULL: the only one.
 * Errors: LIS_EIO; LIS_EFORMAT with path, byte and what is wrong there; LIS_EARG where there is no such
 * tensor (the message lists those that are there), or several and no name; LIS_EDTYPE and LIS_ESHAPE
 * where that tensor is of another type or has no or more dimensions; LIS_ENOMEM. *out is overwritten,
 * and empty on error. */
lis_status lis_safetensors_read(lis_tensor *out, const char *path, const char *name,
                                lis_error *err);

/* The same from memory; `path` only names the bytes in messages. */
lis_status lis_safetensors_parse(lis_tensor *out, const char *path, const void *bytes, size_t size,
                                 const char *name, lis_error *err);

/* The names of the tensors, in the header's order, as a new dictionary. Errors as above. *out is
 * overwritten, and NULL on error. */
lis_status lis_safetensors_names(lis_dict **out, const char *path, lis_error *err);

/* The same from memory. */
lis_status lis_safetensors_list(lis_dict **out, const char *path, const void *bytes, size_t size,
                                lis_error *err);

#endif
