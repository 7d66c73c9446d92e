#include "lis/base/parallel.h"

#include <string.h>

#include "lis/base/clock.h"
#include "lis/base/mem.h"
#include "support.h"

static lis_error error;

enum { MANY = 1000 };

typedef struct visits {
    int64_t begin[MANY], end[MANY];
    int times[MANY];
    int threads;
    lis_ctx *ctx;
} visits;

static lis_status visit(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    visits *v = arg;
    v->times[shard.index]++;
    v->begin[shard.index] = shard.begin;
    v->end[shard.index] = shard.end;
    return shard.worker >= 0 && shard.worker < v->threads ? LIS_OK : LIS_ESTATE;
}

static void test_every_shard_runs_once(void **state) {
    (void)state;
    for (int threads = 1; threads <= 8; threads *= 2) {
        lis_ctx ctx;
        lis_ctx_init(&ctx, threads);
        for (int64_t n = 0; n < 200; n += 17) {
            visits v = {.threads = threads};
            assert_ok(lis_parallel_for(&ctx, n, 7, visit, &v, &error));
            int64_t shards = lis_shard_count(n, 7), at = 0;
            for (int64_t s = 0; s < MANY; s++)
                assert_int_equal(v.times[s], s < shards);
            for (int64_t s = 0; s < shards; s++) {
                assert_int_equal(v.begin[s], at);
                at = v.end[s];
            }
            assert_int_equal(at, n);
        }
    }
}

static void test_shard_counts(void **state) {
    (void)state;
    assert_int_equal(lis_shard_count(0, 5), 0);
    assert_int_equal(lis_shard_count(-3, 5), 0);
    assert_int_equal(lis_shard_count(1, 5), 1);
    assert_int_equal(lis_shard_count(5, 5), 1);
    assert_int_equal(lis_shard_count(6, 5), 2);
    assert_int_equal(lis_shard_count(INT64_MAX, 1), INT64_MAX);
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    assert_int_equal(lis_parallel_for(&ctx, 5, 0, visit, NULL, &error), LIS_EARG);
    assert_int_equal(lis_parallel_for(&ctx, -5, 1, visit, NULL, &error), LIS_OK);
}

/* Shards 3 and 5 fail; 3 takes its time, so that with threads 5 has often failed before it. */
static lis_status fail_at_three_and_five(void *arg, lis_shard shard, lis_error *err) {
    (void)arg;
    double start = lis_clock_wall();
    while (shard.index == 3 && lis_clock_wall() < start + 2e-4)
        continue;
    if (shard.index == 3) return lis_fail(err, LIS_EMATH, "shard 3 failed");
    if (shard.index == 5) return lis_fail(err, LIS_ERANGE, "shard 5 failed");
    return LIS_OK;
}

static void test_the_lowest_failing_shard_is_reported(void **state) {
    (void)state;
    for (int threads = 1; threads <= 8; threads *= 2) {
        lis_ctx ctx;
        lis_ctx_init(&ctx, threads);
        for (int round = 0; round < 20; round++) {
            assert_int_equal(lis_parallel_for(&ctx, 100, 1, fail_at_three_and_five, NULL, &error),
                             LIS_EMATH);
            assert_string_equal(error.message, "shard 3 failed");
            assert_int_equal(error.status, LIS_EMATH);
            assert_int_equal(lis_parallel_for(&ctx, 100, 1, fail_at_three_and_five, NULL, NULL),
                             LIS_EMATH);
        }
    }
}

static lis_status fail_first(void *arg, lis_shard shard, lis_error *err) {
    visits *v = arg;
    v->times[shard.index]++;
    return shard.index == 0 ? lis_fail(err, LIS_EARG, "first") : LIS_OK;
}

static void test_nothing_starts_after_a_failure(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    visits v = {.threads = 1};
    assert_int_equal(lis_parallel_for(&ctx, MANY, 1, fail_first, &v, &error), LIS_EARG);
    for (int s = 1; s < MANY; s++)
        assert_int_equal(v.times[s], 0);
}

static lis_status interrupt_at_ten(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    visits *v = arg;
    v->times[shard.index]++;
    if (shard.index == 10) lis_ctx_interrupt(v->ctx);
    return LIS_OK;
}

static void test_interrupt_stops_the_loop(void **state) {
    (void)state;
    for (int threads = 1; threads <= 4; threads *= 2) {
        lis_ctx ctx;
        lis_ctx_init(&ctx, threads);
        visits v = {.threads = threads, .ctx = &ctx};
        assert_int_equal(lis_parallel_for(&ctx, MANY, 1, interrupt_at_ten, &v, &error), LIS_EINTR);
        int ran = 0;
        for (int s = 0; s < MANY; s++)
            ran += v.times[s];
        assert_true(ran < MANY / 2);
        lis_ctx_clear_interrupt(&ctx);
    }
}

typedef struct nest {
    lis_ctx *ctx;
    int64_t sums[64];
} nest;

typedef struct inner_arg {
    int64_t *sum;
    bool wrong_worker;
} inner_arg;

static lis_status add_inside(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    inner_arg *inner = arg;
    if (shard.worker != 0) inner->wrong_worker = true;
    for (int64_t i = shard.begin; i < shard.end; i++)
        *inner->sum += i; /* safe: a nested loop runs on one worker */
    return LIS_OK;
}

static lis_status run_nested(void *arg, lis_shard shard, lis_error *err) {
    nest *n = arg;
    inner_arg inner = {.sum = &n->sums[shard.index]};
    LIS_TRY(lis_parallel_for(n->ctx, 100, 3, add_inside, &inner, err));
    return inner.wrong_worker ? LIS_ESTATE : LIS_OK;
}

static void test_nested_loops_run_inline(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 4);
    nest n = {.ctx = &ctx};
    assert_ok(lis_parallel_for(&ctx, 64, 1, run_nested, &n, &error));
    for (int i = 0; i < 64; i++)
        assert_int_equal(n.sums[i], 4950);
}

typedef struct sums {
    const double *x;
    double partial[64];
} sums;

static lis_status sum_shard(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    sums *s = arg;
    double total = 0;
    for (int64_t i = shard.begin; i < shard.end; i++)
        total += s->x[i];
    s->partial[shard.index] = total;
    return LIS_OK;
}

static void test_shard_ordered_sums_are_equal_bytes(void **state) {
    (void)state;
    enum { N = 5000 };
    static double x[N];
    for (int i = 0; i < N; i++)
        x[i] = 1.0 / (i + 1) * (i % 3 ? 1 : -1e6);
    double wanted = 0;
    for (int threads = 1; threads <= 8; threads *= 2) {
        lis_ctx ctx;
        lis_ctx_init(&ctx, threads);
        sums s = {.x = x};
        int64_t calls = lis_mem_read().calls;
        assert_ok(lis_parallel_for(&ctx, N, 100, sum_shard, &s, &error));
        assert_int_equal(lis_mem_read().calls, calls); /* allocates nothing */
        double total = 0;
        for (int k = 0; k < 50; k++)
            total += s.partial[k];
        if (threads == 1) wanted = total;
        assert_memory_equal(&total, &wanted, sizeof total);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shard_runs_once),
        cmocka_unit_test(test_shard_counts),
        cmocka_unit_test(test_the_lowest_failing_shard_is_reported),
        cmocka_unit_test(test_nothing_starts_after_a_failure),
        cmocka_unit_test(test_interrupt_stops_the_loop),
        cmocka_unit_test(test_nested_loops_run_inline),
        cmocka_unit_test(test_shard_ordered_sums_are_equal_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
