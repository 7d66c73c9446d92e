#include "support.h"

#include <math.h>

#include "lis/data/similarity.h"

enum { USERS = 40, ROWS = 3000, ITEMS = 60, FOLDS = 3, DIM = 37 };

/* A random log with unit vectors, a copy of every item a fold; some vectors are zero. */
typedef struct world {
    lis_history history;
    lis_tensor vectors, target, offset;
} world;

static world new_world(void) {
    static int32_t user[ROWS], item[ROWS];
    static int64_t time[ROWS];
    world w;
    lis_error error;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    lis_rng rng = lis_rng_open(12, "similarity", 0);
    assert_ok(lis_tensor_new_2d(&w.vectors, LIS_F32, ITEMS * FOLDS, DIM, &error));
    assert_ok(lis_tensor_new_1d(&w.target, LIS_I32, ROWS, &error));
    assert_ok(lis_tensor_new_1d(&w.offset, LIS_I32, ROWS, &error));
    for (int64_t v = 0; v < ITEMS * FOLDS; v++) {
        float *row = lis_f32(&w.vectors) + v * DIM;
        double norm = 0;
        for (int j = 0; j < DIM; j++) {
            row[j] = v % 11 ? (float)lis_rng_normal(&rng) + 0.3F : 0;
            norm += (double)row[j] * row[j];
        }
        for (int j = 0; j < DIM && norm > 0; j++)
            row[j] = (float)(row[j] / sqrt(norm));
    }
    for (int64_t r = 0; r < ROWS; r++) {
        user[r] = (int32_t)(pow(USERS, lis_rng_uniform(&rng)) - 1);
        item[r] = (int32_t)lis_rng_below(&rng, ITEMS);
        time[r] = r / 2;
        lis_i32(&w.target)[r] = (int32_t)lis_rng_below(&rng, ITEMS + 1) - 1;
        lis_i32(&w.offset)[r] = user[r] % FOLDS * ITEMS;
    }
    lis_history_source source = {
        .rows = ROWS, .users = USERS, .user = user, .item = item, .time = time};
    assert_ok(lis_history_new(&ctx, &w.history, &source, &error));
    return w;
}

static void free_world(world *w) {
    lis_history_free(&w->history);
    lis_tensor_release(&w->vectors);
    lis_tensor_release(&w->target);
    lis_tensor_release(&w->offset);
}

static const float *vector(const world *w, int64_t r, int32_t item, bool offset) {
    return lis_f32(&w->vectors) + (item + (offset ? lis_i32(&w->offset)[r] : 0)) * DIM;
}

static int descending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The definition, in double. */
static void naive_similarity(const world *w, int64_t r, bool offset, int64_t max,
                             const lis_tiers *tiers, double *out) {
    memset(out, 0, (LIS_SIMILARITY_HEAD + (size_t)tiers->count) * sizeof *out);
    int64_t n;
    const int32_t *item = lis_history_view(&w->history, r, max, &n);
    if (n == 0 || lis_i32(&w->target)[r] < 0) return;
    double *cosine = malloc((size_t)n * sizeof *cosine);
    for (int64_t k = 0; k < n; k++) {
        const float *a = vector(w, r, lis_i32(&w->target)[r], offset);
        const float *b = vector(w, r, item[k], offset);
        cosine[k] = 0;
        for (int j = 0; j < DIM; j++)
            cosine[k] += (double)a[j] * b[j];
        out[0] += cosine[k] / (double)n;
        out[2] = cosine[k];
        int64_t bin = 0;
        for (int64_t e = 0; e + 1 < tiers->count; e++)
            bin += (tiers->edges
                        ? tiers->edges[e]
                        : -1 + 2.0 * (double)(e + 1) / (double)tiers->count) <= cosine[k] + 1e-7;
        if (tiers->count) out[LIS_SIMILARITY_HEAD + bin] += 1 / (double)n;
    }
    qsort(cosine, (size_t)n, sizeof *cosine, descending);
    out[1] = cosine[0];
    int64_t best = n < 3 ? n : 3;
    for (int64_t k = 0; k < best; k++)
        out[3] += cosine[k] / (double)best;
    free(cosine);
}

static lis_tensor similarity(const world *w, int threads, bool offset, int64_t max,
                             const lis_tiers *tiers) {
    lis_ctx ctx;
    lis_error error;
    lis_tensor out;
    lis_ctx_init(&ctx, threads);
    assert_ok(lis_tensor_new_2d(&out, LIS_F32, ROWS, LIS_SIMILARITY_HEAD + tiers->count, &error));
    memset(out.data, 0x7f, (size_t)lis_tensor_size(&out) * sizeof(float));
    assert_ok(lis_history_similarity(&ctx, &out, &w->history, &w->target, &w->vectors,
                                     offset ? &w->offset : NULL, max, tiers, &error));
    return out;
}

static void similarity_is_as_defined(void **state) {
    (void)state;
    static const float edges[] = {-0.25F, 0.1F, 0.2F, 0.9F};
    static const struct {
        bool offset;
        int64_t max;
        lis_tiers tiers;
    } cases[] = {{false, 50, {4, NULL}},   {true, 50, {4, NULL}}, {true, 1, {1, NULL}},
                 {true, 1000, {5, edges}}, {true, 7, {0, NULL}},  {true, 0, {3, NULL}}};
    world w = new_world();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const lis_tiers *tiers = &cases[i].tiers;
        int64_t width = LIS_SIMILARITY_HEAD + tiers->count;
        lis_tensor out = similarity(&w, 1, cases[i].offset, cases[i].max, tiers);
        double wanted[LIS_SIMILARITY_HEAD + 8];
        for (int64_t r = 0; r < ROWS; r++) {
            naive_similarity(&w, r, cases[i].offset, cases[i].max, tiers, wanted);
            for (int64_t j = 0; j < width; j++)
                assert_near(lis_f32(&out)[r * width + j], wanted[j], 1e-5);
        }
        lis_tensor_release(&out);
    }
    free_world(&w);
}

static void mean_is_as_defined(void **state) {
    (void)state;
    world w = new_world();
    lis_error error;
    lis_ctx ctx;
    lis_tensor out, other;
    assert_ok(lis_tensor_new_2d(&out, LIS_F32, ROWS, DIM, &error));
    assert_ok(lis_tensor_new_2d(&other, LIS_F32, ROWS, DIM, &error));
    lis_ctx_init(&ctx, 1);
    assert_ok(lis_history_mean(&ctx, &out, &w.history, &w.vectors, &w.offset, 20, &error));
    for (int64_t r = 0; r < ROWS; r++) {
        int64_t n;
        const int32_t *item = lis_history_view(&w.history, r, 20, &n);
        for (int j = 0; j < DIM; j++) {
            double wanted = 0;
            for (int64_t k = 0; k < n; k++)
                wanted += (double)vector(&w, r, item[k], true)[j] / (double)n;
            assert_near(lis_f32(&out)[r * DIM + j], wanted, 1e-6);
        }
    }
    for (int threads = 2; threads <= 4; threads *= 2) {
        lis_ctx_init(&ctx, threads);
        assert_ok(lis_history_mean(&ctx, &other, &w.history, &w.vectors, &w.offset, 20, &error));
        assert_memory_equal(out.data, other.data, ROWS * DIM * sizeof(float));
    }
    lis_tensor_release(&out);
    lis_tensor_release(&other);
    free_world(&w);
}

static void threads_do_not_matter(void **state) {
    (void)state;
    world w = new_world();
    lis_tiers tiers = {4, NULL};
    lis_tensor alone = similarity(&w, 1, true, 50, &tiers);
    for (int threads = 2; threads <= 4; threads *= 2) {
        lis_tensor other = similarity(&w, threads, true, 50, &tiers);
        assert_memory_equal(alone.data, other.data,
                            (size_t)lis_tensor_size(&alone) * sizeof(float));
        lis_tensor_release(&other);
    }
    lis_tensor_release(&alone);
    free_world(&w);
}

static void bad_arguments_are_named(void **state) {
    (void)state;
    world w = new_world();
    lis_ctx ctx;
    lis_error error;
    lis_tensor out, few;
    lis_tiers tiers = {4, NULL};
    lis_ctx_init(&ctx, 2);
    assert_ok(lis_tensor_new_2d(&out, LIS_F32, ROWS, 8, &error));
    assert_ok(lis_tensor_slice(&few, &w.vectors, 0, 0, ITEMS + 1, &error));
#define REFUSED(status, piece, target, vectors, offset, max)                                       \
    do {                                                                                           \
        assert_int_equal(lis_history_similarity(&ctx, &out, &w.history, target, vectors, offset,   \
                                                max, &tiers, &error),                              \
                         status);                                                                  \
        assert_holds(error.message, piece);                                                        \
    } while (0)
    REFUSED(LIS_ERANGE, "is outside the 61 vectors", &w.target, &few, &w.offset, 50);
    REFUSED(LIS_EARG, "max is -1", &w.target, &w.vectors, NULL, -1);
    REFUSED(LIS_ESHAPE, "target", &w.vectors, &w.vectors, NULL, 50);
    REFUSED(LIS_ESHAPE, "vectors", &w.target, &w.target, NULL, 50);
    lis_i32(&w.target)[2000] = -2;
    REFUSED(LIS_ERANGE, "row 2000: item -2", &w.target, &w.vectors, NULL, 50);
    static const float down[] = {0, 0, 1};
    tiers.edges = down;
    REFUSED(LIS_EARG, "edge 2 is 0, after 0", &w.target, &w.vectors, NULL, 50);
    tiers = (lis_tiers){LIS_TIERS_MAX + 1, NULL};
    REFUSED(LIS_EARG, "tiers is 257", &w.target, &w.vectors, NULL, 50);
    lis_ctx_interrupt(&ctx);
    tiers = (lis_tiers){4, NULL};
    REFUSED(LIS_EINTR, "", &w.target, &w.vectors, NULL, 50);
    lis_tensor_release(&out);
    free_world(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(similarity_is_as_defined),
        cmocka_unit_test(mean_is_as_defined),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(bad_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
