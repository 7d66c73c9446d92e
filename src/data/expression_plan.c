/* Terms + table -> steps. Strings never reach the stack: a comparison looks at its operands here, and
 * becomes a step over codes. */
#include "expression_plan.h"

#include <stdlib.h>
#include <string.h>

#include "lis/base/mem.h"
#include "message.h"

enum { UNKNOWN = -2 }; /* the code of a string that the dictionary lacks: no row has it */

typedef enum value_kind { KIND_NUMBER, KIND_CONDITION, KIND_STRINGS, KIND_STRING } value_kind;

/* A value on the stack while steps are made. */
typedef struct operand {
    value_kind kind;
    const lis_term *term;     /* what left it there, for messages */
    const lis_column *column; /* STRINGS */
} operand;

typedef struct maker {
    lis_plan *plan;
    const lis_expression *from;
    const lis_table *table;
    const lis_term *term; /* being bound */
    operand stack[LIS_EXPRESSION_DEPTH + 2];
    int height; /* of that stack */
    int values; /* of these, on the stack of the steps */
    lis_error *err;
} maker;

/* ---- messages */

static const char *kind_name(value_kind kind) {
    static const char *const names[] = {[KIND_NUMBER] = "a number",
                                        [KIND_CONDITION] = "a condition",
                                        [KIND_STRINGS] = "a column of strings",
                                        [KIND_STRING] = "a string"};
    return names[kind];
}

/* "column 'rating'", or "'+'". */
static const char *describe(const lis_term *term, char out[2 * LIS_EXCERPT]) {
    char name[LIS_EXCERPT];
    const char *verb = lis_verb_name(term->verb);
    bool column = term->verb == LIS_VERB_COLUMN, string = term->verb == LIS_VERB_STRING;
    if (term->verb == LIS_VERB_NUMBER) return verb;
    if (column || string)
        lis_excerpt(name, term->text.bytes, term->text.length);
    else
        lis_excerpt(name, verb, strlen(verb));
    size_t front = column ? strlen("column ") : 0;
    memcpy(out, "column ", front);
    memcpy(out + front, name, strlen(name) + 1);
    return out;
}

static lis_status fail_kind(const maker *m, operand given, const char *wanted) {
    char what[2 * LIS_EXCERPT], verb[LIS_EXCERPT];
    const char *word = lis_verb_name(m->term->verb);
    lis_excerpt(verb, word, strlen(word));
    return lis_expression_fail(m->from, given.term->at, m->err, describe(given.term, what),
                               "%s wants %s, and it is %s", verb, wanted, kind_name(given.kind));
}

static lis_status fail_missing_column(const maker *m) {
    const lis_table *table = m->table;
    const char **names = lis_alloc((size_t)table->columns, sizeof *names);
    if (!names) return lis_fail_nomem(m->err, "column names", (double)table->columns * 8);
    for (int64_t c = 0; c < table->columns; c++)
        names[c] = table->column[c].name;
    char what[2 * LIS_EXCERPT], list[LIS_NAME_LIST], nearest[LIS_EXCERPT] = "";
    const char *near = lis_name_nearest(m->term->text.bytes, names, table->columns);
    if (near) lis_excerpt(nearest, near, strlen(near));
    lis_name_list(list, names, table->columns);
    lis_free(names);
    return lis_expression_fail(m->from, m->term->at, m->err, describe(m->term, what),
                               "no such column%s%s%s the columns are %s",
                               near ? "; did you mean " : ";", nearest, near ? "?" : "", list);
}

/* ---- the stacks */

static lis_status push_step(maker *m, lis_step step) {
    m->plan->step[m->plan->steps++] = step;
    return LIS_OK;
}

static void push(maker *m, value_kind kind, const lis_column *column) {
    m->stack[m->height++] = (operand){kind, m->term, column};
    if (kind == KIND_STRINGS || kind == KIND_STRING) return;
    m->values++;
    if (m->values > m->plan->height) m->plan->height = m->values;
}

static operand pop(maker *m) {
    operand top = m->stack[--m->height];
    if (top.kind == KIND_NUMBER || top.kind == KIND_CONDITION) m->values--;
    return top;
}

/* ---- operands */

static lis_status bind_column(maker *m) {
    const char *name = m->term->text.bytes;
    const lis_column *column = NULL;
    char what[2 * LIS_EXCERPT];
    for (int64_t c = 0; c < m->table->columns && !column; c++)
        if (strcmp(m->table->column[c].name, name) == 0) column = &m->table->column[c];
    if (!column) return fail_missing_column(m);
    LIS_TRY(lis_table_find(m->table, name, &column, m->err));
    lis_step step = {.values = column->values.data};
    switch (column->type) {
    case LIS_COLUMN_STRING:
        push(m, KIND_STRINGS, column);
        return LIS_OK;
    case LIS_COLUMN_F64:
        step.kind = LIS_STEP_F64;
        break;
    case LIS_COLUMN_F32:
        step.kind = LIS_STEP_F32;
        break;
    case LIS_COLUMN_I64:
        step.kind = LIS_STEP_I64;
        break;
    case LIS_COLUMN_TEXT:
    case LIS_COLUMN_LIST:
        return lis_expression_fail(m->from, m->term->at, m->err, describe(m->term, what),
                                   "a column of type %s has no value to compute with; read it as "
                                   "\"string\", \"f64\" or \"i64\"",
                                   lis_column_type_name(column->type));
    }
    push(m, KIND_NUMBER, NULL);
    return push_step(m, step);
}

static lis_status bind_operand(maker *m) {
    if (m->term->verb == LIS_VERB_COLUMN) return bind_column(m);
    if (m->term->verb == LIS_VERB_STRING) {
        push(m, KIND_STRING, NULL);
        return LIS_OK;
    }
    push(m, KIND_NUMBER, NULL);
    return push_step(m, (lis_step){.kind = LIS_STEP_CONSTANT, .number = m->term->number});
}

/* ---- numbers and conditions */

static lis_status bind_unary(maker *m, lis_step_kind step, value_kind wanted, value_kind result) {
    operand a = pop(m);
    if (a.kind != wanted) return fail_kind(m, a, kind_name(wanted));
    push(m, result, NULL);
    return push_step(m, (lis_step){.kind = step, .verb = m->term->verb});
}

static lis_status bind_binary(maker *m, lis_step_kind step, value_kind wanted, value_kind result) {
    operand b = pop(m), a = pop(m);
    if (a.kind != wanted) return fail_kind(m, a, kind_name(wanted));
    if (b.kind != wanted) return fail_kind(m, b, kind_name(wanted));
    push(m, result, NULL);
    return push_step(m, (lis_step){.kind = step, .verb = m->term->verb});
}

/* ---- strings */

/* -1 for the empty string, UNKNOWN for one that the dictionary lacks. */
static int32_t code_of(const lis_dict *dict, lis_text text) {
    if (text.length == 0) return -1;
    int32_t code = lis_dict_find(dict, text);
    return code >= 0 ? code : UNKNOWN;
}

static int compare_texts(lis_text a, lis_text b) {
    size_t common = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.bytes, b.bytes, common);
    return order ? order : (a.length > b.length) - (a.length < b.length);
}

static bool holds(lis_verb verb, int order) {
    switch (verb) {
    case LIS_VERB_LESS:
        return order < 0;
    case LIS_VERB_AT_MOST:
        return order <= 0;
    case LIS_VERB_MORE:
        return order > 0;
    default:
        return order >= 0;
    }
}

/* "a" < column is column > "a". */
static lis_verb turned(lis_verb verb) {
    switch (verb) {
    case LIS_VERB_LESS:
        return LIS_VERB_MORE;
    case LIS_VERB_AT_MOST:
        return LIS_VERB_AT_LEAST;
    case LIS_VERB_MORE:
        return LIS_VERB_LESS;
    case LIS_VERB_AT_LEAST:
        return LIS_VERB_AT_MOST;
    default:
        return verb;
    }
}

static lis_status push_code(maker *m, const lis_column *column, int32_t code, bool negate) {
    push(m, KIND_CONDITION, NULL);
    return push_step(m, (lis_step){.kind = LIS_STEP_CODE,
                                   .values = column->values.data,
                                   .code = code,
                                   .negate = negate});
}

/* Pushes a step with a zeroed flag a string, and one in front for the missing string. */
static lis_status push_codes(maker *m, const lis_column *column, uint8_t **flags) {
    size_t n = (size_t)lis_dict_size(column->dict) + 1;
    *flags = lis_calloc(n, 1);
    if (!*flags) return lis_fail_nomem(m->err, "a flag a string", (double)n);
    push(m, KIND_CONDITION, NULL);
    return push_step(
        m, (lis_step){.kind = LIS_STEP_CODES, .values = column->values.data, .flags = *flags});
}

static lis_status compare_order(maker *m, const lis_column *column, lis_verb verb, lis_text with) {
    uint8_t *flags;
    LIS_TRY(push_codes(m, column, &flags));
    for (int32_t code = -1; code < lis_dict_size(column->dict); code++)
        flags[code + 1] = holds(verb, compare_texts(lis_dict_text(column->dict, code), with));
    return LIS_OK;
}

static lis_status compare_columns(maker *m, operand a, operand b) {
    if (m->term->verb != LIS_VERB_EQUAL && m->term->verb != LIS_VERB_UNLIKE)
        return fail_kind(m, b, "a string behind a column of strings");
    int64_t n = lis_dict_size(a.column->dict);
    int32_t *place = lis_alloc((size_t)n, sizeof *place);
    if (!place) return lis_fail_nomem(m->err, "a code a string", (double)n * 4);
    for (int32_t code = 0; code < n; code++)
        place[code] = code_of(b.column->dict, lis_dict_text(a.column->dict, code));
    push(m, KIND_CONDITION, NULL);
    return push_step(m, (lis_step){.kind = LIS_STEP_SAME,
                                   .values = a.column->values.data,
                                   .other = b.column->values.data,
                                   .negate = m->term->verb == LIS_VERB_UNLIKE,
                                   .place = place});
}

static lis_status bind_comparison(maker *m) {
    operand b = m->stack[m->height - 1], a = m->stack[m->height - 2];
    bool strings = a.kind == KIND_STRINGS || b.kind == KIND_STRINGS;
    if (a.kind == KIND_STRING && b.kind == KIND_STRING)
        return lis_expression_fail(m->from, m->term->at, m->err, "",
                                   "two strings are compared, neither of which is a column");
    if (!strings && (a.kind == KIND_STRING || b.kind == KIND_STRING))
        return fail_kind(m, a.kind == KIND_STRING ? a : b, "a number beside a number");
    if (!strings) return bind_binary(m, LIS_STEP_COMPARE, KIND_NUMBER, KIND_CONDITION);
    pop(m);
    pop(m);
    if (a.kind == KIND_STRINGS && b.kind == KIND_STRINGS) return compare_columns(m, a, b);
    operand literal = a.kind == KIND_STRINGS ? b : a;
    const lis_column *column = a.kind == KIND_STRINGS ? a.column : b.column;
    lis_verb verb = a.kind == KIND_STRINGS ? m->term->verb : turned(m->term->verb);
    if (literal.kind != KIND_STRING)
        return fail_kind(m, literal, "a string beside a column of strings");
    if (verb == LIS_VERB_EQUAL || verb == LIS_VERB_UNLIKE)
        return push_code(m, column, code_of(column->dict, literal.term->text),
                         verb == LIS_VERB_UNLIKE);
    return compare_order(m, column, verb, literal.term->text);
}

/* ---- in, missing */

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static lis_status check_items(const maker *m, bool strings) {
    const lis_term_item *item = m->from->item + m->term->first;
    for (int64_t k = 0; k < m->term->count; k++)
        if (item[k].is_string != strings)
            return lis_expression_fail(
                m->from, item[k].at, m->err, "", "'in' wants %s here, found %s",
                strings ? "strings" : "numbers", strings ? "a number" : "a string");
    return LIS_OK;
}

static lis_status bind_in(maker *m) {
    operand a = pop(m);
    const lis_term_item *item = m->from->item + m->term->first;
    int64_t count = m->term->count;
    if (a.kind != KIND_NUMBER && a.kind != KIND_STRINGS)
        return fail_kind(m, a, "a number or a column of strings");
    LIS_TRY(check_items(m, a.kind == KIND_STRINGS));
    if (a.kind == KIND_STRINGS) {
        uint8_t *flags;
        LIS_TRY(push_codes(m, a.column, &flags));
        for (int64_t k = 0; k < count; k++) {
            int32_t code = code_of(a.column->dict, item[k].text);
            if (code != UNKNOWN) flags[code + 1] = 1;
        }
        return LIS_OK;
    }
    double *list = lis_alloc((size_t)count, sizeof *list);
    if (!list) return lis_fail_nomem(m->err, "a list of numbers", (double)count * 8);
    for (int64_t k = 0; k < count; k++)
        list[k] = item[k].number;
    qsort(list, (size_t)count, sizeof *list, by_number);
    push(m, KIND_CONDITION, NULL);
    return push_step(m, (lis_step){.kind = LIS_STEP_IN, .list = list, .count = count});
}

static lis_status bind_missing(maker *m) {
    operand a = m->stack[m->height - 1];
    if (a.kind != KIND_STRINGS) return bind_unary(m, LIS_STEP_MISSING, KIND_NUMBER, KIND_CONDITION);
    pop(m);
    return push_code(m, a.column, -1, false);
}

/* ---- public */

static lis_status bind_term(maker *m) {
    lis_verb verb = m->term->verb;
    if (verb <= LIS_VERB_COLUMN) return bind_operand(m);
    if (verb <= LIS_VERB_SQRT) return bind_unary(m, LIS_STEP_UNARY, KIND_NUMBER, KIND_NUMBER);
    if (verb <= LIS_VERB_MAX) return bind_binary(m, LIS_STEP_BINARY, KIND_NUMBER, KIND_NUMBER);
    if (verb <= LIS_VERB_AT_LEAST) return bind_comparison(m);
    if (verb == LIS_VERB_IN) return bind_in(m);
    if (verb == LIS_VERB_MISSING) return bind_missing(m);
    if (verb == LIS_VERB_NOT) return bind_unary(m, LIS_STEP_NOT, KIND_CONDITION, KIND_CONDITION);
    return bind_binary(m, LIS_STEP_LOGIC, KIND_CONDITION, KIND_CONDITION);
}

lis_status lis_plan_make(lis_plan *plan, const lis_expression *expression, const lis_table *table,
                         lis_error *err) {
    maker m = {.plan = plan, .from = expression, .table = table, .err = err};
    plan->step = lis_alloc((size_t)expression->terms, sizeof *plan->step);
    if (!plan->step)
        return lis_fail_nomem(err, "steps", (double)expression->terms * sizeof *plan->step);
    for (int64_t t = 0; t < expression->terms; t++) {
        m.term = &expression->term[t];
        LIS_TRY(bind_term(&m));
    }
    operand left = m.stack[0];
    if (left.kind == KIND_STRING || left.kind == KIND_STRINGS) {
        char what[2 * LIS_EXCERPT];
        return lis_expression_fail(
            expression, left.term->at, err, describe(left.term, what),
            "%s alone is no condition and no number; compare it with a string",
            kind_name(left.kind));
    }
    plan->number = left.kind == KIND_NUMBER;
    return LIS_OK;
}

void lis_plan_free(lis_plan *plan) {
    for (int64_t s = 0; s < plan->steps; s++) {
        lis_free(plan->step[s].flags);
        lis_free(plan->step[s].place);
        lis_free(plan->step[s].list);
    }
    lis_free(plan->step);
    *plan = (lis_plan){0};
}
