#include "support.h"

#include <math.h>
#include <string.h>

#include "lis/sparse/events.h"

static lis_error error;

/* Reads like the definition: a dense matrix, filled one triple at a time. */
static void test_from_triples_sums_duplicates(void **state) {
    (void)state;
    enum { ROWS = 17, COLUMNS = 11, N = 400 };
    int32_t row[N], column[N];
    float value[N];
    double dense[ROWS][COLUMNS] = {{0}};
    lis_rng rng = lis_rng_open(3, "triples", 0);
    for (int k = 0; k < N; k++) {
        row[k] = (int32_t)lis_rng_below(&rng, ROWS - 2); /* the last two rows stay empty */
        column[k] = (int32_t)lis_rng_below(&rng, COLUMNS);
        value[k] = (float)lis_rng_below(&rng, 5) - 2;
        dense[row[k]][column[k]] += value[k];
    }
    lis_csr csr;
    assert_ok(lis_csr_from_triples(&calm, &csr, ROWS, COLUMNS, row, column, value, N, &error));
    assert_well_formed(&csr);
    for (int r = 0; r < ROWS; r++)
        for (int c = 0; c < COLUMNS; c++)
            assert_true(csr_at(&csr, r, c) == dense[r][c]);
    assert_int_equal(csr.offset[ROWS - 2], csr.nnz);
    lis_csr_free(&csr);
}

static void test_from_triples_keeps_cancelled_entries_and_counts_ones(void **state) {
    (void)state;
    const int32_t row[] = {1, 1, 0}, column[] = {2, 2, 1};
    const float value[] = {1.5F, -1.5F, 4};
    lis_csr csr;
    assert_ok(lis_csr_from_triples(&calm, &csr, 2, 3, row, column, value, 3, &error));
    assert_int_equal(csr.nnz, 2);
    assert_true(csr.value[1] == 0);
    lis_csr_free(&csr);
    assert_ok(lis_csr_from_triples(&calm, &csr, 2, 3, row, column, NULL, 3, &error));
    assert_true(csr_at(&csr, 1, 2) == 2 && csr_at(&csr, 0, 1) == 1);
    lis_csr_free(&csr);
}

static void test_from_triples_rejects_ids_out_of_range(void **state) {
    (void)state;
    const int32_t good[] = {0, 1, 1}, high[] = {0, 1, 2}, low[] = {0, -1, 0};
    lis_csr csr;
    assert_int_equal(lis_csr_from_triples(&calm, &csr, 2, 2, high, good, NULL, 3, &error),
                     LIS_ERANGE);
    assert_string_equal(error.message, "row id 2 of triple 2 is outside [0, 2)");
    assert_int_equal(lis_csr_from_triples(&calm, &csr, 2, 2, good, low, NULL, 3, &error),
                     LIS_ERANGE);
    assert_string_equal(error.message, "column id -1 of triple 1 is outside [0, 2)");
}

static void test_new_rejects_impossible_shapes(void **state) {
    (void)state;
    lis_csr csr;
    assert_int_equal(lis_csr_new(&csr, -1, 2, 0, &error), LIS_ESHAPE);
    assert_int_equal(lis_csr_new(&csr, 1, (int64_t)INT32_MAX + 1, 0, &error), LIS_ESHAPE);
    assert_int_equal(lis_csr_new(&csr, 1, 1, INT64_MAX / 4, &error), LIS_ENOMEM);
}

static void test_empty_matrices_pass_through_everything(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    for (int64_t n = 0; n <= 3; n += 3) {
        lis_csr empty, out;
        const int32_t identity[] = {0, 1, 2};
        bool symmetric;
        double sums[3] = {7, 7, 7};
        assert_ok(lis_csr_from_triples(&calm, &empty, n, n, NULL, NULL, NULL, 0, &error));
        assert_int_equal(empty.nnz, 0);
        assert_ok(lis_csr_transpose(&calm, &out, &empty, &error));
        assert_csr_equal(&out, &empty);
        lis_csr_free(&out);
        assert_ok(lis_csr_permute(&ctx, &out, &empty, identity, &error));
        assert_csr_equal(&out, &empty);
        lis_csr_free(&out);
        assert_ok(lis_csr_top_k(&ctx, &out, &empty, 3, &error));
        assert_csr_equal(&out, &empty);
        lis_csr_free(&out);
        assert_ok(lis_csr_add(&ctx, &out, &empty, 2, &empty, &error));
        assert_csr_equal(&out, &empty);
        lis_csr_free(&out);
        assert_ok(lis_csr_is_symmetric(&empty, &symmetric, &error));
        assert_true(symmetric);
        lis_csr_row_sums(&empty, sums);
        assert_true(sums[0] == (n ? 0 : 7));
        lis_csr_free(&empty);
    }
}

static void test_transpose_moves_every_entry_and_undoes_itself(void **state) {
    (void)state;
    lis_csr csr = random_csr(23, 31, 0.2, 1), turned, back;
    assert_ok(lis_csr_transpose(&calm, &turned, &csr, &error));
    assert_well_formed(&turned);
    for (int64_t r = 0; r < csr.rows; r++)
        for (int64_t c = 0; c < csr.columns; c++)
            assert_true(csr_at(&csr, r, c) == csr_at(&turned, c, r));
    assert_ok(lis_csr_transpose(&calm, &back, &turned, &error));
    assert_csr_equal(&csr, &back);
    lis_csr_free(&csr);
    lis_csr_free(&turned);
    lis_csr_free(&back);
}

/* Rows that are nearly empty take another way than those that are not. */
static void check_permuted(int64_t n, double density, int32_t *permutation) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr csr = random_csr(n, n, density, 2), out;
    for (int32_t k = 0; k < n; k++)
        permutation[k] = k;
    lis_rng rng = lis_rng_open(4, "permutation", 0);
    lis_rng_shuffle_i32(&rng, permutation, n);
    if (csr.nnz > 0) csr.value[0] = 0; /* a stored zero stays */
    assert_ok(lis_csr_permute(&ctx, &out, &csr, permutation, &error));
    assert_well_formed(&out);
    assert_int_equal(out.nnz, csr.nnz);
    for (int64_t r = 0; r < n; r++)
        for (int64_t c = 0; c < n; c++)
            assert_true(csr_at(&out, permutation[r], permutation[c]) == csr_at(&csr, r, c));
    lis_csr_free(&out);
    lis_csr_free(&csr);
}

static void test_permute_relabels_both_sides(void **state) {
    (void)state;
    enum { N = 200 };
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    int32_t permutation[N];
    check_permuted(N, 0.3, permutation);
    check_permuted(N, 0.005, permutation);
    check_permuted(19, 1, permutation);
    lis_csr csr = random_csr(19, 19, 0.3, 2), out;
    permutation[3] = permutation[5];
    assert_int_equal(lis_csr_permute(&ctx, &out, &csr, permutation, &error), LIS_EARG);
    assert_non_null(strstr(error.message, "repeats"));
    permutation[3] = 19;
    assert_int_equal(lis_csr_permute(&ctx, &out, &csr, permutation, &error), LIS_EARG);
    csr.columns++;
    assert_int_equal(lis_csr_permute(&ctx, &out, &csr, permutation, &error), LIS_ESHAPE);
    lis_csr_free(&csr);
}

static void test_add_merges_and_drops_what_cancels(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr a = random_csr(20, 15, 0.4, 5), b = random_csr(20, 15, 0.4, 6), out;
    assert_ok(lis_csr_add(&ctx, &out, &a, -1, &b, &error));
    assert_well_formed(&out);
    for (int64_t r = 0; r < a.rows; r++)
        for (int64_t c = 0; c < a.columns; c++)
            assert_true(csr_at(&out, r, c) == csr_at(&a, r, c) - csr_at(&b, r, c));
    for (int64_t k = 0; k < out.nnz; k++)
        assert_true(out.value[k] != 0);
    lis_csr_free(&out);
    b.rows--;
    assert_int_equal(lis_csr_add(&ctx, &out, &a, 1, &b, &error), LIS_ESHAPE);
    b.rows++;
    lis_csr_free(&a);
    lis_csr_free(&b);
}

/* The oracle counts, for each entry, those that come before it: larger, or equal and to the left. */
static void check_top_k(const lis_csr *in, int64_t k) {
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr out;
    assert_ok(lis_csr_top_k(&ctx, &out, in, k, &error));
    assert_well_formed(&out);
    for (int64_t r = 0; r < in->rows; r++) {
        int64_t at = out.offset[r];
        for (int64_t i = in->offset[r]; i < in->offset[r + 1]; i++) {
            int64_t before = 0;
            for (int64_t j = in->offset[r]; j < in->offset[r + 1]; j++)
                before += in->value[j] > in->value[i] || (in->value[j] == in->value[i] && j < i);
            if (before >= k) continue;
            assert_true(at < out.offset[r + 1]);
            assert_int_equal(out.column[at], in->column[i]);
            assert_true(out.value[at++] == in->value[i]);
        }
        assert_int_equal(at, out.offset[r + 1]);
    }
    lis_csr_free(&out);
}

static void test_top_k_agrees_with_its_definition(void **state) {
    (void)state;
    lis_csr csr = random_csr(40, 60, 0.5, 7);
    for (int64_t k = 0; k <= 60; k += 3)
        check_top_k(&csr, k);
    lis_rng rng = lis_rng_open(8, "values", 0);
    for (int64_t k = 0; k < csr.nnz; k++)
        csr.value[k] = (float)(lis_rng_normal(&rng) * exp(10 * lis_rng_normal(&rng)));
    for (int64_t k = 1; k <= 60; k += 3)
        check_top_k(&csr, k);
    lis_csr_free(&csr);
}

static void test_top_k_puts_nan_last_and_rejects_a_negative_k(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    const int32_t row[] = {0, 0, 0, 0}, column[] = {0, 1, 2, 3};
    const float value[] = {NAN, -INFINITY, -0.0F, 0.0F};
    lis_csr csr, out;
    assert_ok(lis_csr_from_triples(&calm, &csr, 1, 4, row, column, value, 4, &error));
    assert_ok(lis_csr_top_k(&ctx, &out, &csr, 3, &error));
    assert_int_equal(out.column[0], 1);
    lis_csr_free(&out);
    assert_ok(lis_csr_top_k(&ctx, &out, &csr, 1, &error));
    assert_int_equal(out.column[0], 2);
    lis_csr_free(&out);
    assert_int_equal(lis_csr_top_k(&ctx, &out, &csr, -1, &error), LIS_EARG);
    lis_csr_free(&csr);
}

static void test_prune_keeps_what_is_large_enough(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr csr = random_csr(40, 20, 0.5, 9), out;
    assert_ok(lis_csr_prune(&ctx, &out, &csr, 5, &error));
    assert_well_formed(&out);
    for (int64_t r = 0; r < csr.rows; r++)
        for (int64_t c = 0; c < csr.columns; c++) {
            double value = csr_at(&csr, r, c);
            assert_true(csr_at(&out, r, c) == (value >= 5 ? value : 0));
        }
    lis_csr_free(&out);
    lis_csr_free(&csr);
}

static void test_thin_draws_pairs_and_nests(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr csr = random_csr(90, 90, 0.5, 13), quarter, half, other;
    assert_ok(lis_csr_thin(&ctx, &quarter, &csr, 0.25, 1, &error));
    assert_ok(lis_csr_thin(&ctx, &half, &csr, 0.5, 1, &error));
    assert_well_formed(&half);
    for (int64_t r = 0; r < csr.rows; r++)
        for (int64_t c = 0; c < csr.columns; c++) {
            double whole = csr_at(&csr, r, c), kept = csr_at(&half, r, c);
            assert_true(kept == 0 || kept == whole);
            if (csr_at(&quarter, r, c) != 0) assert_true(kept == whole);
            if (whole != 0 && csr_at(&csr, c, r) != 0)
                assert_int_equal(kept != 0, csr_at(&half, c, r) != 0);
        }
    assert_in_range(half.nnz, csr.nnz * 45 / 100, csr.nnz * 55 / 100);
    assert_in_range(quarter.nnz, csr.nnz * 20 / 100, csr.nnz * 30 / 100);
    assert_ok(lis_csr_thin(&ctx, &other, &csr, 1, 1, &error));
    assert_csr_equal(&other, &csr);
    lis_csr_free(&other);
    assert_ok(lis_csr_thin(&ctx, &other, &csr, 0, 1, &error));
    assert_int_equal(other.nnz, 0);
    lis_csr_free(&other);
    assert_int_equal(lis_csr_thin(&ctx, &other, &csr, 1.5, 1, &error), LIS_EARG);
    assert_non_null(strstr(error.message, "[0, 1]"));
    lis_csr_free(&half);
    lis_csr_free(&quarter);
    lis_csr_free(&csr);
}

static void test_row_sums_symmetry_and_hash(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr csr = random_csr(12, 12, 0.4, 10), turned, both, copy;
    double sums[12];
    bool symmetric;
    lis_csr_row_sums(&csr, sums);
    for (int r = 0; r < 12; r++) {
        double sum = 0;
        for (int c = 0; c < 12; c++)
            sum += csr_at(&csr, r, c);
        assert_true(sum == sums[r]);
    }
    assert_ok(lis_csr_transpose(&calm, &turned, &csr, &error));
    assert_ok(lis_csr_add(&ctx, &both, &csr, 1, &turned, &error));
    assert_ok(lis_csr_is_symmetric(&csr, &symmetric, &error));
    assert_false(symmetric);
    assert_ok(lis_csr_is_symmetric(&both, &symmetric, &error));
    assert_true(symmetric);
    for (int64_t k = 0; k < both.nnz;
         k++) { /* any one entry changed is found, but on the diagonal */
        int64_t row = 0;
        while (both.offset[row + 1] <= k)
            row++;
        both.value[k] += 1;
        assert_ok(lis_csr_is_symmetric(&both, &symmetric, &error));
        assert_int_equal(symmetric, both.column[k] == row);
        both.value[k] -= 1;
    }
    assert_ok(lis_csr_copy(&copy, &csr, &error));
    assert_true(lis_csr_hash(&copy) == lis_csr_hash(&csr));
    assert_true(lis_csr_hash(&turned) != lis_csr_hash(&csr));
    copy.value[0] += 1;
    assert_true(lis_csr_hash(&copy) != lis_csr_hash(&csr));
    lis_csr_free(&csr);
    lis_csr_free(&turned);
    lis_csr_free(&both);
    lis_csr_free(&copy);
}

static void test_events_as_a_matrix(void **state) {
    (void)state;
    const int32_t user[] = {0, 0, -1, 1, 1, 0}, item[] = {1, 1, 0, -1, 0, 0};
    const uint8_t keep[] = {1, 1, 1, 1, 1, 0};
    lis_events events = {6, 2, 3, user, item, NULL, keep};
    lis_csr csr;
    assert_ok(lis_events_matrix(&calm, &csr, &events, false, &error));
    assert_well_formed(&csr);
    assert_int_equal(csr.nnz, 2);
    assert_true(csr_at(&csr, 0, 1) == 2 && csr_at(&csr, 1, 0) == 1);
    lis_csr_free(&csr);
    assert_ok(lis_events_matrix(&calm, &csr, &events, true, &error));
    assert_true(csr_at(&csr, 0, 1) == 1);
    lis_csr_free(&csr);
    events.items = 1;
    assert_int_equal(lis_events_matrix(&calm, &csr, &events, true, &error), LIS_ERANGE);
    assert_non_null(strstr(error.message, "event 0 has user 0 and item 1"));
}

static lis_status make_matrix(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    (void)arg;
    const int32_t user[] = {0, 0, 1}, item[] = {1, 1, 2};
    return lis_events_matrix(ctx, out, &(lis_events){3, 2, 3, user, item, NULL, NULL}, true, err);
}
static lis_status make_triples(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    (void)arg;
    const int32_t row[] = {2, 1, 0}, column[] = {0, 1, 0};
    const float value[] = {1, 2, 3};
    return lis_csr_from_triples(ctx, out, 3, 2, row, column, value, 3, err);
}
static lis_status make_transpose(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    return lis_csr_transpose(ctx, out, arg, err);
}
static lis_status make_permuted(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    int32_t reversed[100];
    for (int k = 0; k < 100; k++)
        reversed[k] = 99 - k;
    return lis_csr_permute(ctx, out, arg, reversed, err);
}
static lis_status make_sum(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    return lis_csr_add(ctx, out, arg, 0.3F, arg, err);
}
static lis_status make_top(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    return lis_csr_top_k(ctx, out, arg, 7, err);
}
static lis_status make_thinned(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    return lis_csr_thin(ctx, out, arg, 0.5, 3, err);
}
static lis_status make_pruned(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    return lis_csr_prune(ctx, out, arg, 4, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    lis_csr csr = random_csr(100, 100, 0.3, 11);
    make_csr *serial[] = {make_triples, make_transpose, make_matrix};
    make_csr *parallel[] = {make_sum, make_top, make_pruned, make_thinned, make_permuted};
    for (int k = 0; k < 3; k++) {
        check_memory(serial[k], &csr);
        check_interrupt(serial[k], &csr);
    }
    for (int k = 0; k < 5; k++) {
        check_memory(parallel[k], &csr);
        check_threads(parallel[k], &csr);
        check_interrupt(parallel[k], &csr);
    }
    lis_csr_free(&csr);
    csr = random_csr(100, 100, 0.005, 11); /* nearly empty rows are permuted by another way */
    check_memory(make_permuted, &csr);
    check_threads(make_permuted, &csr);
    check_interrupt(make_permuted, &csr);
    lis_csr_free(&csr);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_triples_sums_duplicates),
        cmocka_unit_test(test_from_triples_keeps_cancelled_entries_and_counts_ones),
        cmocka_unit_test(test_from_triples_rejects_ids_out_of_range),
        cmocka_unit_test(test_new_rejects_impossible_shapes),
        cmocka_unit_test(test_empty_matrices_pass_through_everything),
        cmocka_unit_test(test_transpose_moves_every_entry_and_undoes_itself),
        cmocka_unit_test(test_permute_relabels_both_sides),
        cmocka_unit_test(test_add_merges_and_drops_what_cancels),
        cmocka_unit_test(test_top_k_agrees_with_its_definition),
        cmocka_unit_test(test_top_k_puts_nan_last_and_rejects_a_negative_k),
        cmocka_unit_test(test_prune_keeps_what_is_large_enough),
        cmocka_unit_test(test_thin_draws_pairs_and_nests),
        cmocka_unit_test(test_row_sums_symmetry_and_hash),
        cmocka_unit_test(test_events_as_a_matrix),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
