#include "lis/tensor/linalg.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "support.h"

static lis_error error;
static lis_ctx ctx;

/* ---- oracles: three loops, and elimination with pivots */

static double naive_product(const lis_tensor *a, const lis_tensor *b, int64_t i, int64_t j) {
    double sum = 0;
    for (int64_t k = 0; k < a->shape[1]; k++)
        sum += at(a, i, k) * at(b, k, j);
    return sum;
}

/* Gauss: solves a x = b for one right-hand side, both overwritten. */
static void naive_solve(int n, double *a, double *b) {
    for (int c = 0; c < n; c++) {
        int best = c;
        for (int r = c; r < n; r++)
            if (fabs(a[r * n + c]) > fabs(a[best * n + c])) best = r;
        for (int k = 0; k < n; k++) {
            double kept = a[c * n + k];
            a[c * n + k] = a[best * n + k];
            a[best * n + k] = kept;
        }
        double kept = b[c];
        b[c] = b[best];
        b[best] = kept;
        for (int r = 0; r < n; r++) {
            if (r == c) continue;
            double factor = a[r * n + c] / a[c * n + c];
            for (int k = 0; k < n; k++)
                a[r * n + k] -= factor * a[c * n + k];
            b[r] -= factor * b[c];
        }
    }
    for (int c = 0; c < n; c++)
        b[c] /= a[c * n + c];
}

/* ---- products */

static void check_gemm(const lis_tensor *a, const lis_tensor *b) {
    lis_tensor out = normals(a->dtype, a->shape[0], b->shape[1], 9), before;
    assert_ok(lis_tensor_copy_as(&before, &out, a->dtype, &error));
    assert_ok(lis_gemm(&ctx, &out, 1.0, a, b, 0.0, &error));
    for (int64_t i = 0; i < out.shape[0]; i++)
        for (int64_t j = 0; j < out.shape[1]; j++)
            assert_near(at(&out, i, j), naive_product(a, b, i, j), 2e-5);
    assert_ok(lis_tensor_assign(&out, &before, &error));
    assert_ok(lis_gemm(&ctx, &out, -2.0, a, b, 0.5, &error));
    for (int64_t i = 0; i < out.shape[0]; i++)
        for (int64_t j = 0; j < out.shape[1]; j++)
            assert_near(at(&out, i, j), 0.5 * at(&before, i, j) - 2 * naive_product(a, b, i, j),
                        4e-5);
    lis_tensor_release(&out);
    lis_tensor_release(&before);
}

static void test_gemm_on_every_layout(void **state) {
    (void)state;
    for (int dtype = LIS_F32; dtype <= LIS_F64; dtype++) {
        lis_tensor a = normals((lis_dtype)dtype, 300, 17, 1),
                   at_ = normals((lis_dtype)dtype, 17, 300, 2);
        lis_tensor b = normals((lis_dtype)dtype, 17, 23, 3),
                   bt = normals((lis_dtype)dtype, 23, 17, 4);
        lis_tensor ta, tb, wide = normals((lis_dtype)dtype, 300, 40, 5), part;
        assert_ok(lis_tensor_transpose(&ta, &at_, 0, 1, &error));
        assert_ok(lis_tensor_transpose(&tb, &bt, 0, 1, &error));
        assert_ok(
            lis_tensor_slice(&part, &wide, 1, 11, 28, &error)); /* columns of a wider matrix */
        check_gemm(&a, &b);
        check_gemm(&ta, &b);
        check_gemm(&a, &tb);
        check_gemm(&ta, &tb);
        check_gemm(&part, &b);
        lis_tensor_release(&a);
        lis_tensor_release(&at_);
        lis_tensor_release(&b);
        lis_tensor_release(&bt);
        lis_tensor_release(&wide);
    }
}

static void test_gemm_of_thin_and_empty_matrices(void **state) {
    (void)state;
    static const int64_t sizes[][3] = {{1, 1, 1}, {1, 5, 1}, {7, 1, 3}, {1, 1, 9}, {513, 2, 1}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        lis_tensor a = normals(LIS_F32, sizes[s][0], sizes[s][1], 1), ta;
        lis_tensor b = normals(LIS_F32, sizes[s][1], sizes[s][2], 2);
        lis_tensor flipped = normals(LIS_F32, sizes[s][1], sizes[s][0], 3);
        check_gemm(&a, &b);
        assert_ok(lis_tensor_transpose(&ta, &flipped, 0, 1, &error));
        check_gemm(&ta, &b);
        lis_tensor_release(&a);
        lis_tensor_release(&b);
        lis_tensor_release(&flipped);
    }
    lis_tensor a, b, out = normals(LIS_F32, 3, 2, 1);
    assert_ok(lis_tensor_new_2d(&a, LIS_F32, 3, 0, &error));
    assert_ok(lis_tensor_new_2d(&b, LIS_F32, 0, 2, &error));
    assert_ok(lis_gemm(&ctx, &out, 1.0, &a, &b, 0.0, &error)); /* an empty sum is 0 */
    for (int64_t i = 0; i < 3; i++)
        assert_true(at(&out, i, 0) == 0 && at(&out, i, 1) == 0);
    lis_tensor_release(&a);
    lis_tensor_release(&b);
    lis_tensor_release(&out);
}

static void test_gemm_rejects_misfits(void **state) {
    (void)state;
    lis_tensor a = zeros(LIS_F32, 3, 4), b = zeros(LIS_F32, 5, 2), out = zeros(LIS_F32, 3, 2);
    lis_tensor c = zeros(LIS_F64, 4, 2), ids = zeros(LIS_I32, 4, 2), cube, odd;
    assert_int_equal(lis_gemm(&ctx, &out, 1, &a, &b, 0, &error), LIS_ESHAPE);
    assert_string_equal(error.message, "cannot multiply 'a' f32 [3, 4] by 'b' f32 [5, 2]");
    assert_int_equal(lis_gemm(&ctx, &out, 1, &a, &c, 0, &error), LIS_EDTYPE);
    assert_int_equal(lis_gemm(&ctx, &out, 1, &a, &ids, 0, &error), LIS_EDTYPE);
    assert_int_equal(lis_gemm(&ctx, &a, 1, &a, &b, 0, &error), LIS_ESHAPE);
    assert_ok(lis_tensor_new(&cube, LIS_F32, 3, (int64_t[]){4, 2, 2}, &error));
    assert_ok(lis_tensor_select(&odd, &cube, 2, 1, &error)); /* [4, 2], every second element */
    assert_int_equal(lis_gemm(&ctx, &out, 1, &a, &odd, 0, &error), LIS_ESHAPE);
    assert_non_null(strstr(error.message, "strided view"));
    lis_tensor_release(&a);
    lis_tensor_release(&b);
    lis_tensor_release(&c);
    lis_tensor_release(&ids);
    lis_tensor_release(&out);
    lis_tensor_release(&cube);
}

static void test_gram_agrees_with_the_definition(void **state) {
    (void)state;
    for (int64_t n = 0; n < 9000; n = n * 3 + 1) {
        lis_tensor x = normals(LIS_F32, n, 5, 1), y = normals(LIS_F32, n, 3, 2);
        lis_tensor weight = normals(LIS_F64, n, 0, 3);
        double out[15];
        for (int weighted = 0; weighted < 2; weighted++) {
            assert_ok(lis_gram(&ctx, out, &x, weighted ? &weight : NULL, &y, &error));
            for (int64_t p = 0; p < 5; p++)
                for (int64_t q = 0; q < 3; q++) {
                    double sum = 0;
                    for (int64_t i = 0; i < n; i++)
                        sum += (weighted ? lis_f64(&weight)[i] : 1) * at(&x, i, p) * at(&y, i, q);
                    assert_near(out[p * 3 + q], sum, 1e-10);
                }
        }
        lis_tensor_release(&x);
        lis_tensor_release(&y);
        lis_tensor_release(&weight);
    }
}

/* ---- ridge and Procrustes */

static void check_ridge(const lis_tensor *weight, double l2) {
    enum { N = 400, P = 6, D = 3 };
    lis_tensor x = normals(LIS_F32, N, P, 1), y = normals(LIS_F32, N, D, 2), w;
    assert_ok(lis_ridge(&ctx, &w, &x, &y, weight, l2, &error));
    assert_int_equal(w.shape[0], P);
    assert_int_equal(w.shape[1], D);
    for (int64_t d = 0; d < D; d++) {
        double a[P * P], b[P];
        for (int64_t p = 0; p < P; p++) {
            b[p] = 0;
            for (int64_t q = 0; q < P; q++)
                a[p * P + q] = p == q ? l2 : 0;
            for (int64_t i = 0; i < N; i++) {
                double v = weight ? at(weight, i, 0) : 1;
                b[p] += v * at(&x, i, p) * at(&y, i, d);
                for (int64_t q = 0; q < P; q++)
                    a[p * P + q] += v * at(&x, i, p) * at(&x, i, q);
            }
        }
        naive_solve(P, a, b);
        for (int64_t p = 0; p < P; p++)
            assert_near(at(&w, p, d), b[p], 1e-6);
    }
    lis_tensor_release(&x);
    lis_tensor_release(&y);
    lis_tensor_release(&w);
}

static void test_ridge_solves_the_normal_equations(void **state) {
    (void)state;
    lis_tensor weight = zeros(LIS_F32, 400, 0);
    for (int64_t i = 0; i < 400; i++)
        lis_f32(&weight)[i] = (float)(i % 5);
    check_ridge(NULL, 0);
    check_ridge(NULL, 10);
    check_ridge(&weight, 0.5);
    lis_tensor_release(&weight);
}

static void test_ridge_names_what_is_wrong(void **state) {
    (void)state;
    lis_tensor x = normals(LIS_F32, 20, 3, 1), y = normals(LIS_F32, 20, 2, 2), w;
    lis_tensor weight = zeros(LIS_F32, 20, 0), short_y = normals(LIS_F32, 19, 2, 2);
    assert_int_equal(lis_ridge(&ctx, &w, &x, &short_y, NULL, 1, &error), LIS_ESHAPE);
    assert_string_equal(error.message, "'y': wanted f32 [20, any], got f32 [19, 2]");
    assert_int_equal(lis_ridge(&ctx, &w, &x, &y, NULL, -1, &error), LIS_EARG);
    assert_int_equal(lis_ridge(&ctx, &w, &x, &y, NULL, NAN, &error), LIS_EARG);
    lis_f32(&weight)[4] = -1;
    assert_int_equal(lis_ridge(&ctx, &w, &x, &y, &weight, 1, &error), LIS_EARG);
    assert_string_equal(error.message, "'weight' row 5: wanted a number >= 0, got -1");
    for (int64_t i = 0; i < 20; i++)
        lis_f32(&x)[i * 3 + 2] = 2 * lis_f32(&x)[i * 3];
    assert_int_equal(lis_ridge(&ctx, &w, &x, &y, NULL, 0, &error), LIS_EMATH);
    assert_non_null(strstr(error.message, "raise l2"));
    assert_ok(lis_ridge(&ctx, &w, &x, &y, NULL, 1e-3, &error));
    lis_tensor_release(&w);
    lis_f32(&x)[0] = NAN;
    assert_int_equal(lis_ridge(&ctx, &w, &x, &y, NULL, 1, &error), LIS_EMATH);
    lis_tensor_release(&x);
    lis_tensor_release(&y);
    lis_tensor_release(&short_y);
    lis_tensor_release(&weight);
}

static void test_procrustes_finds_the_rotation(void **state) {
    (void)state;
    enum { N = 500, D = 7 };
    lis_tensor q = normals(LIS_F32, D, D, 1), a = normals(LIS_F32, N, D, 2),
               b = zeros(LIS_F32, N, D);
    lis_tensor r;
    assert_ok(lis_qr_orthonormalise(&ctx, &q, &error));
    assert_ok(lis_gemm(&ctx, &b, 1.0, &a, &q, 0.0, &error));
    assert_ok(lis_procrustes(&ctx, &r, &a, &b, &error));
    for (int64_t i = 0; i < D * D; i++)
        assert_near((double)lis_f32(&r)[i], (double)lis_f32(&q)[i], 1e-5);
    lis_f32(&b)[3] = INFINITY;
    lis_tensor_release(&r);
    assert_int_equal(lis_procrustes(&ctx, &r, &a, &b, &error), LIS_EMATH);
    lis_tensor_release(&q);
    lis_tensor_release(&a);
    lis_tensor_release(&b);
}

/* ---- factorisations */

static void assert_orthonormal_columns(const lis_tensor *x) {
    int64_t k = x->shape[1];
    for (int64_t p = 0; p < k; p++)
        for (int64_t q = 0; q <= p; q++) {
            double dot = 0;
            for (int64_t i = 0; i < x->shape[0]; i++)
                dot += at(x, i, p) * at(x, i, q);
            assert_near(dot, p == q, 2e-6);
        }
}

/* Every column of `x` lies in the span of the orthonormal columns of `q`. */
static void assert_spans(const lis_tensor *q, const lis_tensor *x) {
    for (int64_t c = 0; c < x->shape[1]; c++) {
        double left = 0, length = 0;
        for (int64_t i = 0; i < x->shape[0]; i++)
            length += at(x, i, c) * at(x, i, c);
        left = length;
        for (int64_t k = 0; k < q->shape[1]; k++) {
            double dot = 0;
            for (int64_t i = 0; i < x->shape[0]; i++)
                dot += at(x, i, c) * at(q, i, k);
            left -= dot * dot;
        }
        assert_true(left <= 1e-5 * length);
    }
}

static void test_qr_of_good_and_bad_matrices(void **state) {
    (void)state;
    for (int kind = 0; kind < 5; kind++) {
        lis_tensor x = normals(LIS_F32, 3000, 12, (uint64_t)kind), q;
        for (int64_t i = 0; i < 3000; i++) {
            float *row = lis_f32(&x) + i * 12;
            if (kind == 1) row[7] = row[3];                  /* dependent */
            if (kind == 2) row[7] = row[3] + 1e-6F * row[7]; /* nearly so */
            if (kind == 3) memset(row, 0, 12 * sizeof *row); /* nothing */
            for (int j = 0; kind == 4 && j < 12; j++)        /* badly scaled */
                row[j] *= powf(10.0F, (float)(3 * j - 18));
        }
        assert_ok(lis_tensor_copy_as(&q, &x, LIS_F32, &error));
        assert_ok(lis_qr_orthonormalise(&ctx, &q, &error));
        assert_orthonormal_columns(&q);
        assert_spans(&q, &x);
        lis_tensor_release(&x);
        lis_tensor_release(&q);
    }
    lis_tensor flat = zeros(LIS_F32, 2, 3);
    assert_int_equal(lis_qr_orthonormalise(&ctx, &flat, &error), LIS_ESHAPE);
    lis_tensor_release(&flat);
    lis_tensor bad = normals(LIS_F32, 30, 3, 1);
    lis_f32(&bad)[8] = NAN;
    assert_int_equal(lis_qr_orthonormalise(&ctx, &bad, &error), LIS_EMATH);
    lis_tensor_release(&bad);
}

static void test_eigenvectors_diagonalise(void **state) {
    (void)state;
    enum { N = 12 };
    double a[N * N], kept[N * N], values[N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            kept[i * N + j] = a[i * N + j] = 1.0 / (i + j + 1) + (i == j ? i : 0);
    assert_ok(lis_eigen_symmetric(N, a, values, &error));
    for (int k = 0; k < N; k++) {
        if (k > 0) assert_true(values[k] <= values[k - 1]);
        double largest = 0;
        for (int i = 0; i < N; i++) {
            double product = 0;
            for (int j = 0; j < N; j++)
                product += kept[i * N + j] * a[k * N + j];
            assert_near(product, values[k] * a[k * N + i], 1e-12);
            if (fabs(a[k * N + i]) > fabs(largest)) largest = a[k * N + i];
        }
        assert_true(largest > 0);
        for (int m = 0; m <= k; m++) {
            double dot = 0;
            for (int i = 0; i < N; i++)
                dot += a[k * N + i] * a[m * N + i];
            assert_near(dot, m == k, 1e-12);
        }
    }
    a[5] = NAN;
    assert_int_equal(lis_eigen_symmetric(N, a, values, &error), LIS_EMATH);
    assert_string_equal(error.message, "cannot factorise: element (1, 6) is nan");
}

static void check_svd(int64_t m, int64_t n) {
    lis_tensor t = normals(LIS_F64, m, n, (uint64_t)(m * 100 + n));
    int64_t k = m < n ? m : n;
    double u[30 * 30], s[30], vt[30 * 30], only[30];
    assert_ok(lis_svd_small(m, n, lis_f64(&t), u, s, vt, &error));
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t c = 0; c < k; c++)
                sum += u[i * k + c] * s[c] * vt[c * n + j];
            assert_near(sum, at(&t, i, j), 1e-12);
        }
    for (int64_t c = 1; c < k; c++)
        assert_true(s[c] <= s[c - 1] && s[c] >= 0);
    assert_ok(lis_svd_small(m, n, lis_f64(&t), NULL, only, NULL, &error));
    for (int64_t c = 0; c < k; c++)
        assert_near(only[c], s[c], 1e-12);
    lis_tensor_release(&t);
}

static void test_svd_multiplies_back(void **state) {
    (void)state;
    check_svd(10, 10);
    check_svd(30, 4);
    check_svd(4, 30);
    check_svd(1, 6);
    check_svd(6, 1);
    double a[4] = {1, 2, 3, 4}, s[2];
    assert_int_equal(lis_svd_small(0, 2, a, NULL, s, NULL, &error), LIS_ESHAPE);
    a[1] = INFINITY;
    assert_int_equal(lis_svd_small(2, 2, a, NULL, s, NULL, &error), LIS_EMATH);
}

/* ---- sweeps */

static lis_status make_product(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    const lis_tensor *x = arg;
    lis_tensor t, made;
    LIS_TRY(lis_tensor_transpose(&t, x, 0, 1, err));
    LIS_TRY(lis_tensor_slice(&t, &t, 1, 0, 50, err));
    LIS_TRY(lis_tensor_new_2d(&made, LIS_F32, x->shape[0], 50, err));
    lis_status status = lis_gemm(c, &made, 1.0, x, &t, 0.0, err);
    if (status == LIS_OK)
        *out = made;
    else
        lis_tensor_release(&made);
    return status;
}

static lis_status make_ridge(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    return lis_ridge(c, out, arg, arg, NULL, 1.0, err);
}

static lis_status make_rotation(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    return lis_procrustes(c, out, arg, arg, err);
}

static lis_status make_basis(lis_ctx *c, lis_tensor *out, void *arg, lis_error *err) {
    lis_tensor copy;
    LIS_TRY(lis_tensor_copy_as(&copy, arg, LIS_F32, err));
    lis_status status = lis_qr_orthonormalise(c, &copy, err);
    if (status == LIS_OK)
        *out = copy;
    else
        lis_tensor_release(&copy);
    return status;
}

static void test_threads_memory_interrupt(void **state) {
    (void)state;
    lis_tensor x = normals(LIS_F32, 9000, 16, 5), dependent;
    make_tensor *makes[] = {make_product, make_ridge, make_rotation, make_basis};
    for (int k = 0; k < 4; k++) {
        check_threads(makes[k], &x);
        check_memory(makes[k], &x);
        check_interrupt(makes[k], &x);
    }
    assert_ok(lis_tensor_copy_as(&dependent, &x, LIS_F32, &error));
    for (int64_t i = 0; i < 9000; i++)
        lis_f32(&dependent)[i * 16 + 1] = lis_f32(&dependent)[i * 16];
    check_threads(make_basis, &dependent);
    check_memory(make_basis, &dependent);
    lis_tensor_release(&x);
    lis_tensor_release(&dependent);
}

static int setup(void **state) {
    (void)state;
    lis_ctx_init(&ctx, 2);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm_on_every_layout),
        cmocka_unit_test(test_gemm_of_thin_and_empty_matrices),
        cmocka_unit_test(test_gemm_rejects_misfits),
        cmocka_unit_test(test_gram_agrees_with_the_definition),
        cmocka_unit_test(test_ridge_solves_the_normal_equations),
        cmocka_unit_test(test_ridge_names_what_is_wrong),
        cmocka_unit_test(test_procrustes_finds_the_rotation),
        cmocka_unit_test(test_qr_of_good_and_bad_matrices),
        cmocka_unit_test(test_eigenvectors_diagonalise),
        cmocka_unit_test(test_svd_multiplies_back),
        cmocka_unit_test(test_threads_memory_interrupt),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
