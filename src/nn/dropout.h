#ifndef LIS_NN_DROPOUT_H
#define LIS_NN_DROPOUT_H

#include <stdint.h>

/* Keys the masks of one node in one step. */
uint64_t nn_dropout_key(uint64_t seed, int node, int64_t step);

/* mask[j] = 0 with probability `rate` (in steps of 2^-16), else 1 / (1 - rate). */
void nn_dropout_mask(float *mask, int64_t width, double rate, uint64_t key, int64_t item);

#endif
