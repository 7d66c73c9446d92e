/* Precision "bf16": the rounding, products of every shape against f64 and against emulation, and every
 * op's graph against its formula. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../check_near.h"
#include "bf16.h"
#include "kernels.h"
#include "lis/base/parallel.h"
#include "lis/base/rng.h"
#include "op_cases.h"

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float rounded(float x) {
    return float_of(nn_bf16(x));
}

/* ---- rounding */

static void edges_of_rounding(void **state) {
    (void)state;
    const struct {
        uint32_t from, to;
    } edge[] = {{0x3f808000, 0x3f800000}, /* a tie goes to even: down */
                {0x3f818000, 0x3f820000}, /* up */
                {0x3f808001, 0x3f810000}, {0xbf807fff, 0xbf800000}, {0x3fffffff, 0x40000000},
                {0x00800000, 0x00800000}, {0x007fffff, 0x00000000}, {0x80000001, 0x80000000},
                {0x7f7fffff, 0x7f800000}, {0x7f800000, 0x7f800000}, {0xff800000, 0xff800000}};
    for (size_t i = 0; i < sizeof edge / sizeof *edge; i++)
        assert_int_equal(nn_bf16(float_of(edge[i].from)), edge[i].to);
    assert_true(isnan(rounded(NAN)) && isnan(rounded(float_of(0x7f800001))));
    assert_int_equal(nn_pair(1, -2), 0x3f80c000);
}

static void rounding_is_to_the_nearest(void **state) {
    (void)state;
    lis_rng rng = lis_rng_open(1, "bf16", 0);
    for (int i = 0; i < 100000; i++) {
        double x = (double)(float)(lis_rng_normal(&rng) * exp(10 * lis_rng_normal(&rng)));
        uint32_t bits;
        float as_float = (float)x;
        memcpy(&bits, &as_float, sizeof bits);
        double low = float_of(bits & 0xffff0000u), high = float_of((bits & 0xffff0000u) + 0x10000u);
        double nearest = fabs(x - low) < fabs(high - x) ? low : high;
        if (fabs(x - low) == fabs(high - x)) nearest = bits & 0x10000u ? high : low;
        assert_near(rounded(as_float), nearest, 0);
    }
}

/* ---- products */

typedef struct shape {
    int64_t m, n, k;
    bool packed; /* b is pairs, a lies in rows; else b is f32, a in columns */
    bool add;
    nn_activation activation;
} shape;

enum { SPARE = 5 }; /* floats between the rows of a matrix */

typedef struct operands {
    float *a, *b, *c, *bias;
    uint32_t *pairs;
    nn_product product;
} operands;

static float *draw(lis_rng *rng, int64_t n) {
    float *x = malloc((size_t)(n + NN_PAD) * sizeof *x);
    for (int64_t i = 0; i < n + NN_PAD; i++)
        x[i] = (float)lis_rng_normal(rng);
    return x;
}

/* b [k, n] as kernels.h has packed pairs. */
static uint32_t *pack(const float *b, int64_t ldb, int64_t k, int64_t n, int64_t *panel) {
    const int64_t pairs = ((k + 1) / 2 + NN_TILE - 1) / NN_TILE * NN_TILE;
    *panel = pairs * NN_PANEL;
    uint32_t *to = calloc((size_t)((n + NN_PANEL - 1) / NN_PANEL * *panel) + 1, sizeof *to);
    for (int64_t i = 0; i < k; i += 2)
        for (int64_t j = 0; j < n; j++)
            to[j / NN_PANEL * *panel + i / 2 * NN_PANEL + j % NN_PANEL] =
                nn_pair(b[i * ldb + j], i + 1 < k ? b[(i + 1) * ldb + j] : 0);
    return to;
}

static operands draw_operands(const shape *s, uint64_t seed) {
    lis_rng rng = lis_rng_open(seed, "product", 0);
    const int64_t across = s->packed ? s->k : s->m, down = s->packed ? s->m : s->k;
    operands o = {.a = draw(&rng, down * (across + SPARE)),
                  .b = draw(&rng, s->k * (s->n + SPARE)),
                  .c = draw(&rng, s->m * (s->n + SPARE)),
                  .bias = draw(&rng, s->n)};
    o.product = (nn_product){.m = s->m,
                             .n = s->n,
                             .k = s->k,
                             .a = o.a,
                             .a_row = s->packed ? across + SPARE : 1,
                             .a_step = s->packed ? 1 : across + SPARE,
                             .b = o.b,
                             .ldb = s->n + SPARE,
                             .panel = NN_PANEL,
                             .c = o.c,
                             .ldc = s->n + SPARE,
                             .add = s->add,
                             .bias = s->add ? NULL : o.bias,
                             .activation = s->activation};
    if (s->packed) {
        o.pairs = pack(o.b, o.product.ldb, s->k, s->n, &o.product.panel);
        o.product.pairs = o.pairs;
        o.product.b = NULL;
        o.product.ldb = NN_PANEL;
    }
    return o;
}

static void free_operands(operands *o) {
    free(o->a);
    free(o->b);
    free(o->c);
    free(o->bias);
    free(o->pairs);
}

static double activated(double x, nn_activation activation) {
    return activation == NN_RELU ? fmax(x, 0) : activation == NN_TANH ? tanh(x) : x;
}

/* Every element of c, and what lies between its rows, against sums in f64. `before`: c as it was. */
static void check_product(const shape *s, const operands *o, const float *before) {
    const nn_product *p = &o->product;
    for (int64_t i = 0; i < s->m; i++)
        for (int64_t j = 0; j < s->n + SPARE; j++) {
            double sum = before[i * p->ldc + j], size = 1;
            if (j < s->n) {
                sum = s->add ? sum : (double)o->bias[j];
                for (int64_t k = 0; k < s->k; k++) {
                    double term = (double)rounded(p->a[i * p->a_row + k * p->a_step]) *
                                  (double)rounded(o->b[k * (s->n + SPARE) + j]);
                    sum += term;
                    size += fabs(term);
                }
                sum = activated(sum, s->activation);
            }
            double got = p->c[i * p->ldc + j];
            if (!(fabs(got - sum) <= (j < s->n ? 3e-7 : 0) * size))
                fail_msg("[%d x %d x %d] at %d, %d: %.9g, wanted %.9g", (int)s->m, (int)s->k,
                         (int)s->n, (int)i, (int)j, got, sum);
        }
}

static void run_shape(const shape *s) {
    enum { KERNELS = 3 };
    const nn_bf16_kernel best = nn_bf16_best();
    extern const nn_kernels nn_kernels_portable;
    nn_product_fn *const kernel[KERNELS] = {nn_kernels_portable.product_bf16,
                                            nn_kernels_best()->product_bf16, best.product};
    const size_t bytes = (size_t)(s->m * (s->n + SPARE)) * sizeof(float);
    operands o[KERNELS];
    for (int k = 0; k < KERNELS; k++) {
        o[k] = draw_operands(s, 7);
        float *before = malloc(bytes + 1);
        memcpy(before, o[k].c, bytes);
        kernel[k](&o[k].product);
        check_product(s, &o[k], before);
        free(before);
    }
    /* Emulations and VDPBF16PS add in one order; activations may differ in the last bits. */
    bool exact = s->activation == NN_LINEAR || s->activation == NN_RELU;
    if (exact) assert_memory_equal(o[0].c, o[1].c, bytes);
    if (exact && strcmp(best.name, "amx") != 0) assert_memory_equal(o[1].c, o[2].c, bytes);
    for (int k = 0; k < KERNELS; k++)
        free_operands(&o[k]);
}

static void products_of_every_shape(void **state) {
    (void)state;
    const int64_t sizes[][3] = {{1, 1, 1},      {2, 17, 3},     {7, 64, 32},     {33, 65, 31},
                                {128, 36, 2},   {100, 130, 1},  {128, 256, 160}, {5, 16, 700},
                                {300, 40, 128}, {31, 100, 257}, {3, 5, 0},       {0, 8, 4}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int way = 0; way < 4; way++)
            run_shape(&(shape){.m = sizes[i][0],
                               .n = sizes[i][1],
                               .k = sizes[i][2],
                               .packed = way < 2,
                               .add = way % 2,
                               .activation = way == 0   ? NN_RELU
                                             : way == 2 ? NN_TANH
                                                        : NN_LINEAR});
}

/* ---- graphs */

static bool has_products(const lis_model *model) {
    for (int w = 0; w < model->graph->weights; w++)
        if (model->graph->weight[w].packed) return true;
    return false;
}

/* Squared length of what was wanted, and of what it was missed by. */
typedef struct miss {
    double off, size;
} miss;

static void add_miss(miss *m, double got, double wanted) {
    m->off += (got - wanted) * (got - wanted);
    m->size += wanted * wanted;
}

/* The whole gradient against central differences of the f64 oracle. */
static void check_gradient(naive *o) {
    const lis_model *model = o->model;
    miss m = {0, 0};
    for (int w = 0; w < model->graph->weights; w++) {
        lis_parameter p = lis_model_parameter(model, w);
        int64_t n = model->graph->weight[w].average ? 0 : p.rows * p.columns;
        for (int64_t i = 0; i<n; i += n> 80 ? n / 40 : 1) {
            double got = 0;
            for (int64_t s = 0; s < lis_shard_count(o->rows, LIS_NN_SHARD); s++)
                got += model->dense_gradient[s * model->dense_size + model->weight_at[w] + i];
            add_miss(&m, got, op_case_slope(o, &o->weight[w][i]));
        }
    }
    if (sqrt(m.off) > 0.02 * sqrt(m.size))
        fail_msg("the gradient misses by %.3g of its length", sqrt(m.off / m.size));
}

static void check_case(void **state) {
    const op_case *c = *state;
    toy log;
    toy_fill(&log);
    lis_model *half = op_case_build(c, "bf16"), *full = op_case_build(c, "f32");
    lis_feed *feed[] = {toy_feed(half, &log), toy_feed(full, &log)};
    naive *oracle = naive_new(half, feed[0], log.row + OP_FIRST, OP_ROWS);
    lis_ctx ctx = toy_ctx(2);
    float logit[2][OP_ROWS];
    lis_error err;
    assert_string_equal(lis_model_precision(half), "bf16");
    assert_int_equal(
        lis_model_predict(&ctx, half, feed[0], 0, log.row + OP_FIRST, OP_ROWS, logit[0], &err),
        LIS_OK);
    assert_int_equal(
        lis_model_predict(&ctx, full, feed[1], 0, log.row + OP_FIRST, OP_ROWS, logit[1], &err),
        LIS_OK);
    naive_loss(oracle);
    for (int r = 0; r < OP_ROWS; r++)
        assert_near(logit[0][r], naive_logit(oracle, r), 0.03);
    if (!has_products(half)) assert_memory_equal(logit[0], logit[1], sizeof logit[0]);
    oracle->training = true;
    double loss = op_case_step(half, feed[0], &log, 2);
    assert_near(loss, naive_loss(oracle), 0.01);
    assert_int_equal(loss != op_case_step(full, feed[1], &log, 2), has_products(half));
    check_gradient(oracle);
    op_case_check_threads(c, "bf16", half, &log, 1);
    op_case_check_threads(c, "bf16", half, &log, 4);
    naive_free(oracle);
    for (int i = 0; i < 2; i++)
        lis_feed_free(feed[i]);
    lis_model_release(half);
    lis_model_release(full);
}

int main(void) {
    int count;
    const op_case *cases = op_cases(&count);
    struct CMUnitTest tests[100] = {cmocka_unit_test(edges_of_rounding),
                                    cmocka_unit_test(rounding_is_to_the_nearest),
                                    cmocka_unit_test(products_of_every_shape)};
    assert_true(count + 3 <= 100);
    for (int i = 0; i < count; i++)
        tests[i + 3] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = check_case, .initial_state = (void *)&cases[i]};
    return _cmocka_run_group_tests("tests", tests, (size_t)count + 3, NULL, NULL);
}
