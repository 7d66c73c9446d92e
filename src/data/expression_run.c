/* Steps over blocks of rows: each step is one loop over a block, so that what it costs to decode is
 * paid once a thousand rows and the loops become vector instructions. */
#include <math.h>
#include <string.h>

#include "expression_plan.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum { BLOCK = 1024, ROWS_A_SHARD = 64 * BLOCK, FEW = 16 };

/* One place of the stack: a block of numbers, or of conditions. */
typedef struct value {
    double number[BLOCK];
    uint8_t flag[BLOCK];
} value;

typedef struct runner {
    const lis_plan *plan;
    value *stack; /* [workers, height] */
    double *numbers;
    uint8_t *flags; /* one of both is written */
} runner;

/* ---- steps */

#define EACH(expression)                                                                           \
    for (int64_t i = 0; i < n; i++)                                                                \
        expression;                                                                                \
    break

/* The remainder with the sign of y, as in Lua: exact, unlike x - floor(x / y) * y. */
static double modulo(double x, double y) {
    double rest = fmod(x, y);
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

static void run_unary(lis_verb verb, double *a, int64_t n) {
    switch (verb) {
    case LIS_VERB_NEGATE:
        EACH(a[i] = -a[i]);
    case LIS_VERB_ABS:
        EACH(a[i] = fabs(a[i]));
    case LIS_VERB_CEIL:
        EACH(a[i] = ceil(a[i]));
    case LIS_VERB_EXP:
        EACH(a[i] = exp(a[i]));
    case LIS_VERB_FLOOR:
        EACH(a[i] = floor(a[i]));
    case LIS_VERB_LOG:
        EACH(a[i] = log(a[i]));
    default:
        EACH(a[i] = sqrt(a[i]));
    }
}

/* NaN where either is, unlike fmin and fmax; of equals (0, -0) the first. */
static double least(double a, double b) {
    return b < a || b != b ? b : a;
}

static double most(double a, double b) {
    return b > a || b != b ? b : a;
}

static void run_binary(lis_verb verb, double *restrict a, const double *restrict b, int64_t n) {
    switch (verb) {
    case LIS_VERB_ADD:
        EACH(a[i] += b[i]);
    case LIS_VERB_SUBTRACT:
        EACH(a[i] -= b[i]);
    case LIS_VERB_MULTIPLY:
        EACH(a[i] *= b[i]);
    case LIS_VERB_DIVIDE:
        EACH(a[i] /= b[i]);
    case LIS_VERB_MODULO:
        EACH(a[i] = modulo(a[i], b[i]));
    case LIS_VERB_MIN:
        EACH(a[i] = least(a[i], b[i]));
    default:
        EACH(a[i] = most(a[i], b[i]));
    }
}

static void run_compare(lis_verb verb, uint8_t *restrict out, const double *restrict a,
                        const double *restrict b, int64_t n) {
    switch (verb) {
    case LIS_VERB_EQUAL:
        EACH(out[i] = a[i] == b[i]);
    case LIS_VERB_UNLIKE:
        EACH(out[i] = a[i] != b[i]);
    case LIS_VERB_LESS:
        EACH(out[i] = a[i] < b[i]);
    case LIS_VERB_AT_MOST:
        EACH(out[i] = a[i] <= b[i]);
    case LIS_VERB_MORE:
        EACH(out[i] = a[i] > b[i]);
    default:
        EACH(out[i] = a[i] >= b[i]);
    }
}

static void run_logic(lis_verb verb, uint8_t *restrict a, const uint8_t *restrict b, int64_t n) {
    if (verb == LIS_VERB_AND)
        for (int64_t i = 0; i < n; i++)
            a[i] &= b[i];
    else
        for (int64_t i = 0; i < n; i++)
            a[i] |= b[i];
}

/* Whether x is in an ascending list. */
static bool contains(const double *list, int64_t count, double x) {
    int64_t low = 0, high = count;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (list[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && list[low] == x;
}

static void run_in(const lis_step *step, value *a, int64_t n) {
    if (step->count > FEW) {
        for (int64_t i = 0; i < n; i++)
            a->flag[i] = contains(step->list, step->count, a->number[i]);
        return;
    }
    memset(a->flag, 0, (size_t)n);
    for (int64_t k = 0; k < step->count; k++)
        for (int64_t i = 0; i < n; i++)
            a->flag[i] |= a->number[i] == step->list[k];
}

static void run_same(const lis_step *step, uint8_t *out, int64_t begin, int64_t n) {
    const int32_t *left = (const int32_t *)step->values + begin;
    const int32_t *right = (const int32_t *)step->other + begin;
    for (int64_t i = 0; i < n; i++)
        out[i] = (uint8_t)(((left[i] < 0 ? -1 : step->place[left[i]]) == right[i]) ^ step->negate);
}

static void run_codes(const lis_step *step, uint8_t *out, int64_t begin, int64_t n) {
    const int32_t *code = (const int32_t *)step->values + begin;
    if (step->kind == LIS_STEP_CODES) {
        for (int64_t i = 0; i < n; i++)
            out[i] = step->flags[code[i] + 1];
    } else {
        for (int64_t i = 0; i < n; i++)
            out[i] = (uint8_t)((code[i] == step->code) ^ step->negate);
    }
}

/* Does a step on rows [begin, begin + n); `top` is the first free place. Returns the new one. */
static value *run_step(const lis_step *step, value *top, int64_t begin, int64_t n) {
    value *a = top - 1;
    switch (step->kind) {
    case LIS_STEP_CONSTANT:
        for (int64_t i = 0; i < n; i++)
            top->number[i] = step->number;
        return top + 1;
    case LIS_STEP_F64:
        memcpy(top->number, (const double *)step->values + begin, (size_t)n * sizeof(double));
        return top + 1;
    case LIS_STEP_F32:
        for (int64_t i = 0; i < n; i++)
            top->number[i] = (double)((const float *)step->values)[begin + i];
        return top + 1;
    case LIS_STEP_I64:
        for (int64_t i = 0; i < n; i++)
            top->number[i] = (double)((const int64_t *)step->values)[begin + i];
        return top + 1;
    case LIS_STEP_CODE:
    case LIS_STEP_CODES:
        run_codes(step, top->flag, begin, n);
        return top + 1;
    case LIS_STEP_SAME:
        run_same(step, top->flag, begin, n);
        return top + 1;
    case LIS_STEP_UNARY:
        run_unary(step->verb, a->number, n);
        return top;
    case LIS_STEP_IN:
        run_in(step, a, n);
        return top;
    case LIS_STEP_MISSING:
        for (int64_t i = 0; i < n; i++)
            a->flag[i] = a->number[i] != a->number[i];
        return top;
    case LIS_STEP_BINARY:
        run_binary(step->verb, a[-1].number, a->number, n);
        return a;
    case LIS_STEP_COMPARE:
        run_compare(step->verb, a[-1].flag, a[-1].number, a->number, n);
        return a;
    case LIS_STEP_NOT:
        for (int64_t i = 0; i < n; i++)
            a->flag[i] ^= 1;
        return top;
    case LIS_STEP_LOGIC:
        run_logic(step->verb, a[-1].flag, a->flag, n);
        return a;
    }
    return top;
}

/* ---- rows */

static lis_status run_shard(void *arg, lis_shard shard, lis_error *err) {
    const runner *r = arg;
    value *stack = r->stack + (int64_t)shard.worker * r->plan->height;
    (void)err;
    for (int64_t begin = shard.begin; begin < shard.end; begin += BLOCK) {
        int64_t n = shard.end - begin < BLOCK ? shard.end - begin : BLOCK;
        value *top = stack;
        for (int64_t s = 0; s < r->plan->steps; s++)
            top = run_step(&r->plan->step[s], top, begin, n);
        if (r->numbers)
            memcpy(r->numbers + begin, stack->number, (size_t)n * sizeof(double));
        else
            memcpy(r->flags + begin, stack->flag, (size_t)n);
    }
    return LIS_OK;
}

static lis_status run_plan(lis_ctx *ctx, lis_tensor *out, const lis_plan *plan, int64_t rows,
                           lis_error *err) {
    runner r = {.plan = plan};
    size_t values = (size_t)ctx->threads * (size_t)plan->height;
    r.stack = lis_alloc(values, sizeof *r.stack);
    if (!r.stack) return lis_fail_nomem(err, "blocks of rows", (double)values * sizeof *r.stack);
    lis_status status = lis_tensor_new_1d(out, plan->number ? LIS_F64 : LIS_U8, rows, err);
    if (status == LIS_OK) {
        if (plan->number)
            r.numbers = lis_f64(out);
        else
            r.flags = lis_u8(out);
        status = lis_parallel_for(ctx, rows, ROWS_A_SHARD, run_shard, &r, err);
    }
    if (status != LIS_OK) lis_tensor_release(out);
    lis_free(r.stack);
    return status;
}

static lis_status run(lis_ctx *ctx, lis_tensor *out, const lis_expression *expression,
                      const lis_table *table, bool number, lis_error *err) {
    lis_plan plan = {0};
    *out = (lis_tensor){0};
    lis_status status = lis_plan_make(&plan, expression, table, err);
    if (status == LIS_OK && plan.number != number)
        status = lis_expression_fail(
            expression, 0, err, "",
            number ? "this is a condition, and a number is wanted"
                   : "this is a number, and a condition is wanted; compare it, as in x > 0");
    if (status == LIS_OK) status = run_plan(ctx, out, &plan, table->rows, err);
    lis_plan_free(&plan);
    return status;
}

lis_status lis_expression_where(lis_ctx *ctx, lis_tensor *out, const lis_expression *expression,
                                const lis_table *table, lis_error *err) {
    return run(ctx, out, expression, table, false, err);
}

lis_status lis_expression_compute(lis_ctx *ctx, lis_tensor *out, const lis_expression *expression,
                                  const lis_table *table, lis_error *err) {
    return run(ctx, out, expression, table, true, err);
}
