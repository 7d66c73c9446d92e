/* The first 100 losses of DIN and DeepFM rankers, beside PyTorch's from the same initial values and
 * rows (tests/ref/nn_golden.py). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "../check_near.h"
#include "nn_golden.h"
#include "toy.h"

enum { FIELDS = 3, USER = 0, ITEM, HOUR, ROWS = GOLDEN_STEPS * GOLDEN_BATCH };
static const char *const field[FIELDS] = {"user", "item", "hour"};
static const int vocab[FIELDS] = {50, 40, 24};

static uint32_t state;

/* As the script's draw: one number in [low, high). */
static double draw(double low, double high) {
    state = 1664525u * state + 1013904223u;
    return low + (high - low) * ((double)state / 4294967296.0);
}

static struct {
    int32_t ids[FIELDS][ROWS], row[ROWS], item[ROWS * GOLDEN_LENGTH];
    int64_t begin[ROWS], end[ROWS];
    float dense[ROWS * GOLDEN_DENSE];
    uint8_t label[ROWS];
    lis_history history;
} rows;

static void draw_rows(void) {
    int64_t used = 0;
    for (int r = 0; r < ROWS; r++) {
        rows.row[r] = r;
        for (int f = 0; f < FIELDS; f++)
            rows.ids[f][r] = (int32_t)draw(0, vocab[f]);
        int length = (int)draw(0, GOLDEN_LENGTH + 1), repeats = 0;
        rows.begin[r] = used;
        for (int t = 0; t < length; t++) {
            int32_t item = (int32_t)draw(0, vocab[ITEM]);
            repeats += item == rows.ids[ITEM][r];
            rows.item[used++] = item;
        }
        rows.end[r] = used;
        double first = 0;
        for (int j = 0; j < GOLDEN_DENSE; j++) {
            double x = draw(-1, 1);
            rows.dense[r * GOLDEN_DENSE + j] = (float)x;
            if (j == 0) first = x;
        }
        double taste =
            (rows.ids[USER][r] % 3 - 1) + (rows.ids[ITEM][r] % 4 == 0 ? 1 : -0.5) + repeats;
        rows.label[r] = draw(-1, 1) + 0.7 * taste + first > 0;
    }
    rows.history = (lis_history){ROWS, used, rows.item, rows.begin, rows.end};
}

/* Fills parameter `name` with numbers in [-scale, scale). */
static void draw_parameter(const lis_model *model, const char *name, double scale) {
    for (int i = 0; i < lis_model_parameters(model); i++) {
        lis_parameter p = lis_model_parameter(model, i);
        if (strcmp(p.name, name) != 0) continue;
        for (int64_t k = 0; k < p.rows * p.columns; k++)
            p.value[k] = (float)draw(-scale, scale);
        return;
    }
    fail_msg("there is no parameter '%s'", name);
}

static void draw_linear(const lis_model *model, const char *weight, const char *bias, int in,
                        int units) {
    draw_parameter(model, weight, sqrt(6.0 / (in + units)));
    draw_parameter(model, bias, 0.1);
}

static void draw_perceptron(const lis_model *model, int in) {
    draw_linear(model, "mlp1.weight", "mlp1.bias", in, 32);
    draw_linear(model, "mlp2.weight", "mlp2.bias", 32, 16);
    draw_linear(model, "top.weight", "top.bias", 16, 1);
}

static int perceptron(lis_graph *g, int x) {
    x = toy_add(g, "linear", NODES(x),
                SETTINGS(NUMBER("units", 32), TEXT("activation", "relu"), TEXT("name", "mlp1")));
    x = toy_add(g, "linear", NODES(x),
                SETTINGS(NUMBER("units", 16), TEXT("activation", "relu"), TEXT("name", "mlp2")));
    return toy_add(g, "linear", NODES(x), SETTINGS(NUMBER("units", 1), TEXT("name", "top")));
}

static int embed(lis_graph *g, int input, const char *name, int dim) {
    return toy_add(g, "embedding", NODES(input), SETTINGS(NUMBER("dim", dim), TEXT("name", name)));
}

/* The inputs every graph here has: the ids, then "dense", then "history". */
enum { DENSE_IN = FIELDS, HISTORY_IN };

static lis_graph *open_graph(void) {
    lis_graph *g;
    assert_int_equal(lis_graph_new(&g, 0, NULL), LIS_OK);
    for (int f = 0; f < FIELDS; f++)
        toy_add(g, "ids", PLAIN, SETTINGS(TEXT("name", field[f]), NUMBER("vocab", vocab[f])));
    toy_add(g, "dense", PLAIN, SETTINGS(TEXT("name", "dense"), NUMBER("width", GOLDEN_DENSE)));
    toy_add(g, "history", PLAIN,
            SETTINGS(TEXT("name", "history"), NUMBER("vocab", vocab[ITEM]),
                     NUMBER("max_len", GOLDEN_LENGTH)));
    return g;
}

static lis_model *din(void) {
    lis_graph *g = open_graph();
    int u = embed(g, USER, "user_v", GOLDEN_DIM), q = embed(g, ITEM, "item_v", GOLDEN_DIM);
    int h = embed(g, HOUR, "hour_v", GOLDEN_DIM), k = embed(g, HISTORY_IN, "item_v", GOLDEN_DIM);
    int a = toy_add(g, "attention", NODES(q, k),
                    SETTINGS(NUMBER("hidden", GOLDEN_HIDDEN), TEXT("name", "att")));
    int x = toy_add(g, "concat", NODES(u, q, h, a, DENSE_IN), PLAIN);
    toy_add(g, "logistic", NODES(perceptron(g, x)), PLAIN);
    lis_model *model = toy_build(g, GOLDEN_BATCH);
    draw_parameter(model, "user_v", 0.3);
    draw_parameter(model, "item_v", 0.3);
    draw_parameter(model, "hour_v", 0.3);
    draw_linear(model, "att.weight", "att.bias", 4 * GOLDEN_DIM, GOLDEN_HIDDEN);
    draw_linear(model, "att.out", "att.out_bias", GOLDEN_HIDDEN, 1);
    draw_perceptron(model, 4 * GOLDEN_DIM + GOLDEN_DENSE);
    return model;
}

static lis_model *deepfm(void) {
    static const char *const table[] = {"v0", "v1", "v2"}, *const weight[] = {"w0", "w1", "w2"};
    lis_graph *g = open_graph();
    int v[FIELDS], w[FIELDS];
    for (int f = 0; f < FIELDS; f++) {
        v[f] = embed(g, f, table[f], GOLDEN_DIM);
        w[f] = embed(g, f, weight[f], 1);
    }
    int pairs = toy_add(g, "fm", v, FIELDS, PLAIN), first = toy_add(g, "sum", w, FIELDS, PLAIN);
    int x = toy_add(g, "concat", NODES(v[0], v[1], v[2], DENSE_IN), PLAIN);
    int z = toy_add(g, "sum", NODES(perceptron(g, x), pairs, first), PLAIN);
    toy_add(g, "logistic", NODES(z), PLAIN);
    lis_model *model = toy_build(g, GOLDEN_BATCH);
    for (int f = 0; f < FIELDS; f++) {
        draw_parameter(model, table[f], 0.3);
        draw_parameter(model, weight[f], 0.3);
    }
    draw_perceptron(model, 3 * GOLDEN_DIM + GOLDEN_DENSE);
    return model;
}

static void check_curve(lis_model *model, const double *wanted) {
    lis_ctx ctx = toy_ctx(2);
    lis_fit_options options = lis_fit_defaults();
    lis_feed *feed;
    assert_int_equal(lis_feed_new(&feed, model, ROWS, NULL), LIS_OK);
    for (int f = 0; f < FIELDS; f++)
        assert_int_equal(lis_feed_ids(feed, field[f], rows.ids[f], NULL), LIS_OK);
    assert_int_equal(lis_feed_dense(feed, "dense", rows.dense, GOLDEN_DENSE, NULL), LIS_OK);
    assert_int_equal(lis_feed_history(feed, "history", &rows.history, NULL), LIS_OK);
    assert_int_equal(lis_feed_label(feed, rows.label, NULL), LIS_OK);
    for (int step = 0; step < GOLDEN_STEPS; step++) {
        lis_fit_result result;
        assert_int_equal(lis_model_fit(&ctx, model, feed, rows.row + step * GOLDEN_BATCH,
                                       GOLDEN_BATCH, &options, &result, NULL),
                         LIS_OK);
        if (!lis_near(result.loss, wanted[step], 1e-4))
            fail_msg("step %d: loss %.9g, PyTorch's %.9g", step + 1, result.loss, wanted[step]);
    }
    lis_feed_free(feed);
    lis_model_release(model);
}

/* The script draws the rows, then DIN's values, then DeepFM's, all from one stream. */
static void din_as_pytorch(void **unused) {
    (void)unused;
    state = 12345;
    draw_rows();
    check_curve(din(), golden_din_loss);
}

static void deepfm_as_pytorch(void **unused) {
    (void)unused;
    state = 12345;
    draw_rows();
    lis_model_release(din());
    check_curve(deepfm(), golden_deepfm_loss);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(din_as_pytorch),
                                       cmocka_unit_test(deepfm_as_pytorch)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
