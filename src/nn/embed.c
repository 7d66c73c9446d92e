#include "embed.h"

#include <math.h>
#include <string.h>

#include "feed.h"
#include "lis/base/mem.h"
#include "optim.h"
#include "state.h"

enum { DIGIT_BITS = 11, WIDTH_MAX = 4096, SOURCES_MAX = 64 };

/* Whether table t is read by exactly the inputs of the group, in order. */
static bool group_serves(const nn_group *group, const nn_source *source, int sources) {
    bool serves = group->sources == sources;
    for (int s = 0; serves && s < sources; s++)
        serves =
            group->source[s].node == source[s].node && group->source[s].shift == source[s].shift;
    return serves;
}

static lis_status group_new(lis_model *model, nn_group *group, const nn_source *source, int sources,
                            lis_error *err) {
    const lis_graph *graph = model->graph;
    *group = (nn_group){.sources = sources};
    group->source = lis_arena_alloc(&model->arena, (size_t)sources, sizeof *group->source);
    group->start = lis_arena_alloc(&model->arena, (size_t)sources + 1, sizeof *group->start);
    if (!group->source || !group->start) return lis_fail_nomem(err, "a group", sources * 16.0);
    int64_t whole = model->shards * LIS_NN_SHARD, total = 0, room = 0, vocab = 1;
    for (int s = 0; s < sources; s++) {
        const nn_node *in = graph->node[source[s].node];
        const int64_t items = whole * nn_shard_items(graph, in) / LIS_NN_SHARD;
        group->source[s] = source[s];
        group->start[s] = total;
        total += source[s].shift < 0 ? items : whole << source[s].shift;
        room += items;
        vocab = in->vocab > vocab ? in->vocab : vocab;
    }
    group->start[sources] = total;
    if (total > INT32_MAX)
        return lis_fail(err, LIS_ERANGE,
                        "a batch of %lld rows has up to %lld ids in one table; make it smaller",
                        (long long)model->batch, (long long)total);
    while ((vocab - 1) >> group->bits)
        group->bits++;
    group->entry = lis_alloc((size_t)room, sizeof *group->entry);
    group->spare = lis_alloc((size_t)room, sizeof *group->spare);
    group->begin = lis_alloc((size_t)room + 1, sizeof *group->begin);
    if (!group->entry || !group->spare || !group->begin)
        return lis_fail_nomem(err, "the sorted ids of a batch", 20.0 * (double)room);
    return LIS_OK;
}

/* How an embedding's or a bag's input is numbered. */
static nn_source source_of(const lis_graph *graph, const nn_node *reader) {
    const nn_node *in = nn_input(graph, reader, 0);
    nn_source source = {in->number, -1};
    if (in->kind != NN_HISTORY || reader->kind != NN_ROWS) return source;
    for (source.shift = 0; ((int64_t)1 << source.shift) < in->max_len;)
        source.shift++;
    return source;
}

lis_status nn_embed_plan(lis_model *model, lis_error *err) {
    const lis_graph *graph = model->graph;
    int tables = graph->tables;
    model->group = lis_arena_alloc(&model->arena, (size_t)tables, sizeof *model->group);
    int *reader = lis_arena_alloc(&model->arena, (size_t)graph->nodes, sizeof *reader);
    nn_source *input = lis_arena_alloc(&model->arena, (size_t)graph->nodes, sizeof *input);
    if (!model->group || !reader || !input) return lis_fail_nomem(err, "groups", 64.0 * tables);
    for (int t = 0; t < tables; t++) {
        int sources = 0;
        for (int s = 0; s < model->plan.steps; s++) {
            const nn_node *node = graph->node[model->plan.order[s]];
            if (node->table != t || !model->plan.reached[node->number]) continue;
            reader[sources] = node->number;
            input[sources++] = source_of(graph, node);
        }
        model->table[t].group = -1;
        if (!sources) continue;
        if (sources > SOURCES_MAX)
            return lis_fail(err, LIS_ERANGE,
                            "table '%s' is read by %d embeddings, at most %d can be",
                            graph->table[t].name, sources, SOURCES_MAX);
        model->table[t].reader = lis_arena_alloc(&model->arena, (size_t)sources, sizeof *reader);
        if (!model->table[t].reader) return lis_fail_nomem(err, "groups", sources * 4.0);
        memcpy(model->table[t].reader, reader, (size_t)sources * sizeof *reader);
        int g = 0;
        while (g < model->groups && !group_serves(&model->group[g], input, sources))
            g++;
        if (g == model->groups) {
            model->groups++;
            memset(&model->group[g], 0, sizeof model->group[g]);
            LIS_TRY(group_new(model, &model->group[g], input, sources, err));
        }
        model->table[t].group = g;
    }
    return LIS_OK;
}

void nn_embed_free(lis_model *model) {
    for (int g = 0; g < model->groups; g++) {
        lis_free(model->group[g].entry);
        lis_free(model->group[g].spare);
        lis_free(model->group[g].begin);
    }
}

/* Numbers history events as the shards pack them: each shard's first event has a fixed place; those
 * of a bag a row at a time. */
static uint64_t *read_history(uint64_t *to, const nn_node *node, const lis_history *history,
                              const int32_t *row, int64_t n, int64_t start, int shift) {
    int64_t place = start;
    for (int64_t r = 0; r < n; r++) {
        if (shift >= 0)
            place = start + (r << shift);
        else if (r % LIS_NN_SHARD == 0)
            place = start + r * node->max_len;
        int64_t length;
        const int32_t *item = lis_history_view(history, row[r], node->max_len, &length);
        for (int64_t j = 0; j < length; j++)
            *to++ = (uint64_t)item[j] << 32 | (uint64_t)place++;
    }
    return to;
}

static void read_entries(nn_group *group, const lis_graph *graph, const lis_feed *feed,
                         const int32_t *row, int64_t n) {
    uint64_t *to = group->entry;
    for (int s = 0; s < group->sources; s++) {
        const nn_node *node = graph->node[group->source[s].node];
        const nn_column *column = &feed->column[node->number];
        const int64_t start = group->start[s];
        if (node->kind == NN_HISTORY) {
            to = read_history(to, node, &column->history, row, n, start, group->source[s].shift);
            continue;
        }
        for (int64_t r = 0; r < n; r++) {
            int32_t id = column->ids[row[r]];
            *to = (uint64_t)id << 32 | (uint64_t)(start + r);
            to += id >= 0;
        }
    }
    group->count = to - group->entry;
}

/* One stable counting pass over `bits` bits from `shift`. */
static void radix_pass(const uint64_t *restrict in, uint64_t *restrict out, int64_t n, int shift,
                       int bits) {
    uint32_t place[1 << DIGIT_BITS] = {0};
    const uint64_t mask = ((uint64_t)1 << bits) - 1;
    for (int64_t i = 0; i < n; i++)
        place[in[i] >> shift & mask]++;
    uint32_t before = 0;
    for (int d = 0; d < 1 << bits; d++) {
        uint32_t size = place[d];
        place[d] = before;
        before += size;
    }
    for (int64_t i = 0; i < n; i++)
        out[place[in[i] >> shift & mask]++] = in[i];
}

/* Where each id begins. An entry that goes on with the last id is written over by the next. */
static void find_distinct(nn_group *group) {
    const uint64_t *entry = group->entry;
    uint32_t *begin = group->begin, last = UINT32_MAX;
    int64_t distinct = 0;
    for (int64_t i = 0; i < group->count; i++) {
        uint32_t id = (uint32_t)(entry[i] >> 32);
        begin[distinct] = (uint32_t)i;
        distinct += id != last;
        last = id;
    }
    begin[distinct] = (uint32_t)group->count;
    group->distinct = distinct;
}

void nn_group_sort(nn_group *group, const lis_graph *graph, const lis_feed *feed,
                   const int32_t *row, int64_t n) {
    read_entries(group, graph, feed, row, n);
    int passes = (group->bits + DIGIT_BITS - 1) / DIGIT_BITS;
    int bits = passes ? (group->bits + passes - 1) / passes : 0;
    for (int p = 0; p < passes; p++) {
        radix_pass(group->entry, group->spare, group->count, 32 + p * bits, bits);
        uint64_t *sorted = group->spare;
        group->spare = group->entry;
        group->entry = sorted;
    }
    find_distinct(group);
}

/* Where the gradients of a source's occurrences lie. */
typedef struct place {
    const float *gradient;
    int64_t ld, start;
    int shift;           /* occurrences 2^shift in a row read one gradient */
    const float *weight; /* of each occurrence, NULL: 1 */
    int64_t kept;        /* weights a row */
} place;

static void find_places(const lis_model *model, int t, place *places) {
    const nn_table *table = &model->table[t];
    const nn_group *group = &model->group[table->group];
    for (int s = 0; s < group->sources; s++) {
        const nn_node *reader = model->graph->node[table->reader[s]];
        nn_slot slot = model->plan.gradient[reader->number];
        places[s] = (place){.gradient = model->batch_values + slot.at,
                            .ld = slot.ld,
                            .start = group->start[s],
                            .shift = group->source[s].shift > 0 ? group->source[s].shift : 0,
                            .kept = reader->kept};
        if (reader->kept) places[s].weight = model->batch_values + model->plan.kept[reader->number];
    }
}

/* The gradient of an occurrence, to be taken times *weight. */
static const float *gradient_of(const place *places, int sources, uint64_t entry, float *weight) {
    int64_t occurrence = (int64_t)(uint32_t)entry;
    int s = sources - 1;
    while (occurrence < places[s].start)
        s--;
    const place *p = &places[s];
    const int64_t at = occurrence - p->start, row = at >> p->shift;
    *weight = p->weight ? p->weight[row * p->kept + (at - (row << p->shift))] : 1;
    return p->gradient + row * p->ld;
}

/* The gradient of a distinct id, whose occurrences are entries [first, last): summed in `sum`, or
 * where it lies. */
static const float *sum_of(const nn_kernels *kernels, const nn_group *group, const place *places,
                           uint32_t first, uint32_t last, float *sum, int64_t width) {
    enum { PIECE = 64 };
    const float *row[PIECE];
    float weight[PIECE];
    for (uint32_t at = first; at < last; at += PIECE) {
        const uint32_t n = last - at < PIECE ? last - at : PIECE;
        for (uint32_t i = 0; i < n; i++)
            row[i] = gradient_of(places, group->sources, group->entry[at + i], &weight[i]);
        if (last - first == 1 && weight[0] == 1) return row[0];
        kernels->sum_weighted(sum, row, weight, n, width, at > first);
    }
    return sum;
}

void nn_table_step(const lis_model *model, int t, int64_t begin, int64_t end, const nn_rates *rates,
                   float clip) {
    enum { AHEAD = 8 };
    const nn_table *table = &model->table[t];
    const nn_group *group = &model->group[table->group];
    const nn_kernels *kernels = nn_kernels_best();
    const int64_t width = model->graph->table[t].columns;
    const int64_t stride = nn_row_state(model->table_rule, width);
    nn_step_fn *step = kernels->step[model->table_rule];
    nn_rates clipped = *rates;
    place places[SOURCES_MAX];
    float sum[WIDTH_MAX];
    find_places(model, t, places);
    for (int64_t d = begin; d < end; d++) {
        if (d + AHEAD < end) {
            int64_t ahead = (int64_t)(group->entry[group->begin[d + AHEAD]] >> 32);
            __builtin_prefetch(table->value + ahead * width, 1);
            __builtin_prefetch(table->state + ahead * stride, 1);
        }
        uint32_t first = group->begin[d], last = group->begin[d + 1];
        const float *g = sum_of(kernels, group, places, first, last, sum, width);
        int64_t row = (int64_t)(group->entry[first] >> 32);
        float *state = table->state + row * stride;
        if (clip > 0) {
            float norm = sqrtf(kernels->dot(g, g, width));
            clipped.scale = norm > clip ? clip / norm : rates->scale;
        }
        step(&clipped, table->value + row * width, state, state + width, g, width);
    }
}
