#include "optim.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const nn_rule_row nn_rules[NN_RULES] = {[NN_SGD] = {"sgd", 0, false},
                                        [NN_ADAGRAD] = {"adagrad", 1, false},
                                        [NN_ROW_ADAGRAD] = {"row_adagrad", 0, true},
                                        [NN_ADAM] = {"adam", 2, false},
                                        [NN_FTRL] = {"ftrl", 2, false}};

lis_status nn_rule_find(const char *name, nn_rule otherwise, bool dense, nn_rule *rule,
                        lis_error *err) {
    char names[128] = "";
    *rule = otherwise;
    if (!name) return LIS_OK;
    for (int r = 0; r < NN_RULES; r++) {
        if (dense && nn_rules[r].row_wise) continue;
        if (!strcmp(nn_rules[r].name, name)) {
            *rule = (nn_rule)r;
            return LIS_OK;
        }
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s'%s'", used ? ", " : "", nn_rules[r].name);
    }
    return lis_fail(err, LIS_EARG, "there is no %s optimiser '%s'; there are %s",
                    dense ? "dense" : "table", name, names);
}

double nn_schedule(const lis_fit_options *options, int64_t k, int64_t total) {
    const double pi = 3.14159265358979323846;
    if (k < options->warmup) return (double)(k + 1) / (double)options->warmup;
    double left = (double)(total - options->warmup);
    double gone = left > 0 ? (double)(k - options->warmup) / left : 0;
    switch (options->schedule) {
    case LIS_CONSTANT:
        break;
    case LIS_LINEAR:
        return 1 - gone;
    case LIS_COSINE:
        return 0.5 * (1 + cos(pi * gone));
    }
    return 1;
}

static nn_rates rates(double rate, double l2, double decay, int64_t step) {
    const double beta1 = 0.9, beta2 = 0.999;
    return (nn_rates){.rate = (float)rate,
                      .l2 = (float)l2,
                      .decay = (float)(rate * decay),
                      .scale = 1,
                      .beta1 = (float)beta1,
                      .beta2 = (float)beta2,
                      .correct1 = (float)(1 / (1 - pow(beta1, (double)step))),
                      .correct2 = (float)(1 / sqrt(1 - pow(beta2, (double)step)))};
}

nn_rates nn_dense_rates(const lis_fit_options *options, nn_rule rule, int64_t step, double share) {
    nn_rates r =
        rates((rule == NN_FTRL ? 1 : share) * options->dense_rate, 0, options->weight_decay, step);
    r.l1 = (float)options->l1;
    return r;
}

nn_rates nn_table_rates(const lis_fit_options *options, nn_rule rule, int64_t step, double share) {
    nn_rates r = rates((rule == NN_FTRL ? 1 : share) * options->table_rate, options->l2, 0, step);
    r.l1 = (float)options->l1;
    return r;
}
