#ifndef LIS_NN_FEED_PARTS_H
#define LIS_NN_FEED_PARTS_H

#include "lis/nn/feed.h"

/* What an input node reads; one of the three kinds, all zero while unbound. */
typedef struct nn_column {
    const int32_t *ids;  /* codes, or the index of frozen vectors */
    const float *values; /* dense [rows, width], or the frozen table */
    lis_history history; /* its arrays are borrowed */
} nn_column;

struct lis_feed {
    const lis_model *model;
    int64_t rows;
    const uint8_t *label;
    nn_column column[]; /* by node number */
};

/* Every live input is bound (and the label, where wanted): else LIS_ESTATE names the missing one. */
lis_status nn_feed_ready(const lis_feed *feed, const lis_model *model, bool label, lis_error *err);

/* Every row code is a row of the feed: else LIS_ERANGE names the first that is not. */
lis_status nn_feed_rows(const lis_feed *feed, const int32_t *row, int64_t count, lis_error *err);

#endif
