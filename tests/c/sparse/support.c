#include "support.h"

#include <string.h>

lis_ctx calm = {.threads = 1};

lis_csr random_csr(int64_t rows, int64_t columns, double density, uint64_t seed) {
    lis_error error;
    lis_csr csr;
    lis_rng rng = lis_rng_open(seed, "csr", 0);
    assert_ok(lis_csr_new(&csr, rows, columns, rows * columns, &error));
    csr.nnz = 0;
    for (int64_t r = 0; r < rows; r++) {
        for (int64_t c = 0; c < columns; c++) {
            if (lis_rng_uniform(&rng) >= density) continue;
            csr.column[csr.nnz] = (int32_t)c;
            csr.value[csr.nnz++] = (float)(1 + lis_rng_below(&rng, 9));
        }
        csr.offset[r + 1] = csr.nnz;
    }
    return csr;
}

void assert_well_formed(const lis_csr *csr) {
    assert_int_equal(csr->offset[0], 0);
    assert_int_equal(csr->offset[csr->rows], csr->nnz);
    for (int64_t r = 0; r < csr->rows; r++) {
        assert_true(csr->offset[r] <= csr->offset[r + 1]);
        for (int64_t k = csr->offset[r]; k < csr->offset[r + 1]; k++) {
            assert_true(csr->column[k] >= 0 && csr->column[k] < csr->columns);
            if (k > csr->offset[r]) assert_true(csr->column[k - 1] < csr->column[k]);
        }
    }
}

void assert_csr_equal(const lis_csr *a, const lis_csr *b) {
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->columns, b->columns);
    assert_int_equal(a->nnz, b->nnz);
    assert_memory_equal(a->offset, b->offset, ((size_t)a->rows + 1) * sizeof *a->offset);
    assert_memory_equal(a->column, b->column, (size_t)a->nnz * sizeof *a->column);
    assert_memory_equal(a->value, b->value, (size_t)a->nnz * sizeof *a->value);
}

double csr_at(const lis_csr *csr, int64_t row, int64_t column) {
    for (int64_t k = csr->offset[row]; k < csr->offset[row + 1]; k++)
        if (csr->column[k] == column) return csr->value[k];
    return 0;
}

static void assert_zeroed(const lis_csr *csr) {
    static const lis_csr empty;
    assert_memory_equal(csr, &empty, sizeof empty);
}

void check_threads(make_csr *make, void *arg) {
    lis_error error;
    lis_ctx ctx;
    lis_csr alone, together;
    lis_ctx_init(&ctx, 1);
    assert_ok(make(&ctx, &alone, arg, &error));
    assert_well_formed(&alone);
    for (int threads = 2; threads <= 4; threads *= 2) {
        lis_ctx_init(&ctx, threads);
        assert_ok(make(&ctx, &together, arg, &error));
        assert_csr_equal(&alone, &together);
        lis_csr_free(&together);
    }
    lis_csr_free(&alone);
}

void check_memory(make_csr *make, void *arg) {
    lis_error error;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    int64_t before = lis_mem_read().live_blocks;
    for (int64_t successes = 0;; successes++) {
        lis_csr out;
        memset(&out, 0xA5, sizeof out);
        lis_mem_fail_after(successes);
        lis_status status = make(&ctx, &out, arg, &error);
        lis_mem_fail_after(-1);
        if (status == LIS_OK) {
            lis_csr_free(&out);
            assert_int_equal(lis_mem_read().live_blocks, before);
            assert_true(successes > 0);
            return;
        }
        assert_int_equal(status, LIS_ENOMEM);
        assert_zeroed(&out);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
}

void check_interrupt(make_csr *make, void *arg) {
    lis_error error;
    lis_ctx ctx;
    lis_csr out;
    memset(&out, 0xA5, sizeof out);
    lis_ctx_init(&ctx, 2);
    int64_t before = lis_mem_read().live_blocks;
    lis_ctx_interrupt(&ctx);
    assert_int_equal(make(&ctx, &out, arg, &error), LIS_EINTR);
    assert_zeroed(&out);
    assert_int_equal(lis_mem_read().live_blocks, before);
    lis_ctx_clear_interrupt(&ctx);
}
