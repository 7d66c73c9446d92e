/* Sparse matrices in files, as they come and with the checksum put right. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lis/base/hash.h"
#include "lis/sparse/csr_file.h"

enum { HEAD = 40, CHECKSUM = 8, SIZES = 16 };

static void check(const lis_csr *csr) {
    FUZZ_PROMISE(csr->offset[0] == 0 && csr->offset[csr->rows] == csr->nnz);
    for (int64_t r = 0; r < csr->rows; r++)
        for (int64_t k = csr->offset[r]; k < csr->offset[r + 1]; k++)
            FUZZ_PROMISE(csr->column[k] >= 0 && csr->column[k] < csr->columns);
}

static void load(const void *data, size_t size) {
    lis_error error;
    lis_csr csr;
    if (lis_csr_load(&csr, fuzz_path(data, size), &error) != LIS_OK) return;
    check(&csr);
    lis_csr_free(&csr);
}

/* The checksum is a chain over the sizes and the three arrays, wherever the sizes put those. */
static void repair(uint8_t *file, size_t size) {
    int64_t rows, nnz;
    memcpy(&rows, file + SIZES, sizeof rows);
    memcpy(&nnz, file + SIZES + 16, sizeof nnz);
    if (rows < 0 || nnz < 0 || (uint64_t)rows > size || (uint64_t)nnz > size) return;
    size_t offsets = ((size_t)rows + 1) * 8, entries = (size_t)nnz * 4;
    if (HEAD + offsets + 2 * entries > size) return;
    uint64_t hash = lis_hash(file + SIZES, HEAD - SIZES, 0);
    hash = lis_hash(file + HEAD, offsets, hash);
    hash = lis_hash(file + HEAD + offsets, entries, hash);
    hash = lis_hash(file + HEAD + offsets + entries, entries, hash);
    memcpy(file + CHECKSUM, &hash, sizeof hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t blocks = fuzz_blocks();
    load(data, size);
    if (size >= HEAD) {
        uint8_t *copy = malloc(size);
        FUZZ_PROMISE(copy);
        memcpy(copy, data, size);
        repair(copy, size);
        load(copy, size);
        free(copy);
    }
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
