/* The small f64 factorisations of linalg.h, on one thread. */
#include <math.h>
#include <string.h>

#include "lapack.h"
#include "lis/base/mem.h"
#include "lis/tensor/linalg.h"

enum { SIZE_MAX_SMALL = 32768 }; /* n^2 doubles stay addressable by LAPACK's int */

static lis_status check_square(int64_t m, int64_t n, const double *a, lis_error *err) {
    if (m < 1 || n < 1 || m > SIZE_MAX_SMALL || n > SIZE_MAX_SMALL)
        return lis_fail(err, LIS_ESHAPE,
                        "cannot factorise a [%lld, %lld] matrix: sizes from 1 to %d", (long long)m,
                        (long long)n, SIZE_MAX_SMALL);
    for (int64_t i = 0; i < m * n; i++)
        if (!isfinite(a[i]))
            return lis_fail(err, LIS_EMATH, "cannot factorise: element (%lld, %lld) is %g",
                            (long long)(i / n) + 1, (long long)(i % n) + 1, a[i]);
    return LIS_OK;
}

/* -1 where the largest component of v (the first such) is negative. */
static double sign_of(const double *v, int64_t n, int64_t step) {
    double largest = 0;
    for (int64_t i = 0; i < n; i++)
        if (fabs(v[i * step]) > fabs(largest)) largest = v[i * step];
    return largest < 0 ? -1.0 : 1.0;
}

static void scale(double *v, int64_t n, int64_t step, double factor) {
    for (int64_t i = 0; i < n; i++)
        v[i * step] *= factor;
}

/* Rows and values come in ascending order and leave in descending order. */
static void reverse_rows(double *a, double *values, int64_t n) {
    for (int64_t top = 0, bottom = n - 1; top < bottom; top++, bottom--) {
        double kept = values[top];
        values[top] = values[bottom];
        values[bottom] = kept;
        for (int64_t j = 0; j < n; j++) {
            kept = a[top * n + j];
            a[top * n + j] = a[bottom * n + j];
            a[bottom * n + j] = kept;
        }
    }
}

lis_status lis_eigen_symmetric(int64_t n, double *a, double *values, lis_error *err) {
    LIS_TRY(check_square(n, n, a, err));
    lis_linalg_pin();
    int order = (int)n, info = 0, lwork = -1;
    double best = 0;
    dsyev_("V", "L", &order, a, &order, values, &best, &lwork, &info, 1, 1);
    lwork = (int)best;
    double *work = lis_alloc((size_t)lwork, sizeof *work);
    if (!work) return lis_fail_nomem(err, "an eigenproblem", 8.0 * best);
    dsyev_("V", "L", &order, a, &order, values, work, &lwork, &info, 1, 1);
    lis_free(work);
    if (info != 0)
        return lis_fail(err, LIS_EMATH, "the eigenproblem did not converge (dsyev: %d)", info);
    reverse_rows(a, values, n);
    for (int64_t k = 0; k < n; k++)
        scale(a + k * n, n, 1, sign_of(a + k * n, n, 1));
    return LIS_OK;
}

/* dgesvd on the transpose: LAPACK's columns are our rows, so its U is our V^T and its V^T our U.
 * copy [m, n] is overwritten. */
static lis_status run_svd(int m, int n, double *copy, double *u, double *s, double *vt,
                          lis_error *err) {
    int k = m < n ? m : n, info = 0, lwork = -1;
    const char *job_u = u ? "S" : "N", *job_vt = vt ? "S" : "N";
    double best = 0, none = 0;
    dgesvd_(job_vt, job_u, &n, &m, copy, &n, s, vt ? vt : &none, &n, u ? u : &none, &k, &best,
            &lwork, &info, 1, 1);
    lwork = (int)best;
    double *work = lis_alloc((size_t)lwork, sizeof *work);
    if (!work) return lis_fail_nomem(err, "singular values", 8.0 * best);
    dgesvd_(job_vt, job_u, &n, &m, copy, &n, s, vt ? vt : &none, &n, u ? u : &none, &k, work,
            &lwork, &info, 1, 1);
    lis_free(work);
    if (info != 0)
        return lis_fail(err, LIS_EMATH, "the singular values did not converge (dgesvd: %d)", info);
    return LIS_OK;
}

lis_status lis_svd_small(int64_t m, int64_t n, const double *a, double *u, double *s, double *vt,
                         lis_error *err) {
    LIS_TRY(check_square(m, n, a, err));
    lis_linalg_pin();
    double *copy = lis_alloc((size_t)(m * n), sizeof *copy);
    if (!copy) return lis_fail_nomem(err, "singular values", 8.0 * (double)m * (double)n);
    memcpy(copy, a, (size_t)(m * n) * sizeof *copy);
    lis_status status = run_svd((int)m, (int)n, copy, u, s, vt, err);
    lis_free(copy);
    int64_t k = m < n ? m : n;
    for (int64_t j = 0; status == LIS_OK && j < k; j++) {
        double sign = vt ? sign_of(vt + j * n, n, 1) : u ? sign_of(u + j, m, k) : 1.0;
        if (vt) scale(vt + j * n, n, 1, sign);
        if (u) scale(u + j, m, k, sign);
    }
    return status;
}
