/* What the metric tests share: random scored rows, and the sweeps that every metric gets. */
#ifndef LIS_TEST_METRIC_SUPPORT_H
#define LIS_TEST_METRIC_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lis/base/ctx.h"
#include "lis/base/mem.h"
#include "lis/base/rng.h"
#include "lis/metric/metric.h"

/* Fails the test with the error's own message. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != LIS_OK) fail_msg("%s: %s", #call, error.message);                            \
    } while (0)

/* Rows that own their tensors; .scored points into the struct, so it must not move. */
typedef struct sample {
    lis_tensor score, label, user;
    lis_scored scored;
} sample;

typedef struct sample_options {
    int64_t rows, users;
    int levels;     /* scores are k / levels: few levels, many ties; 0: no rounding */
    bool skewed;    /* a few users hold most rows */
    bool one_score; /* all scores equal */
    uint64_t seed;
} sample_options;

void sample_make(sample *s, sample_options options);

/* Borrows arrays as a sample; user may be NULL. */
void sample_wrap(sample *s, int64_t rows, const float *score, const uint8_t *label,
                 const int32_t *user, int64_t users);
void sample_release(sample *s);

/* The same rows, each its own cluster. */
lis_scored without_users(const sample *s);

/* A call that makes one metric from rows: what the sweeps repeat. */
typedef lis_status make_metric(lis_ctx *ctx, lis_metric *out, const lis_scored *scored,
                               lis_error *err);

/* 1, 2 and 4 threads give the same bytes, with and without users where `users_needed` is false. */
void check_threads(make_metric *make, bool users_needed);

/* Fails the 1st, 2nd, ... allocation until the call succeeds: each time LIS_ENOMEM, no leak, and an
 * empty result. */
void check_memory(make_metric *make);

/* A raised flag gives LIS_EINTR, no leak, and an empty result. */
void check_interrupt(make_metric *make);

/* The refusals all metrics share: shapes, types, labels, users, NaN, no rows. */
void check_refusals(make_metric *make);

/* Influence sums to 0 and equals `wanted` [clusters]; the count of clusters is right. */
void assert_influence(const lis_metric *metric, const double *wanted, int64_t n, double tolerance);

#endif
