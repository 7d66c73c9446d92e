#include "plan.h"

#include <string.h>

#include "lis/base/parallel.h"
#include "lis/nn/model.h"

static bool is_concat(const nn_node *node) {
    return !strcmp(node->op->name, "concat");
}

static bool has_value(const nn_node *node) {
    return node->kind == NN_ROWS || node->kind == NN_SEQUENCE;
}

static void *plan_array(lis_arena *arena, int64_t count, size_t size) {
    void *array = lis_arena_alloc(arena, (size_t)count, size);
    if (array) memset(array, 0, (size_t)count * size);
    return array;
}

static lis_status allocate(nn_plan *plan, lis_arena *arena, const lis_graph *graph,
                           lis_error *err) {
    int n = graph->nodes;
    bool whole = (plan->order = plan_array(arena, n, sizeof *plan->order)) != NULL &&
                 (plan->position = plan_array(arena, n, sizeof *plan->position)) != NULL &&
                 (plan->value = plan_array(arena, n, sizeof *plan->value)) != NULL &&
                 (plan->gradient = plan_array(arena, n, sizeof *plan->gradient)) != NULL &&
                 (plan->edge = plan_array(arena, n, sizeof *plan->edge)) != NULL &&
                 (plan->reached = plan_array(arena, n, sizeof *plan->reached)) != NULL &&
                 (plan->placed = plan_array(arena, n, sizeof *plan->placed)) != NULL &&
                 (plan->scratch = plan_array(arena, n, sizeof *plan->scratch)) != NULL &&
                 (plan->kept = plan_array(arena, n, sizeof *plan->kept)) != NULL &&
                 (plan->codes = plan_array(arena, n, sizeof *plan->codes)) != NULL &&
                 (plan->offsets = plan_array(arena, n, sizeof *plan->offsets)) != NULL;
    for (int i = 0; whole && i < n; i++)
        whole = (plan->edge[i] =
                     plan_array(arena, graph->node[i]->inputs, sizeof *plan->edge[i])) != NULL;
    return whole ? LIS_OK : lis_fail_nomem(err, "a memory plan", (double)n * 100);
}

static void emit(nn_plan *plan, const lis_graph *graph, const nn_node *node) {
    if (plan->position[node->number] >= 0) return;
    for (int k = 0; k < node->inputs; k++)
        if (is_concat(nn_input(graph, node, k))) emit(plan, graph, nn_input(graph, node, k));
    plan->position[node->number] = plan->steps;
    plan->order[plan->steps++] = node->number;
}

/* Live nodes in the order they were added, but a concat only when it is first needed: then the other
 * readers of its inputs tend to come before it, and their gradients can be added in place. */
static void schedule(nn_plan *plan, const lis_graph *graph) {
    enum { DEAD = -2, LIVE = -1 };
    int n = graph->nodes;
    plan->loss = -1;
    for (int i = n - 1; i >= 0; i--) {
        const nn_node *node = graph->node[i];
        if (node->kind == NN_LOSS) plan->loss = i;
        plan->position[i] = node->kind == NN_LOSS ? LIVE : DEAD;
    }
    for (int i = n - 1; i >= 0; i--)
        for (int k = 0; plan->position[i] == LIVE && k < graph->node[i]->inputs; k++)
            plan->position[graph->node[i]->input[k]] = LIVE;
    for (int i = 0; i < n; i++)
        if (plan->position[i] == LIVE && !is_concat(graph->node[i]))
            emit(plan, graph, graph->node[i]);
}

/* The concat that holds a node's value, and at which column. */
typedef struct home {
    int concat; /* -1: a buffer of its own */
    int64_t column;
    bool gradient; /* the gradient lies there too */
} home;

/* Whether every other reader that gives `node` a gradient runs before `concat`, so that backward
 * reaches the concat first. */
static bool read_last(const nn_plan *plan, const lis_graph *graph, int node, int concat) {
    for (int i = 0; i < graph->nodes; i++)
        for (int k = 0; plan->position[i] >= 0 && k < graph->node[i]->inputs; k++)
            if (graph->node[i]->input[k] == node && i != concat && graph->node[i]->trained &&
                plan->position[i] > plan->position[concat])
                return false;
    return true;
}

static void place_in_concats(nn_plan *plan, const lis_graph *graph, home *homes) {
    for (int i = 0; i < graph->nodes; i++)
        homes[i].concat = -1;
    for (int s = 0; s < plan->steps; s++) {
        const nn_node *concat = graph->node[plan->order[s]];
        int64_t column = 0;
        for (int k = 0; is_concat(concat) && k < concat->inputs; k++) {
            const nn_node *in = nn_input(graph, concat, k);
            home *h = &homes[in->number];
            if (h->concat < 0) {
                *h = (home){.concat = concat->number,
                            .column = column,
                            .gradient =
                                in->trained && read_last(plan, graph, in->number, concat->number)};
                plan->placed[in->number] = true;
                plan->edge[concat->number][k] = h->gradient ? NN_EDGE_PLACED : NN_EDGE_NONE;
            }
            column += in->width;
        }
    }
}

/* The remaining edges, in the order of backward: the first to reach a gradient writes it. */
static void order_edges(nn_plan *plan, const lis_graph *graph) {
    for (int s = plan->steps - 1; s >= 0; s--) {
        const nn_node *node = graph->node[plan->order[s]];
        if (node->kind == NN_LOSS) plan->reached[node->number] = true;
        for (int k = 0; k < node->inputs; k++) {
            const nn_node *in = nn_input(graph, node, k);
            nn_edge *edge = &plan->edge[node->number][k];
            bool placed = *edge == NN_EDGE_PLACED;
            *edge = NN_EDGE_NONE;
            if (!in->trained || !node->trained || !plan->reached[node->number] || !has_value(in))
                continue;
            *edge = plan->reached[in->number] ? NN_EDGE_ADD : NN_EDGE_WRITE;
            if (placed) *edge = NN_EDGE_PLACED;
            plan->reached[in->number] = true;
        }
    }
}

/* Floats from row to row. Long rows get an odd number of cache lines, so that a column of a shard
 * spreads over all sets of the first-level cache. */
static int64_t leading(int64_t width) {
    int64_t lines = (width + 15) / 16;
    return width < 16 ? width : lines == 1 ? 16 : (lines | 1) * 16;
}

static int64_t take(int64_t *total, int64_t size) {
    int64_t at = *total;
    *total += (size + 15) / 16 * 16;
    return at;
}

static int root_of(const home *homes, int node, bool gradient) {
    while (homes[node].concat >= 0 && (!gradient || homes[node].gradient))
        node = homes[node].concat;
    return node;
}

static nn_slot slot_inside(nn_slot root, const home *homes, int node, bool gradient) {
    for (; homes[node].concat >= 0 && (!gradient || homes[node].gradient);
         node = homes[node].concat)
        root.at += homes[node].column;
    return root;
}

static void place_buffers(nn_plan *plan, const lis_graph *graph, const home *homes, bool *keep,
                          int64_t batch) {
    for (int s = 0; s < plan->steps; s++) {
        const nn_node *node = graph->node[plan->order[s]];
        if (node->table >= 0) keep[root_of(homes, node->number, true)] = true;
    }
    int64_t whole = lis_shard_count(batch, LIS_NN_SHARD) * LIS_NN_SHARD;
    for (int s = 0; s < plan->steps; s++) {
        int i = plan->order[s];
        const nn_node *node = graph->node[i];
        int64_t per_row = nn_shard_items(graph, node) / LIS_NN_SHARD;
        nn_slot slot = {.at = -1, .ld = leading(node->width), .rows_per_row = per_row};
        int64_t size = per_row * LIS_NN_SHARD * slot.ld;
        plan->value[i] = plan->gradient[i] = slot;
        if (has_value(node) && root_of(homes, i, false) == i)
            plan->value[i].at = take(&plan->worker_floats, size);
        if (has_value(node) && node->trained && root_of(homes, i, true) == i) {
            plan->gradient[i].batch_wide = keep[i];
            plan->gradient[i].at = keep[i] ? take(&plan->batch_floats, per_row * whole * slot.ld)
                                           : take(&plan->worker_floats, size);
        }
        plan->scratch[i] = take(&plan->worker_floats, node->scratch);
        plan->kept[i] = take(&plan->batch_floats, whole * node->kept);
        if (node->kind == NN_CODES || node->kind == NN_HISTORY)
            plan->codes[i] = take(&plan->worker_codes, nn_shard_items(graph, node));
        if (node->kind == NN_HISTORY)
            plan->offsets[i] = take(&plan->worker_codes, LIS_NN_SHARD + 1);
    }
    for (int s = 0; s < plan->steps; s++) {
        int i = plan->order[s];
        plan->value[i] = slot_inside(plan->value[root_of(homes, i, false)], homes, i, false);
        plan->gradient[i] = slot_inside(plan->gradient[root_of(homes, i, true)], homes, i, true);
    }
}

lis_status nn_plan_make(nn_plan *plan, lis_arena *arena, const lis_graph *graph, int64_t batch,
                        lis_error *err) {
    memset(plan, 0, sizeof *plan);
    LIS_TRY(allocate(plan, arena, graph, err));
    home *homes = plan_array(arena, graph->nodes, sizeof *homes);
    bool *keep = plan_array(arena, graph->nodes, sizeof *keep);
    if (!homes || !keep) return lis_fail_nomem(err, "a memory plan", graph->nodes);
    schedule(plan, graph);
    if (plan->loss < 0)
        return lis_fail(err, LIS_EARG, "the graph has no loss: end it with logistic(logit)");
    place_in_concats(plan, graph, homes);
    order_edges(plan, graph);
    place_buffers(plan, graph, homes, keep, batch);
    return LIS_OK;
}
