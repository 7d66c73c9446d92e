/* Item-item similarities of item-based collaborative filtering, from who met what.
 *
 * With r(u, i) the entries of a user x item matrix, U(i) the users of item i, df(u) the items of user
 * u and N the number of items, S = W W' with the diagonal left out, where
 *
 *   cosine   W[i, u] = r(u, i) / |r(., i)|                            (Sarwar et al. 2001)
 *   jaccard  S[i, j] = |U(i) and U(j)| / |U(i) or U(j)|, values of r unread
 *   tfidf    W[i, u] = x / |x(i, .)|,  x(i, u) = sqrt(r(u, i)) idf(u), idf(u) = log(N / (1 + df(u)))
 *            an item is a document, its users are its words: busy users say little (Salton and
 *            Buckley 1988)
 *   bm25     W[i, u] = idf(u) r (k1 + 1) / (r + k1 (1 - b + b L(i) / mean L)),  r = r(u, i),
 *            L(i) = sum_u r(u, i): repetition saturates, popular items are long documents (Robertson
 *            and Zaragoza 2009)
 */
#ifndef LIS_SPARSE_ITEMCF_H
#define LIS_SPARSE_ITEMCF_H

#include "lis/sparse/csr.h"

typedef enum lis_itemcf {
    LIS_ITEMCF_COSINE,
    LIS_ITEMCF_JACCARD,
    LIS_ITEMCF_TFIDF,
    LIS_ITEMCF_BM25
} lis_itemcf;

typedef struct lis_itemcf_options {
    lis_itemcf similarity;
    int64_t top_k; /* the largest entries of each row (ties: lower item); 0: all, symmetric */
    double k1, b;  /* bm25 alone: k1 >= 0, b in [0, 1] */
} lis_itemcf_options;

/* cosine, all entries, k1 = 1.2, b = 0.75. */
lis_itemcf_options lis_itemcf_defaults(void);

/* *out is overwritten: [items, items] from ratings [users, items] with entries >= 0.
 * Threads: item shards; same bytes at any count. Takes two copies of the ratings and, for a moment,
 * twice the result.
 * Errors: LIS_EARG (options); LIS_ERANGE names the first entry that is negative or not finite;
 * LIS_ENOMEM; LIS_EINTR. */
lis_status lis_itemcf_build(lis_ctx *ctx, lis_csr *out, const lis_csr *ratings,
                            const lis_itemcf_options *options, lis_error *err);

#endif
