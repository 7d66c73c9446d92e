#include "lis/tensor/tensor.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "block.h"
#include "lis/base/hash.h"
#include "lis/base/mem.h"
#include "walk.h"

struct lis_storage {
    atomic_int references;
    void (*release)(void *owner);
    void *owner;
};

size_t lis_dtype_size(lis_dtype dtype) {
    switch (dtype) {
    case LIS_F32:
        return sizeof(float);
    case LIS_F64:
        return sizeof(double);
    case LIS_I32:
        return sizeof(int32_t);
    case LIS_I64:
        return sizeof(int64_t);
    case LIS_U8:
        return sizeof(uint8_t);
    }
    return 0;
}

const char *lis_dtype_name(lis_dtype dtype) {
    static const char *const names[] = {"f32", "f64", "i32", "i64", "u8"};
    return (unsigned)dtype < sizeof names / sizeof *names ? names[dtype] : "?";
}

/* ---- making and sharing ---- */

static void set_row_major(lis_tensor *tensor, lis_dtype dtype, int ndim, const int64_t *shape) {
    *tensor = (lis_tensor){.dtype = dtype, .ndim = ndim};
    int64_t stride = 1;
    for (int i = LIS_TENSOR_DIMS - 1; i >= 0; i--) {
        tensor->shape[i] = i < ndim ? shape[i] : 1;
        tensor->stride[i] = i < ndim ? stride : 0;
        if (i < ndim) stride *= shape[i];
    }
}

static lis_status check_shape(lis_dtype dtype, int ndim, const int64_t *shape, size_t *bytes,
                              lis_error *err) {
    if (ndim < 1 || ndim > LIS_TENSOR_DIMS)
        return lis_fail(err, LIS_ESHAPE, "a tensor has 1 to %d dimensions, not %d", LIS_TENSOR_DIMS,
                        ndim);
    int64_t total = (int64_t)lis_dtype_size(dtype);
    for (int i = 0; i < ndim; i++) {
        if (shape[i] < 0)
            return lis_fail(err, LIS_ESHAPE, "dimension %d has negative size %lld", i + 1,
                            (long long)shape[i]);
        if (__builtin_mul_overflow(total, shape[i], &total))
            return lis_fail(err, LIS_ESHAPE, "the tensor's size in bytes overflows 64 bits");
    }
    *bytes = (size_t)total;
    return LIS_OK;
}

static lis_status attach_storage(lis_tensor *tensor, void (*release)(void *), void *owner,
                                 lis_error *err) {
    lis_storage *storage = lis_alloc(1, sizeof *storage);
    if (!storage) return lis_fail_nomem(err, "a tensor", sizeof *storage);
    atomic_init(&storage->references, 1);
    storage->release = release;
    storage->owner = owner;
    tensor->storage = storage;
    return LIS_OK;
}

lis_status lis_tensor_new(lis_tensor *out, lis_dtype dtype, int ndim, const int64_t *shape,
                          lis_error *err) {
    size_t bytes = 0;
    LIS_TRY(check_shape(dtype, ndim, shape, &bytes, err));
    lis_tensor made;
    set_row_major(&made, dtype, ndim, shape);
    made.data = lis_calloc(bytes, 1);
    if (!made.data) {
        char text[LIS_TENSOR_TEXT];
        return lis_fail_nomem(err, lis_tensor_describe(&made, text), (double)bytes);
    }
    lis_status status = attach_storage(&made, lis_free, made.data, err);
    if (status == LIS_OK)
        *out = made;
    else
        lis_free(made.data);
    return status;
}

lis_status lis_tensor_new_1d(lis_tensor *out, lis_dtype dtype, int64_t n, lis_error *err) {
    return lis_tensor_new(out, dtype, 1, &n, err);
}

lis_status lis_tensor_new_2d(lis_tensor *out, lis_dtype dtype, int64_t rows, int64_t columns,
                             lis_error *err) {
    int64_t shape[2] = {rows, columns};
    return lis_tensor_new(out, dtype, 2, shape, err);
}

lis_status lis_tensor_wrap(lis_tensor *out, lis_dtype dtype, int ndim, const int64_t *shape,
                           void *data, void (*release)(void *owner), void *owner, lis_error *err) {
    size_t bytes = 0;
    LIS_TRY(check_shape(dtype, ndim, shape, &bytes, err));
    lis_tensor made;
    set_row_major(&made, dtype, ndim, shape);
    made.data = data;
    LIS_TRY(attach_storage(&made, release, owner, err));
    *out = made;
    return LIS_OK;
}

lis_tensor lis_tensor_borrow(lis_dtype dtype, int ndim, const int64_t *shape, const void *data) {
    lis_tensor made;
    set_row_major(&made, dtype, ndim, shape);
    made.data = (void *)(uintptr_t)data; /* the caller keeps its const promise */
    return made;
}

void lis_tensor_retain(const lis_tensor *tensor) {
    if (tensor->storage)
        atomic_fetch_add_explicit(&tensor->storage->references, 1, memory_order_relaxed);
}

void lis_tensor_release(lis_tensor *tensor) {
    lis_storage *storage = tensor->storage;
    *tensor = (lis_tensor){0};
    /* acq_rel: whoever drops the last reference sees what the other holders wrote. */
    if (!storage || atomic_fetch_sub_explicit(&storage->references, 1, memory_order_acq_rel) != 1)
        return;
    if (storage->release) storage->release(storage->owner);
    lis_free(storage);
}

/* ---- asking ---- */

int64_t lis_tensor_size(const lis_tensor *tensor) {
    if (!tensor->data) return 0;
    int64_t size = 1;
    for (int i = 0; i < tensor->ndim; i++)
        size *= tensor->shape[i];
    return size;
}

bool lis_tensor_contiguous(const lis_tensor *tensor) {
    if (lis_tensor_size(tensor) == 0) return true;
    int64_t stride = 1;
    for (int i = tensor->ndim - 1; i >= 0; i--) {
        if (tensor->shape[i] != 1 && tensor->stride[i] != stride) return false;
        stride *= tensor->shape[i];
    }
    return true;
}

static int64_t offset_of(const lis_tensor *tensor, const int64_t *index) {
    int64_t offset = 0;
    for (int i = 0; i < tensor->ndim; i++)
        offset += index[i] * tensor->stride[i];
    return offset;
}

double lis_tensor_get(const lis_tensor *tensor, const int64_t *index) {
    block value;
    const void *at = element_at(tensor, offset_of(tensor, index));
    return *(const double *)block_load(&value, LIS_F64, tensor->dtype, at, 1, 1);
}

bool lis_tensor_set(const lis_tensor *tensor, const int64_t *index, double value) {
    void *at = element_at(tensor, offset_of(tensor, index));
    return block_store(tensor->dtype, at, 1, LIS_F64, &value, 1) == 1;
}

char *lis_tensor_describe(const lis_tensor *tensor, char text[LIS_TENSOR_TEXT]) {
    if (!tensor->data && tensor->ndim == 0) {
        snprintf(text, LIS_TENSOR_TEXT, "an empty tensor box");
        return text;
    }
    int used = snprintf(text, LIS_TENSOR_TEXT, "%s [", lis_dtype_name(tensor->dtype));
    for (int i = 0; i < tensor->ndim; i++)
        used += snprintf(text + used, (size_t)(LIS_TENSOR_TEXT - used), "%s%lld", i ? ", " : "",
                         (long long)tensor->shape[i]);
    snprintf(text + used, (size_t)(LIS_TENSOR_TEXT - used), "]");
    return text;
}

/* "[3, any]" */
static void describe_wanted(int ndim, const int64_t *shape, char text[LIS_TENSOR_TEXT]) {
    int used = snprintf(text, LIS_TENSOR_TEXT, "[");
    for (int i = 0; i < ndim; i++)
        used += shape[i] < 0 ? snprintf(text + used, (size_t)(LIS_TENSOR_TEXT - used), "%sany",
                                        i ? ", " : "")
                             : snprintf(text + used, (size_t)(LIS_TENSOR_TEXT - used), "%s%lld",
                                        i ? ", " : "", (long long)shape[i]);
    snprintf(text + used, (size_t)(LIS_TENSOR_TEXT - used), "]");
}

static lis_status expect(const lis_tensor *tensor, const char *argument, lis_dtype dtype, int ndim,
                         const int64_t *shape, lis_error *err) {
    bool fits = tensor->ndim == ndim;
    for (int i = 0; fits && i < ndim; i++)
        fits = shape[i] < 0 || shape[i] == tensor->shape[i];
    if (fits && tensor->dtype == dtype && lis_tensor_contiguous(tensor)) return LIS_OK;
    char wanted[LIS_TENSOR_TEXT], given[LIS_TENSOR_TEXT];
    describe_wanted(ndim, shape, wanted);
    lis_tensor_describe(tensor, given);
    if (fits && tensor->dtype == dtype)
        return lis_fail(err, LIS_ESHAPE,
                        "'%s': wanted contiguous rows, got a strided view %s; copy it first",
                        argument, given);
    return lis_fail(err, fits ? LIS_EDTYPE : LIS_ESHAPE, "'%s': wanted %s %s, got %s", argument,
                    lis_dtype_name(dtype), wanted, given);
}

lis_status lis_tensor_expect_1d(const lis_tensor *tensor, const char *argument, lis_dtype dtype,
                                int64_t n, lis_error *err) {
    return expect(tensor, argument, dtype, 1, &n, err);
}

lis_status lis_tensor_expect_2d(const lis_tensor *tensor, const char *argument, lis_dtype dtype,
                                int64_t rows, int64_t columns, lis_error *err) {
    int64_t shape[2] = {rows, columns};
    return expect(tensor, argument, dtype, 2, shape, err);
}

/* ---- views ---- */

static lis_status check_dim(const lis_tensor *in, int dim, lis_error *err) {
    if (dim >= 0 && dim < in->ndim) return LIS_OK;
    char text[LIS_TENSOR_TEXT];
    return lis_fail(err, LIS_ERANGE, "%s has no dimension %d", lis_tensor_describe(in, text),
                    dim + 1);
}

lis_status lis_tensor_slice(lis_tensor *out, const lis_tensor *in, int dim, int64_t begin,
                            int64_t end, lis_error *err) {
    LIS_TRY(check_dim(in, dim, err));
    if (begin < 0 || end < begin || end > in->shape[dim])
        return lis_fail(err, LIS_ERANGE, "rows %lld to %lld are outside dimension %d of size %lld",
                        (long long)(begin < INT64_MAX ? begin + 1 : begin), (long long)end, dim + 1,
                        (long long)in->shape[dim]);
    lis_tensor view = *in;
    view.data = element_at(in, begin < end ? begin * in->stride[dim] : 0);
    view.shape[dim] = end - begin;
    *out = view;
    return LIS_OK;
}

lis_status lis_tensor_select(lis_tensor *out, const lis_tensor *in, int dim, int64_t at,
                             lis_error *err) {
    LIS_TRY(lis_tensor_slice(out, in, dim, at, at < INT64_MAX ? at + 1 : at, err));
    if (out->ndim == 1) return LIS_OK;
    for (int i = dim; i < LIS_TENSOR_DIMS - 1; i++) {
        out->shape[i] = out->shape[i + 1];
        out->stride[i] = out->stride[i + 1];
    }
    out->shape[LIS_TENSOR_DIMS - 1] = 1;
    out->stride[LIS_TENSOR_DIMS - 1] = 0;
    out->ndim--;
    return LIS_OK;
}

lis_status lis_tensor_transpose(lis_tensor *out, const lis_tensor *in, int a, int b,
                                lis_error *err) {
    LIS_TRY(check_dim(in, a, err));
    LIS_TRY(check_dim(in, b, err));
    lis_tensor view = *in;
    view.shape[a] = in->shape[b];
    view.shape[b] = in->shape[a];
    view.stride[a] = in->stride[b];
    view.stride[b] = in->stride[a];
    *out = view;
    return LIS_OK;
}

/* Replaces a single -1 in shape[] by the size that makes the product `size`. */
static void infer_size(int ndim, int64_t *shape, int64_t size) {
    int unknown = -1;
    int64_t known = 1;
    for (int i = 0; i < ndim; i++) {
        if (shape[i] == -1 && unknown < 0)
            unknown = i;
        else if (shape[i] < 0 || __builtin_mul_overflow(known, shape[i], &known))
            return;
    }
    if (unknown >= 0 && known > 0 && size % known == 0) shape[unknown] = size / known;
}

lis_status lis_tensor_reshape(lis_tensor *out, const lis_tensor *in, int ndim, const int64_t *shape,
                              lis_error *err) {
    if (ndim < 1 || ndim > LIS_TENSOR_DIMS)
        return lis_fail(err, LIS_ESHAPE, "a tensor has 1 to %d dimensions, not %d", LIS_TENSOR_DIMS,
                        ndim);
    int64_t wanted[LIS_TENSOR_DIMS];
    memcpy(wanted, shape, (size_t)ndim * sizeof *wanted);
    infer_size(ndim, wanted, lis_tensor_size(in));
    int64_t size = 1;
    bool valid = true;
    for (int i = 0; i < ndim; i++)
        valid = valid && wanted[i] >= 0 && !__builtin_mul_overflow(size, wanted[i], &size);
    char from[LIS_TENSOR_TEXT], to[LIS_TENSOR_TEXT];
    if (!valid || size != lis_tensor_size(in)) {
        describe_wanted(ndim, shape, to);
        return lis_fail(err, LIS_ESHAPE, "cannot reshape %s of %lld elements to %s",
                        lis_tensor_describe(in, from), (long long)lis_tensor_size(in), to);
    }
    if (!lis_tensor_contiguous(in))
        return lis_fail(err, LIS_ESHAPE, "cannot reshape the strided view %s; copy it first",
                        lis_tensor_describe(in, from));
    lis_tensor view;
    set_row_major(&view, in->dtype, ndim, wanted);
    view.storage = in->storage;
    view.data = in->data;
    *out = view;
    return LIS_OK;
}

/* ---- copying ---- */

static lis_status fail_conversion(const lis_tensor *in, const walk_run *run, int64_t bad,
                                  int64_t flat, lis_dtype to, lis_error *err) {
    block value;
    const void *at = element_at(in, run->offset[1] + bad * run->step[1]);
    double number = *(const double *)block_load(&value, LIS_F64, in->dtype, at, 1, 1);
    return lis_fail(err, LIS_ERANGE, "element %lld, %.17g, does not fit %s",
                    (long long)(flat + bad + 1), number, lis_dtype_name(to));
}

static bool same_shape(const lis_tensor *a, const lis_tensor *b) {
    return a->ndim == b->ndim &&
           memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape) == 0;
}

lis_status lis_tensor_assign(const lis_tensor *out, const lis_tensor *in, lis_error *err) {
    if (!same_shape(out, in)) {
        char to[LIS_TENSOR_TEXT], from[LIS_TENSOR_TEXT];
        return lis_fail(err, LIS_ESHAPE, "cannot assign %s to %s: shapes differ",
                        lis_tensor_describe(in, from), lis_tensor_describe(out, to));
    }
    size_t size = lis_dtype_size(in->dtype);
    if (in->dtype == out->dtype && lis_tensor_contiguous(in) && lis_tensor_contiguous(out)) {
        memcpy(out->data, in->data, (size_t)lis_tensor_size(in) * size);
        return LIS_OK;
    }
    const lis_tensor *const operands[] = {out, in};
    walk w = walk_over(out->ndim, out->shape, 2, operands);
    lis_dtype via = block_via(out->dtype, in->dtype);
    walk_run run;
    for (int64_t at = 0; at < w.size; at += run.length) {
        block scratch;
        run = walk_at(&w, at, w.size, BLOCK);
        const void *values = block_load(&scratch, via, in->dtype, element_at(in, run.offset[1]),
                                        run.step[1], run.length);
        int64_t stored = block_store(out->dtype, element_at(out, run.offset[0]), run.step[0], via,
                                     values, run.length);
        if (stored < run.length) return fail_conversion(in, &run, stored, at, out->dtype, err);
    }
    return LIS_OK;
}

lis_status lis_tensor_copy_as(lis_tensor *out, const lis_tensor *in, lis_dtype dtype,
                              lis_error *err) {
    lis_tensor made;
    LIS_TRY(lis_tensor_new(&made, dtype, in->ndim, in->shape, err));
    lis_status status = lis_tensor_assign(&made, in, err);
    if (status == LIS_OK)
        *out = made;
    else
        lis_tensor_release(&made);
    return status;
}

lis_status lis_tensor_hash(const lis_tensor *in, uint64_t *out, lis_error *err) {
    lis_tensor copy = {0};
    if (!lis_tensor_contiguous(in)) LIS_TRY(lis_tensor_copy_as(&copy, in, in->dtype, err));
    int64_t head[2 + LIS_TENSOR_DIMS] = {(int64_t)in->dtype, in->ndim};
    memcpy(head + 2, in->shape, (size_t)in->ndim * sizeof *head);
    size_t bytes = (size_t)lis_tensor_size(in) * lis_dtype_size(in->dtype);
    *out = lis_hash(copy.data ? copy.data : in->data, bytes, lis_hash(head, sizeof head, 0));
    lis_tensor_release(&copy);
    return LIS_OK;
}
