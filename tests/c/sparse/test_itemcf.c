#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "lis/sparse/itemcf.h"
#include "sparse_golden.h"

static lis_error error;

static const double *const golden[] = {golden_cosine, golden_jaccard, golden_tfidf, golden_bm25};

/* The golden log rated 1 to 3, as tests/ref/sparse_golden.py rates it. */
static lis_csr golden_ratings(void) {
    lis_csr ratings;
    assert_ok(lis_csr_from_triples(&calm, &ratings, GOLDEN_USERS, GOLDEN_ITEMS, golden_user,
                                   golden_item, NULL, GOLDEN_EVENTS, &error));
    for (int64_t u = 0; u < GOLDEN_USERS; u++)
        for (int64_t k = ratings.offset[u]; k < ratings.offset[u + 1]; k++)
            ratings.value[k] = (float)(1 + (7 * u + 3 * ratings.column[k]) % 3);
    return ratings;
}

/* The goldens are rounded to 5 digits. */
static void test_golden(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    lis_csr ratings = golden_ratings(), out, top, wanted;
    for (int kind = 0; kind < 4; kind++) {
        lis_itemcf_options options = lis_itemcf_defaults();
        options.similarity = (lis_itemcf)kind;
        assert_ok(lis_itemcf_build(&ctx, &out, &ratings, &options, &error));
        assert_well_formed(&out);
        for (int i = 0; i < GOLDEN_ITEMS; i++) {
            assert_true(csr_at(&out, i, i) == 0);
            for (int j = i + 1; j < GOLDEN_ITEMS; j++) {
                double want = golden[kind][i * GOLDEN_ITEMS + j];
                assert_true(fabs(csr_at(&out, i, j) - want) <= 6e-5 * fabs(want) + 1e-7);
            }
        }
        bool symmetric;
        assert_ok(lis_csr_is_symmetric(&out, &symmetric, &error));
        assert_true(symmetric);
        options.top_k = 5;
        assert_ok(lis_itemcf_build(&ctx, &top, &ratings, &options, &error));
        assert_ok(lis_csr_top_k(&ctx, &wanted, &out, 5, &error));
        assert_csr_equal(&top, &wanted);
        lis_csr_free(&out);
        lis_csr_free(&top);
        lis_csr_free(&wanted);
    }
    lis_csr_free(&ratings);
}

static void test_empty_and_degenerate_ratings(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    for (int kind = 0; kind < 4; kind++) {
        lis_itemcf_options options = lis_itemcf_defaults();
        options.similarity = (lis_itemcf)kind;
        lis_csr none = random_csr(0, 0, 0, 1), empty = random_csr(3, 4, 0, 1),
                single = random_csr(5, 1, 1, 1), zeros = random_csr(6, 5, 0.6, 1), out;
        memset(zeros.value, 0, (size_t)zeros.nnz * sizeof *zeros.value);
        lis_csr *const cases[] = {&none, &empty, &single, &zeros};
        for (int c = 0; c < 4; c++) {
            assert_ok(lis_itemcf_build(&ctx, &out, cases[c], &options, &error));
            assert_int_equal(out.rows, cases[c]->columns);
            for (int64_t k = 0; k < out.nnz; k++)
                assert_true(isfinite(out.value[k]));
            if (c < 3) assert_int_equal(out.nnz, 0);
            lis_csr_free(&out);
            lis_csr_free(cases[c]);
        }
    }
}

static void test_errors(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_csr ratings = golden_ratings(), out;
    lis_itemcf_options options = lis_itemcf_defaults();
    options.b = 1.5;
    assert_int_equal(lis_itemcf_build(&ctx, &out, &ratings, &options, &error), LIS_EARG);
    options = lis_itemcf_defaults();
    options.top_k = -1;
    assert_int_equal(lis_itemcf_build(&ctx, &out, &ratings, &options, &error), LIS_EARG);
    options.top_k = 0;
    ratings.value[ratings.offset[2]] = -3;
    assert_int_equal(lis_itemcf_build(&ctx, &out, &ratings, &options, &error), LIS_ERANGE);
    assert_non_null(strstr(error.message, "user 2"));
    lis_csr_free(&ratings);
}

static lis_status make_similarity(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    lis_csr ratings = golden_ratings();
    lis_status status = lis_itemcf_build(ctx, out, &ratings, arg, err);
    lis_csr_free(&ratings);
    return status;
}

/* golden_ratings() allocates too, so failing allocations are swept on a matrix made before. */
static lis_status make_from_ratings(lis_ctx *ctx, lis_csr *out, void *arg, lis_error *err) {
    lis_itemcf_options options = lis_itemcf_defaults();
    options.similarity = LIS_ITEMCF_TFIDF;
    return lis_itemcf_build(ctx, out, arg, &options, err);
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    lis_itemcf_options options = lis_itemcf_defaults();
    for (int kind = 0; kind < 4; kind++) {
        options.similarity = (lis_itemcf)kind;
        check_threads(make_similarity, &options);
    }
    lis_csr ratings = golden_ratings();
    check_memory(make_from_ratings, &ratings);
    check_interrupt(make_from_ratings, &ratings);
    lis_csr_free(&ratings);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_empty_and_degenerate_ratings),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
