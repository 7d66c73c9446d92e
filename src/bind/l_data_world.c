/* core.data.world: the simulated feed. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "box.h"
#include "check.h"
#include "l_data.h"
#include "lis/data/world.h"
#include "lis/metric/auc.h"
#include "open.h"

/* ---- options ---- */

typedef struct field {
    const char *name;
    size_t offset;
    bool whole; /* i64, else f64 */
} field;

#define WHOLE(name)                                                                                \
    { #name, offsetof(lis_world_options, name), true }
#define REAL(name)                                                                                 \
    { #name, offsetof(lis_world_options, name), false }

static const field option_fields[] = {
    WHOLE(seed),
    WHOLE(users),
    WHOLE(items),
    WHOLE(days),
    WHOLE(impressions),
    WHOLE(page),
    WHOLE(candidates),
    REAL(popularity),
    REAL(half_life),
    REAL(evergreen),
    REAL(personal),
    REAL(fatigue),
    WHOLE(factors),
    WHOLE(categories),
    REAL(category_share),
    REAL(arriving),
    REAL(backlog_days),
    REAL(activity),
    REAL(drift),
    REAL(reversion),
    REAL(bias),
    REAL(user_bias),
    REAL(affinity),
    REAL(quality),
    REAL(ageing),
    REAL(read_seconds),
    REAL(conversion),
    REAL(bid_spread),
    WHOLE(content_width),
    REAL(content_share),
    REAL(content_nuisance),
    REAL(content_noise),
};

enum { FIELDS = sizeof option_fields / sizeof *option_fields };

static lis_world_options check_options(lua_State *L, int at) {
    const char *known[FIELDS + 1] = {NULL};
    for (int i = 0; i < FIELDS; i++)
        known[i] = option_fields[i].name;
    lis_opt_known(L, at, known);
    lis_world_options options = lis_world_defaults();
    for (int i = 0; i < FIELDS; i++) {
        const field *f = &option_fields[i];
        void *place = (char *)&options + f->offset;
        if (f->whole)
            *(int64_t *)place =
                lis_opt_integer(L, at, f->name, *(int64_t *)place, INT64_MIN, INT64_MAX);
        else
            *(double *)place = lis_opt_number(L, at, f->name, *(double *)place);
    }
    return options;
}

/* Every effective option. */
static void push_options(lua_State *L, const lis_world_options *options) {
    lua_createtable(L, 0, FIELDS);
    for (int i = 0; i < FIELDS; i++) {
        const field *f = &option_fields[i];
        const void *place = (const char *)options + f->offset;
        if (f->whole)
            lis_set_integer(L, f->name, *(const int64_t *)place);
        else
            lis_set_number(L, f->name, *(const double *)place);
    }
}

/* ---- the world as a table ---- */

static void release_world(void *object) {
    lis_world_free(object);
}

static const luaL_Reg no_methods[] = {{NULL, NULL}};

/* Owns the tensors between their making and the boxes that the caller sees. */
static const lis_box_type box_world = {.name = "lis.world",
                                       .size = sizeof(lis_world),
                                       .release = release_world,
                                       .methods = no_methods};

/* The AUC of the true probability on all rows; NaN where nobody, or everybody, clicked. */
static double bayes_auc(lua_State *L, const lis_world *world) {
    lis_scored scored = {.score = &world->probability, .label = &world->label};
    lis_metric metric = {0};
    lis_error error;
    lis_status status = lis_auc_value(lis_bind_ctx(L), &metric, &scored, &error);
    if (status == LIS_EMATH) return NAN;
    lis_bind_check(L, status, &error);
    return metric.value;
}

static void move_tensor(lua_State *L, const char *name, lis_tensor *from) {
    lis_tensor *box = lis_box_new(L, &lis_box_tensor);
    *box = *from;
    *from = (lis_tensor){0};
    lua_setfield(L, -2, name);
}

#define MOVE(name) move_tensor(L, #name, &world->name)

static void move_tensors(lua_State *L, lis_world *world) {
    MOVE(user);
    MOVE(item);
    MOVE(time);
    MOVE(day);
    MOVE(label);
    MOVE(probability);
    MOVE(time_spent);
    MOVE(value);
    MOVE(item_factors);
    MOVE(item_category);
    MOVE(item_arrival);
    MOVE(item_bid);
    MOVE(content);
    MOVE(user_factors);
}

/* data.world{users=, items=, days=, seed=, ...} -> {user=, item=, time=, label=, probability=, ...} */
static int data_world(lua_State *L) {
    lua_settop(L, 1);
    lis_world_options options = check_options(L, 1);
    lis_world *world = lis_box_new(L, &box_world);
    lis_error error;
    lis_bind_check(L, lis_world_make(lis_bind_ctx(L), world, &options, &error), &error);
    double bayes = bayes_auc(L, world);
    lua_createtable(L, 0, 20);
    lis_set_integer(L, "rows", world->rows);
    lis_set_integer(L, "users", options.users);
    lis_set_integer(L, "items", options.items);
    lis_set_integer(L, "days", options.days);
    lis_set_number(L, "bayes_auc", bayes);
    move_tensors(L, world);
    push_options(L, &options);
    lua_setfield(L, -2, "options");
    return 1;
}

void lis_data_add_world(lua_State *L) {
    lis_box_register(L, &box_world);
    lua_pushcfunction(L, data_world);
    lua_setfield(L, -2, "world");
}
