/* Text -> terms: a scanner of tokens under a parser by binding powers (Pratt 1973). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "expression_plan.h"
#include "lis/base/mem.h"
#include "message.h"
#include "number.h"

/* ---- words */

static const char *const verb_names[] = {
    [LIS_VERB_NUMBER] = "a number",
    [LIS_VERB_STRING] = "a string",
    [LIS_VERB_COLUMN] = "a column",
    [LIS_VERB_NEGATE] = "-",
    [LIS_VERB_ABS] = "abs",
    [LIS_VERB_CEIL] = "ceil",
    [LIS_VERB_EXP] = "exp",
    [LIS_VERB_FLOOR] = "floor",
    [LIS_VERB_LOG] = "log",
    [LIS_VERB_SQRT] = "sqrt",
    [LIS_VERB_ADD] = "+",
    [LIS_VERB_SUBTRACT] = "-",
    [LIS_VERB_MULTIPLY] = "*",
    [LIS_VERB_DIVIDE] = "/",
    [LIS_VERB_MODULO] = "%",
    [LIS_VERB_MIN] = "min",
    [LIS_VERB_MAX] = "max",
    [LIS_VERB_EQUAL] = "==",
    [LIS_VERB_UNLIKE] = "~=",
    [LIS_VERB_LESS] = "<",
    [LIS_VERB_AT_MOST] = "<=",
    [LIS_VERB_MORE] = ">",
    [LIS_VERB_AT_LEAST] = ">=",
    [LIS_VERB_IN] = "in",
    [LIS_VERB_MISSING] = "is_missing",
    [LIS_VERB_NOT] = "not",
    [LIS_VERB_AND] = "and",
    [LIS_VERB_OR] = "or",
};

const char *lis_verb_name(lis_verb verb) {
    return verb_names[verb];
}

/* How tightly a word binds what stands at its left; 0: it binds nothing. */
enum {
    LOOSEST = 1,
    POWER_OR = 1,
    POWER_AND,
    POWER_NOT,
    POWER_COMPARE,
    POWER_SUM,
    POWER_PRODUCT,
    POWER_SIGN
};

typedef struct operator_word {
    const char *text;
    lis_verb verb;
    int power;
} operator_word;

/* Longer ones first. */
static const operator_word operators[] = {
    {"==", LIS_VERB_EQUAL, POWER_COMPARE},    {"~=", LIS_VERB_UNLIKE, POWER_COMPARE},
    {"!=", LIS_VERB_UNLIKE, POWER_COMPARE},   {"<=", LIS_VERB_AT_MOST, POWER_COMPARE},
    {">=", LIS_VERB_AT_LEAST, POWER_COMPARE}, {"<", LIS_VERB_LESS, POWER_COMPARE},
    {">", LIS_VERB_MORE, POWER_COMPARE},      {"+", LIS_VERB_ADD, POWER_SUM},
    {"-", LIS_VERB_SUBTRACT, POWER_SUM},      {"*", LIS_VERB_MULTIPLY, POWER_PRODUCT},
    {"/", LIS_VERB_DIVIDE, POWER_PRODUCT},    {"%", LIS_VERB_MODULO, POWER_PRODUCT},
    {"and", LIS_VERB_AND, POWER_AND},         {"or", LIS_VERB_OR, POWER_OR},
    {"in", LIS_VERB_IN, POWER_COMPARE},       {"not", LIS_VERB_NOT, POWER_NOT},
};

enum { OPERATORS = sizeof operators / sizeof *operators };

static const lis_verb functions[] = {
    LIS_VERB_ABS, LIS_VERB_CEIL, LIS_VERB_EXP,  LIS_VERB_FLOOR,   LIS_VERB_LOG,
    LIS_VERB_MAX, LIS_VERB_MIN,  LIS_VERB_SQRT, LIS_VERB_MISSING,
};

enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* What people of other languages write, and what is meant. */
static const struct {
    const char *given, *meant;
} foreign[] = {
    {"&&", "and"}, {"||", "or"}, {"=>", ">="}, {"=<", "<="},
    {"<>", "~="},  {"=", "=="},  {"!", "not"},
};

/* ---- scanner */

typedef enum token_kind {
    END,
    NUMBER,
    STRING,
    NAME,
    QUOTED_NAME,
    WORD,
    OPEN,
    CLOSE,
    COMMA
} token_kind;

typedef struct token {
    token_kind kind;
    int64_t at, end; /* bytes of the expression */
    double number;
    lis_text text;             /* STRING, QUOTED_NAME: without quotes, in the arena */
    const operator_word *word; /* WORD */
} token;

typedef struct parser {
    lis_expression *made;
    token next;
    int depth;
    lis_error *err;
} parser;

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

lis_status lis_expression_fail(const lis_expression *expression, int64_t at, lis_error *err,
                               const char *what, const char *format, ...) {
    char message[512], shown[LIS_EXCERPT];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    lis_excerpt(shown, expression->text, (size_t)expression->length);
    return lis_fail(err, LIS_EARG, "%s%sat %lld: %s (in the expression %s)", what, *what ? " " : "",
                    (long long)at + 1, message, shown);
}

/* The token as an error shows it. */
static const char *show(const parser *p, char out[LIS_EXCERPT]) {
    if (p->next.kind == END) return "the end";
    return lis_excerpt(out, p->made->text + p->next.at, (size_t)(p->next.end - p->next.at));
}

static lis_status fail_wanted(const parser *p, const char *wanted) {
    char shown[LIS_EXCERPT];
    return lis_expression_fail(p->made, p->next.at, p->err, "", "wanted %s, found %s", wanted,
                               show(p, shown));
}

static lis_status scan_number(parser *p) {
    const char *text = p->made->text;
    int64_t end = p->next.at;
    while (is_digit(text[end]) || text[end] == '.')
        end++;
    if ((text[end] == 'e' || text[end] == 'E') &&
        is_digit(text[end + 1 + (text[end + 1] == '-' || text[end + 1] == '+')])) {
        end += 2;
        while (is_digit(text[end]))
            end++;
    }
    bool good = !is_letter(text[end]);
    while (is_letter(text[end]) || is_digit(text[end]) || text[end] == '.')
        end++;
    p->next.kind = NUMBER;
    p->next.end = end;
    if (good && lis_number_f64(text + p->next.at, (size_t)(end - p->next.at),
                               text + p->made->length + LIS_NUMBER_SLACK, &p->next.number))
        return LIS_OK;
    char shown[LIS_EXCERPT];
    return lis_expression_fail(p->made, p->next.at, p->err, "", "%s is no number", show(p, shown));
}

/* The byte that an escape stands for; 0 for an unknown one. */
static char escaped(char c) {
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == '\\' || c == '"' || c == '\'' ? c : '\0';
}

static lis_status scan_string(parser *p) {
    const char *text = p->made->text, quote = text[p->next.at];
    int64_t end = p->next.at + 1;
    while (end < p->made->length && text[end] != quote)
        end += text[end] == '\\' && quote != '`' ? 2 : 1;
    if (end >= p->made->length)
        return lis_expression_fail(p->made, p->next.at, p->err, "",
                                   "the quote is not closed: wanted another %c", quote);
    char *copy = lis_arena_alloc(&p->made->arena, (size_t)(end - p->next.at), 1);
    if (!copy) return lis_fail_nomem(p->err, "a string", (double)(end - p->next.at));
    size_t size = 0;
    for (int64_t i = p->next.at + 1; i < end; i++) {
        char c = text[i];
        if (c == '\\' && quote != '`') {
            c = escaped(text[++i]);
            if (!c)
                return lis_expression_fail(p->made, i - 1, p->err, "",
                                           "unknown escape; known are \\\\ \\\" \\' \\n \\t");
        }
        copy[size++] = c;
    }
    copy[size] = '\0';
    p->next.kind = quote == '`' ? QUOTED_NAME : STRING;
    p->next.end = end + 1;
    p->next.text = (lis_text){copy, size};
    return LIS_OK;
}

static void scan_name(parser *p) {
    const char *text = p->made->text;
    int64_t end = p->next.at;
    while (is_letter(text[end]) || is_digit(text[end]) || text[end] == '.')
        end++;
    p->next.end = end;
    p->next.kind = NAME;
    size_t length = (size_t)(end - p->next.at);
    for (int i = 0; i < OPERATORS; i++) {
        const operator_word *word = &operators[i];
        if (strlen(word->text) != length || memcmp(word->text, text + p->next.at, length) != 0)
            continue;
        p->next.kind = WORD;
        p->next.word = word;
    }
}

static lis_status scan_sign(parser *p) {
    const char *at = p->made->text + p->next.at;
    static const char *const brackets = "(),";
    const char *bracket = *at ? strchr(brackets, *at) : NULL;
    p->next.end = p->next.at + 1;
    if (bracket) {
        p->next.kind = *at == '(' ? OPEN : *at == ')' ? CLOSE : COMMA;
        return LIS_OK;
    }
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        bool known = strncmp(at, "==", 2) == 0 || strncmp(at, "!=", 2) == 0;
        if (!known && strncmp(at, foreign[i].given, strlen(foreign[i].given)) == 0)
            return lis_expression_fail(p->made, p->next.at, p->err, "",
                                       "'%s' means nothing here; did you mean '%s'?",
                                       foreign[i].given, foreign[i].meant);
    }
    for (int i = 0; i < OPERATORS; i++) {
        if (strncmp(at, operators[i].text, strlen(operators[i].text)) != 0) continue;
        p->next.kind = WORD;
        p->next.word = &operators[i];
        p->next.end = p->next.at + (int64_t)strlen(operators[i].text);
        return LIS_OK;
    }
    p->next.kind = NAME; /* of nothing: for the message */
    char shown[LIS_EXCERPT];
    return lis_expression_fail(p->made, p->next.at, p->err, "", "%s means nothing here",
                               show(p, shown));
}

static lis_status advance(parser *p) {
    const char *text = p->made->text;
    int64_t at = p->next.end;
    while (at < p->made->length && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r')))
        at++;
    p->next = (token){.kind = END, .at = at, .end = at};
    if (at >= p->made->length) return LIS_OK;
    char c = text[at];
    if (is_digit(c) || (c == '.' && is_digit(text[at + 1]))) return scan_number(p);
    if (c == '"' || c == '\'' || c == '`') return scan_string(p);
    if (!is_letter(c)) return scan_sign(p);
    scan_name(p);
    return LIS_OK;
}

/* ---- what is made */

enum { COLUMNS = 1000 }; /* they are looked up one by one */

/* Room for one more element behind `count`; the array doubles when it grows. */
static lis_status grow(void *array, int64_t count, int64_t *capacity, size_t size, lis_error *err) {
    if (count < *capacity) return LIS_OK;
    int64_t more = *capacity ? 2 * *capacity : 16;
    void **slot = array, *grown = lis_realloc(*slot, (size_t)more, size);
    if (!grown) return lis_fail_nomem(err, "an expression", (double)more * (double)size);
    *slot = grown;
    *capacity = more;
    return LIS_OK;
}

static lis_status emit(parser *p, lis_term term) {
    lis_expression *made = p->made;
    LIS_TRY(grow(&made->term, made->terms, &made->term_capacity, sizeof term, p->err));
    made->term[made->terms++] = term;
    return LIS_OK;
}

static lis_status emit_column(parser *p, int64_t at, const char *name, size_t length) {
    lis_expression *made = p->made;
    LIS_TRY(emit(p, (lis_term){.verb = LIS_VERB_COLUMN, .at = at, .text = {name, length}}));
    for (int64_t c = 0; c < made->columns; c++)
        if (strcmp(made->column[c], name) == 0) return LIS_OK;
    if (made->columns == COLUMNS)
        return lis_expression_fail(made, at, p->err, "", "more than %d different columns", COLUMNS);
    LIS_TRY(grow(&made->column, made->columns, &made->column_capacity, sizeof name, p->err));
    made->column[made->columns++] = name;
    return LIS_OK;
}

/* ---- grammar */

static lis_status parse_level(parser *p, int power);

static lis_status expect(parser *p, token_kind kind, const char *wanted) {
    return p->next.kind == kind ? advance(p) : fail_wanted(p, wanted);
}

static const lis_verb *find_function(const parser *p) {
    size_t length = (size_t)(p->next.end - p->next.at);
    for (int i = 0; i < FUNCTIONS; i++) {
        const char *name = verb_names[functions[i]];
        if (strlen(name) == length && memcmp(name, p->made->text + p->next.at, length) == 0)
            return &functions[i];
    }
    return NULL;
}

static lis_status fail_function(const parser *p, const char *name, int64_t at) {
    const char *names[FUNCTIONS];
    char list[LIS_NAME_LIST];
    for (int i = 0; i < FUNCTIONS; i++)
        names[i] = verb_names[functions[i]];
    const char *near = lis_name_nearest(name, names, FUNCTIONS);
    lis_name_list(list, names, FUNCTIONS);
    return lis_expression_fail(p->made, at, p->err, "", "no such function%s%s%s known are %s",
                               near ? "; did you mean '" : ";", near ? near : "", near ? "'?" : "",
                               list);
}

/* The arguments of a function, behind its "(". Those of min and max are joined as they come. */
static lis_status parse_call(parser *p, lis_verb verb, int64_t at) {
    bool many = verb == LIS_VERB_MIN || verb == LIS_VERB_MAX;
    LIS_TRY(advance(p));
    LIS_TRY(parse_level(p, LOOSEST));
    if (!many) LIS_TRY(emit(p, (lis_term){.verb = verb, .at = at}));
    if (many && p->next.kind != COMMA) return fail_wanted(p, "a second argument behind ','");
    while (many && p->next.kind == COMMA) {
        LIS_TRY(advance(p));
        LIS_TRY(parse_level(p, LOOSEST));
        LIS_TRY(emit(p, (lis_term){.verb = verb, .at = at}));
    }
    return expect(p, CLOSE, many ? "',' or ')'" : "')'");
}

/* A column, or a function where "(" follows. */
static lis_status parse_name(parser *p) {
    token name = p->next;
    const lis_verb *function = name.kind == NAME ? find_function(p) : NULL;
    size_t length = (size_t)(name.end - name.at);
    const char *text = name.kind == QUOTED_NAME
                           ? name.text.bytes
                           : lis_arena_text(&p->made->arena, p->made->text + name.at, length);
    if (!text) return lis_fail_nomem(p->err, "a name", (double)length);
    LIS_TRY(advance(p));
    if (p->next.kind != OPEN)
        return emit_column(p, name.at, text, name.kind == QUOTED_NAME ? name.text.length : length);
    return function ? parse_call(p, *function, name.at) : fail_function(p, text, name.at);
}

static lis_status parse_operand(parser *p) {
    token first = p->next;
    switch (first.kind) {
    case NUMBER:
        LIS_TRY(
            emit(p, (lis_term){.verb = LIS_VERB_NUMBER, .at = first.at, .number = first.number}));
        return advance(p);
    case STRING:
        LIS_TRY(emit(p, (lis_term){.verb = LIS_VERB_STRING, .at = first.at, .text = first.text}));
        return advance(p);
    case NAME:
    case QUOTED_NAME:
        return parse_name(p);
    case OPEN:
        LIS_TRY(advance(p));
        LIS_TRY(parse_level(p, LOOSEST));
        return expect(p, CLOSE, "')'");
    case WORD:
        if (first.word->verb == LIS_VERB_NOT || first.word->verb == LIS_VERB_SUBTRACT) {
            bool sign = first.word->verb == LIS_VERB_SUBTRACT;
            LIS_TRY(advance(p));
            LIS_TRY(parse_level(p, sign ? POWER_SIGN : POWER_NOT));
            return emit(p,
                        (lis_term){.verb = sign ? LIS_VERB_NEGATE : LIS_VERB_NOT, .at = first.at});
        }
        break;
    default:
        break;
    }
    return fail_wanted(p, "a column, a number, a string or '('");
}

/* One element of "in (...)": a number with an optional sign, or a string. */
static lis_status parse_item(parser *p) {
    lis_term_item item = {.at = p->next.at};
    bool minus = p->next.kind == WORD && p->next.word->verb == LIS_VERB_SUBTRACT;
    if (minus) LIS_TRY(advance(p));
    if (p->next.kind == NUMBER)
        item.number = minus ? -p->next.number : p->next.number;
    else if (p->next.kind == STRING && !minus) {
        item.is_string = true;
        item.text = p->next.text;
    } else
        return fail_wanted(p, "a number or a string");
    LIS_TRY(grow(&p->made->item, p->made->items, &p->made->item_capacity, sizeof item, p->err));
    p->made->item[p->made->items++] = item;
    return advance(p);
}

static lis_status parse_in(parser *p, int64_t at, bool negate) {
    lis_term term = {.verb = LIS_VERB_IN, .at = at, .first = p->made->items};
    LIS_TRY(expect(p, OPEN, "'(' behind 'in'"));
    LIS_TRY(parse_item(p));
    while (p->next.kind == COMMA) {
        LIS_TRY(advance(p));
        LIS_TRY(parse_item(p));
    }
    LIS_TRY(expect(p, CLOSE, "',' or ')'"));
    term.count = p->made->items - term.first;
    LIS_TRY(emit(p, term));
    return negate ? emit(p, (lis_term){.verb = LIS_VERB_NOT, .at = at}) : LIS_OK;
}

/* "x not in (...)": behind an operand, "not" is the beginning of "not in" alone. */
static lis_status parse_not_in(parser *p, int64_t at) {
    LIS_TRY(advance(p));
    if (p->next.kind != WORD || p->next.word->verb != LIS_VERB_IN)
        return fail_wanted(p, "'in' behind 'not'");
    LIS_TRY(advance(p));
    return parse_in(p, at, true);
}

static lis_status parse_operator(parser *p, const operator_word *word, int64_t at) {
    if (word->verb == LIS_VERB_NOT) return parse_not_in(p, at);
    LIS_TRY(advance(p));
    if (word->verb == LIS_VERB_IN) return parse_in(p, at, false);
    LIS_TRY(parse_level(p, word->power + 1));
    return emit(p, (lis_term){.verb = word->verb, .at = at});
}

/* An operand and every operator behind it that binds as tightly as `power`. */
static lis_status parse_level(parser *p, int power) {
    if (++p->depth > LIS_EXPRESSION_DEPTH)
        return lis_expression_fail(p->made, p->next.at, p->err, "", "nested deeper than %d",
                                   LIS_EXPRESSION_DEPTH);
    LIS_TRY(parse_operand(p));
    bool compared = false;
    while (p->next.kind == WORD) {
        const operator_word *word = p->next.word;
        int binds = word->verb == LIS_VERB_NOT ? POWER_COMPARE : word->power; /* "not in" */
        if (binds < power) break;
        if (binds == POWER_COMPARE && compared)
            return lis_expression_fail(p->made, p->next.at, p->err, "",
                                       "comparisons do not chain; write 'a < b and b < c'");
        LIS_TRY(parse_operator(p, word, p->next.at));
        compared = binds == POWER_COMPARE;
    }
    p->depth--;
    return LIS_OK;
}

static lis_status parse_all(parser *p) {
    if (strlen(p->made->text) != (size_t)p->made->length)
        return lis_expression_fail(p->made, (int64_t)strlen(p->made->text), p->err, "",
                                   "a NUL byte means nothing here");
    LIS_TRY(advance(p));
    LIS_TRY(parse_level(p, LOOSEST));
    return p->next.kind == END ? LIS_OK : fail_wanted(p, "an operator or the end");
}

/* ---- public */

lis_status lis_expression_parse(lis_expression **out, const char *text, size_t length,
                                lis_error *err) {
    *out = NULL;
    if (length > LIS_EXPRESSION_BYTES)
        return lis_fail(err, LIS_EARG, "an expression of %zu bytes is longer than the %d allowed",
                        length, LIS_EXPRESSION_BYTES);
    lis_expression *made = lis_calloc(1, sizeof *made);
    char *copy = lis_calloc(length + 2 * LIS_NUMBER_SLACK, 1);
    if (!made || !copy) {
        lis_free(made);
        lis_free(copy);
        return lis_fail_nomem(err, "an expression", (double)length);
    }
    memcpy(copy, text, length);
    made->text = copy;
    made->length = (int64_t)length;
    lis_arena_init(&made->arena);
    parser p = {.made = made, .err = err};
    lis_status status = parse_all(&p);
    if (status != LIS_OK) {
        lis_expression_free(made);
        return status;
    }
    *out = made;
    return LIS_OK;
}

void lis_expression_free(lis_expression *expression) {
    if (!expression) return;
    lis_arena_free(&expression->arena);
    lis_free(expression->term);
    lis_free(expression->item);
    lis_free((void *)expression->column);
    lis_free(expression->text);
    lis_free(expression);
}

int64_t lis_expression_columns(const lis_expression *expression) {
    return expression->columns;
}

const char *lis_expression_column(const lis_expression *expression, int64_t at) {
    return expression->column[at];
}
