/* Which elements of a node's rows one step drops. */
#ifndef LIS_NN_DROPOUT_H
#define LIS_NN_DROPOUT_H

#include "kernels.h"

/* The masks of one node in one step, from row `first` of the batch on; the rate is in steps of 2^-16. */
nn_dropout nn_dropout_of(uint64_t seed, int node, int64_t step, double rate, int64_t first);

#endif
