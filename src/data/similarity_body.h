/* The body of every similarity kernel. The file that includes it has defined, for its instruction set,
 * `block` (the cosines of eight items, f32), `lanes` (eight sums, f64) and
 *   block all(float)                                       the same in every lane
 *   block larger(block a, block b), smaller(a, b)          b where either is NaN
 *   block first(block, int64_t count, float rest)          lanes from count on become rest
 *   block across(block, int distance)                      lane l is lane l ^ distance: 1, 2 or 4
 *   block products(target, const float *const row[8], dim) none is -0
 *   void store(float to[8], block)
 *   int64_t reaching(const float cosine[8], float edge)    how many are edge or more
 *   void gather(lanes *, block), double total(lanes) */
#include <math.h>

#include "lis/data/similarity.h"
#include "similarity_kernels.h"

enum {
    ITEMS_A_BLOCK = 8,
    ITEMS_A_PART = 64, /* whose cosines are at hand together */
    TOP = 3,
    BELOW_ALL = -2, /* no cosine is */
};

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* The largest three of each lane. */
typedef struct podium {
    block first, second, third;
} podium;

/* Values step down without a branch, as nobody can foretell which is larger. */
ALWAYS_INLINE void rank(podium *top, block value) {
    block beaten = smaller(value, top->first);
    top->first = larger(value, top->first);
    top->third = larger(smaller(beaten, top->second), top->third);
    top->second = larger(beaten, top->second);
}

ALWAYS_INLINE void merge(podium *top, int distance) {
    podium other = {across(top->first, distance), across(top->second, distance),
                    across(top->third, distance)};
    block beaten = smaller(top->first, other.first), rival = larger(top->second, other.second);
    top->first = larger(top->first, other.first);
    top->second = larger(beaten, rival);
    top->third = larger(smaller(beaten, rival), larger(top->third, other.third));
}

/* What the items so far have given. */
typedef struct tally {
    lanes sum;
    podium top;
} tally;

ALWAYS_INLINE block cosines(const lis_similarity_view *view, const float *target,
                            const int32_t *item, int64_t count, int64_t dim) {
    const float *row[ITEMS_A_BLOCK];
    for (int k = 0; k < ITEMS_A_BLOCK; k++)
        row[k] = lis_similarity_vector(view, item[k < count ? k : 0], dim);
    return smaller(all(1), larger(all(-1), products(target, row, dim)));
}

/* Counts the first `count` lanes, and stores them, the others as NaN. */
ALWAYS_INLINE void take_block(tally *so_far, float *to, block cosine, int64_t count) {
    block added = cosine, ranked = cosine;
    if (count < ITEMS_A_BLOCK) {
        added = first(cosine, count, 0);
        ranked = first(cosine, count, NAN);
    }
    gather(&so_far->sum, added);
    rank(&so_far->top, larger(ranked, all(BELOW_ALL)));
    store(to, ranked);
}

/* cosine[ITEMS_A_PART] of n items of a part. */
ALWAYS_INLINE void take_part(tally *so_far, float *cosine, const lis_similarity_view *view,
                             const float *target, const int32_t *item, int64_t n, int64_t dim) {
    int64_t k = 0;
    for (; n - k >= ITEMS_A_BLOCK; k += ITEMS_A_BLOCK)
        take_block(so_far, cosine + k, cosines(view, target, item + k, ITEMS_A_BLOCK, dim),
                   ITEMS_A_BLOCK);
    if (k < n) take_block(so_far, cosine + k, cosines(view, target, item + k, n - k, dim), n - k);
}

ALWAYS_INLINE int64_t count_reaching(const float *cosine, int64_t n, float edge) {
    int64_t count = 0;
    for (int64_t k = 0; k < n; k += ITEMS_A_BLOCK)
        count += reaching(cosine + k, edge);
    return count;
}

/* Which NaN a sum of two becomes depends on their order, and that is the compiler's. */
ALWAYS_INLINE float one_nan(float value) {
    return value != value ? NAN : value;
}

ALWAYS_INLINE void write_head(tally *whole, int64_t n, float latest, float *out) {
    float first[ITEMS_A_BLOCK], second[ITEMS_A_BLOCK], third[ITEMS_A_BLOCK];
    podium *top = &whole->top;
    merge(top, 4);
    merge(top, 2);
    merge(top, 1);
    store(first, top->first);
    store(second, top->second);
    store(third, top->third);
    double largest = (double)first[0];
    if (n > 1) largest += (double)second[0];
    if (n > 2) largest += (double)third[0];
    out[0] = one_nan((float)(total(whole->sum) / (double)n));
    out[1] = first[0];
    out[2] = one_nan(latest);
    out[3] = (float)(largest / (double)(n < TOP ? n : TOP));
}

/* reached[tiers - 1]: cosines at or above each edge. */
ALWAYS_INLINE void write_shares(const int64_t *reached, int64_t n, int64_t tiers, float *out) {
    int64_t above = n;
    for (int64_t k = 0; k + 1 < tiers; k++) {
        out[k] = (float)(above - reached[k]) / (float)n;
        above = reached[k];
    }
    if (tiers > 0) out[tiers - 1] = (float)above / (float)n;
}

ALWAYS_INLINE void statistics(const lis_similarity_view *view, const float *target, int64_t dim,
                              const float *edge, int64_t tiers, float *out) {
    int64_t reached[LIS_TIERS_MAX];
    float cosine[ITEMS_A_PART];
    tally so_far = {.top = {all(BELOW_ALL), all(BELOW_ALL), all(BELOW_ALL)}};
    for (int64_t at = 0; at < view->n; at += ITEMS_A_PART) {
        int64_t n = view->n - at < ITEMS_A_PART ? view->n - at : ITEMS_A_PART;
        take_part(&so_far, cosine, view, target, view->item + at, n, dim);
        for (int64_t k = 0; k + 1 < tiers; k++)
            reached[k] = (at ? reached[k] : 0) + count_reaching(cosine, n, edge[k]);
    }
    write_head(&so_far, view->n, cosine[(view->n - 1) % ITEMS_A_PART], out);
    write_shares(reached, view->n, tiers, out + LIS_SIMILARITY_HEAD);
}

static void kernel_statistics(const lis_similarity_view *view, const float *target,
                              const float *edge, int64_t tiers, float *out) {
    if (view->dim == LIS_SIMILARITY_USUAL_DIM)
        statistics(view, target, LIS_SIMILARITY_USUAL_DIM, edge, tiers, out);
    else
        statistics(view, target, view->dim, edge, tiers, out);
}
