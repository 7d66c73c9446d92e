#include "pack.h"

#include <string.h>

#include "bf16.h"
#include "state.h"

enum { BLOCK = 16 };

static int64_t round_up(int64_t n, int64_t to) {
    return (n + to - 1) / to * to;
}

/* Rows of one packed copy whose product sums over k: of pairs in bf16. */
static int64_t packed_rows(const lis_model *model, int64_t k) {
    return model->bf16 ? round_up((k + 1) / 2, NN_TILE) : k;
}

static int64_t copy_size(const lis_model *model, int64_t k, int64_t n) {
    return round_up(n, NN_PANEL) * packed_rows(model, k);
}

int64_t nn_pack_size(const lis_model *model, const nn_weight *weight) {
    return copy_size(model, weight->rows, weight->columns) +
           copy_size(model, weight->columns, weight->rows);
}

/* Where the copy of W', or W's, begins in the model's packed weights. */
static int64_t copy_at(const lis_model *model, int weight, bool turned) {
    const nn_weight *w = &model->graph->weight[weight];
    return model->packed_at[weight] + (turned ? copy_size(model, w->rows, w->columns) : 0);
}

static void pack_values(const float *w, const nn_weight *shape, float *forward, float *backward,
                        int64_t begin, int64_t end) {
    const int64_t rows = shape->rows, columns = shape->columns;
    for (int64_t j = 0; j < columns; j += NN_PANEL) {
        int64_t n = columns - j < NN_PANEL ? columns - j : NN_PANEL;
        for (int64_t i = begin; i < end; i++)
            memcpy(forward + j * rows + i * NN_PANEL, w + i * columns + j, (size_t)n * sizeof *w);
    }
    for (int64_t i = begin; i < end; i += BLOCK) {
        int64_t n = end - i < BLOCK ? end - i : BLOCK;
        float *to = backward + i / NN_PANEL * NN_PANEL * columns + i % NN_PANEL;
        for (int64_t j = 0; j < columns; j++)
            for (int64_t k = 0; k < n; k++)
                to[j * NN_PANEL + k] = w[(i + k) * columns + j];
    }
}

static void pack_pairs(const float *w, const nn_weight *shape, uint32_t *forward,
                       uint32_t *backward, int64_t begin, int64_t end) {
    const int64_t rows = shape->rows, columns = shape->columns;
    const int64_t high = round_up((rows + 1) / 2, NN_TILE),
                  wide = round_up((columns + 1) / 2, NN_TILE);
    for (int64_t j = 0; j < columns; j += NN_PANEL) {
        int64_t n = columns - j < NN_PANEL ? columns - j : NN_PANEL;
        for (int64_t i = begin; i < end; i += 2) {
            const float *first = w + i * columns + j, *second = first + columns;
            uint32_t *to = forward + j * high + i / 2 * NN_PANEL;
            for (int64_t k = 0; k < n; k++)
                to[k] = nn_pair(first[k], i + 1 < rows ? second[k] : 0);
        }
    }
    for (int64_t i = begin; i < end; i += BLOCK) {
        int64_t n = end - i < BLOCK ? end - i : BLOCK;
        uint32_t *to = backward + i / NN_PANEL * NN_PANEL * wide + i % NN_PANEL;
        for (int64_t j = 0; j < columns; j += 2)
            for (int64_t k = 0; k < n; k++) {
                const float *pair = w + (i + k) * columns + j;
                to[j / 2 * NN_PANEL + k] = nn_pair(pair[0], j + 1 < columns ? pair[1] : 0);
            }
    }
}

void nn_pack_rows(lis_model *model, int weight, int64_t begin, int64_t end) {
    const nn_weight *shape = &model->graph->weight[weight];
    const float *w = model->dense + model->weight_at[weight];
    const int64_t forward = copy_at(model, weight, false), backward = copy_at(model, weight, true);
    if (model->bf16)
        pack_pairs(w, shape, (uint32_t *)model->packed + forward,
                   (uint32_t *)model->packed + backward, begin, end);
    else
        pack_values(w, shape, (float *)model->packed + forward, (float *)model->packed + backward,
                    begin, end);
}

void nn_pack_give(const lis_model *model, int weight, bool turned, nn_product *p) {
    const nn_weight *w = &model->graph->weight[weight];
    const int64_t at = copy_at(model, weight, turned);
    p->ldb = NN_PANEL;
    p->panel = NN_PANEL * packed_rows(model, turned ? w->columns : w->rows);
    if (model->bf16)
        p->pairs = (const uint32_t *)model->packed + at;
    else
        p->b = (const float *)model->packed + at;
}
