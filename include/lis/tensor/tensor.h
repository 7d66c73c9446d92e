/* Tensor: a typed, strided view over shared storage.
 *
 * A lis_tensor is a small value: copy it to borrow, retain it to share. Views (row slices, columns,
 * transposes) share the storage of what they were made from and keep it alive once retained.
 * Up to LIS_TENSOR_DIMS dimensions; strides count elements. Storage counts its references
 * atomically; the elements themselves are not locked. */
#ifndef LIS_TENSOR_TENSOR_H
#define LIS_TENSOR_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/base/status.h"

enum { LIS_TENSOR_DIMS = 4 };

typedef enum lis_dtype {
    LIS_F32, /* values */
    LIS_F64, /* losses, metrics, statistics */
    LIS_I32, /* ids */
    LIS_I64, /* offsets, times */
    LIS_U8   /* flags, labels */
} lis_dtype;

typedef struct lis_storage lis_storage; /* reference-counted bytes */

typedef struct lis_tensor {
    lis_storage *storage; /* NULL: nothing to release (the empty box, or a borrowed view) */
    void *data;           /* first element of this view; NULL: the empty box */
    lis_dtype dtype;
    int ndim;
    int64_t shape[LIS_TENSOR_DIMS];  /* unused dimensions are 1 */
    int64_t stride[LIS_TENSOR_DIMS]; /* in elements; unused are 0 */
} lis_tensor;

size_t lis_dtype_size(lis_dtype dtype);
const char *lis_dtype_name(lis_dtype dtype); /* "f32", "f64", "i32", "i64", "u8" */

/* A new zeroed tensor, row-major. *out is overwritten, not released.
 * Errors: LIS_ENOMEM; LIS_ESHAPE where ndim is outside [1, LIS_TENSOR_DIMS], a size is negative or
 * the product overflows. */
lis_status lis_tensor_new(lis_tensor *out, lis_dtype dtype, int ndim, const int64_t *shape,
                          lis_error *err);
lis_status lis_tensor_new_1d(lis_tensor *out, lis_dtype dtype, int64_t n, lis_error *err);
lis_status lis_tensor_new_2d(lis_tensor *out, lis_dtype dtype, int64_t rows, int64_t columns,
                             lis_error *err);

/* Storage that someone else owns: `release(owner)` runs when the last view goes (NULL: never).
 * Used to show a CSR's or a log's arrays as tensors without a copy. Row-major. */
lis_status lis_tensor_wrap(lis_tensor *out, lis_dtype dtype, int ndim, const int64_t *shape,
                           void *data, void (*release)(void *owner), void *owner, lis_error *err);

/* A row-major view of memory that the caller keeps alive: a kernel's argument made from plain arrays.
 * Cannot fail, owns nothing; retain and release do nothing to it. A const array stays const only
 * where the view is read. The caller has checked the shape. */
lis_tensor lis_tensor_borrow(lis_dtype dtype, int ndim, const int64_t *shape, const void *data);

void lis_tensor_retain(const lis_tensor *tensor);
void lis_tensor_release(lis_tensor *tensor); /* leaves the empty box; an empty box is fine */

int64_t lis_tensor_size(const lis_tensor *tensor); /* number of elements; 0 for the empty box */
bool lis_tensor_contiguous(const lis_tensor *tensor);

/* Borrowed views: *out shares storage with *in, and is NOT retained.
 * slice: elements [begin, end) along dim (0-based); LIS_ERANGE.
 * select: index `at` of dim, that dimension removed (a 1-d tensor keeps one element); LIS_ERANGE.
 * transpose: two dimensions exchanged; LIS_ERANGE.
 * reshape: same elements, one size may be -1; LIS_ESHAPE where sizes differ or the input is not
 * contiguous. */
lis_status lis_tensor_slice(lis_tensor *out, const lis_tensor *in, int dim, int64_t begin,
                            int64_t end, lis_error *err);
lis_status lis_tensor_select(lis_tensor *out, const lis_tensor *in, int dim, int64_t at,
                             lis_error *err);
lis_status lis_tensor_transpose(lis_tensor *out, const lis_tensor *in, int a, int b,
                                lis_error *err);
lis_status lis_tensor_reshape(lis_tensor *out, const lis_tensor *in, int ndim, const int64_t *shape,
                              lis_error *err);

/* A new contiguous tensor of the given type. Conversion f -> i truncates; LIS_ERANGE names the first
 * value that does not fit (NaN never fits an integer). */
lis_status lis_tensor_copy_as(lis_tensor *out, const lis_tensor *in, lis_dtype dtype,
                              lis_error *err);

/* in -> out elementwise with conversion as above; same shape; may be views; must not overlap. */
lis_status lis_tensor_assign(const lis_tensor *out, const lis_tensor *in, lis_error *err);

/* One element as double (i64 above 2^53 rounds). index[] has ndim entries, checked by the caller.
 * set answers false, and writes nothing, where the value does not fit an integer type. */
double lis_tensor_get(const lis_tensor *tensor, const int64_t *index);
bool lis_tensor_set(const lis_tensor *tensor, const int64_t *index, double value);

/* Content hash over type, shape and elements in row-major order: a view and its copy agree.
 * LIS_ENOMEM (a strided view is copied first). */
lis_status lis_tensor_hash(const lis_tensor *in, uint64_t *out, lis_error *err);

/* "f32 [3, 4]" into text, always NUL-closed; returns text. */
enum { LIS_TENSOR_TEXT = 128 };
char *lis_tensor_describe(const lis_tensor *tensor, char text[LIS_TENSOR_TEXT]);

/* Checks at the edge: LIS_EDTYPE / LIS_ESHAPE with the argument's name and both sides. A size of -1
 * accepts anything. Contiguity is demanded. */
lis_status lis_tensor_expect_1d(const lis_tensor *tensor, const char *argument, lis_dtype dtype,
                                int64_t n, lis_error *err);
lis_status lis_tensor_expect_2d(const lis_tensor *tensor, const char *argument, lis_dtype dtype,
                                int64_t rows, int64_t columns, lis_error *err);

#define lis_f32(t) ((float *)(t)->data)
#define lis_f64(t) ((double *)(t)->data)
#define lis_i32(t) ((int32_t *)(t)->data)
#define lis_i64(t) ((int64_t *)(t)->data)
#define lis_u8(t)  ((uint8_t *)(t)->data)

#endif
