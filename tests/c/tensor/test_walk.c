#include "walk.h"

#include "support.h"

static lis_error error;

/* The naive walk: the offset of flat position `flat`, one division a dimension. */
static int64_t naive_offset(const lis_tensor *t, int ndim, const int64_t *shape, int64_t flat) {
    int64_t offset = 0;
    for (int dim = ndim - 1; dim >= 0; dim--) {
        int64_t index = flat % shape[dim];
        flat /= shape[dim];
        int own = dim - (ndim - t->ndim);
        if (own >= 0 && t->shape[own] != 1) offset += index * t->stride[own];
    }
    return offset;
}

static void check_walk(const lis_tensor *a, const lis_tensor *b, int64_t begin, int64_t end,
                       int64_t longest) {
    const lis_tensor *const operands[] = {a, b};
    walk w = walk_over(a->ndim, a->shape, 2, operands);
    assert_int_equal(w.size, lis_tensor_size(a));
    for (int64_t at_ = begin; at_ < end;) {
        walk_run run = walk_at(&w, at_, end, longest);
        assert_in_range(run.length, 1, longest);
        for (int64_t i = 0; i < run.length; i++) {
            assert_int_equal(run.offset[0] + i * run.step[0],
                             naive_offset(a, a->ndim, a->shape, at_ + i));
            assert_int_equal(run.offset[1] + i * run.step[1],
                             naive_offset(b, a->ndim, a->shape, at_ + i));
        }
        at_ += run.length;
        assert_true(at_ <= end);
    }
}

static void test_runs_cover_views_and_broadcasts(void **state) {
    (void)state;
    lis_tensor t, transposed, slice, row, column;
    assert_ok(lis_tensor_new(&t, LIS_I32, 3, (int64_t[]){5, 6, 7}, &error));
    assert_ok(lis_tensor_transpose(&transposed, &t, 0, 2, &error));
    assert_ok(lis_tensor_slice(&slice, &t, 1, 1, 4, &error));
    lis_tensor full = zeros(LIS_F32, 7, 6);
    assert_ok(lis_tensor_slice(&row, &full, 0, 2, 3, &error));    /* [1, 6] */
    assert_ok(lis_tensor_slice(&column, &full, 1, 2, 3, &error)); /* [7, 1] */
    lis_tensor cube;
    assert_ok(lis_tensor_new(&cube, LIS_U8, 3, (int64_t[]){7, 6, 5}, &error));
    for (int64_t longest = 1; longest < 300; longest *= 3) {
        check_walk(&t, &t, 0, 210, longest);
        check_walk(&t, &t, 13, 97, longest);
        check_walk(&cube, &transposed, 3, 210, longest);
        check_walk(&slice, &slice, 0, 105, longest);
        check_walk(&full, &row, 0, 42, longest);
        check_walk(&full, &column, 5, 42, longest);
    }
    lis_tensor_release(&t);
    lis_tensor_release(&full);
    lis_tensor_release(&cube);
}

static void test_contiguous_operands_are_one_run(void **state) {
    (void)state;
    lis_tensor t;
    assert_ok(lis_tensor_new(&t, LIS_I32, 4, (int64_t[]){3, 1, 5, 2}, &error));
    const lis_tensor *const operands[] = {&t};
    walk w = walk_over(4, t.shape, 1, operands);
    assert_int_equal(walk_at(&w, 0, 30, 1000).length, 30);
    lis_tensor_release(&t);
}

static void test_empty_and_single(void **state) {
    (void)state;
    lis_tensor one = zeros(LIS_F64, 1, 1), none = zeros(LIS_F64, 0, 3);
    const lis_tensor *const operands[] = {&one}, *const nothing[] = {&none};
    walk w = walk_over(2, one.shape, 1, operands);
    assert_int_equal(w.size, 1);
    assert_int_equal(walk_at(&w, 0, 1, 10).length, 1);
    assert_int_equal(walk_over(2, none.shape, 1, nothing).size, 0);
    lis_tensor_release(&one);
    lis_tensor_release(&none);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_cover_views_and_broadcasts),
        cmocka_unit_test(test_contiguous_operands_are_one_run),
        cmocka_unit_test(test_empty_and_single),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
