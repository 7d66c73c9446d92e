#include "lis/nn/checkpoint.h"

#include <string.h>

#include "lis/base/file.h"
#include "lis/base/hash.h"
#include "optim.h"
#include "state.h"

enum { VERSION = 1 };
static const char magic[8] = {'L', 'I', 'S', 'M', 'O', 'D', 'E', 'L'};

typedef struct header {
    char magic[8];
    uint32_t version, dense_rule, table_rule, parameters;
    int64_t steps, done;
} header;

_Static_assert(sizeof(header) == 40, "written as it lies in memory");

/* A parameter's values and state as they lie in the file: up to three runs of floats. */
typedef struct entry {
    lis_parameter parameter;
    float *run[3];
    int64_t size[3];
} entry;

static entry entry_of(const lis_model *model, int index) {
    const lis_graph *graph = model->graph;
    entry e = {.parameter = lis_model_parameter(model, index)};
    int64_t n = e.parameter.rows * e.parameter.columns;
    e.run[0] = e.parameter.value;
    e.size[0] = n;
    if (index < graph->weights) {
        e.run[1] = model->dense_state + model->weight_at[index];
        e.run[2] = e.run[1] + model->dense_size;
        e.size[1] = e.size[2] = n;
    } else {
        e.run[1] = model->table[index - graph->weights].state;
        e.size[1] = e.parameter.rows * nn_row_state(model->table_rule, e.parameter.columns);
    }
    return e;
}

static header header_of(const lis_model *model) {
    header h = {.version = VERSION,
                .dense_rule = model->dense_rule,
                .table_rule = model->table_rule,
                .parameters = (uint32_t)lis_model_parameters(model),
                .steps = model->steps,
                .done = model->done};
    memcpy(h.magic, magic, sizeof magic);
    return h;
}

/* ---- writing */

typedef struct writer {
    lis_file file;
    uint64_t hash;
} writer;

static lis_status put(writer *w, const void *bytes, size_t length, lis_error *err) {
    w->hash = lis_hash(bytes, length, w->hash);
    return lis_file_write(&w->file, bytes, length, err);
}

static lis_status put_model(writer *w, const lis_model *model, lis_error *err) {
    header h = header_of(model);
    LIS_TRY(put(w, &h, sizeof h, err));
    for (int i = 0; i < lis_model_parameters(model); i++) {
        entry e = entry_of(model, i);
        uint32_t length = (uint32_t)strlen(e.parameter.name);
        LIS_TRY(put(w, &length, sizeof length, err));
        LIS_TRY(put(w, e.parameter.name, length, err));
        LIS_TRY(put(w, &e.parameter.rows, sizeof e.parameter.rows, err));
        LIS_TRY(put(w, &e.parameter.columns, sizeof e.parameter.columns, err));
        for (int k = 0; k < 3; k++)
            LIS_TRY(put(w, e.run[k], (size_t)e.size[k] * sizeof(float), err));
    }
    uint64_t hash = w->hash;
    return put(w, &hash, sizeof hash, err);
}

lis_status lis_model_save(const lis_model *model, const char *path, lis_error *err) {
    writer w = {.hash = 0};
    lis_status status = lis_file_create(&w.file, path, err);
    if (status == LIS_OK) status = put_model(&w, model, err);
    if (status == LIS_OK) status = lis_file_commit(&w.file, err);
    lis_file_abort(&w.file);
    return status;
}

/* ---- reading: once to check everything, then once to copy */

typedef struct reader {
    const char *path;
    const unsigned char *at;
    size_t left;
    uint64_t hash;
} reader;

static lis_status take(reader *r, const void **bytes, size_t length, lis_error *err) {
    *bytes = r->at;
    if (length > r->left)
        return lis_fail(err, LIS_EFORMAT, "checkpoint '%s' is cut short: %zu bytes are missing",
                        r->path, length - r->left);
    r->hash = lis_hash(r->at, length, r->hash);
    r->at += length;
    r->left -= length;
    return LIS_OK;
}

static lis_status take_into(reader *r, void *out, size_t length, lis_error *err) {
    const void *bytes = NULL;
    LIS_TRY(take(r, &bytes, length, err));
    memcpy(out, bytes, length);
    return LIS_OK;
}

static lis_status check_header(reader *r, const lis_model *model, header *h, lis_error *err) {
    LIS_TRY(take_into(r, h, sizeof *h, err));
    if (memcmp(h->magic, magic, sizeof magic) != 0 || h->version != VERSION)
        return lis_fail(err, LIS_EFORMAT, "'%s' is not a checkpoint of version %d", r->path,
                        VERSION);
    if (h->dense_rule >= NN_RULES || h->table_rule >= NN_RULES || h->steps < 0 || h->done < 0)
        return lis_fail(err, LIS_EFORMAT, "checkpoint '%s' is damaged in its header", r->path);
    if (h->dense_rule != model->dense_rule || h->table_rule != model->table_rule)
        return lis_fail(err, LIS_EARG,
                        "checkpoint '%s' was trained by %s and %s, the model is by %s and %s",
                        r->path, nn_rules[h->dense_rule].name, nn_rules[h->table_rule].name,
                        nn_rules[model->dense_rule].name, nn_rules[model->table_rule].name);
    if (h->parameters != (uint32_t)lis_model_parameters(model))
        return lis_fail(err, LIS_ESHAPE, "checkpoint '%s' has %u parameters, the model has %d",
                        r->path, h->parameters, lis_model_parameters(model));
    return LIS_OK;
}

/* The parameter's name and shape must be the model's; `copy`: its floats are taken over. */
static lis_status take_entry(reader *r, const entry *e, bool copy, lis_error *err) {
    uint32_t length = 0;
    int64_t rows = 0, columns = 0;
    const void *name = NULL, *floats = NULL;
    LIS_TRY(take_into(r, &length, sizeof length, err));
    LIS_TRY(take(r, &name, length, err));
    LIS_TRY(take_into(r, &rows, sizeof rows, err));
    LIS_TRY(take_into(r, &columns, sizeof columns, err));
    const lis_parameter *p = &e->parameter;
    if (length != strlen(p->name) || memcmp(name, p->name, length) != 0 || rows != p->rows ||
        columns != p->columns)
        return lis_fail(err, LIS_ESHAPE,
                        "checkpoint '%s' has '%.*s' [%lld, %lld] where the model has '%s' "
                        "[%lld, %lld]",
                        r->path, length < 64 ? (int)length : 64, (const char *)name,
                        (long long)rows, (long long)columns, p->name, (long long)p->rows,
                        (long long)p->columns);
    for (int k = 0; k < 3; k++) {
        size_t size = (size_t)e->size[k] * sizeof(float);
        LIS_TRY(take(r, &floats, size, err));
        if (copy && size > 0) memcpy(e->run[k], floats, size);
    }
    return LIS_OK;
}

static lis_status read_model(reader r, lis_model *model, header *h, bool copy, lis_error *err) {
    LIS_TRY(check_header(&r, model, h, err));
    for (int i = 0; i < lis_model_parameters(model); i++) {
        entry e = entry_of(model, i);
        LIS_TRY(take_entry(&r, &e, copy, err));
    }
    uint64_t hash = r.hash, stored = 0;
    LIS_TRY(take_into(&r, &stored, sizeof stored, err));
    if (stored != hash || r.left > 0)
        return lis_fail(err, LIS_EFORMAT, "checkpoint '%s' is damaged: its checksum does not match",
                        r.path);
    return LIS_OK;
}

lis_status lis_model_load(lis_model *model, const char *path, int64_t *done, lis_error *err) {
    lis_file_map map = {0};
    header h;
    LIS_TRY(lis_file_map_open(&map, path, err));
    const reader r = {.path = path, .at = map.bytes, .left = map.size};
    lis_status status = read_model(r, model, &h, false, err);
    if (status == LIS_OK) status = read_model(r, model, &h, true, err);
    if (status == LIS_OK) {
        model->steps = h.steps;
        model->done = *done = h.done;
    }
    lis_file_map_close(&map);
    return status;
}

/* Values, and the optimiser's state where both sides keep the same. */
static void adopt_entry(const entry *to, const entry *from, bool state) {
    for (int k = 0; k < (state ? 3 : 1); k++)
        if (to->size[k] > 0) memmove(to->run[k], from->run[k], (size_t)to->size[k] * sizeof(float));
}

int lis_model_adopt(lis_model *model, const lis_model *from) {
    int adopted = 0;
    bool same_dense = model->dense_rule == from->dense_rule;
    bool same_table = model->table_rule == from->table_rule;
    for (int i = 0; i < lis_model_parameters(model); i++)
        for (int k = 0; k < lis_model_parameters(from); k++) {
            entry a = entry_of(model, i), b = entry_of(from, k);
            if (strcmp(a.parameter.name, b.parameter.name) != 0) continue;
            bool dense = i < model->graph->weights;
            if (dense != (k < from->graph->weights) || a.parameter.rows != b.parameter.rows ||
                a.parameter.columns != b.parameter.columns)
                continue;
            adopt_entry(&a, &b, dense ? same_dense : same_table);
            adopted++;
        }
    if (adopted > 0 && same_dense) model->steps = from->steps;
    return adopted;
}
