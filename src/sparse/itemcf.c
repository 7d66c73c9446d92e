#include "lis/sparse/itemcf.h"

#include <inttypes.h>
#include <math.h>

#include "lis/base/mem.h"
#include "product.h"

lis_itemcf_options lis_itemcf_defaults(void) {
    return (lis_itemcf_options){.similarity = LIS_ITEMCF_COSINE, .k1 = 1.2, .b = 0.75};
}

static lis_status check_itemcf(const lis_csr *ratings, const lis_itemcf_options *options,
                               lis_error *err) {
    if (options->top_k < 0)
        return lis_fail(err, LIS_EARG, "top_k is %" PRId64 "; use 0 for all", options->top_k);
    if (!(options->k1 >= 0) || !isfinite(options->k1) || !(options->b >= 0 && options->b <= 1))
        return lis_fail(err, LIS_EARG, "bm25: k1 is %g and b is %g; wanted k1 >= 0 and b in [0, 1]",
                        options->k1, options->b);
    for (int64_t u = 0; u < ratings->rows; u++) {
        for (int64_t k = ratings->offset[u]; k < ratings->offset[u + 1]; k++) {
            if (ratings->value[k] >= 0 && isfinite(ratings->value[k])) continue;
            return lis_fail(err, LIS_ERANGE,
                            "itemcf: the rating of user %" PRId64 " for item %" PRId32
                            " is %g; wanted finite numbers from 0",
                            u, ratings->column[k], (double)ratings->value[k]);
        }
    }
    return LIS_OK;
}

/* idf(u) of the header for every user: NULL where memory ran out. */
static double *idf_of_users(const lis_csr *ratings) {
    double *idf = lis_alloc((size_t)ratings->rows, sizeof *idf);
    for (int64_t u = 0; idf && u < ratings->rows; u++)
        idf[u] = log((double)ratings->columns) -
                 log1p((double)(ratings->offset[u + 1] - ratings->offset[u]));
    return idf;
}

static void normalise_rows(lis_csr *items) {
    for (int64_t i = 0; i < items->rows; i++) {
        double square = 0;
        for (int64_t k = items->offset[i]; k < items->offset[i + 1]; k++)
            square += (double)items->value[k] * (double)items->value[k];
        double factor = square > 0 ? 1 / sqrt(square) : 0;
        for (int64_t k = items->offset[i]; k < items->offset[i + 1]; k++)
            items->value[k] = (float)(factor * (double)items->value[k]);
    }
}

static void weigh_tfidf(lis_csr *items, const double *idf) {
    for (int64_t k = 0; k < items->nnz; k++)
        items->value[k] = (float)(sqrt((double)items->value[k]) * idf[items->column[k]]);
    normalise_rows(items);
}

static void weigh_bm25(lis_csr *items, const double *idf, double k1, double b) {
    double total = 0;
    for (int64_t k = 0; k < items->nnz; k++)
        total += items->value[k];
    double mean = total / (double)items->rows;
    for (int64_t i = 0; i < items->rows; i++) {
        double length = 0;
        for (int64_t k = items->offset[i]; k < items->offset[i + 1]; k++)
            length += items->value[k];
        double norm = k1 * (1 - b + b * length / mean);
        for (int64_t k = items->offset[i]; k < items->offset[i + 1]; k++) {
            double r = items->value[k];
            items->value[k] =
                r > 0 ? (float)(idf[items->column[k]] * r * (k1 + 1) / (r + norm)) : 0;
        }
    }
}

/* W, in place of the item x user ratings. */
static lis_status weigh(lis_csr *items, const lis_csr *ratings, const lis_itemcf_options *options,
                        lis_error *err) {
    switch (options->similarity) {
    case LIS_ITEMCF_COSINE:
        normalise_rows(items);
        return LIS_OK;
    case LIS_ITEMCF_JACCARD:
        for (int64_t k = 0; k < items->nnz; k++)
            items->value[k] = 1;
        return LIS_OK;
    case LIS_ITEMCF_TFIDF:
    case LIS_ITEMCF_BM25:
        break;
    }
    double *idf = idf_of_users(ratings);
    if (!idf) return lis_fail_nomem(err, "user weights", 8.0 * (double)ratings->rows);
    if (options->similarity == LIS_ITEMCF_TFIDF)
        weigh_tfidf(items, idf);
    else
        weigh_bm25(items, idf, options->k1, options->b);
    lis_free(idf);
    return LIS_OK;
}

/* Numbers of common users -> shares of all users; arg is the item x user matrix. */
static void finish_jaccard(void *arg, int64_t row, int64_t n, const int32_t *column, float *value) {
    const int64_t *offset = ((const lis_csr *)arg)->offset;
    int64_t mine = offset[row + 1] - offset[row];
    for (int64_t k = 0; k < n; k++) {
        double either = (double)(mine + offset[column[k] + 1] - offset[column[k]]);
        value[k] = (float)((double)value[k] / (either - (double)value[k]));
    }
}

lis_status lis_itemcf_build(lis_ctx *ctx, lis_csr *out, const lis_csr *ratings,
                            const lis_itemcf_options *options, lis_error *err) {
    *out = (lis_csr){0};
    LIS_TRY(check_itemcf(ratings, options, err));
    lis_csr items, users = {0};
    LIS_TRY(lis_csr_transpose(ctx, &items, ratings, err));
    lis_product_rule rule = {.top_k = options->top_k,
                             .drop_diagonal = true,
                             .arg = &items,
                             .what = "ItemCF",
                             .cure = "set top_k or lower it, keep fewer rows (keep)"};
    if (options->similarity == LIS_ITEMCF_JACCARD) rule.finish = finish_jaccard;
    lis_status status = weigh(&items, ratings, options, err);
    if (status == LIS_OK) status = lis_csr_transpose(ctx, &users, &items, err);
    if (status == LIS_OK) status = lis_product_build(ctx, out, &items, &users, &rule, err);
    lis_csr_free(&items);
    lis_csr_free(&users);
    return status;
}
