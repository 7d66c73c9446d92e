/* A small log with every kind of input, and short ways to build a graph over it. */
#ifndef LIS_TEST_NN_TOY_H
#define LIS_TEST_NN_TOY_H

#include "lis/nn/train.h"

enum {
    TOY_ROWS = 300,
    TOY_USERS = 7,
    TOY_ITEMS = 13,
    TOY_DENSE = 3,
    TOY_FROZEN = 4,
    TOY_PARTS = 3,
    TOY_MAX_LEN = 6
};

typedef struct toy {
    int32_t user[TOY_ROWS], item[TOY_ROWS], index[TOY_ROWS], row[TOY_ROWS];
    float dense[TOY_ROWS * TOY_DENSE], frozen[TOY_ITEMS * TOY_FROZEN];
    float parts[TOY_PARTS * TOY_ITEMS * TOY_FROZEN];
    int32_t part[TOY_ROWS]; /* line of a row's item 0 in `parts` */
    uint8_t label[TOY_ROWS];
    int32_t event[TOY_ROWS];
    int64_t begin[TOY_ROWS], end[TOY_ROWS];
    lis_history history;
} toy;

/* Ids are missing now and then, histories are 0 to 9 long, labels follow user, item and dense. */
void toy_fill(toy *log);

/* Inputs "user", "item", "dense", "frozen", "history" of a graph, in this order: nodes 0 to 4. */
enum { TOY_USER, TOY_ITEM, TOY_DENSE_IN, TOY_FROZEN_IN, TOY_HISTORY, TOY_INPUTS };
lis_graph *toy_graph(uint64_t seed);

/* One input more: vectors of each event of the history, bound where the graph has it. */
int toy_frozen_events(lis_graph *graph);

/* Fails the test on an error. */
int toy_add(lis_graph *graph, const char *op, const int *input, int inputs,
            const lis_setting *setting, int settings);
lis_model *toy_build(lis_graph *graph, int64_t batch); /* releases the graph */
lis_feed *toy_feed(const lis_model *model, const toy *log);

#define TOY_COUNT_(type, ...) (int)(sizeof((type[]){__VA_ARGS__}) / sizeof(type))
#define NODES(...)            (const int[]){__VA_ARGS__}, TOY_COUNT_(int, __VA_ARGS__)
#define SETTINGS(...)         (const lis_setting[]){__VA_ARGS__}, TOY_COUNT_(lis_setting, __VA_ARGS__)
#define PLAIN                 NULL, 0
#define NUMBER(key, value)    ((lis_setting){.name = key, .kind = LIS_SETTING_NUMBER, .number = value})
#define TEXT(key, value)      ((lis_setting){.name = key, .kind = LIS_SETTING_TEXT, .text = value})

/* An embedding of input `input`, spread 0.5; a linear layer of one unit. */
int toy_embed(lis_graph *graph, int input, const char *name, int dim);
int toy_unit(lis_graph *graph, int x);

/* A DIN-shaped ranker over the toy inputs; returns the logistic node. */
int toy_din(lis_graph *graph);

/* A context with this many threads. */
lis_ctx toy_ctx(int threads);

#endif
