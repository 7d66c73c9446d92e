/* table:where, table:compute, data.expression_columns: rules over rows, written as text. */
#include "check.h"
#include "l_data.h"
#include "lis/data/expression.h"
#include "open.h"

static void release_expression(void *object) {
    lis_expression_free(*(lis_expression **)object);
}

static const luaL_Reg no_methods[] = {{NULL, NULL}};

/* Never seen by a script: what owns a parsed expression while an error may be raised. */
static const lis_box_type expression_box = {.name = "lis.expression",
                                            .size = sizeof(lis_expression *),
                                            .release = release_expression,
                                            .methods = no_methods};

/* Leaves the box on the stack. */
static const lis_expression *parse_argument(lua_State *L, int at) {
    size_t length;
    const char *text = lis_check_text(L, at, "expression", &length);
    lis_error error;
    lis_expression **box = lis_box_new(L, &expression_box);
    lis_bind_check(L, lis_expression_parse(box, text, length, &error), &error);
    return *box;
}

static const lis_table *self_table(lua_State *L) {
    const lis_table *table = lis_box_check(L, 1, &lis_box_table, "self");
    if (!table->column) lis_arg_fail(L, "self", "the table was closed");
    return table;
}

typedef lis_status evaluate(lis_ctx *ctx, lis_tensor *out, const lis_expression *expression,
                            const lis_table *table, lis_error *err);

static int table_evaluate(lua_State *L, evaluate *run) {
    const lis_table *table = self_table(L);
    const lis_expression *expression = parse_argument(L, 2);
    lis_error error;
    lis_tensor *out = lis_box_new(L, &lis_box_tensor);
    lis_bind_check(L, run(lis_bind_ctx(L), out, expression, table, &error), &error);
    return 1;
}

/* table:where(expression) -> T u8 [rows]: 1 where the condition holds */
static int table_where(lua_State *L) {
    return table_evaluate(L, lis_expression_where);
}

/* table:compute(expression) -> T f64 [rows] */
static int table_compute(lua_State *L) {
    return table_evaluate(L, lis_expression_compute);
}

/* data.expression_columns(expression) -> list of names, each once */
static int data_expression_columns(lua_State *L) {
    const lis_expression *expression = parse_argument(L, 1);
    lua_newtable(L);
    for (int64_t c = 0; c < lis_expression_columns(expression); c++) {
        lua_pushstring(L, lis_expression_column(expression, c));
        lua_rawseti(L, -2, c + 1);
    }
    return 1;
}

void lis_data_add_expression(lua_State *L) {
    static const luaL_Reg methods[] = {
        {"where", table_where}, {"compute", table_compute}, {NULL, NULL}};
    lis_box_register(L, &expression_box);
    lis_box_extend(L, &lis_box_table, methods);
    lua_pushcfunction(L, data_expression_columns);
    lua_setfield(L, -2, "expression_columns");
}
