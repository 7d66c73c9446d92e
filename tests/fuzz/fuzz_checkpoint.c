/* Checkpoints of a small model, as they come and with the checksum put right. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lis/base/hash.h"
#include "lis/nn/checkpoint.h"

static int add(lis_graph *graph, const char *op, int input, const lis_setting *setting,
               int settings) {
    lis_error error;
    int node = -1;
    FUZZ_PROMISE(lis_graph_add(graph, &node, op, &input, input >= 0, setting, settings, &error) ==
                 LIS_OK);
    return node;
}

static lis_setting number(const char *name, double value) {
    return (lis_setting){.name = name, .kind = LIS_SETTING_NUMBER, .number = value};
}

static lis_setting text(const char *name, const char *value) {
    return (lis_setting){.name = name, .kind = LIS_SETTING_TEXT, .text = value};
}

static lis_model *make_model(void) {
    lis_error error;
    lis_graph *graph;
    lis_model *model;
    FUZZ_PROMISE(lis_graph_new(&graph, 1, &error) == LIS_OK);
    int ids = add(graph, "ids", -1, (lis_setting[]){text("name", "user"), number("vocab", 5)}, 2);
    int vector =
        add(graph, "embedding", ids, (lis_setting[]){number("dim", 2), text("name", "vector")}, 2);
    int logit = add(graph, "linear", vector, (lis_setting[]){number("units", 1)}, 1);
    add(graph, "logistic", logit, NULL, 0);
    lis_model_options options = {
        .batch = 4, .dense_optimiser = "adam", .table_optimiser = "adagrad"};
    FUZZ_PROMISE(lis_model_build(fuzz_ctx(), &model, graph, &options, &error) == LIS_OK);
    lis_graph_release(graph);
    return model;
}

static void load(lis_model *model, const void *data, size_t size) {
    lis_error error;
    int64_t done = 0;
    if (lis_model_load(model, fuzz_path(data, size), &done, &error) == LIS_OK)
        FUZZ_PROMISE(done >= 0);
}

/* The next `length` bytes of the chain; false where the file has no more. */
static bool hash_next(const uint8_t *file, size_t size, size_t *at, size_t length, uint64_t *hash) {
    if (length > size - *at) return false;
    *hash = lis_hash(file + *at, length, *hash);
    *at += length;
    return true;
}

/* Walks the file as the reader does: a header, then for each parameter a name, sizes, values and two
 * (dense) or one (table) numbers of state a value. */
static void repair(const lis_model *model, uint8_t *file, size_t size) {
    size_t at = 0;
    uint64_t hash = 0;
    if (!hash_next(file, size, &at, 40, &hash)) return;
    for (int i = 0; i < lis_model_parameters(model); i++) {
        lis_parameter p = lis_model_parameter(model, i);
        size_t n = (size_t)(p.rows * p.columns) * sizeof(float);
        uint32_t length;
        bool table = strcmp(p.name, "vector") == 0;
        if (size - at < sizeof length) return;
        memcpy(&length, file + at, sizeof length);
        const size_t pieces[] = {4, length, 8, 8, n, n, table ? 0 : n};
        for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++)
            if (!hash_next(file, size, &at, pieces[k], &hash)) return;
    }
    if (size - at >= sizeof hash) memcpy(file + at, &hash, sizeof hash);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static lis_model *model;
    if (!model) model = make_model();
    int64_t blocks = fuzz_blocks();
    load(model, data, size);
    uint8_t *copy = malloc(size + 1);
    FUZZ_PROMISE(copy);
    memcpy(copy, data, size);
    repair(model, copy, size);
    load(model, copy, size);
    free(copy);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
