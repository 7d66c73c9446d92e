#include "lis/metric/rank.h"
#include "support.h"

#include <string.h>

#include "check_near.h"
#include "metric_golden.h"
#include "metric_rank_golden.h"

static const int64_t KS[] = {1, 3, 10};

static lis_status ndcg_at_5(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                            lis_error *err) {
    const lis_rank_options options = {.kind = LIS_RANK_NDCG, .k = 5};
    return lis_rank(ctx, out, scored, &options, err);
}

static void check_golden(const sample *s, lis_lists lists, const double *golden) {
    lis_error error;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    for (int kind = 0; kind < 3; kind++) {
        for (int k = 0; k < 3; k++, golden += 3) {
            lis_rank_options options = {.kind = (lis_rank_kind)kind, .k = KS[k], .lists = lists};
            lis_metric got = {0};
            double variance;
            assert_ok(lis_rank(&ctx, &got, &s->scored, &options, &error));
            assert_near(got.value, golden[0], 1e-13);
            assert_int_equal(got.clusters, (int64_t)golden[2]);
            assert_ok(lis_influence_covariance(&ctx, &variance, &got.influence, &got.influence,
                                               got.clusters, &error));
            assert_near(variance / golden[1], 1.0, 1e-10);
            lis_metric_release(&got);
        }
    }
}

static void test_golden_of_users(void **state) {
    (void)state;
    sample s;
    sample_wrap(&s, GOLDEN_ROWS, golden_coarse, golden_label, golden_user, GOLDEN_USERS);
    check_golden(&s, (lis_lists){0}, golden_rank);
    sample_release(&s);
}

static void test_golden_of_pages(void **state) {
    (void)state;
    lis_error error;
    sample s;
    lis_tensor page;
    const int64_t rows = GOLDEN_ROWS;
    assert_ok(lis_tensor_wrap(&page, LIS_I32, 1, &rows, (void *)golden_page, NULL, NULL, &error));
    sample_wrap(&s, GOLDEN_ROWS, golden_coarse, golden_label, golden_user, GOLDEN_USERS);
    check_golden(&s, (lis_lists){.id = &page, .count = GOLDEN_PAGES}, golden_rank + 27);
    lis_tensor_release(&page);
    sample_release(&s);
}

/* A ranker that scores everything alike gains nothing from how rows came in. */
static void test_constant_score(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    const float score[] = {1, 1, 1, 1};
    const int32_t user[] = {0, 0, 0, 0};
    const double wanted[] = {(1 + 1 / 1.5849625007211562) / 4, (1 + 0.5) / 4, 0.5};
    for (int at = 0; at < 4; at++) {
        for (int kind = 0; kind < 3; kind++) {
            uint8_t label[4] = {0};
            label[at] = 1;
            sample s;
            lis_metric got = {0};
            lis_rank_options options = {.kind = (lis_rank_kind)kind, .k = 2};
            sample_wrap(&s, 4, score, label, user, 1);
            assert_ok(lis_rank(&ctx, &got, &s.scored, &options, &error));
            assert_near(got.value, wanted[kind], 1e-14);
            lis_metric_release(&got);
            sample_release(&s);
        }
    }
}

static void assert_refused(const lis_scored *scored, lis_rank_options options, lis_status wanted,
                           const char *word) {
    lis_error error;
    lis_ctx ctx;
    lis_metric got = {0};
    lis_ctx_init(&ctx, 2);
    assert_int_equal(lis_rank(&ctx, &got, scored, &options, &error), wanted);
    if (!strstr(error.message, word)) fail_msg("'%s' does not say '%s'", error.message, word);
    assert_null(got.influence.storage);
}

static void test_refuses_lists(void **state) {
    (void)state;
    lis_error error;
    const float score[] = {1, 2, 3};
    const uint8_t label[] = {0, 1, 0}, none[] = {0, 0, 0};
    const int32_t user[] = {0, 1, 1};
    int32_t ids[] = {0, 0, 1};
    sample s, empty;
    lis_tensor list;
    const int64_t rows = 3;
    sample_wrap(&s, 3, score, label, user, 2);
    sample_wrap(&empty, 3, score, none, user, 2);
    assert_ok(lis_tensor_wrap(&list, LIS_I32, 1, &rows, ids, NULL, NULL, &error));
    lis_rank_options options = {.k = 5, .lists = {.id = &list, .count = 2}};
    assert_refused(&s.scored, options, LIS_ERANGE, "rows of users 0 and 1");
    ids[1] = 7;
    assert_refused(&s.scored, options, LIS_ERANGE, "list of row 1 ");
    options.lists.count = 0;
    assert_refused(&s.scored, options, LIS_EARG, "0 lists");
    options.k = 0;
    assert_refused(&s.scored, options, LIS_EARG, "k is 0");
    assert_refused(&empty.scored, (lis_rank_options){.k = 1}, LIS_EMATH, "an engaged row");
    s.scored.user = NULL;
    assert_refused(&s.scored, (lis_rank_options){.k = 1}, LIS_EARG, "NDCG needs the user");
    lis_tensor_release(&list);
    sample_release(&s);
    sample_release(&empty);
}

static void test_lists_without_users(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_tensor page;
    lis_metric got = {0};
    const int64_t rows = GOLDEN_ROWS;
    lis_ctx_init(&ctx, 2);
    assert_ok(lis_tensor_wrap(&page, LIS_I32, 1, &rows, (void *)golden_page, NULL, NULL, &error));
    sample_wrap(&s, GOLDEN_ROWS, golden_coarse, golden_label, NULL, 0);
    lis_rank_options options = {.k = 1, .lists = {.id = &page, .count = GOLDEN_PAGES}};
    assert_ok(lis_rank(&ctx, &got, &s.scored, &options, &error));
    assert_near(got.value, golden_rank[27], 1e-13);
    assert_int_equal(lis_tensor_size(&got.influence), GOLDEN_PAGES);
    lis_metric_release(&got);
    lis_tensor_release(&page);
    sample_release(&s);
}

static void test_threads(void **state) {
    (void)state;
    check_threads(ndcg_at_5, true);
}

static void test_memory(void **state) {
    (void)state;
    check_memory(ndcg_at_5);
}

static void test_interrupt(void **state) {
    (void)state;
    check_interrupt(ndcg_at_5);
}

static void test_refusals(void **state) {
    (void)state;
    check_refusals(ndcg_at_5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_of_users), cmocka_unit_test(test_golden_of_pages),
        cmocka_unit_test(test_constant_score),  cmocka_unit_test(test_lists_without_users),
        cmocka_unit_test(test_refuses_lists),   cmocka_unit_test(test_threads),
        cmocka_unit_test(test_memory),          cmocka_unit_test(test_interrupt),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests_name("metric/rank", tests, NULL, NULL);
}
