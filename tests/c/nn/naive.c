#include "naive.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dropout.h"
#include "feed.h"
#include "kernels.h"
#include "lis/base/rng.h"

static double *copy_weight(const lis_model *model, int index) {
    lis_parameter p = lis_model_parameter(model, index);
    int64_t n = p.rows * p.columns;
    double *copy = malloc((size_t)n * sizeof *copy);
    for (int64_t i = 0; i < n; i++)
        copy[i] = p.value[i];
    return copy;
}

naive *naive_new(const lis_model *model, const lis_feed *feed, const int32_t *row, int64_t rows) {
    const lis_graph *graph = model->graph;
    naive *o = calloc(1, sizeof *o);
    *o = (naive){.model = model, .feed = feed, .row = row, .rows = rows};
    o->weight = calloc((size_t)graph->weights + 1, sizeof *o->weight);
    o->table = calloc((size_t)graph->tables + 1, sizeof *o->table);
    o->value = calloc((size_t)graph->nodes, sizeof *o->value);
    o->offset = calloc((size_t)graph->nodes, sizeof *o->offset);
    o->item = calloc((size_t)graph->nodes, sizeof *o->item);
    for (int w = 0; w < graph->weights; w++)
        o->weight[w] = copy_weight(model, w);
    for (int t = 0; t < graph->tables; t++)
        o->table[t] = copy_weight(model, graph->weights + t);
    return o;
}

void naive_free(naive *o) {
    const lis_graph *graph = o->model->graph;
    for (int w = 0; w < graph->weights; w++)
        free(o->weight[w]);
    for (int t = 0; t < graph->tables; t++)
        free(o->table[t]);
    for (int i = 0; i < graph->nodes; i++) {
        free(o->value[i]);
        free(o->offset[i]);
        free(o->item[i]);
    }
    free(o->weight);
    free(o->table);
    free(o->value);
    free(o->offset);
    free(o->item);
    free(o);
}

static int64_t count_of(const naive *o, const nn_node *node) {
    return node->kind == NN_SEQUENCE ? o->offset[node->history][o->rows] : o->rows;
}

static const nn_node *in_node(const naive *o, const nn_node *node, int k) {
    return o->model->graph->node[node->input[k]];
}

static double *in_row(const naive *o, const nn_node *node, int k, int64_t i) {
    const nn_node *in = in_node(o, node, k);
    return o->value[in->number] + i * in->width;
}

static double activate(double x, int activation) {
    switch ((nn_activation)activation) {
    case NN_LINEAR:
        return x;
    case NN_RELU:
        return x > 0 ? x : 0;
    case NN_LEAKY:
        return x > 0 ? x : (double)NN_LEAKY_SLOPE * x;
    case NN_SIGMOID:
        return 1 / (1 + exp(-x));
    case NN_TANH:
        return tanh(x);
    }
    return NAN;
}

static void read_history(naive *o, const nn_node *node) {
    const lis_history *h = &o->feed->column[node->number].history;
    if (!o->offset[node->number]) {
        o->offset[node->number] = calloc((size_t)o->rows + 1, sizeof(int64_t));
        o->item[node->number] = calloc((size_t)(o->rows * node->max_len), sizeof(int32_t));
    }
    int64_t used = 0;
    for (int64_t r = 0; r < o->rows; r++) {
        int64_t begin = h->begin[o->row[r]], end = h->end[o->row[r]];
        for (int64_t t = begin; t < end; t++)
            if (end - t <= node->max_len) o->item[node->number][used++] = h->item[t];
        o->offset[node->number][r + 1] = used;
    }
}

static void embedding(naive *o, const nn_node *node, int64_t i, double *y) {
    const nn_node *in = in_node(o, node, 0);
    int32_t id = in->kind == NN_HISTORY ? o->item[in->number][i]
                                        : o->feed->column[in->number].ids[o->row[i]];
    for (int64_t j = 0; j < node->width; j++)
        y[j] = id < 0 ? 0 : o->table[node->table][id * node->width + j];
}

static void dense(naive *o, const nn_node *node, int64_t i, double *y) {
    const nn_column *c = &o->feed->column[node->number];
    int64_t at = c->ids ? c->ids[o->row[i]] : o->row[i];
    for (int64_t j = 0; j < node->width; j++)
        y[j] = at < 0 ? 0 : (double)c->values[at * node->width + j];
}

static void linear(naive *o, const nn_node *node, int64_t i, double *y) {
    const double *x = in_row(o, node, 0, i), *w = o->weight[node->parameter[0]];
    for (int64_t j = 0; j < node->width; j++) {
        double sum = node->parameters > 1 ? o->weight[node->parameter[1]][j] : 0;
        for (int64_t k = 0; k < in_node(o, node, 0)->width; k++)
            sum += x[k] * w[k * node->width + j];
        y[j] = activate(sum, (int)node->option[1].number);
    }
}

static void concat(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int k = 0; k < node->inputs; k++) {
        int64_t width = in_node(o, node, k)->width;
        memcpy(y, in_row(o, node, k, i), (size_t)width * sizeof *y);
        y += width;
    }
}

static void product(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++)
        y[j] = in_row(o, node, 0, i)[j] * in_row(o, node, 1, i)[j];
}

static void sum(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++) {
        y[j] = 0;
        for (int k = 0; k < node->inputs; k++)
            y[j] += in_row(o, node, k, i)[j];
    }
}

static void activation(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++)
        y[j] = activate(in_row(o, node, 0, i)[j], (int)node->option[0].number);
}

static void pool(naive *o, const nn_node *node, int64_t i, double *y) {
    const int64_t *offset = o->offset[in_node(o, node, 0)->history];
    int64_t length = offset[i + 1] - offset[i];
    bool mean = node->option[0].number == 0;
    memset(y, 0, (size_t)node->width * sizeof *y);
    for (int64_t t = offset[i]; t < offset[i + 1]; t++)
        for (int64_t j = 0; j < node->width; j++)
            y[j] += in_row(o, node, 0, t)[j] / (mean ? (double)length : 1.0);
}

static void weighted(naive *o, const nn_node *node, int64_t i, double *y) {
    const int64_t *offset = o->offset[in_node(o, node, 0)->history];
    memset(y, 0, (size_t)node->width * sizeof *y);
    for (int64_t t = offset[i]; t < offset[i + 1]; t++)
        for (int64_t j = 0; j < node->width; j++)
            y[j] += *in_row(o, node, 0, t) * in_row(o, node, 1, t)[j];
}

static void bag(naive *o, const nn_node *node, int64_t i, double *y) {
    const nn_node *history = in_node(o, node, 0);
    const int64_t *offset = o->offset[history->number];
    bool mean = node->option[2].number == 1;
    memset(y, 0, (size_t)node->width * sizeof *y);
    for (int64_t t = offset[i]; t < offset[i + 1]; t++) {
        double weight = mean ? 1.0 / (double)(offset[i + 1] - offset[i]) : 1;
        if (node->inputs > 1)
            weight = in_node(o, node, 1)->kind == NN_SEQUENCE
                         ? *in_row(o, node, 1, t)
                         : in_row(o, node, 1, i)[t - offset[i]];
        for (int64_t j = 0; j < node->width; j++)
            y[j] += weight * o->table[node->table][o->item[history->number][t] * node->width + j];
    }
}

static void fm(naive *o, const nn_node *node, int64_t i, double *y) {
    *y = 0;
    for (int a = 0; a < node->inputs; a++)
        for (int b = a + 1; b < node->inputs; b++)
            for (int64_t j = 0; j < in_node(o, node, 0)->width; j++)
                *y += in_row(o, node, a, i)[j] * in_row(o, node, b, i)[j];
}

/* The unit as the paper draws it: [q, k, q - k, q * k] -> hidden -> 1. */
static void attention(naive *o, const nn_node *node, int64_t i, double *y) {
    const int64_t *offset = o->offset[in_node(o, node, 1)->history];
    int64_t dim = node->width, hidden = (int64_t)node->option[0].number;
    const double *q = in_row(o, node, 0, i), *w = o->weight[node->parameter[0]];
    memset(y, 0, (size_t)dim * sizeof *y);
    for (int64_t t = offset[i]; t < offset[i + 1]; t++) {
        const double *k = in_row(o, node, 1, t);
        double weight = *o->weight[node->parameter[3]];
        for (int64_t h = 0; h < hidden; h++) {
            double z = o->weight[node->parameter[1]][h];
            for (int64_t d = 0; d < dim; d++)
                z += q[d] * w[d * hidden + h] + k[d] * w[(dim + d) * hidden + h] +
                     (q[d] - k[d]) * w[(2 * dim + d) * hidden + h] +
                     q[d] * k[d] * w[(3 * dim + d) * hidden + h];
            weight += activate(z, (int)node->option[1].number) * o->weight[node->parameter[2]][h];
        }
        for (int64_t d = 0; d < dim; d++)
            y[d] += weight * k[d];
    }
}

static void frozen(naive *o, const nn_node *node, int64_t i, double *y) {
    const nn_column *c = &o->feed->column[node->number];
    const int64_t *offset = o->offset[node->history];
    int64_t row = 0;
    while (offset[row + 1] <= i)
        row++;
    int64_t part = c->ids ? c->ids[o->row[row]] : 0;
    for (int64_t j = 0; j < node->width; j++)
        y[j] = c->values[(part + o->item[node->history][i]) * node->width + j];
}

static void match(naive *o, const nn_node *node, int64_t i, double *y) {
    const int64_t *offset = o->offset[node->history];
    int64_t row = 0;
    while (offset[row + 1] <= i)
        row++;
    *y = 0;
    for (int64_t j = 0; j < in_node(o, node, 0)->width; j++)
        *y += in_row(o, node, 0, row)[j] * in_row(o, node, 1, i)[j];
}

static void bias(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++)
        y[j] = in_row(o, node, 0, i)[j] + o->weight[node->parameter[0]][j];
}

static void slice(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++)
        y[j] = in_row(o, node, 0, i)[(int64_t)node->option[0].number - 1 + j];
}

static void difference(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++)
        y[j] = in_row(o, node, 0, i)[j] - in_row(o, node, 1, i)[j];
}

static void copy(naive *o, const nn_node *node, int64_t i, double *y) {
    memcpy(y, in_row(o, node, 0, i), (size_t)node->width * sizeof *y);
}

static void dot(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int a = 0; a < node->inputs; a++)
        for (int b = a + 1; b < node->inputs; b++, y++) {
            *y = 0;
            for (int64_t j = 0; j < in_node(o, node, 0)->width; j++)
                *y += in_row(o, node, a, i)[j] * in_row(o, node, b, i)[j];
        }
}

static void gelu(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++) {
        double x = in_row(o, node, 0, i)[j];
        y[j] = 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    }
}

static void prelu(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++) {
        double x = in_row(o, node, 0, i)[j];
        y[j] = x > 0 ? x : x * o->weight[node->parameter[0]][j];
    }
}

static void layer_norm(naive *o, const nn_node *node, int64_t i, double *y) {
    const double *x = in_row(o, node, 0, i), n = (double)node->width;
    double mean = 0, variance = 0;
    for (int64_t j = 0; j < node->width; j++)
        mean += x[j] / n;
    for (int64_t j = 0; j < node->width; j++)
        variance += (x[j] - mean) * (x[j] - mean) / n;
    for (int64_t j = 0; j < node->width; j++)
        y[j] = o->weight[node->parameter[0]][j] * (x[j] - mean) / sqrt(variance + 1e-5) +
               o->weight[node->parameter[1]][j];
}

/* Column j of item i, normalised over the items of its shard, or by the running averages. */
static double normalised(naive *o, const nn_node *node, int64_t i, int64_t j, int first) {
    int64_t begin = 0, end = 0;
    for (int64_t r = 0; end <= i; r += LIS_NN_SHARD) {
        int64_t last = r + LIS_NN_SHARD < o->rows ? r + LIS_NN_SHARD : o->rows;
        begin = end;
        end = node->kind == NN_SEQUENCE ? o->offset[node->history][last] : last;
    }
    double mean = 0, variance = 0, n = (double)(end - begin);
    for (int64_t k = begin; k < end; k++)
        mean += in_row(o, node, 0, k)[j] / n;
    for (int64_t k = begin; k < end; k++)
        variance += pow(in_row(o, node, 0, k)[j] - mean, 2) / n;
    if (!o->training) {
        mean = o->weight[node->parameter[first]][j];
        variance = o->weight[node->parameter[first + 1]][j];
    }
    return (in_row(o, node, 0, i)[j] - mean) / sqrt(variance + 1e-5);
}

static void batch_norm(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++)
        y[j] = o->weight[node->parameter[0]][j] * normalised(o, node, i, j, 2) +
               o->weight[node->parameter[1]][j];
}

static void dice(naive *o, const nn_node *node, int64_t i, double *y) {
    for (int64_t j = 0; j < node->width; j++) {
        double x = in_row(o, node, 0, i)[j], p = activate(normalised(o, node, i, j, 1), NN_SIGMOID);
        y[j] = p * x + (1 - p) * o->weight[node->parameter[0]][j] * x;
    }
}

double naive_mask(const nn_dropout *how, int64_t i, int64_t j) {
    lis_rng rng = lis_rng_at(how->key, (uint64_t)(how->first + i));
    uint64_t bits = 0;
    for (int64_t k = 0; k <= j / 4; k++)
        bits = lis_rng_next(&rng);
    return (bits >> 16 * (j % 4) & 0xffff) < how->drop ? 0 : (double)how->keep;
}

static void dropout(naive *o, const nn_node *node, int64_t i, double *y) {
    nn_dropout how =
        nn_dropout_of(o->model->graph->seed, node->number, o->step, node->option[0].number, 0);
    for (int64_t j = 0; j < node->width; j++)
        y[j] = in_row(o, node, 0, i)[j] * (o->training ? naive_mask(&how, i, j) : 1);
}

static void cross(naive *o, const nn_node *node, int64_t i, double *y) {
    const double *x0 = in_row(o, node, 0, i), *x = in_row(o, node, 1, i);
    const double *bias_of = o->weight[node->parameter[0]], *w = o->weight[node->parameter[1]];
    int64_t n = node->width, rank = (int64_t)node->option[0].number;
    for (int64_t j = 0; j < n; j++) {
        double z = bias_of[j];
        for (int64_t k = 0; k < n; k++) {
            double entry = rank ? 0 : w[k * n + j];
            for (int64_t l = 0; l < rank; l++)
                entry += w[k * rank + l] * o->weight[node->parameter[2]][l * n + j];
            z += x[k] * entry;
        }
        y[j] = x0[j] * z + x[j];
    }
}

static void softmax(naive *o, const nn_node *node, int64_t i, double *y) {
    int64_t begin = i, end = i + 1, row = 0;
    if (node->kind == NN_SEQUENCE) {
        while (o->offset[node->history][row + 1] <= i)
            row++;
        begin = o->offset[node->history][row];
        end = o->offset[node->history][row + 1];
    }
    for (int64_t j = 0; j < node->width; j++) {
        double sum = 0;
        for (int64_t t = begin; t < end; t++)
            for (int64_t c = 0; c < node->width; c++)
                if (node->kind == NN_ROWS || c == j) sum += exp(in_row(o, node, 0, t)[c]);
        y[j] = exp(in_row(o, node, 0, i)[j]) / sum;
    }
}

static void position(naive *o, const nn_node *node, int64_t i, double *y) {
    const int64_t *offset = o->offset[node->history];
    int64_t row = 0;
    while (offset[row + 1] <= i)
        row++;
    memcpy(y, o->weight[node->parameter[0]] + (offset[row + 1] - 1 - i) * node->width,
           (size_t)node->width * sizeof *y);
}

static void attend(naive *o, const nn_node *node, int64_t i, double *y) {
    const int64_t *offset = o->offset[in_node(o, node, 1)->history];
    int64_t row = node->kind == NN_ROWS ? i : 0, heads = (int64_t)node->option[0].number;
    int64_t size = node->width / heads;
    while (node->kind == NN_SEQUENCE && offset[row + 1] <= i)
        row++;
    for (int64_t j = 0; j < node->width; j++) {
        double sum = 0, total = 0;
        for (int64_t t = offset[row]; t < offset[row + 1]; t++) {
            double s = 0;
            for (int64_t c = j / size * size; c < (j / size + 1) * size; c++)
                s += in_row(o, node, 0, i)[c] * in_row(o, node, 1, t)[c] / sqrt((double)size);
            sum += exp(s);
            total += exp(s) * in_row(o, node, 2, t)[j];
        }
        y[j] = sum > 0 ? total / sum : 0;
    }
}

typedef void formula(naive *o, const nn_node *node, int64_t i, double *y);

static const struct {
    const char *op;
    formula *eval;
} formulas[] = {{"embedding", embedding},
                {"dense", dense},
                {"linear", linear},
                {"concat", concat},
                {"product", product},
                {"sum", sum},
                {"activation", activation},
                {"pool", pool},
                {"weighted", weighted},
                {"bag", bag},
                {"fm", fm},
                {"bias", bias},
                {"slice", slice},
                {"difference", difference},
                {"stop", copy},
                {"dot", dot},
                {"gelu", gelu},
                {"prelu", prelu},
                {"layer_norm", layer_norm},
                {"batch_norm", batch_norm},
                {"dice", dice},
                {"dropout", dropout},
                {"cross", cross},
                {"softmax", softmax},
                {"position", position},
                {"frozen", frozen},
                {"match", match},
                {"attend", attend},
                {"attention", attention}};

static formula *find_formula(const char *op) {
    for (size_t f = 0; f < sizeof formulas / sizeof *formulas; f++)
        if (!strcmp(formulas[f].op, op)) return formulas[f].eval;
    abort();
}

double naive_logit(const naive *o, int64_t k) {
    return *in_row(o, o->model->graph->node[o->model->plan.loss], 0, k);
}

static double info_nce(naive *o, const nn_node *node, int64_t i) {
    int64_t begin = i / LIS_NN_SHARD * LIS_NN_SHARD, end = begin + LIS_NN_SHARD;
    double sum = 0, own = 0;
    for (int64_t c = begin; c < end && c < o->rows; c++) {
        double s = 0;
        for (int64_t j = 0; j < in_node(o, node, 0)->width; j++)
            s += in_row(o, node, 0, i)[j] * in_row(o, node, 1, c)[j] / node->option[1].number;
        sum += exp(s);
        if (c == i) own = s;
    }
    return log(sum) - own;
}

static double loss_of(naive *o, const nn_node *node, int64_t r) {
    const char *op = node->op->name;
    if (!strcmp(op, "info_nce")) return info_nce(o, node, r);
    bool plain = !strcmp(op, "logistic");
    double z = *in_row(o, node, 0, r), weight = 1;
    double t = plain ? o->feed->label[o->row[r]] != 0 : *in_row(o, node, 1, r);
    if (node->inputs > (plain ? 1 : 2)) weight = *in_row(o, node, plain ? 1 : 2, r);
    if (!strcmp(op, "squared_error")) return weight * (z - t) * (z - t);
    if (!strcmp(op, "bpr")) return weight * log1p(exp(t - z));
    return weight * (log1p(exp(z)) - t * z);
}

double naive_loss(naive *o) {
    const lis_graph *graph = o->model->graph;
    double total = 0;
    for (int s = 0; s < o->model->plan.steps; s++) {
        const nn_node *node = graph->node[o->model->plan.order[s]];
        if (node->kind == NN_HISTORY) read_history(o, node);
        for (int64_t r = 0; node->kind == NN_LOSS && r < o->rows; r++)
            total += node->option[0].number * loss_of(o, node, r);
        if (node->kind != NN_ROWS && node->kind != NN_SEQUENCE) continue;
        int64_t count = count_of(o, node);
        if (!o->value[node->number])
            o->value[node->number] = calloc((size_t)(count * node->width) + 1, sizeof(double));
        formula *eval = find_formula(node->op->name);
        for (int64_t i = 0; i < count; i++)
            eval(o, node, i, o->value[node->number] + i * node->width);
    }
    return total / (double)o->rows;
}
