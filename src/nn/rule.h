/* What an optimiser is to the kernels. */
#ifndef LIS_NN_RULE_H
#define LIS_NN_RULE_H

#include <stdint.h>

/* Optimisers; optim.c has their names. */
typedef enum nn_rule { NN_SGD, NN_ADAGRAD, NN_ROW_ADAGRAD, NN_ADAM, NN_FTRL, NN_RULES } nn_rule;

/* One step's numbers. */
typedef struct nn_rates {
    float rate;
    float l1, l2;             /* l2 is added to the gradient; l1 is FTRL's */
    float decay;              /* w -= decay * w, already times the rate */
    float scale;              /* of the gradient: clipping */
    float beta1, beta2;       /* Adam's moments */
    float correct1, correct2; /* 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t) */
} nn_rates;

/* Moves w [n] by the gradient g [n]; s and t [n] are the rule's state (NULL-safe where it has none,
 * row-wise rules keep s [1]). */
typedef void nn_step_fn(const nn_rates *rates, float *w, float *s, float *t, const float *g,
                        int64_t n);

#endif
