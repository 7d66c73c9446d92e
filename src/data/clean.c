#include "lis/data/clean.h"

#include <string.h>

#include "clean_rows.h"
#include "lis/base/hash.h"
#include "lis/base/mem.h"
#include "lis/base/rng.h"

enum { POLL = 1 << 16 };

/* ---- shared */

static lis_status check_codes(const char *what, const int32_t *code, int64_t rows, int64_t size,
                              lis_error *err) {
    for (int64_t r = 0; r < rows; r++)
        if (code[r] < -1 || code[r] >= size)
            return lis_fail(err, LIS_ERANGE,
                            "%s[%lld] is %d, wanted -1 (none) or a code in [0, %lld)", what,
                            (long long)r, code[r], (long long)size);
    return LIS_OK;
}

lis_status lis_clean_check(const lis_clean_rows *log, lis_error *err) {
    if (log->rows > INT32_MAX)
        return lis_fail(err, LIS_ERANGE,
                        "a log of %lld rows has more than the %d that can be cleaned",
                        (long long)log->rows, INT32_MAX);
    LIS_TRY(check_codes("user", log->user, log->rows, log->users, err));
    return check_codes("item", log->item, log->rows, log->items, err);
}

lis_status lis_clean_poll(const lis_ctx *ctx, int64_t count, lis_error *err) {
    if (count % POLL != 0 || !lis_ctx_interrupted(ctx)) return LIS_OK;
    return lis_fail(err, LIS_EINTR, "interrupted");
}

/* ---- duplicates */

typedef struct finder {
    const lis_clean_rows *log;
    const int64_t *time;
    const double *value;
    bool same_time;
    lis_keep which;
    int32_t *slot; /* [mask + 1] the row that stays of those alike, plus 1; 0: free */
    uint64_t mask;
} finder;

static uint64_t key_hash(const finder *f, int64_t r) {
    const struct {
        int32_t user, item;
        int64_t time;
    } key = {f->log->user[r], f->log->item[r], f->same_time ? f->time[r] : 0};
    return lis_hash(&key, sizeof key, 0);
}

static bool alike(const finder *f, int64_t a, int64_t b) {
    return f->log->user[a] == f->log->user[b] && f->log->item[a] == f->log->item[b] &&
           (!f->same_time || f->time[a] == f->time[b]);
}

/* Whether row b, which comes behind a, is the one to keep. */
static bool better(const finder *f, int64_t a, int64_t b) {
    switch (f->which) {
    case LIS_KEEP_FIRST:
        return f->time && f->time[b] < f->time[a];
    case LIS_KEEP_LAST:
        return !f->time || f->time[b] >= f->time[a];
    case LIS_KEEP_MAX:
        break;
    }
    double x = f->value[a], y = f->value[b];
    return y > x || (x != x && y == y);
}

static void place_row(finder *f, uint8_t *keep, int64_t r) {
    uint64_t at = key_hash(f, r) & f->mask;
    while (f->slot[at] != 0 && !alike(f, f->slot[at] - 1, r))
        at = (at + 1) & f->mask;
    int64_t held = (int64_t)f->slot[at] - 1;
    keep[r] = held < 0 || better(f, held, r);
    if (!keep[r]) return;
    if (held >= 0) keep[held] = 0;
    f->slot[at] = (int32_t)(r + 1);
}

lis_status lis_clean_distinct(lis_ctx *ctx, uint8_t *keep, const lis_clean_rows *log,
                              const int64_t *time, const double *value, bool same_time,
                              lis_keep which, lis_error *err) {
    finder f = {
        .log = log, .time = time, .value = value, .same_time = same_time && time, .which = which};
    LIS_TRY(lis_clean_check(log, err));
    uint64_t slots = 64;
    while (slots < 2 * (uint64_t)log->rows)
        slots *= 2;
    f.mask = slots - 1;
    f.slot = lis_calloc(slots, sizeof *f.slot);
    if (!f.slot) return lis_fail_nomem(err, "places of rows", (double)slots * 4);
    lis_status status = LIS_OK;
    for (int64_t r = 0; r < log->rows && status == LIS_OK; r++) {
        status = lis_clean_poll(ctx, r, err);
        keep[r] = 1;
        if (log->user[r] >= 0 && log->item[r] >= 0) place_row(&f, keep, r);
    }
    lis_free(f.slot);
    return status;
}

/* ---- sampling */

void lis_clean_share(uint8_t *keep, const lis_dict *dict, int64_t n, double share, int64_t seed) {
    for (int64_t c = 0; c < n; c++) {
        lis_text text = dict ? lis_dict_text(dict, (int32_t)c) : (lis_text){"", 0};
        uint64_t key = dict ? lis_hash(text.bytes, text.length, 0) : (uint64_t)c;
        uint64_t hash = lis_rng_hash((uint64_t)seed, "clean:share", key);
        keep[c] = (double)(hash >> 11) * 0x1p-53 < share;
    }
}

/* ---- ids without gaps */

lis_status lis_clean_recode(int32_t *code, int64_t rows, int64_t size, int32_t *old, int32_t *fresh,
                            int64_t *n, lis_error *err) {
    *n = 0;
    LIS_TRY(check_codes("code", code, rows, size, err));
    memset(fresh, 0xff, (size_t)size * sizeof *fresh);
    for (int64_t r = 0; r < rows; r++) {
        if (code[r] < 0) continue;
        if (fresh[code[r]] < 0) {
            old[*n] = code[r];
            fresh[code[r]] = (int32_t)(*n)++;
        }
        code[r] = fresh[code[r]];
    }
    return LIS_OK;
}

lis_status lis_clean_remap(int32_t *out, const int32_t *code, int64_t n, const int32_t *fresh,
                           int64_t size, lis_error *err) {
    LIS_TRY(check_codes("code", code, n, size, err));
    for (int64_t r = 0; r < n; r++)
        out[r] = code[r] < 0 ? -1 : fresh[code[r]];
    return LIS_OK;
}

enum { BATCH = 256 };

static lis_status add_texts(lis_dict *into, const lis_dict *from, const int32_t *code, int64_t n,
                            lis_error *err) {
    lis_text text[BATCH];
    int32_t got[BATCH];
    for (int64_t begin = 0; begin < n; begin += BATCH) {
        int64_t count = n - begin < BATCH ? n - begin : BATCH;
        for (int64_t k = 0; k < count; k++)
            text[k] = lis_dict_text(from, code[begin + k]);
        LIS_TRY(lis_dict_add(into, text, count, got, err));
        for (int64_t k = 0; k < count; k++)
            if (got[k] != begin + k)
                return lis_fail(
                    err, LIS_ERANGE,
                    "code[%lld] is %d, which is no string of the dictionary or stood before",
                    (long long)(begin + k), code[begin + k]);
    }
    return LIS_OK;
}

lis_status lis_clean_dict(lis_dict **out, const lis_dict *from, const int32_t *code, int64_t n,
                          lis_error *err) {
    LIS_TRY(lis_dict_new(out, err));
    lis_status status = add_texts(*out, from, code, n, err);
    if (status == LIS_OK) return LIS_OK;
    lis_dict_release(*out);
    *out = NULL;
    return status;
}
