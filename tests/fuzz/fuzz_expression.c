/* Row expressions: parsed, bound to a table of every type of column, evaluated. */
#include <string.h>

#include "fuzz.h"
#include "lis/data/delimited.h"
#include "lis/data/expression.h"

static const lis_table *sample(void) {
    static lis_table table;
    static const lis_column_want types[] = {{.name = "e", .type = LIS_COLUMN_TEXT},
                                            {.name = "f", .type = LIS_COLUMN_LIST},
                                            {.name = "c", .type = LIS_COLUMN_F32}};
    static const char text[] = "a,b,c,d,s,e,f\n1,2.5,3,x,y,z,p q\n-4,,6,y,x,,p\n7,nan,inf,,x,zz,\n";
    lis_delimited_options options = {.types = types, .type_count = 3};
    lis_error error;
    if (!table.column)
        FUZZ_PROMISE(lis_delimited_parse(fuzz_ctx(), &table, "t", text, strlen(text), &options,
                                         &error) == LIS_OK);
    return &table;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const lis_table *table = sample();
    int64_t blocks = fuzz_blocks();
    lis_error error;
    lis_expression *expression;
    if (lis_expression_parse(&expression, (const char *)data, size, &error) == LIS_OK) {
        lis_tensor flags, numbers;
        lis_status where = lis_expression_where(fuzz_ctx(), &flags, expression, table, &error);
        lis_status compute =
            lis_expression_compute(fuzz_ctx(), &numbers, expression, table, &error);
        FUZZ_PROMISE(where != LIS_OK || compute != LIS_OK);
        for (int64_t r = 0; where == LIS_OK && r < table->rows; r++)
            FUZZ_PROMISE(lis_u8(&flags)[r] <= 1);
        lis_tensor_release(&flags);
        lis_tensor_release(&numbers);
    } else {
        FUZZ_PROMISE(!expression && strstr(error.message, " at ") == NULL
                         ? strncmp(error.message, "at ", 3) == 0
                         : true);
    }
    lis_expression_free(expression);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
