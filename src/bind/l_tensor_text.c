/* tostring(t): type, shape, a summary and the first numbers; a screen at most. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "l_tensor.h"
#include "lis/tensor/ops_reduce.h"

enum { HEAD_ROWS = 6, HEAD_COLUMNS = 8, WIDTH = 10 };

static void add_element(luaL_Buffer *out, const lis_tensor *t, int64_t row, int64_t column) {
    char digits[32];
    double value =
        t->ndim == 1 ? lis_tensor_get(t, &column) : lis_tensor_get(t, (int64_t[]){row, column});
    bool real = t->dtype == LIS_F32 || t->dtype == LIS_F64;
    snprintf(digits, sizeof digits, real ? "%*.5g" : "%*.17g", WIDTH, value);
    luaL_addstring(out, digits);
}

/* At most HEAD_ROWS lines of at most HEAD_COLUMNS numbers; `t` has one or two dimensions. */
static void add_head(luaL_Buffer *out, const lis_tensor *t) {
    int64_t rows = t->ndim == 1 ? 1 : t->shape[0], columns = t->shape[t->ndim - 1];
    int64_t shown_columns = columns < HEAD_COLUMNS ? columns : HEAD_COLUMNS;
    for (int64_t i = 0; i < rows && i < HEAD_ROWS; i++) {
        luaL_addstring(out, "\n");
        for (int64_t j = 0; j < shown_columns; j++)
            add_element(out, t, i, j);
        if (columns > shown_columns) luaL_addstring(out, "  ...");
    }
    if (rows > HEAD_ROWS) luaL_addstring(out, "\n       ...");
}

int lis_tensor_tostring(lua_State *L) {
    char text[LIS_TENSOR_TEXT], numbers[160];
    const lis_tensor *tensor = luaL_checkudata(L, 1, "lis.tensor");
    if (!tensor->data) {
        lua_pushliteral(L, "tensor (closed)");
        return 1;
    }
    lis_error error;
    lis_summary s;
    lis_bind_check(L, lis_tensor_summarize(lis_bind_ctx(L), &s, tensor, &error), &error);
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    luaL_addstring(&out, lis_tensor_describe(tensor, text));
    if (s.n > 0) {
        snprintf(numbers, sizeof numbers, "  min %.5g, mean %.5g, max %.5g", s.min, s.mean, s.max);
        luaL_addstring(&out, numbers);
        if (s.nans > 0) {
            snprintf(numbers, sizeof numbers, ", %" PRId64 " NaN", s.nans);
            luaL_addstring(&out, numbers);
        }
        lis_tensor head = *tensor; /* of more dimensions: the first matrix */
        while (head.ndim > 2)
            lis_bind_check(L, lis_tensor_select(&head, &head, 0, 0, &error), &error);
        add_head(&out, &head);
        if (tensor->ndim > 2) luaL_addstring(&out, "\n       ...");
    }
    luaL_pushresult(&out);
    return 1;
}
