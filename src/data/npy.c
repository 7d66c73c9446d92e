#include "lis/data/npy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "half.h"
#include "lis/base/file.h"
#include "message.h"

/* Layout (NumPy enhancement proposal 1): "\x93NUMPY", version major and minor, length of the header
 * (2 bytes little-endian in version 1, else 4), the header, the elements. The header is a Python
 * dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } */
enum { MAGIC = 6, HEADER_MAX = 1 << 16, DESCR_MAX = 15, WRITE_ALIGN = 64 };

typedef struct header {
    char descr[DESCR_MAX + 1];
    bool fortran;
    int ndim;
    int64_t shape[LIS_TENSOR_DIMS];
    bool has_descr, has_order, has_shape;
} header;

typedef struct cursor {
    const char *at, *end;
    const char *path;
} cursor;

/* ---- the dictionary ---- */

static lis_status bad_header(const cursor *c, lis_error *err, const char *wanted) {
    char shown[LIS_EXCERPT];
    return lis_fail(err, LIS_EFORMAT,
                    "%s: .npy header: wanted %s at %s; save the array again with "
                    "numpy.save",
                    c->path, wanted, lis_excerpt(shown, c->at, (size_t)(c->end - c->at)));
}

static void skip_blanks(cursor *c) {
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t'))
        c->at++;
}

static bool take(cursor *c, const char *word) {
    skip_blanks(c);
    size_t length = strlen(word);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0) return false;
    c->at += length;
    return true;
}

/* 'text' or "text" of at most `room` - 1 bytes. */
static lis_status take_text(cursor *c, char *text, size_t room, lis_error *err) {
    char quote = take(c, "'") ? '\'' : take(c, "\"") ? '"' : '\0';
    const char *close = quote ? memchr(c->at, quote, (size_t)(c->end - c->at)) : NULL;
    if (!close) return bad_header(c, err, "a quoted text");
    size_t length = (size_t)(close - c->at);
    if (length >= room) return bad_header(c, err, "a shorter text");
    memcpy(text, c->at, length);
    text[length] = '\0';
    c->at = close + 1;
    return LIS_OK;
}

static lis_status take_size(cursor *c, int64_t *out, lis_error *err) {
    skip_blanks(c);
    const char *begin = c->at;
    int64_t value = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, *c->at - '0', &value))
            return lis_fail(err, LIS_EFORMAT, "%s: .npy header: a dimension overflows 64 bits",
                            c->path);
    if (c->at == begin) return bad_header(c, err, "a size");
    *out = value;
    return LIS_OK;
}

static lis_status take_shape(cursor *c, header *h, lis_error *err) {
    if (!take(c, "(")) return bad_header(c, err, "a shape such as (3, 4)");
    while (!take(c, ")")) {
        if (h->ndim == LIS_TENSOR_DIMS)
            return lis_fail(err, LIS_ESHAPE,
                            "%s: the array has more than %d dimensions; reshape it before saving",
                            c->path, LIS_TENSOR_DIMS);
        LIS_TRY(take_size(c, &h->shape[h->ndim++], err));
        if (take(c, ",")) continue;
        if (!take(c, ")")) return bad_header(c, err, "',' or ')'");
        break;
    }
    return LIS_OK;
}

static lis_status take_entry(cursor *c, header *h, lis_error *err) {
    char key[16];
    bool *has;
    LIS_TRY(take_text(c, key, sizeof key, err));
    if (!take(c, ":")) return bad_header(c, err, "':'");
    if (strcmp(key, "descr") == 0) {
        has = &h->has_descr;
        skip_blanks(c);
        if (c->at < c->end && *c->at == '[')
            return lis_fail(err, LIS_EDTYPE,
                            "%s: the array has named fields; save one plain column instead",
                            c->path);
        LIS_TRY(take_text(c, h->descr, sizeof h->descr, err));
    } else if (strcmp(key, "fortran_order") == 0) {
        has = &h->has_order;
        h->fortran = take(c, "True");
        if (!h->fortran && !take(c, "False")) return bad_header(c, err, "True or False");
    } else if (strcmp(key, "shape") == 0) {
        has = &h->has_shape;
        h->ndim = 0;
        LIS_TRY(take_shape(c, h, err));
    } else {
        return bad_header(c, err, "the keys descr, fortran_order and shape alone");
    }
    if (*has) return bad_header(c, err, "each key once");
    *has = true;
    return LIS_OK;
}

static lis_status take_header(cursor *c, header *h, lis_error *err) {
    if (!take(c, "{")) return bad_header(c, err, "'{'");
    while (!take(c, "}")) {
        LIS_TRY(take_entry(c, h, err));
        if (take(c, ",")) continue;
        if (!take(c, "}")) return bad_header(c, err, "',' or '}'");
        break;
    }
    skip_blanks(c);
    if (c->at < c->end) return bad_header(c, err, "nothing behind the '}'");
    if (!h->has_descr || !h->has_order || !h->has_shape)
        return bad_header(c, err, "the keys descr, fortran_order and shape");
    if (h->ndim == 0)
        return lis_fail(err, LIS_ESHAPE,
                        "%s: a single number without dimensions; save an array of 1 to %d "
                        "dimensions",
                        c->path, LIS_TENSOR_DIMS);
    return LIS_OK;
}

/* ---- the elements ---- */

typedef struct element {
    const char *descr;
    lis_dtype dtype;
    int64_t size; /* bytes in the file */
} element;

static const element elements[] = {
    {"<f4", LIS_F32, 4}, {"<f8", LIS_F64, 8}, {"<i4", LIS_I32, 4}, {"<i8", LIS_I64, 8},
    {"|u1", LIS_U8, 1},  {"|b1", LIS_U8, 1},  {"<f2", LIS_F32, 2},
};

static lis_status find_element(const header *h, const char *path, const element **out,
                               lis_error *err) {
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (strcmp(h->descr, elements[i].descr) != 0) continue;
        *out = &elements[i];
        return LIS_OK;
    }
    char shown[LIS_EXCERPT];
    return lis_fail(err, LIS_EDTYPE,
                    "%s: elements are of type %s, which is not read; save float32, float64, int32, "
                    "int64 or uint8, little-endian: array.astype('<f4')",
                    path, lis_excerpt(shown, h->descr, strlen(h->descr)));
}

static void copy_elements(lis_tensor *out, const element *kind, const unsigned char *data) {
    int64_t n = lis_tensor_size(out);
    if (kind->size != 2) {
        memcpy(out->data, data, (size_t)(n * kind->size));
        return;
    }
    for (int64_t i = 0; i < n; i++)
        lis_f32(out)[i] = lis_from_half((uint16_t)(data[2 * i] | data[2 * i + 1] << 8));
}

/* Column-major elements are the row-major ones of the reversed shape, seen with its dimensions in
 * the opposite order. */
static lis_status from_columns(lis_tensor *out, const header *h, const element *kind,
                               const unsigned char *data, lis_error *err) {
    int64_t reversed[LIS_TENSOR_DIMS];
    for (int d = 0; d < h->ndim; d++)
        reversed[d] = h->shape[h->ndim - 1 - d];
    lis_tensor stored;
    LIS_TRY(lis_tensor_new(&stored, kind->dtype, h->ndim, reversed, err));
    copy_elements(&stored, kind, data);
    lis_tensor seen = stored;
    for (int d = 0; d < h->ndim; d++) {
        seen.shape[d] = stored.shape[h->ndim - 1 - d];
        seen.stride[d] = stored.stride[h->ndim - 1 - d];
    }
    lis_status status = lis_tensor_copy_as(out, &seen, kind->dtype, err);
    lis_tensor_release(&stored);
    return status;
}

static lis_status check_size(const header *h, const element *kind, const char *path, size_t have,
                             lis_error *err) {
    int64_t bytes = kind->size;
    bool overflow = false;
    for (int d = 0; d < h->ndim; d++)
        overflow = overflow || __builtin_mul_overflow(bytes, h->shape[d], &bytes);
    if (!overflow && (uint64_t)bytes == have) return LIS_OK;
    char shape[128] = "";
    for (int d = 0, used = 0; d < h->ndim; d++)
        used += snprintf(shape + used, sizeof shape - (size_t)used, "%s%" PRId64, d ? ", " : "",
                         h->shape[d]);
    if (overflow)
        return lis_fail(err, LIS_EFORMAT, "%s: the shape (%s) overflows 64 bits", path, shape);
    return lis_fail(err, LIS_EFORMAT,
                    "%s: the header says (%s) of '%s', %" PRId64 " bytes, but %zu follow; the file "
                    "was %s",
                    path, shape, h->descr, bytes, have,
                    have < (uint64_t)bytes ? "cut short" : "written over or joined with another");
}

lis_status lis_npy_parse(lis_tensor *out, const char *path, const void *bytes, size_t size,
                         lis_error *err) {
    const unsigned char *file = bytes;
    *out = (lis_tensor){0};
    if (size < MAGIC + 4 || memcmp(file, "\x93NUMPY", MAGIC) != 0)
        return lis_fail(err, LIS_EFORMAT,
                        "%s: not a .npy file (no NumPy magic at its beginning); write it with "
                        "numpy.save",
                        path);
    unsigned major = file[MAGIC];
    if (major < 1 || major > 3)
        return lis_fail(err, LIS_EFORMAT, "%s: .npy version %u is not known (1 to 3 are)", path,
                        major);
    size_t begin = MAGIC + (major == 1 ? 4 : 6);
    uint64_t length = file[MAGIC + 2] | (uint64_t)file[MAGIC + 3] << 8;
    if (major > 1 && size >= begin)
        length |= (uint64_t)file[MAGIC + 4] << 16 | (uint64_t)file[MAGIC + 5] << 24;
    if (size < begin || length > size - begin || length > HEADER_MAX)
        return lis_fail(err, LIS_EFORMAT,
                        "%s: the .npy header claims %" PRIu64 " bytes and the file has %zu; it "
                        "was cut short or is damaged",
                        path, length, size);
    cursor c = {.at = (const char *)file + begin, .path = path};
    c.end = c.at + length;
    header h = {0};
    const element *kind = NULL;
    const unsigned char *data = file + begin + length;
    LIS_TRY(take_header(&c, &h, err));
    LIS_TRY(find_element(&h, path, &kind, err));
    LIS_TRY(check_size(&h, kind, path, size - begin - length, err));
    if (h.fortran && h.ndim > 1) return from_columns(out, &h, kind, data, err);
    LIS_TRY(lis_tensor_new(out, kind->dtype, h.ndim, h.shape, err));
    copy_elements(out, kind, data);
    return LIS_OK;
}

lis_status lis_npy_read(lis_tensor *out, const char *path, lis_error *err) {
    lis_file_map map = {0};
    *out = (lis_tensor){0};
    LIS_TRY(lis_file_map_open(&map, path, err));
    lis_status status = lis_npy_parse(out, path, map.bytes, map.size, err);
    lis_file_map_close(&map);
    return status;
}

/* ---- writing ---- */

/* Header of version 1, padded with blanks so that the elements begin at a multiple of 64. */
static size_t print_header(char *out, size_t room, const lis_tensor *tensor) {
    static const char *const descr[] = {[LIS_F32] = "<f4",
                                        [LIS_F64] = "<f8",
                                        [LIS_I32] = "<i4",
                                        [LIS_I64] = "<i8",
                                        [LIS_U8] = "|u1"};
    size_t used = MAGIC + 4;
    used += (size_t)snprintf(out + used, room - used,
                             "{'descr': '%s', 'fortran_order': False, 'shape': (",
                             descr[tensor->dtype]);
    for (int d = 0; d < tensor->ndim; d++)
        used += (size_t)snprintf(out + used, room - used, d ? ", %" PRId64 : "%" PRId64,
                                 tensor->shape[d]);
    used += (size_t)snprintf(out + used, room - used, tensor->ndim == 1 ? ",), }" : "), }");
    while ((used + 1) % WRITE_ALIGN != 0)
        out[used++] = ' ';
    out[used++] = '\n';
    size_t length = used - (MAGIC + 4);
    memcpy(out, "\x93NUMPY\x01\x00", MAGIC + 2);
    out[MAGIC + 2] = (char)(length & 0xff);
    out[MAGIC + 3] = (char)(length >> 8);
    return used;
}

static lis_status write_elements(lis_file *file, const lis_tensor *tensor, lis_error *err) {
    size_t size = lis_dtype_size(tensor->dtype);
    if (lis_tensor_contiguous(tensor))
        return lis_file_write(file, tensor->data, (size_t)lis_tensor_size(tensor) * size, err);
    lis_tensor rows;
    LIS_TRY(lis_tensor_copy_as(&rows, tensor, tensor->dtype, err));
    lis_status status = lis_file_write(file, rows.data, (size_t)lis_tensor_size(&rows) * size, err);
    lis_tensor_release(&rows);
    return status;
}

lis_status lis_npy_write(const char *path, const lis_tensor *tensor, lis_error *err) {
    char head[512];
    if (tensor->ndim < 1)
        return lis_fail(err, LIS_EARG, "cannot write '%s': the tensor is empty (closed?)", path);
    size_t length = print_header(head, sizeof head, tensor);
    lis_file file = {0};
    LIS_TRY(lis_file_create(&file, path, err));
    lis_status status = lis_file_write(&file, head, length, err);
    if (status == LIS_OK) status = write_elements(&file, tensor, err);
    if (status == LIS_OK) return lis_file_commit(&file, err);
    lis_file_abort(&file);
    return status;
}
