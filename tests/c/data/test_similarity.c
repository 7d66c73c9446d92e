#include "support.h"

#include <math.h>

#include "lis/data/similarity.h"
#include "similarity_kernels.h"

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

/* ---- kernels ---- */

enum { VECTORS = 97, WIDEST = 64, LONGEST = 200 };

/* Vectors of unit length, but for some that are longer, zero, all negative, infinite or not numbers; items
 * at offset -5 or -4 of them, the third one's vector zero. */
typedef struct table {
    float vector[VECTORS * WIDEST];
    int32_t item[LONGEST];
} table;

static void fill(table *t, int64_t dim, bool hostile, lis_rng *rng) {
    for (int64_t v = 0; v < VECTORS; v++) {
        float *row = t->vector + v * dim;
        double norm = 0;
        for (int64_t j = 0; j < dim; j++) {
            row[j] = (float)lis_rng_normal(rng) + 0.2F;
            norm += (double)row[j] * row[j];
        }
        double length = v % 13 == 5 ? 0 : v % 13 == 7 ? 3 : 1;
        for (int64_t j = 0; j < dim; j++) {
            row[j] = length > 0 ? (float)(row[j] * length / sqrt(norm)) : 0;
            if (v == 48) row[j] = -fabsf(row[j]); /* times zero: -0 in every place */
        }
        if (hostile && v % 9 == 4) row[v % dim] = v % 2 ? NAN : INFINITY;
    }
    for (int64_t k = 0; k < LONGEST; k++)
        t->item[k] = (int32_t)((k * 41 + 1) % (VECTORS - 1)) + 5;
}

static float product(const float *a, const float *b, int64_t dim) {
    float lane[16] = {0};
    for (int64_t j = 0; j < dim; j++)
        lane[j % 16] += a[j] * b[j];
    for (int half = 8; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            lane[l] += lane[l + half];
    return lane[0];
}

static void keep_largest(float top[3], float value) {
    for (int k = 0; k < 3; k++) {
        if (!(value > top[k])) continue;
        float smaller = top[k];
        top[k] = value;
        value = smaller;
    }
}

/* The definition, one item at a time. */
static void naive_statistics(const lis_similarity_view *view, const float *target,
                             const float *edge, int64_t tiers, float *out) {
    float top[3] = {-2, -2, -2};
    double lane[8] = {0}, largest = 0;
    memset(out, 0, (LIS_SIMILARITY_HEAD + (size_t)tiers) * sizeof *out);
    for (int64_t k = 0; k < view->n; k++) {
        float value =
            product(target, lis_similarity_vector(view, view->item[k], view->dim), view->dim);
        value = value > 1 ? 1 : value < -1 ? -1 : value;
        lane[k % 8] += value;
        keep_largest(top, value);
        out[2] = value;
        int64_t tier = 0;
        for (int64_t e = 0; e + 1 < tiers; e++)
            tier += edge[e] <= value;
        if (tiers > 0) out[LIS_SIMILARITY_HEAD + tier] += 1;
    }
    for (int half = 4; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            lane[l] += lane[l + half];
    int64_t best = view->n < 3 ? view->n : 3;
    for (int64_t k = 0; k < best; k++)
        largest += top[k];
    out[0] = (float)(lane[0] / (double)view->n);
    out[1] = top[0];
    out[3] = (float)(largest / (double)best);
    for (int64_t k = 0; k < tiers; k++)
        out[LIS_SIMILARITY_HEAD + k] /= (float)view->n;
    for (int k = 0; k < LIS_SIMILARITY_HEAD; k++)
        if (isnan(out[k])) out[k] = NAN;
}

/* Vectors and items in blocks of their own size: what reads past their end is seen. */
static void check_kernels(const table *t, int64_t dim, int64_t n, int64_t tiers) {
    float edge[LIS_TIERS_MAX];
    float wanted[LIS_SIMILARITY_HEAD + LIS_TIERS_MAX], got[LIS_SIMILARITY_HEAD + LIS_TIERS_MAX];
    size_t bytes = VECTORS * (size_t)dim * sizeof(float), of_items = (size_t)n * sizeof(int32_t);
    float *vectors = memcpy(malloc(bytes), t->vector, bytes);
    int32_t *item = memcpy(malloc(of_items), t->item, of_items);
    lis_similarity_view view = {.vectors = vectors, .dim = dim, .offset = -5, .item = item, .n = n};
    for (int64_t k = 0; k + 1 < tiers; k++)
        edge[k] = (float)(-1 + 2 * (double)(k + 1) / (double)tiers);
    for (int64_t at = 0; at < VECTORS; at += 24) { /* the last one ends the table */
        const float *target = vectors + at * dim;
        naive_statistics(&view, target, edge, tiers, wanted);
        for (const lis_similarity_kernel *const *kernel = lis_similarity_kernels(); *kernel;
             kernel++) {
            memset(got, 0x7f, sizeof got);
            (*kernel)->statistics(&view, target, edge, tiers, got);
            assert_memory_equal(got, wanted, (LIS_SIMILARITY_HEAD + (size_t)tiers) * sizeof *got);
        }
    }
    free(vectors);
    free(item);
}

static const int64_t lengths[] = {1, 2, 3, 7, 8, 9, 50, 63, 64, 65, 128, LONGEST};

enum { LENGTHS = sizeof lengths / sizeof *lengths };

static void kernels_agree_at_every_width(void **state) {
    (void)state;
    lis_rng rng = lis_rng_open(13, "similarity", 0);
    table t;
    for (int64_t dim = 1; dim <= WIDEST; dim += dim < 40 ? 1 : 24)
        for (int hostile = 0; hostile <= 1; hostile++) {
            fill(&t, dim, hostile, &rng);
            for (size_t i = 0; i < LENGTHS; i++)
                check_kernels(&t, dim, lengths[i], 4);
        }
}

static void kernels_agree_at_any_number_of_tiers(void **state) {
    (void)state;
    lis_rng rng = lis_rng_open(14, "similarity", 0);
    table t;
    for (int64_t dim = 8; dim <= 9; dim++) {
        fill(&t, dim, true, &rng);
        for (int64_t tiers = 0; tiers <= LIS_TIERS_MAX; tiers++)
            for (size_t i = 0; i < LENGTHS; i += 3)
                check_kernels(&t, dim, lengths[i], tiers);
    }
}

static void a_portable_kernel_always_exists(void **state) {
    (void)state;
    const lis_similarity_kernel *const *kernel = lis_similarity_kernels();
    assert_ptr_equal(lis_similarity_best(), *kernel);
    while (kernel[1])
        kernel++;
    assert_string_equal((*kernel)->name, "portable");
}

/* ---- rows ---- */

/* Four rows of every length, the second and fourth with what the row before has. */
static void mean_is_right_at_every_length_and_width(void **state) {
    (void)state;
    lis_rng rng = lis_rng_open(15, "similarity", 0);
    static table t;
    int64_t begin[4 * LENGTHS + 4], end[4 * LENGTHS + 4];
    int32_t offset[4 * LENGTHS + 4];
    for (int r = 0; r < 4 * LENGTHS + 4; r++) {
        begin[r] = 0;
        end[r] = r < 4 ? 0 : lengths[r / 4 - 1];
        offset[r] = r % 4 < 2 ? -5 : -4;
    }
    lis_history history = {
        .rows = 4 * LENGTHS + 4, .events = LONGEST, .item = t.item, .begin = begin, .end = end};
    lis_tensor shifts, vectors, out;
    lis_error error;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 1);
    assert_ok(lis_tensor_new_1d(&shifts, LIS_I32, history.rows, &error));
    memcpy(shifts.data, offset, sizeof offset);
    for (int64_t dim = 1; dim <= WIDEST; dim += dim < 40 ? 1 : 24) {
        fill(&t, dim, false, &rng);
        assert_ok(lis_tensor_new_2d(&vectors, LIS_F32, VECTORS, dim, &error));
        memcpy(vectors.data, t.vector, VECTORS * (size_t)dim * sizeof(float));
        assert_ok(lis_tensor_new_2d(&out, LIS_F32, history.rows, dim, &error));
        assert_ok(lis_history_mean(&ctx, &out, &history, &vectors, &shifts, LONGEST, &error));
        for (int64_t r = 0; r < history.rows; r++)
            for (int64_t j = 0; j < dim; j++) {
                double wanted = 0;
                for (int64_t k = 0; k < end[r]; k++)
                    wanted += (double)t.vector[(t.item[k] + offset[r]) * dim + j] / (double)end[r];
                assert_near(lis_f32(&out)[r * dim + j], wanted, 1e-6);
            }
        lis_tensor_release(&vectors);
        lis_tensor_release(&out);
    }
    lis_tensor_release(&shifts);
}

static void the_first_bad_row_and_item_are_named(void **state) {
    (void)state;
    static const int32_t item[] = {5, 6, 60, 8, 9, 10, 11, 61, 70, 12};
    static const int64_t begin[] = {0, 0, 0, 0, 0}, end[] = {0, 3, 3, 10, 10};
    static const struct {
        int32_t target[5], offset[5];
        const char *says;
    } cases[] = {
        {{-7, 0, 60, 4, 4}, {0}, "row 3: item 61 + offset 0 is outside the 61 vectors"},
        {{0, 0, 0, -1, 4}, {0}, "row 4: item 61 + offset 0"},
        {{0, 0, 61, 0, 0}, {0}, "row 2: item 61 + offset 0"},
        {{0, 5, 9, 0, 0}, {-9, -5, -6, 0, 0}, "row 2: item 5 + offset -6"},
        {{0, 0, 0, 0, 0}, {0, 1, 0, 0, 0}, "row 1: item 60 + offset 1"},
        {{0, 0, 0, 0, 0}, {0, INT32_MIN, 0, 0, 0}, "row 1: item 0 + offset -2147483648"},
        {{0, 0, 0, 0, 0}, {0, INT32_MAX, 0, 0, 0}, "row 1: item 0 + offset 2147483647"},
    };
    lis_history history = {.rows = 5, .events = 10, .item = item, .begin = begin, .end = end};
    lis_tiers tiers = {4, NULL};
    lis_tensor target, offset, vectors, out;
    lis_error error;
    lis_ctx ctx;
    lis_ctx_init(&ctx, 2);
    assert_ok(lis_tensor_new_1d(&target, LIS_I32, 5, &error));
    assert_ok(lis_tensor_new_1d(&offset, LIS_I32, 5, &error));
    assert_ok(lis_tensor_new_2d(&vectors, LIS_F32, 61, 8, &error));
    memset(vectors.data, 0, 61 * 8 * sizeof(float));
    assert_ok(lis_tensor_new_2d(&out, LIS_F32, 5, 8, &error));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(target.data, cases[i].target, sizeof cases[i].target);
        memcpy(offset.data, cases[i].offset, sizeof cases[i].offset);
        assert_int_equal(lis_history_similarity(&ctx, &out, &history, &target, &vectors, &offset,
                                                50, &tiers, &error),
                         LIS_ERANGE);
        assert_holds(error.message, cases[i].says);
    }
    memset(offset.data, 0, 5 * sizeof(int32_t));
    assert_int_equal(lis_history_mean(&ctx, &out, &history, &vectors, &offset, 50, &error),
                     LIS_ERANGE);
    assert_holds(error.message, "row 3: item 61 + offset 0");
    lis_tensor_release(&target);
    lis_tensor_release(&offset);
    lis_tensor_release(&vectors);
    lis_tensor_release(&out);
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
        cmocka_unit_test(kernels_agree_at_every_width),
        cmocka_unit_test(kernels_agree_at_any_number_of_tiers),
        cmocka_unit_test(a_portable_kernel_always_exists),
        cmocka_unit_test(mean_is_right_at_every_length_and_width),
        cmocka_unit_test(the_first_bad_row_and_item_are_named),
        cmocka_unit_test(threads_do_not_matter),
        cmocka_unit_test(bad_arguments_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
