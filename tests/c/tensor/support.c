#include "support.h"

#include <string.h>

#include "lis/base/rng.h"

static lis_error error;

lis_tensor zeros(lis_dtype dtype, int64_t rows, int64_t columns) {
    lis_tensor made;
    int64_t shape[2] = {rows, columns};
    assert_ok(lis_tensor_new(&made, dtype, columns > 0 ? 2 : 1, shape, &error));
    return made;
}

lis_tensor small_integers(lis_dtype dtype, int64_t rows, int64_t columns, uint64_t seed) {
    lis_tensor made = zeros(dtype, rows, columns);
    lis_rng rng = lis_rng_open(seed, "integers", 0);
    int64_t index[2] = {0, 0};
    for (index[0] = 0; index[0] < rows; index[0]++)
        for (index[1] = 0; index[1] < (columns ? columns : 1); index[1]++) {
            double value = (double)lis_rng_below(&rng, 9) - (dtype == LIS_U8 ? 0 : 4);
            assert_true(lis_tensor_set(&made, index, value));
        }
    return made;
}

lis_tensor normals(lis_dtype dtype, int64_t rows, int64_t columns, uint64_t seed) {
    lis_tensor made = zeros(dtype, rows, columns);
    lis_rng rng = lis_rng_open(seed, "normals", 0);
    int64_t n = lis_tensor_size(&made);
    for (int64_t i = 0; i < n; i++) {
        double value = lis_rng_normal(&rng);
        if (dtype == LIS_F32)
            lis_f32(&made)[i] = (float)value;
        else
            lis_f64(&made)[i] = value;
    }
    return made;
}

lis_tensor codes(int64_t n, int64_t low, int64_t bound, uint64_t seed) {
    lis_tensor made = zeros(LIS_I32, n, 0);
    lis_rng rng = lis_rng_open(seed, "codes", 0);
    for (int64_t i = 0; i < n; i++)
        lis_i32(&made)[i] = (int32_t)(low + (int64_t)lis_rng_below(&rng, (uint64_t)(bound - low)));
    return made;
}

double at(const lis_tensor *tensor, int64_t i, int64_t j) {
    return lis_tensor_get(tensor, (int64_t[]){i, j});
}

void assert_same(const lis_tensor *a, const lis_tensor *b) {
    assert_int_equal(a->dtype, b->dtype);
    assert_int_equal(a->ndim, b->ndim);
    assert_memory_equal(a->shape, b->shape, sizeof a->shape);
    assert_true(lis_tensor_contiguous(a) && lis_tensor_contiguous(b));
    assert_memory_equal(a->data, b->data, (size_t)lis_tensor_size(a) * lis_dtype_size(a->dtype));
}

static void assert_untouched(const lis_tensor *out) {
    lis_tensor before;
    memset(&before, 0xA5, sizeof before);
    assert_memory_equal(out, &before, sizeof before);
}

void check_threads(make_tensor *make, void *arg) {
    lis_ctx ctx;
    lis_tensor alone, together;
    lis_ctx_init(&ctx, 1);
    assert_ok(make(&ctx, &alone, arg, &error));
    for (int threads = 2; threads <= 4; threads *= 2) {
        lis_ctx_init(&ctx, threads);
        assert_ok(make(&ctx, &together, arg, &error));
        assert_same(&alone, &together);
        lis_tensor_release(&together);
    }
    lis_tensor_release(&alone);
}

void check_memory(make_tensor *make, void *arg) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    int64_t before = lis_mem_read().live_blocks;
    for (int64_t successes = 0;; successes++) {
        lis_tensor out;
        memset(&out, 0xA5, sizeof out);
        lis_mem_fail_after(successes);
        lis_status status = make(&ctx, &out, arg, &error);
        lis_mem_fail_after(-1);
        if (status == LIS_OK) {
            lis_tensor_release(&out);
            assert_int_equal(lis_mem_read().live_blocks, before);
            assert_true(successes > 0);
            return;
        }
        assert_int_equal(status, LIS_ENOMEM);
        assert_untouched(&out);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
}

void check_interrupt(make_tensor *make, void *arg) {
    lis_ctx ctx;
    lis_tensor out;
    memset(&out, 0xA5, sizeof out);
    lis_ctx_init(&ctx, 2);
    int64_t before = lis_mem_read().live_blocks;
    lis_ctx_interrupt(&ctx);
    assert_int_equal(make(&ctx, &out, arg, &error), LIS_EINTR);
    assert_untouched(&out);
    assert_int_equal(lis_mem_read().live_blocks, before);
}
