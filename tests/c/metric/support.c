#include "support.h"

#include <math.h>
#include <string.h>

#include "check_near.h"

static const lis_metric EMPTY;

void sample_make(sample *s, sample_options o) {
    lis_error error;
    lis_rng rng = lis_rng_open(o.seed, "sample", 0);
    memset(s, 0, sizeof *s);
    assert_ok(lis_tensor_new_1d(&s->score, LIS_F32, o.rows, &error));
    assert_ok(lis_tensor_new_1d(&s->label, LIS_U8, o.rows, &error));
    assert_ok(lis_tensor_new_1d(&s->user, LIS_I32, o.rows, &error));
    for (int64_t i = 0; i < o.rows; i++) {
        double x = lis_rng_normal(&rng), u = lis_rng_uniform(&rng);
        if (o.levels > 0) x = floor(x * o.levels) / o.levels;
        lis_f32(&s->score)[i] = o.one_score ? 0.5f : (float)x;
        lis_u8(&s->label)[i] = lis_rng_uniform(&rng) < 1.0 / (1.0 + exp(0.5 - x));
        lis_i32(&s->user)[i] = (int32_t)((o.skewed ? u * u * u : u) * (double)o.users);
    }
    s->scored =
        (lis_scored){.score = &s->score, .label = &s->label, .user = &s->user, .users = o.users};
}

void sample_wrap(sample *s, int64_t rows, const float *score, const uint8_t *label,
                 const int32_t *user, int64_t users) {
    lis_error error;
    memset(s, 0, sizeof *s);
    assert_ok(lis_tensor_wrap(&s->score, LIS_F32, 1, &rows, (void *)score, NULL, NULL, &error));
    assert_ok(lis_tensor_wrap(&s->label, LIS_U8, 1, &rows, (void *)label, NULL, NULL, &error));
    s->scored = (lis_scored){.score = &s->score, .label = &s->label, .users = users};
    if (!user) return;
    assert_ok(lis_tensor_wrap(&s->user, LIS_I32, 1, &rows, (void *)user, NULL, NULL, &error));
    s->scored.user = &s->user;
}

void sample_release(sample *s) {
    lis_tensor_release(&s->score);
    lis_tensor_release(&s->label);
    lis_tensor_release(&s->user);
}

lis_scored without_users(const sample *s) {
    return (lis_scored){.score = &s->score, .label = &s->label};
}

static void assert_same(const lis_metric *a, const lis_metric *b) {
    assert_memory_equal(&a->value, &b->value, sizeof a->value);
    assert_int_equal(a->clusters, b->clusters);
    assert_string_equal(a->definition, b->definition);
    assert_memory_equal(a->influence.data, b->influence.data,
                        (size_t)lis_tensor_size(&a->influence) * sizeof(double));
}

static void check_threads_on(make_metric *make, const lis_scored *scored) {
    lis_error error;
    lis_ctx ctx;
    lis_metric alone = {0}, together = {0};
    lis_ctx_init(&ctx, 1);
    assert_ok(make(&ctx, &alone, scored, &error));
    for (int threads = 2; threads <= 4; threads *= 2) {
        lis_ctx_init(&ctx, threads);
        assert_ok(make(&ctx, &together, scored, &error));
        assert_same(&alone, &together);
        lis_metric_release(&together);
    }
    lis_metric_release(&alone);
}

void check_threads(make_metric *make, bool users_needed) {
    const sample_options cases[] = {
        {.rows = 400000, .users = 3000, .seed = 1},
        {.rows = 300000, .users = 70000, .levels = 4, .skewed = true, .seed = 2},
        {.rows = 200000, .users = 2, .one_score = true, .seed = 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sample s;
        sample_make(&s, cases[i]);
        lis_scored rows = without_users(&s);
        check_threads_on(make, &s.scored);
        if (!users_needed) check_threads_on(make, &rows);
        sample_release(&s);
    }
}

static void assert_refused(lis_ctx *ctx, make_metric *make, const lis_scored *scored,
                           lis_status wanted, const char *word) {
    lis_error error;
    lis_metric out = {0};
    int64_t before = lis_mem_read().live_blocks;
    assert_int_equal(make(ctx, &out, scored, &error), wanted);
    assert_memory_equal(&out, &EMPTY, sizeof out);
    assert_int_equal(lis_mem_read().live_blocks, before);
    if (word && !strstr(error.message, word))
        fail_msg("'%s' does not say '%s'", error.message, word);
}

void check_memory(make_metric *make) {
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_ctx_init(&ctx, 2);
    sample_make(&s, (sample_options){.rows = 500, .users = 20, .seed = 4});
    int64_t before = lis_mem_read().live_blocks;
    for (int64_t successes = 0;; successes++) {
        lis_metric out = {0};
        lis_mem_fail_after(successes);
        lis_status status = make(&ctx, &out, &s.scored, &error);
        lis_mem_fail_after(-1);
        if (status == LIS_OK) {
            assert_true(successes > 0);
            lis_metric_release(&out);
            break;
        }
        assert_int_equal(status, LIS_ENOMEM);
        assert_memory_equal(&out, &EMPTY, sizeof out);
        assert_int_equal(lis_mem_read().live_blocks, before);
    }
    assert_int_equal(lis_mem_read().live_blocks, before);
    sample_release(&s);
}

void check_interrupt(make_metric *make) {
    lis_ctx ctx;
    sample s;
    lis_ctx_init(&ctx, 2);
    sample_make(&s, (sample_options){.rows = 500, .users = 20, .seed = 5});
    lis_ctx_interrupt(&ctx);
    assert_refused(&ctx, make, &s.scored, LIS_EINTR, NULL);
    lis_ctx_clear_interrupt(&ctx);
    sample_release(&s);
}

static void check_values(lis_ctx *ctx, make_metric *make, sample *s) {
    lis_f32(&s->score)[123] = NAN;
    lis_f32(&s->score)[450] = NAN;
    assert_refused(ctx, make, &s->scored, LIS_EMATH, "row 123 ");
    lis_f32(&s->score)[123] = lis_f32(&s->score)[450] = 0.5f;
    lis_u8(&s->label)[7] = 2;
    assert_refused(ctx, make, &s->scored, LIS_ERANGE, "label of row 7 ");
    lis_u8(&s->label)[7] = 1;
    lis_i32(&s->user)[499] = -1;
    assert_refused(ctx, make, &s->scored, LIS_ERANGE, "user of row 499 ");
    lis_i32(&s->user)[499] = 20;
    assert_refused(ctx, make, &s->scored, LIS_ERANGE, "outside [0, 20)");
    lis_i32(&s->user)[499] = 19;
}

void check_refusals(make_metric *make) {
    lis_error error;
    lis_ctx ctx;
    sample s;
    lis_ctx_init(&ctx, 2);
    sample_make(&s, (sample_options){.rows = 500, .users = 20, .seed = 6});
    check_values(&ctx, make, &s);
    lis_tensor shorter, none;
    assert_ok(lis_tensor_slice(&shorter, &s.label, 0, 0, 499, &error));
    lis_scored wrong = s.scored;
    wrong.label = &shorter;
    assert_refused(&ctx, make, &wrong, LIS_ESHAPE, "label");
    wrong.label = &s.user;
    assert_refused(&ctx, make, &wrong, LIS_EDTYPE, "label");
    assert_ok(lis_tensor_slice(&none, &s.score, 0, 0, 0, &error));
    assert_ok(lis_tensor_slice(&shorter, &s.label, 0, 0, 0, &error));
    wrong = (lis_scored){.score = &none, .label = &shorter};
    lis_tensor nobody;
    assert_ok(lis_tensor_slice(&nobody, &s.user, 0, 0, 0, &error));
    wrong.user = &nobody;
    assert_refused(&ctx, make, &wrong, LIS_EARG, "no rows");
    sample_release(&s);
}

void assert_influence(const lis_metric *metric, const double *wanted, int64_t n, double tolerance) {
    assert_int_equal(lis_tensor_size(&metric->influence), n);
    double sum = 0.0;
    for (int64_t i = 0; i < n; i++) {
        double got = lis_f64(&metric->influence)[i];
        if (!lis_near(got, wanted[i], tolerance))
            fail_msg("influence[%lld] is %.17g, wanted %.17g", (long long)i, got, wanted[i]);
        sum += got;
    }
    assert_near(sum, 0.0, 1e-12);
}
