#include "lis/metric/bootstrap.h"
#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "lis/metric/auc.h"
#include "lis/metric/calibration.h"
#include "lis/metric/gauc.h"
#include "lis/metric/logloss.h"

enum { REPLICATES = 150, SEED = 9 };

static const lis_bootstrap_options OPTIONS = {.replicates = REPLICATES, .seed = SEED};

static double weight_of(int64_t cluster, int64_t replicate) {
    uint8_t weights[LIS_BOOTSTRAP_BLOCK];
    lis_bootstrap_weights(weights, SEED, cluster, replicate / LIS_BOOTSTRAP_BLOCK);
    return weights[replicate % LIS_BOOTSTRAP_BLOCK];
}

static void test_weights_are_poisson(void **state) {
    (void)state;
    enum { CLUSTERS = 4000, BLOCKS = 5 };
    double n = (double)CLUSTERS * BLOCKS * LIS_BOOTSTRAP_BLOCK;
    double sum = 0, squares = 0, none = 0, neighbours = 0;
    for (int64_t c = 0; c < CLUSTERS; c++) {
        for (int64_t b = 0; b < BLOCKS; b++) {
            uint8_t w[LIS_BOOTSTRAP_BLOCK];
            lis_bootstrap_weights(w, 1, c, b);
            for (int r = 0; r < LIS_BOOTSTRAP_BLOCK; r++) {
                sum += w[r];
                squares += w[r] * w[r];
                none += w[r] == 0;
                if (r > 0) neighbours += (w[r] - 1.0) * (w[r - 1] - 1.0);
            }
        }
    }
    assert_near(sum / n, 1.0, 0.005);
    assert_near(squares / n, 2.0, 0.015);
    assert_near(none / n, exp(-1.0), 0.003);
    assert_near(neighbours / n, 0.0, 0.005);
}

/* The AUC with each row counted as often as its cluster was drawn. */
static double weighted_auc(const lis_scored *scored, int64_t replicate) {
    const float *score = lis_f32(scored->score);
    const uint8_t *label = lis_u8(scored->label);
    double wins = 0, pairs = 0;
    for (int64_t i = 0; i < scored->label->shape[0]; i++) {
        if (!label[i]) continue;
        double wi = weight_of(scored->user ? lis_i32(scored->user)[i] : i, replicate);
        for (int64_t j = 0; j < scored->label->shape[0] && wi > 0; j++) {
            if (label[j]) continue;
            double w = wi * weight_of(scored->user ? lis_i32(scored->user)[j] : j, replicate);
            wins += w * (score[i] > score[j] ? 1.0 : score[i] == score[j] ? 0.5 : 0.0);
            pairs += w;
        }
    }
    return wins / pairs;
}

static void check_auc(const lis_scored *scored) {
    lis_error error;
    lis_ctx ctx;
    lis_tensor got;
    lis_ctx_init(&ctx, 2);
    assert_ok(lis_bootstrap_auc(&ctx, &got, scored, &OPTIONS, &error));
    assert_int_equal(lis_tensor_size(&got), REPLICATES);
    for (int64_t r = 0; r < REPLICATES; r += 13)
        assert_near(lis_f64(&got)[r], weighted_auc(scored, r), 1e-13);
    lis_tensor_release(&got);
}

static void test_auc_naive(void **state) {
    (void)state;
    const sample_options cases[] = {{.rows = 120, .users = 20, .seed = 1},
                                    {.rows = 120, .users = 20, .levels = 2, .seed = 2}};
    for (int k = 0; k < 2; k++) {
        sample s;
        sample_make(&s, cases[k]);
        lis_scored rows = without_users(&s);
        check_auc(&s.scored);
        check_auc(&rows);
        sample_release(&s);
    }
}

static double weighted_loss(const lis_scored *scored, int64_t replicate) {
    double sum = 0, total = 0;
    for (int64_t i = 0; i < scored->label->shape[0]; i++) {
        double w = weight_of(lis_i32(scored->user)[i], replicate);
        double margin = lis_f32(scored->score)[i] * (lis_u8(scored->label)[i] ? 1.0f : -1.0f);
        sum += w * log1p(exp(-margin));
        total += w;
    }
    return sum / total;
}

static void test_ratio_naive(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_metric loss = {0};
    lis_tensor got;
    lis_ctx_init(&ctx, 2);
    sample_make(&s, (sample_options){.rows = 300, .users = 30, .seed = 3});
    assert_ok(lis_logloss(&ctx, &loss, &s.scored, LIS_LOGLOSS_LOGIT, &error));
    assert_ok(lis_bootstrap_ratio(&ctx, &got, &loss, &OPTIONS, &error));
    for (int64_t r = 0; r < REPLICATES; r++)
        assert_near(lis_f64(&got)[r], weighted_loss(&s.scored, r), 1e-13);
    lis_tensor_release(&got);
    lis_metric_release(&loss);
    sample_release(&s);
}

/* The spread of replicates and the variance from influences estimate one thing. */
static void test_agrees_with_influence(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_metric auc = {0}, gauc = {0};
    lis_tensor got[2];
    const lis_bootstrap_options many = {.replicates = 2000, .seed = 4};
    const lis_gauc_options defaults = {0};
    lis_ctx_init(&ctx, 2);
    sample_make(&s, (sample_options){.rows = 8000, .users = 400, .seed = 4});
    assert_ok(lis_auc(&ctx, &auc, &s.scored, &error));
    assert_ok(lis_gauc(&ctx, &gauc, &s.scored, &defaults, &error));
    assert_ok(lis_bootstrap_auc(&ctx, &got[0], &s.scored, &many, &error));
    assert_ok(lis_bootstrap_ratio(&ctx, &got[1], &gauc, &many, &error));
    const lis_metric *metrics[] = {&auc, &gauc};
    for (int k = 0; k < 2; k++) {
        double sum = 0, squares = 0, variance;
        for (int64_t r = 0; r < many.replicates; r++) {
            double off = lis_f64(&got[k])[r] - metrics[k]->value;
            sum += off;
            squares += off * off;
        }
        assert_ok(lis_influence_covariance(&ctx, &variance, &metrics[k]->influence,
                                           &metrics[k]->influence, metrics[k]->clusters, &error));
        double spread = sqrt(squares / (double)many.replicates);
        assert_near(spread / sqrt(variance), 1.0, 0.06);
        assert_near(sum / (double)many.replicates / spread, 0.0, 0.1);
        lis_tensor_release(&got[k]);
    }
    lis_metric_release(&auc);
    lis_metric_release(&gauc);
    sample_release(&s);
}

static void test_threads(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_tensor alone, together;
    sample_make(&s, (sample_options){.rows = 5000, .users = 100, .levels = 9, .seed = 5});
    lis_ctx_init(&ctx, 1);
    assert_ok(lis_bootstrap_auc(&ctx, &alone, &s.scored, &OPTIONS, &error));
    for (int threads = 2; threads <= 4; threads *= 2) {
        lis_ctx_init(&ctx, threads);
        assert_ok(lis_bootstrap_auc(&ctx, &together, &s.scored, &OPTIONS, &error));
        assert_memory_equal(alone.data, together.data, REPLICATES * sizeof(double));
        lis_tensor_release(&together);
    }
    lis_tensor_release(&alone);
    sample_release(&s);
}

static void test_memory_and_interrupt(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_tensor got;
    lis_ctx_init(&ctx, 2);
    sample_make(&s, (sample_options){.rows = 500, .users = 40, .seed = 6});
    int64_t before = lis_mem_read().live_blocks, successes = 0;
    for (lis_status status = LIS_ENOMEM; status != LIS_OK; successes++) {
        lis_mem_fail_after(successes);
        status = lis_bootstrap_auc(&ctx, &got, &s.scored, &OPTIONS, &error);
        lis_mem_fail_after(-1);
        if (status == LIS_OK) lis_tensor_release(&got);
        assert_true(status == LIS_OK || status == LIS_ENOMEM);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
    assert_true(successes > 5);
    lis_ctx_interrupt(&ctx);
    assert_int_equal(lis_bootstrap_auc(&ctx, &got, &s.scored, &OPTIONS, &error), LIS_EINTR);
    assert_int_equal(lis_mem_read().live_blocks, before);
    sample_release(&s);
}

static void test_refusals(void **state) {
    (void)state;
    lis_error error;
    lis_ctx ctx;
    lis_tensor got;
    lis_metric entropy = {0};
    sample s;
    lis_ctx_init(&ctx, 2);
    const float score[] = {1, 2};
    const uint8_t label[] = {0, 1};
    sample_wrap(&s, 2, score, label, NULL, 0);
    assert_int_equal(lis_bootstrap_auc(&ctx, &got, &s.scored, &OPTIONS, &error), LIS_EMATH);
    assert_non_null(strstr(error.message, "too few users"));
    const lis_bootstrap_options none = {0};
    assert_int_equal(lis_bootstrap_auc(&ctx, &got, &s.scored, &none, &error), LIS_EARG);
    assert_non_null(strstr(error.message, "0 replicates"));
    assert_ok(lis_normalized_entropy(&ctx, &entropy, &s.scored, LIS_LOGLOSS_LOGIT, &error));
    assert_int_equal(lis_bootstrap_ratio(&ctx, &got, &entropy, &OPTIONS, &error), LIS_EARG);
    assert_non_null(strstr(error.message, "not a ratio"));
    lis_metric_release(&entropy);
    sample_release(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights_are_poisson),
        cmocka_unit_test(test_auc_naive),
        cmocka_unit_test(test_ratio_naive),
        cmocka_unit_test(test_agrees_with_influence),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_memory_and_interrupt),
    };
    return cmocka_run_group_tests_name("metric/bootstrap", tests, NULL, NULL);
}
