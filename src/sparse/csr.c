#include "lis/sparse/csr.h"

#include <inttypes.h>
#include <string.h>

#include "lis/base/hash.h"
#include "lis/base/mem.h"
#include "poll.h"
#include "rows.h"

double lis_csr_bytes(int64_t rows, int64_t nnz) {
    return 8.0 * ((double)rows + 1) + (4.0 + 4.0) * (double)nnz;
}

lis_status lis_csr_new(lis_csr *out, int64_t rows, int64_t columns, int64_t nnz, lis_error *err) {
    *out = (lis_csr){0};
    if (rows < 0 || columns < 0 || nnz < 0)
        return lis_fail(err, LIS_ESHAPE,
                        "a CSR matrix cannot have %" PRId64 " rows, %" PRId64
                        " columns and %" PRId64 " entries: sizes start at 0",
                        rows, columns, nnz);
    if (columns > INT32_MAX || rows > INT32_MAX)
        return lis_fail(err, LIS_ESHAPE,
                        "a CSR matrix of %" PRId64 " x %" PRId64
                        " does not fit 32-bit ids: at most %" PRId32 " rows and columns",
                        rows, columns, INT32_MAX);
    lis_csr csr = {.rows = rows, .columns = columns, .nnz = nnz};
    csr.offset = lis_alloc((size_t)rows + 1, sizeof *csr.offset);
    csr.column = lis_alloc((size_t)nnz, sizeof *csr.column);
    csr.value = lis_alloc((size_t)nnz, sizeof *csr.value);
    if (!csr.offset || !csr.column || !csr.value) {
        lis_csr_free(&csr);
        return lis_fail_nomem(err, "a CSR matrix", lis_csr_bytes(rows, nnz));
    }
    csr.offset[0] = 0;
    csr.offset[rows] = nnz;
    *out = csr;
    return LIS_OK;
}

void lis_csr_free(lis_csr *csr) {
    lis_free(csr->offset);
    lis_free(csr->column);
    lis_free(csr->value);
    *csr = (lis_csr){0};
}

static lis_status check_triples(const lis_ctx *ctx, int64_t rows, int64_t columns,
                                const int32_t *row, const int32_t *column, int64_t n,
                                lis_error *err) {
    for (int64_t k = 0; k < n; k++) {
        LIS_TRY(lis_poll(ctx, k, err));
        if (row[k] < 0 || row[k] >= rows)
            return lis_fail(err, LIS_ERANGE,
                            "row id %" PRId32 " of triple %" PRId64 " is outside [0, %" PRId64 ")",
                            row[k], k, rows);
        if (column[k] < 0 || column[k] >= columns)
            return lis_fail(err, LIS_ERANGE,
                            "column id %" PRId32 " of triple %" PRId64 " is outside [0, %" PRId64
                            ")",
                            column[k], k, columns);
    }
    return LIS_OK;
}

/* Sums runs of equal columns within the rows of an ordered, possibly repeating CSR, in place. */
static void sum_duplicates(lis_csr *csr) {
    int64_t to = 0, from = 0;
    for (int64_t r = 0; r < csr->rows; r++) {
        int64_t end = csr->offset[r + 1];
        while (from < end) {
            int32_t column = csr->column[from];
            double sum = csr->value[from++];
            for (; from < end && csr->column[from] == column; from++)
                sum += csr->value[from];
            csr->column[to] = column;
            csr->value[to++] = (float)sum;
        }
        csr->offset[r + 1] = to;
    }
    csr->nnz = to;
}

/* Gives back what sum_duplicates freed; keeping too much is no error. */
static void shrink(lis_csr *csr) {
    int32_t *column = lis_realloc(csr->column, (size_t)csr->nnz, sizeof *column);
    if (column) csr->column = column;
    float *value = lis_realloc(csr->value, (size_t)csr->nnz, sizeof *value);
    if (value) csr->value = value;
}

/* Triples grouped by column, input order kept within a column: the first of two counting passes. */
typedef struct {
    int64_t *offset; /* [columns + 1] */
    int32_t *row;    /* [n] */
    float *value;    /* [n]; NULL: all ones */
} by_column;

static void by_column_free(by_column *grouped) {
    lis_free(grouped->offset);
    lis_free(grouped->row);
    lis_free(grouped->value);
}

static lis_status by_column_make(const lis_ctx *ctx, by_column *grouped, int64_t columns,
                                 const int32_t *row, const int32_t *column, const float *value,
                                 int64_t n, lis_error *err) {
    *grouped = (by_column){.offset = lis_calloc((size_t)columns + 1, sizeof(int64_t)),
                           .row = lis_alloc((size_t)n, sizeof(int32_t)),
                           .value = value ? lis_alloc((size_t)n, sizeof(float)) : NULL};
    if (!grouped->offset || !grouped->row || (value && !grouped->value))
        return lis_fail_nomem(err, "sorting triples by column", lis_csr_bytes(columns, n));
    int64_t *offset = grouped->offset;
    for (int64_t k = 0; k < n; k++)
        offset[column[k] + 1]++;
    lis_counts_to_offsets(offset, columns);
    for (int64_t k = 0; k < n; k++) {
        LIS_TRY(lis_poll(ctx, k, err));
        int64_t at = offset[column[k]]++;
        grouped->row[at] = row[k];
        if (value) grouped->value[at] = value[k];
    }
    memmove(offset + 1, offset, (size_t)columns * sizeof *offset);
    offset[0] = 0;
    return LIS_OK;
}

/* The second pass: columns in ascending order are dealt to their rows. */
static lis_status deal_to_rows(const lis_ctx *ctx, lis_csr *csr, const by_column *grouped,
                               int64_t n, lis_error *err) {
    int64_t *offset = csr->offset;
    memset(offset, 0, ((size_t)csr->rows + 1) * sizeof *offset);
    for (int64_t k = 0; k < n; k++)
        offset[grouped->row[k] + 1]++;
    lis_counts_to_offsets(offset, csr->rows);
    for (int64_t c = 0; c < csr->columns; c++) {
        for (int64_t k = grouped->offset[c]; k < grouped->offset[c + 1]; k++) {
            LIS_TRY(lis_poll(ctx, k, err));
            int64_t at = offset[grouped->row[k]]++;
            csr->column[at] = (int32_t)c;
            csr->value[at] = grouped->value ? grouped->value[k] : 1.0F;
        }
    }
    memmove(offset + 1, offset, (size_t)csr->rows * sizeof *offset);
    offset[0] = 0;
    return LIS_OK;
}

lis_status lis_csr_from_triples(const lis_ctx *ctx, lis_csr *out, int64_t rows, int64_t columns,
                                const int32_t *row, const int32_t *column, const float *value,
                                int64_t n, lis_error *err) {
    *out = (lis_csr){0};
    LIS_TRY(check_triples(ctx, rows, columns, row, column, n, err));
    lis_csr csr;
    LIS_TRY(lis_csr_new(&csr, rows, columns, n, err));
    by_column grouped;
    lis_status status = by_column_make(ctx, &grouped, columns, row, column, value, n, err);
    if (status == LIS_OK) status = deal_to_rows(ctx, &csr, &grouped, n, err);
    by_column_free(&grouped);
    if (status != LIS_OK) {
        lis_csr_free(&csr);
        return status;
    }
    sum_duplicates(&csr);
    if (csr.nnz < n) shrink(&csr);
    *out = csr;
    return LIS_OK;
}

lis_status lis_csr_transpose(const lis_ctx *ctx, lis_csr *out, const lis_csr *in, lis_error *err) {
    LIS_TRY(lis_csr_new(out, in->columns, in->rows, in->nnz, err));
    int64_t *offset = out->offset;
    memset(offset, 0, ((size_t)out->rows + 1) * sizeof *offset);
    for (int64_t k = 0; k < in->nnz; k++)
        offset[in->column[k] + 1]++;
    lis_counts_to_offsets(offset, out->rows);
    for (int64_t r = 0; r < in->rows; r++) {
        for (int64_t k = in->offset[r]; k < in->offset[r + 1]; k++) {
            if (lis_poll(ctx, k, err) != LIS_OK) {
                lis_csr_free(out);
                return LIS_EINTR;
            }
            int64_t at = offset[in->column[k]]++;
            out->column[at] = (int32_t)r;
            out->value[at] = in->value[k];
        }
    }
    memmove(offset + 1, offset, (size_t)out->rows * sizeof *offset);
    offset[0] = 0;
    return LIS_OK;
}

lis_status lis_csr_copy(lis_csr *out, const lis_csr *in, lis_error *err) {
    LIS_TRY(lis_csr_new(out, in->rows, in->columns, in->nnz, err));
    memcpy(out->offset, in->offset, ((size_t)in->rows + 1) * sizeof *in->offset);
    memcpy(out->column, in->column, (size_t)in->nnz * sizeof *in->column);
    memcpy(out->value, in->value, (size_t)in->nnz * sizeof *in->value);
    return LIS_OK;
}

void lis_csr_row_sums(const lis_csr *csr, double *out) {
    for (int64_t r = 0; r < csr->rows; r++) {
        double sum = 0;
        for (int64_t k = csr->offset[r]; k < csr->offset[r + 1]; k++)
            sum += csr->value[k];
        out[r] = sum;
    }
}

/* Rows are visited in order, so the entries (r, c) left of the diagonal come, for a fixed c, with
 * ascending r: in a symmetric matrix they are exactly row c right of the diagonal, read from left to
 * right by one cursor a row. */
static bool mirrors_itself(const lis_csr *csr, int64_t *cursor) {
    for (int64_t r = 0; r < csr->rows; r++) {
        int64_t k = csr->offset[r], end = csr->offset[r + 1];
        for (; k < end && csr->column[k] < r; k++) {
            int32_t c = csr->column[k];
            int64_t mirror = cursor[c]++;
            if (mirror >= csr->offset[c + 1] || csr->column[mirror] != r ||
                memcmp(&csr->value[mirror], &csr->value[k], sizeof(float)) != 0)
                return false;
        }
        cursor[r] = k < end && csr->column[k] == r ? k + 1 : k;
    }
    for (int64_t r = 0; r < csr->rows; r++)
        if (cursor[r] != csr->offset[r + 1]) return false;
    return true;
}

lis_status lis_csr_is_symmetric(const lis_csr *csr, bool *answer, lis_error *err) {
    *answer = false;
    if (csr->rows != csr->columns) return LIS_OK;
    int64_t *cursor = lis_alloc((size_t)csr->rows, sizeof *cursor);
    if (!cursor) return lis_fail_nomem(err, "a symmetry check", 8.0 * (double)csr->rows);
    *answer = mirrors_itself(csr, cursor);
    lis_free(cursor);
    return LIS_OK;
}

uint64_t lis_csr_hash(const lis_csr *csr) {
    int64_t shape[3] = {csr->rows, csr->columns, csr->nnz};
    uint64_t hash = lis_hash(shape, sizeof shape, 0);
    if (!csr->offset) return hash;
    hash = lis_hash(csr->offset, ((size_t)csr->rows + 1) * sizeof *csr->offset, hash);
    hash = lis_hash(csr->column, (size_t)csr->nnz * sizeof *csr->column, hash);
    return lis_hash(csr->value, (size_t)csr->nnz * sizeof *csr->value, hash);
}
