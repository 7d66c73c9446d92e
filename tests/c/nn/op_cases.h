/* A small graph for every op, over the toy log, with what its tests share. */
#ifndef LIS_TEST_NN_OP_CASES_H
#define LIS_TEST_NN_OP_CASES_H

#include "naive.h"
#include "toy.h"

enum { OP_FIRST = 40, OP_ROWS = 150 }; /* rows of the log: a whole shard and a part */

typedef struct op_case {
    const char *name;
    int (*logit)(lis_graph *g); /* adds nodes and returns the logit, or adds its own losses */
    double tolerance;           /* of f32 against the formula */
} op_case;

/* All of them; *count: how many. */
const op_case *op_cases(int *count);

lis_model *op_case_build(const op_case *c, const char *precision);

/* One step on the rows; returns its loss. */
double op_case_step(lis_model *model, const lis_feed *feed, const toy *log, int threads);

/* Slope of the oracle's loss in one parameter. */
double op_case_slope(naive *o, double *parameter);

/* Another model of the case, stepped on `threads` threads, ends with the bytes of `model`. */
void op_case_check_threads(const op_case *c, const char *precision, const lis_model *model,
                           const toy *log, int threads);

#endif
