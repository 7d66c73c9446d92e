#include "lis/sparse/csr_file.h"

#include <inttypes.h>
#include <string.h>

#include "lis/base/file.h"
#include "lis/base/hash.h"

static const char magic[8] = "LISCSR1\n";

typedef struct {
    char magic[8];
    uint64_t checksum;
    int64_t rows, columns, nnz;
} file_head;

_Static_assert(sizeof(file_head) == 40, "the head has no padding");

static uint64_t content_hash(const file_head *head, const void *offset, const void *column,
                             const void *value) {
    uint64_t hash = lis_hash(&head->rows, 3 * sizeof(int64_t), 0);
    hash = lis_hash(offset, ((size_t)head->rows + 1) * sizeof(int64_t), hash);
    hash = lis_hash(column, (size_t)head->nnz * sizeof(int32_t), hash);
    return lis_hash(value, (size_t)head->nnz * sizeof(float), hash);
}

static lis_status write_arrays(lis_file *file, const lis_csr *csr, lis_error *err) {
    file_head head = {.rows = csr->rows, .columns = csr->columns, .nnz = csr->nnz};
    memcpy(head.magic, magic, sizeof magic);
    head.checksum = content_hash(&head, csr->offset, csr->column, csr->value);
    size_t rows = (size_t)csr->rows, nnz = (size_t)csr->nnz;
    LIS_TRY(lis_file_write(file, &head, sizeof head, err));
    LIS_TRY(lis_file_write(file, csr->offset, (rows + 1) * sizeof *csr->offset, err));
    LIS_TRY(lis_file_write(file, csr->column, nnz * sizeof *csr->column, err));
    LIS_TRY(lis_file_write(file, csr->value, nnz * sizeof *csr->value, err));
    return lis_file_commit(file, err);
}

lis_status lis_csr_save(const lis_csr *csr, const char *path, lis_error *err) {
    lis_file file = {0};
    LIS_TRY(lis_file_create(&file, path, err));
    lis_status status = write_arrays(&file, csr, err);
    lis_file_abort(&file);
    return status;
}

/* The head, with sizes that the file's length bears out. */
static lis_status read_head(file_head *head, const lis_file_map *map, const char *path,
                            lis_error *err) {
    if (map->size < sizeof *head || memcmp(map->bytes, magic, sizeof magic) != 0)
        return lis_fail(err, LIS_EFORMAT, "'%s' is no sparse matrix saved by csr:save", path);
    memcpy(head, map->bytes, sizeof *head);
    if (head->rows < 0 || head->rows > INT32_MAX || head->columns < 0 ||
        head->columns > INT32_MAX || head->nnz < 0 || head->nnz > (INT64_MAX >> 5))
        return lis_fail(err, LIS_EFORMAT,
                        "'%s': impossible shape %" PRId64 " x %" PRId64 " with %" PRId64 " entries",
                        path, head->rows, head->columns, head->nnz);
    uint64_t wanted =
        sizeof *head + ((uint64_t)head->rows + 1) * sizeof(int64_t) + (uint64_t)head->nnz * 8;
    if (map->size != wanted)
        return lis_fail(err, LIS_EFORMAT,
                        "'%s' has %zu bytes, its head promises %" PRIu64 ": cut short or damaged",
                        path, map->size, wanted);
    return LIS_OK;
}

/* The arrays where they lie in the file, not necessarily aligned. */
typedef struct {
    const unsigned char *offset, *column, *value;
} raw_arrays;

static raw_arrays find_arrays(const file_head *head, const lis_file_map *map) {
    raw_arrays raw;
    raw.offset = map->bytes + sizeof *head;
    raw.column = raw.offset + ((size_t)head->rows + 1) * sizeof(int64_t);
    raw.value = raw.column + (size_t)head->nnz * sizeof(int32_t);
    return raw;
}

/* A checksum that fits says that nothing was damaged by chance; it does not say that the arrays form
 * a matrix. */
static lis_status check_rows(const file_head *head, const raw_arrays *raw, const char *path,
                             lis_error *err) {
    int64_t begin, end = 0;
    for (int64_t r = 0; r <= head->rows; r++) {
        begin = end;
        memcpy(&end, raw->offset + (size_t)r * sizeof end, sizeof end);
        if (end < begin || end > head->nnz || (r == 0 && end != 0))
            return lis_fail(err, LIS_EFORMAT, "'%s': offset %" PRId64 " is %" PRId64, path, r, end);
        int32_t last = -1, column;
        for (int64_t k = begin; k < end; k++, last = column) {
            memcpy(&column, raw->column + (size_t)k * sizeof column, sizeof column);
            if (column <= last || column >= head->columns)
                return lis_fail(err, LIS_EFORMAT,
                                "'%s': row %" PRId64 " has column %" PRId32 " after %" PRId32
                                " (columns ascend and stay below %" PRId64 ")",
                                path, r - 1, column, last, head->columns);
        }
    }
    if (end != head->nnz)
        return lis_fail(err, LIS_EFORMAT, "'%s': rows end at %" PRId64 " of %" PRId64 " entries",
                        path, end, head->nnz);
    return LIS_OK;
}

static lis_status read_map(lis_csr *out, const lis_file_map *map, const char *path,
                           lis_error *err) {
    file_head head;
    LIS_TRY(read_head(&head, map, path, err));
    raw_arrays raw = find_arrays(&head, map);
    if (content_hash(&head, raw.offset, raw.column, raw.value) != head.checksum)
        return lis_fail(err, LIS_EFORMAT, "'%s': the checksum does not fit; the file is damaged",
                        path);
    LIS_TRY(check_rows(&head, &raw, path, err));
    LIS_TRY(lis_csr_new(out, head.rows, head.columns, head.nnz, err));
    memcpy(out->offset, raw.offset, ((size_t)head.rows + 1) * sizeof *out->offset);
    memcpy(out->column, raw.column, (size_t)head.nnz * sizeof *out->column);
    memcpy(out->value, raw.value, (size_t)head.nnz * sizeof *out->value);
    return LIS_OK;
}

lis_status lis_csr_load(lis_csr *out, const char *path, lis_error *err) {
    *out = (lis_csr){0};
    lis_file_map map = {0};
    LIS_TRY(lis_file_map_open(&map, path, err));
    lis_status status = read_map(out, &map, path, err);
    lis_file_map_close(&map);
    return status;
}
