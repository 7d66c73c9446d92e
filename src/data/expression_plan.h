/* An expression on its way from text to rows, in three files:
 *
 *   expression_parse.c  text -> terms, in the order in which a stack machine does them
 *   expression_plan.c   terms + table -> steps: columns found, types checked, strings turned to codes
 *   expression_run.c    steps over blocks of rows */
#ifndef LIS_DATA_EXPRESSION_PLAN_H
#define LIS_DATA_EXPRESSION_PLAN_H

#include <stdbool.h>

#include "lis/base/arena.h"
#include "lis/data/expression.h"

/* What a term or step does. Each takes its operands from the stack and leaves one value. */
typedef enum lis_verb {
    LIS_VERB_NUMBER, /* operands */
    LIS_VERB_STRING,
    LIS_VERB_COLUMN,
    LIS_VERB_NEGATE, /* of one number */
    LIS_VERB_ABS,
    LIS_VERB_CEIL,
    LIS_VERB_EXP,
    LIS_VERB_FLOOR,
    LIS_VERB_LOG,
    LIS_VERB_SQRT,
    LIS_VERB_ADD, /* of two numbers */
    LIS_VERB_SUBTRACT,
    LIS_VERB_MULTIPLY,
    LIS_VERB_DIVIDE,
    LIS_VERB_MODULO,
    LIS_VERB_MIN,
    LIS_VERB_MAX,
    LIS_VERB_EQUAL, /* comparisons: of numbers or strings */
    LIS_VERB_UNLIKE,
    LIS_VERB_LESS,
    LIS_VERB_AT_MOST,
    LIS_VERB_MORE,
    LIS_VERB_AT_LEAST,
    LIS_VERB_IN,
    LIS_VERB_MISSING,
    LIS_VERB_NOT, /* of conditions */
    LIS_VERB_AND,
    LIS_VERB_OR
} lis_verb;

/* One element of "in (...)". */
typedef struct lis_term_item {
    int64_t at;
    bool is_string;
    double number;
    lis_text text;
} lis_term_item;

typedef struct lis_term {
    lis_verb verb;
    int64_t at;           /* its byte in the expression, from 0 */
    double number;        /* NUMBER */
    lis_text text;        /* STRING and COLUMN; closed by a NUL */
    int64_t first, count; /* IN: its items */
} lis_term;

struct lis_expression {
    char *text; /* owned, closed by NULs */
    int64_t length;
    lis_arena arena; /* unescaped strings, names */
    lis_term *term;
    int64_t terms, term_capacity;
    lis_term_item *item;
    int64_t items, item_capacity;
    const char **column; /* names, each once */
    int64_t columns, column_capacity;
};

/* How a verb is written: "+", "and", "abs". */
const char *lis_verb_name(lis_verb verb);

/* LIS_EARG "<what> at <place, from 1>: <message> (in the expression '<text>')"; what may be "". */
lis_status lis_expression_fail(const lis_expression *expression, int64_t at, lis_error *err,
                               const char *what, const char *format, ...) LIS_PRINTF(5, 6);

/* ---- steps */

typedef enum lis_step_kind {
    LIS_STEP_CONSTANT, /* push a number */
    LIS_STEP_F64,      /* push a column's numbers */
    LIS_STEP_F32,
    LIS_STEP_I64,
    LIS_STEP_UNARY,   /* number -> number */
    LIS_STEP_BINARY,  /* numbers -> number */
    LIS_STEP_COMPARE, /* numbers -> flag */
    LIS_STEP_IN,      /* number -> flag */
    LIS_STEP_MISSING, /* number -> flag */
    LIS_STEP_CODE,    /* push the flag: the code is `code` */
    LIS_STEP_CODES,   /* push the flag: flags[code + 1] */
    LIS_STEP_SAME,    /* push the flag: other column's code is place[code] */
    LIS_STEP_NOT,     /* flag -> flag */
    LIS_STEP_LOGIC    /* AND, OR of flags */
} lis_step_kind;

typedef struct lis_step {
    lis_step_kind kind;
    lis_verb verb;
    const void *values; /* column: borrowed; of SAME the left one */
    const void *other;  /* SAME: the right one */
    double number;      /* CONSTANT */
    int32_t code;       /* CODE */
    bool negate;        /* CODE, CODES, SAME, IN: the opposite */
    uint8_t *flags;     /* CODES: owned, [strings + 1], the first for the missing one */
    int32_t *place;     /* SAME: owned, [strings of the left]: code in the right one, or -2 */
    double *list;       /* IN: owned, ascending */
    int64_t count;
} lis_step;

typedef struct lis_plan {
    lis_step *step;
    int64_t steps;
    int height;  /* most values on the stack */
    bool number; /* what is left at the end: a number, else a condition */
} lis_plan;

/* Binds an expression to a table, which must outlive the plan. *plan is zeroed by the caller, and
 * freed by it in any case. Errors as lis_expression_where. */
lis_status lis_plan_make(lis_plan *plan, const lis_expression *expression, const lis_table *table,
                         lis_error *err);
void lis_plan_free(lis_plan *plan);

#endif
