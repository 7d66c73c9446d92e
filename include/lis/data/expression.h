/* Expressions over the rows of a table: "rating >= 4 and timestamp < 891000000".
 *
 *   condition  a or b, a and b, not a; == ~= < <= > >= (!= is ~=); x in (1, 2, 3), x not in ("a", "b")
 *   number     + - * / %, unary -; abs(x) ceil(x) exp(x) floor(x) log(x) sqrt(x) min(x, ...)
 *              max(x, ...); is_missing(x) is a condition
 *   value      a number, "a string" or 'a string' (escapes \\ \" \' \n \t), a column's name; `any
 *              name` in backticks
 *
 * From loosest to tightest: or, and, not, comparisons (which do not chain), + -, * / %, unary -.
 *
 * Numbers are f64, as in IEEE 754: of i64 columns, those beyond 2^53 are rounded. x % y has
 * the sign of y, as in Lua. A missing number is NaN, and arithmetic with it is NaN;
 * min and max as well. Every comparison with NaN is false, but for ~=, which is true, as not in is.
 *
 * Columns of strings are compared with strings, byte by byte: each string of the dictionary once, not
 * each row. A missing string is the empty one. Two such columns may be == or ~=. */
#ifndef LIS_DATA_EXPRESSION_H
#define LIS_DATA_EXPRESSION_H

#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/table.h"

enum { LIS_EXPRESSION_BYTES = 1 << 20, LIS_EXPRESSION_DEPTH = 100 };

typedef struct lis_expression lis_expression;

/* An expression from text[0..length), which is copied. Any bytes may come in: longer than
 * LIS_EXPRESSION_BYTES or nested deeper than LIS_EXPRESSION_DEPTH is refused.
 * Errors: LIS_EARG names the byte, from 1, and what was wanted there; LIS_ENOMEM. *out is NULL then. */
lis_status lis_expression_parse(lis_expression **out, const char *text, size_t length,
                                lis_error *err);

/* NULL is fine. */
void lis_expression_free(lis_expression *expression);

/* The columns that it reads, each once, in order of appearance: [0, count), borrowed. */
int64_t lis_expression_columns(const lis_expression *expression);
const char *lis_expression_column(const lis_expression *expression, int64_t at);

/* A new u8 tensor [rows]: 1 where the condition holds.
 * Threads: rows split into shards; same bytes for any thread count.
 * Errors: LIS_EARG for a column that does not exist (with its place and the nearest name), for types
 * that do not fit and for an expression that is a number; LIS_ENOMEM; LIS_EINTR. *out is empty then. */
lis_status lis_expression_where(lis_ctx *ctx, lis_tensor *out, const lis_expression *expression,
                                const lis_table *table, lis_error *err);

/* A new f64 tensor [rows]: the number. Threads and errors as above; LIS_EARG for a condition. */
lis_status lis_expression_compute(lis_ctx *ctx, lis_tensor *out, const lis_expression *expression,
                                  const lis_table *table, lis_error *err);

#endif
