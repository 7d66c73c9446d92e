/* The oracle: a graph evaluated from each op's textbook formula, one batch, in f64. */
#ifndef LIS_TEST_NN_NAIVE_H
#define LIS_TEST_NN_NAIVE_H

#include "dropout.h"
#include "state.h"

typedef struct naive {
    const lis_model *model;
    const lis_feed *feed;
    const int32_t *row; /* [rows] */
    int64_t rows;
    bool training; /* masks and moments of the batch, as step `step` has them */
    int64_t step;
    double **weight; /* [weights][rows * columns], copies: change them to ask "what if" */
    double **table;
    double **value;   /* [nodes] rows, or events of all rows in order */
    int64_t **offset; /* [nodes] of histories: [rows + 1] */
    int32_t **item;   /* [nodes] of histories */
} naive;

/* Copies the model's parameters as they are now. */
naive *naive_new(const lis_model *model, const lis_feed *feed, const int32_t *row, int64_t rows);
void naive_free(naive *oracle);

/* Mean loss over the rows; fills value[]. */
double naive_loss(naive *oracle);

/* What dropout multiplies element j of row i by. */
double naive_mask(const nn_dropout *how, int64_t i, int64_t j);

/* The logit of row k, after naive_loss. */
double naive_logit(const naive *oracle, int64_t k);

#endif
