/* Optimisers: the rules' names and the memory each keeps, and the rates of one step. */
#ifndef LIS_NN_OPTIM_H
#define LIS_NN_OPTIM_H

#include "kernels.h"
#include "lis/nn/train.h"

/* A row of the table of optimisers; its inner loop is nn_kernels.step[rule]. */
typedef struct nn_rule_row {
    const char *name;
    int values;    /* of state a parameter: 0, 1 or 2 */
    bool row_wise; /* or one value a table row */
} nn_rule_row;

extern const nn_rule_row nn_rules[NN_RULES];

/* Floats of state a table row of `width` parameters has. */
static inline int64_t nn_row_state(nn_rule rule, int64_t width) {
    return nn_rules[rule].row_wise ? 1 : nn_rules[rule].values * width;
}

/* By name (NULL: `otherwise`). dense: row-wise rules are refused. LIS_EARG lists the names. */
lis_status nn_rule_find(const char *name, nn_rule otherwise, bool dense, nn_rule *rule,
                        lis_error *err);

/* How much of the rates step k of `total` of a fit uses: warm-up, then the schedule. */
double nn_schedule(const lis_fit_options *options, int64_t k, int64_t total);

/* The rates of a rule's step number `step` = 1, 2, ..., of which `share` is used; FTRL always uses
 * all, because its weights follow from the sums so far and the rate, and would shrink with it. */
nn_rates nn_dense_rates(const lis_fit_options *options, nn_rule rule, int64_t step, double share);
nn_rates nn_table_rates(const lis_fit_options *options, nn_rule rule, int64_t step, double share);

#endif
