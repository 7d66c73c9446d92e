/* The cosines of one row's target with its history, summed up: one kernel an instruction set. They give
 * the same bytes, as each adds in the order written here, and the best one that this processor runs
 * is picked at the first call.
 *
 *   product of two vectors: lane j % 16 of f32 gathers the products j, j + 16, ...; then lanes are
 *     added in halves: l and l + 8, l and l + 4, l and l + 2, l and l + 1
 *   sum of cosines: lane k % 8 of f64 gathers those of items k, k + 8, ...; lanes added in halves */
#ifndef LIS_DATA_SIMILARITY_KERNELS_H
#define LIS_DATA_SIMILARITY_KERNELS_H

#include <stdint.h>

enum { LIS_SIMILARITY_USUAL_DIM = 8 }; /* of a study's vectors; has loops of its own */

/* A row's history and where its vectors are: item + offset is a row of vectors, as the caller has
 * checked. */
typedef struct lis_similarity_view {
    const float *vectors; /* [., dim] */
    int64_t dim;
    int64_t offset;
    const int32_t *item; /* [n] oldest first */
    int64_t n;
} lis_similarity_view;

typedef struct lis_similarity_kernel {
    const char *name;

    /* out[LIS_SIMILARITY_HEAD + tiers] as lis_history_similarity says, for n > 0.
     *   target [dim]        f32   the target's vector
     *   edge   [tiers - 1]  f32   ascending */
    void (*statistics)(const lis_similarity_view *view, const float *target, const float *edge,
                       int64_t tiers, float *out);
} lis_similarity_kernel;

/* dim is the view's, which a loop for one width knows beforehand. */
static inline const float *lis_similarity_vector(const lis_similarity_view *view, int32_t item,
                                                 int64_t dim) {
    return view->vectors + (item + view->offset) * dim;
}

const lis_similarity_kernel *lis_similarity_best(void);

/* Every kernel that this processor runs, best first, NULL-ended: for the tests. */
const lis_similarity_kernel *const *lis_similarity_kernels(void);

extern const lis_similarity_kernel lis_similarity_portable;
#if defined(__x86_64__)
extern const lis_similarity_kernel lis_similarity_avx2;
#endif

#endif
