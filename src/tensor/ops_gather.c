#include "lis/tensor/ops_gather.h"

#include <string.h>

#include "block.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum { SHARD_BYTES = 1 << 18, SHARD_CODES = 1 << 16 };

/* Elements in one row: everything behind the first dimension. */
static int64_t row_size(const lis_tensor *tensor) {
    int64_t size = 1;
    for (int i = 1; i < tensor->ndim; i++)
        size *= tensor->shape[i];
    return size;
}

static int64_t rows_per_shard(size_t row_bytes) {
    int64_t rows = SHARD_BYTES / (int64_t)(row_bytes ? row_bytes : 1);
    return rows > 16 ? rows : 16;
}

/* ---- checks shared by gather and scatter ---- */

typedef struct code_check {
    const int32_t *code;
    int64_t bound;
} code_check;

static lis_status check_code_shard(void *arg, lis_shard shard, lis_error *err) {
    const code_check *job = arg;
    for (int64_t i = shard.begin; i < shard.end; i++)
        if (job->code[i] < -1 || job->code[i] >= job->bound)
            return lis_fail(err, LIS_ERANGE,
                            "'index' row %lld: code %d is outside [0, %lld) and is not -1",
                            (long long)i + 1, job->code[i], (long long)job->bound);
    return LIS_OK;
}

static lis_status check_codes(lis_ctx *ctx, const lis_tensor *index, int64_t bound,
                              lis_error *err) {
    code_check job = {.code = lis_i32(index), .bound = bound};
    return lis_parallel_for(ctx, index->shape[0], SHARD_CODES, check_code_shard, &job, err);
}

/* rows [n, ...] and table [v, ...]: same type, same row shape, contiguous; index [n] i32. */
static lis_status check_rows(const char *rows_name, const lis_tensor *rows, const lis_tensor *table,
                             const lis_tensor *index, lis_error *err) {
    LIS_TRY(lis_tensor_expect_1d(index, "index", LIS_I32, rows->shape[0], err));
    bool same = rows->ndim == table->ndim;
    for (int i = 1; i < rows->ndim; i++)
        same = same && rows->shape[i] == table->shape[i];
    char a[LIS_TENSOR_TEXT], b[LIS_TENSOR_TEXT];
    if (!same || rows->dtype != table->dtype)
        return lis_fail(err, same ? LIS_EDTYPE : LIS_ESHAPE,
                        "'%s' %s and 'table' %s must agree in type and in the shape of a row",
                        rows_name, lis_tensor_describe(rows, a), lis_tensor_describe(table, b));
    if (!lis_tensor_contiguous(rows) || !lis_tensor_contiguous(table))
        return lis_fail(err, LIS_ESHAPE, "'%s' %s or 'table' %s is a strided view; copy it first",
                        rows_name, lis_tensor_describe(rows, a), lis_tensor_describe(table, b));
    return LIS_OK;
}

/* ---- gather ---- */

typedef struct gather_job {
    char *out;
    const char *table;
    const int32_t *index;
    size_t row_bytes;
} gather_job;

static lis_status gather_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const gather_job *job = arg;
    char *to = job->out + (size_t)shard.begin * job->row_bytes;
    for (int64_t i = shard.begin; i < shard.end; i++, to += job->row_bytes) {
        if (job->index[i] < 0)
            memset(to, 0, job->row_bytes);
        else
            memcpy(to, job->table + (size_t)job->index[i] * job->row_bytes, job->row_bytes);
    }
    return LIS_OK;
}

lis_status lis_gather_rows(lis_ctx *ctx, const lis_tensor *out, const lis_tensor *table,
                           const lis_tensor *index, lis_error *err) {
    LIS_TRY(check_rows("out", out, table, index, err));
    LIS_TRY(check_codes(ctx, index, table->shape[0], err));
    gather_job job = {.out = out->data,
                      .table = table->data,
                      .index = lis_i32(index),
                      .row_bytes = (size_t)row_size(table) * lis_dtype_size(table->dtype)};
    return lis_parallel_for(ctx, index->shape[0], rows_per_shard(job.row_bytes), gather_shard, &job,
                            err);
}

lis_status lis_tensor_take(lis_ctx *ctx, lis_tensor *out, const lis_tensor *table,
                           const lis_tensor *index, lis_error *err) {
    LIS_TRY(lis_tensor_expect_1d(index, "index", LIS_I32, -1, err));
    int64_t shape[LIS_TENSOR_DIMS];
    memcpy(shape, table->shape, sizeof shape);
    shape[0] = index->shape[0];
    lis_tensor made;
    LIS_TRY(lis_tensor_new(&made, table->dtype, table->ndim, shape, err));
    lis_status status = lis_gather_rows(ctx, &made, table, index, err);
    if (status == LIS_OK)
        *out = made;
    else
        lis_tensor_release(&made);
    return status;
}

/* ---- scatter ---- */

#define ADD_LOOP(T)                                                                                \
    do {                                                                                           \
        T *y = to;                                                                                 \
        const T *x = from;                                                                         \
        for (int64_t i = 0; i < n; i++)                                                            \
            y[i] += x[i];                                                                          \
    } while (0)

static void add_row(lis_dtype dtype, void *to, const void *from, int64_t n) {
    if (dtype == LIS_F32)
        ADD_LOOP(float);
    else if (dtype == LIS_F64)
        ADD_LOOP(double);
    else if (dtype == LIS_I32)
        ADD_LOOP(uint32_t); /* unsigned: wrapping is defined */
    else
        ADD_LOOP(uint64_t);
}

typedef struct scatter_job {
    const lis_tensor *table, *rows;
    int64_t row_size;
    const int64_t *first; /* [v + 1]: where each table row's list begins in order[] */
    const int32_t *order; /* positions in rows, by code, ascending within a code */
} scatter_job;

static void add_one(const scatter_job *job, int64_t to, int64_t from) {
    add_row(job->table->dtype, element_at(job->table, to * job->row_size),
            element_at(job->rows, from * job->row_size), job->row_size);
}

static lis_status scatter_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const scatter_job *job = arg;
    for (int64_t v = shard.begin; v < shard.end; v++)
        for (int64_t k = job->first[v]; k < job->first[v + 1]; k++)
            add_one(job, v, job->order[k]);
    return LIS_OK;
}

/* Counting sort of the positions by code. On return first[c] is where code c begins. */
static void list_by_code(const int32_t *code, int64_t n, int64_t v, int64_t *first,
                         int32_t *order) {
    memset(first, 0, (size_t)(v + 1) * sizeof *first);
    for (int64_t i = 0; i < n; i++)
        if (code[i] >= 0) first[code[i] + 1]++;
    for (int64_t c = 0; c < v; c++)
        first[c + 1] += first[c];
    for (int64_t i = 0; i < n; i++)
        if (code[i] >= 0) order[first[code[i]]++] = (int32_t)i;
    for (int64_t c = v; c > 0; c--)
        first[c] = first[c - 1];
    first[0] = 0;
}

static lis_status scatter_by_code(lis_ctx *ctx, scatter_job *job, const int32_t *code, int64_t n,
                                  lis_error *err) {
    int64_t v = job->table->shape[0];
    int64_t *first = lis_alloc((size_t)v + 1, sizeof *first);
    int32_t *order = lis_alloc((size_t)n, sizeof *order);
    lis_status status = LIS_OK;
    if (!first || !order) {
        status = lis_fail_nomem(err, "the order of a scatter", 8.0 * (double)v + 4.0 * (double)n);
    } else {
        list_by_code(code, n, v, first, order);
        job->first = first;
        job->order = order;
        status = lis_parallel_for(ctx, v, 256, scatter_shard, job, err);
    }
    lis_free(first);
    lis_free(order);
    return status;
}

lis_status lis_scatter_add_rows(lis_ctx *ctx, const lis_tensor *table, const lis_tensor *index,
                                const lis_tensor *rows, lis_error *err) {
    LIS_TRY(check_rows("rows", rows, table, index, err));
    if (table->dtype == LIS_U8)
        return lis_fail(err, LIS_EDTYPE, "'table': flags (u8) cannot be summed; convert to i32");
    LIS_TRY(check_codes(ctx, index, table->shape[0], err));
    int64_t n = index->shape[0];
    scatter_job job = {.table = table, .rows = rows, .row_size = row_size(table)};
    if (ctx->threads > 1 && n > SHARD_CODES && n <= INT32_MAX)
        return scatter_by_code(ctx, &job, lis_i32(index), n, err);
    for (int64_t i = 0; i < n; i++)
        if (lis_i32(index)[i] >= 0) add_one(&job, lis_i32(index)[i], i);
    return LIS_OK;
}

/* ---- end to end ---- */

/* The shape of the result; LIS_ESHAPE or LIS_EDTYPE where a part does not fit the first. */
static lis_status joined_shape(const lis_tensor *const *parts, int count, int dim, int64_t *shape,
                               lis_error *err) {
    const lis_tensor *head = parts[0];
    memcpy(shape, head->shape, sizeof head->shape);
    for (int k = 1; k < count; k++) {
        bool fits = parts[k]->ndim == head->ndim && parts[k]->dtype == head->dtype;
        for (int i = 0; fits && i < head->ndim; i++)
            fits = i == dim || parts[k]->shape[i] == head->shape[i];
        char a[LIS_TENSOR_TEXT], b[LIS_TENSOR_TEXT];
        if (!fits)
            return lis_fail(err, parts[k]->dtype == head->dtype ? LIS_ESHAPE : LIS_EDTYPE,
                            "part %d, %s, does not fit behind part 1, %s, along dimension %d",
                            k + 1, lis_tensor_describe(parts[k], a), lis_tensor_describe(head, b),
                            dim + 1);
        if (__builtin_add_overflow(shape[dim], parts[k]->shape[dim], &shape[dim]))
            return lis_fail(err, LIS_ESHAPE, "the joined size overflows 64 bits");
    }
    return LIS_OK;
}

lis_status lis_tensor_concat(lis_tensor *out, const lis_tensor *const *parts, int count, int dim,
                             lis_error *err) {
    if (count < 1) return lis_fail(err, LIS_EARG, "nothing to concatenate");
    if (dim < 0 || dim >= parts[0]->ndim)
        return lis_fail(err, LIS_ERANGE, "no dimension %d in a tensor of %d", dim + 1,
                        parts[0]->ndim);
    int64_t shape[LIS_TENSOR_DIMS];
    LIS_TRY(joined_shape(parts, count, dim, shape, err));
    lis_tensor made, place;
    LIS_TRY(lis_tensor_new(&made, parts[0]->dtype, parts[0]->ndim, shape, err));
    lis_status status = LIS_OK;
    int64_t at = 0;
    for (int k = 0; k < count && status == LIS_OK; k++) {
        int64_t end = at + parts[k]->shape[dim];
        status = lis_tensor_slice(&place, &made, dim, at, end, err);
        if (status == LIS_OK) status = lis_tensor_assign(&place, parts[k], err);
        at = end;
    }
    if (status == LIS_OK)
        *out = made;
    else
        lis_tensor_release(&made);
    return status;
}

/* ---- codes ---- */

/* Codes of the non-zero elements into out[] (NULL: only counted); returns their number. */
static int64_t list_nonzero(const lis_tensor *flags, int32_t *out) {
    int64_t n = flags->shape[0], found = 0;
    for (int64_t at = 0; at < n; at += BLOCK) {
        block scratch;
        int64_t length = n - at < BLOCK ? n - at : BLOCK;
        const double *value =
            block_load(&scratch, LIS_F64, flags->dtype, element_at(flags, at * flags->stride[0]),
                       flags->stride[0], length);
        for (int64_t i = 0; i < length; i++) {
            if (value[i] == 0) continue;
            if (out) out[found] = (int32_t)(at + i);
            found++;
        }
    }
    return found;
}

lis_status lis_tensor_nonzero(lis_tensor *out, const lis_tensor *flags, lis_error *err) {
    char text[LIS_TENSOR_TEXT];
    if (flags->ndim != 1)
        return lis_fail(err, LIS_ESHAPE, "'flags': wanted one dimension, got %s",
                        lis_tensor_describe(flags, text));
    if (flags->shape[0] > INT32_MAX)
        return lis_fail(err, LIS_ERANGE, "%lld rows are more than an i32 code can number",
                        (long long)flags->shape[0]);
    LIS_TRY(lis_tensor_new_1d(out, LIS_I32, list_nonzero(flags, NULL), err));
    list_nonzero(flags, lis_i32(out));
    return LIS_OK;
}

lis_status lis_tensor_bincount(lis_tensor *out, const lis_tensor *codes, const lis_tensor *weight,
                               int64_t n, lis_error *err) {
    LIS_TRY(lis_tensor_expect_1d(codes, "codes", LIS_I32, -1, err));
    int64_t rows = codes->shape[0];
    if (weight) LIS_TRY(lis_tensor_expect_1d(weight, "weight", weight->dtype, rows, err));
    const int32_t *code = lis_i32(codes);
    lis_shard all = {.end = rows};
    LIS_TRY(check_code_shard(&(code_check){.code = code, .bound = n}, all, err));
    lis_tensor made;
    LIS_TRY(lis_tensor_new_1d(&made, LIS_F64, n, err));
    double *count = lis_f64(&made);
    for (int64_t at = 0; at < rows; at += BLOCK) {
        block scratch;
        int64_t length = rows - at < BLOCK ? rows - at : BLOCK;
        const double *w =
            weight ? block_load(&scratch, LIS_F64, weight->dtype, element_at(weight, at), 1, length)
                   : NULL;
        for (int64_t i = 0; i < length; i++)
            if (code[at + i] >= 0) count[code[at + i]] += w ? w[i] : 1.0;
    }
    *out = made;
    return LIS_OK;
}
