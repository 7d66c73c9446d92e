#include "lis/data/world.h"

#include <math.h>
#include <stdbool.h>

#include "lis/base/mem.h"
#include "world_draft.h"

lis_world_options lis_world_defaults(void) {
    return (lis_world_options){
        .seed = 1,
        .users = 2000,
        .items = 1500,
        .days = 14,
        .impressions = 420000,
        .page = 5,
        .candidates = 25,
        .popularity = 0.3,
        .half_life = 3,
        .evergreen = 0.05,
        .personal = 0.4,
        .fatigue = 2,
        .factors = 4,
        .categories = 20,
        .category_share = 0.5,
        .arriving = 0.5,
        .backlog_days = 10,
        .activity = 0.6,
        .drift = 0.1,
        .reversion = 0.2,
        .bias = -1.2,
        .user_bias = 0.3,
        .affinity = 1.8,
        .quality = 1,
        .ageing = 0.15,
        .read_seconds = 40,
        .conversion = -2.5,
        .bid_spread = 0.8,
        .content_width = 32,
        .content_share = 0.7,
        .content_nuisance = 2,
        .content_noise = 0.1,
    };
}

/* ---- options ---- */

static lis_status check_count(const char *name, int64_t value, int64_t low, int64_t high,
                              lis_error *err) {
    if (value >= low && value <= high) return LIS_OK;
    return lis_fail(err, LIS_ERANGE, "%s is %lld, wanted a number from %lld to %lld", name,
                    (long long)value, (long long)low, (long long)high);
}

static lis_status check_real(const char *name, double value, double low, double high,
                             lis_error *err) {
    if (value >= low && value <= high) return LIS_OK; /* false for NaN */
    return lis_fail(err, LIS_ERANGE, "%s is %g, wanted a number from %g to %g", name, value, low,
                    high);
}

static lis_status check_counts(const lis_world_options *o, lis_error *err) {
    LIS_TRY(check_count("users", o->users, 1, INT32_MAX, err));
    LIS_TRY(check_count("items", o->items, 1, INT32_MAX, err));
    LIS_TRY(check_count("days", o->days, 1, LIS_WORLD_DAYS_MAX, err));
    LIS_TRY(check_count("impressions", o->impressions, 1, INT64_C(1000000000000), err));
    LIS_TRY(check_count("page", o->page, 1, LIS_WORLD_PAGE_MAX, err));
    LIS_TRY(check_count("candidates", o->candidates, o->page, 100000, err));
    LIS_TRY(check_count("factors", o->factors, 1, LIS_WORLD_FACTORS_MAX, err));
    LIS_TRY(check_count("categories", o->categories, 1, INT32_MAX, err));
    return check_count("content_width", o->content_width, o->factors, 4096, err);
}

/* Log-odds and exponents stay where exp neither overflows nor loses everything. */
static lis_status check_reals(const lis_world_options *o, lis_error *err) {
    const struct {
        const char *name;
        double value, low, high;
    } range[] = {
        {"popularity", o->popularity, 0, 10},
        {"half_life", o->half_life, 1e-3, 1e6},
        {"evergreen", o->evergreen, 1e-9, 1},
        {"personal", o->personal, -20, 20},
        {"fatigue", o->fatigue, 0, 20},
        {"category_share", o->category_share, 0, 1},
        {"arriving", o->arriving, 0, 1},
        {"backlog_days", o->backlog_days, 0, 36500},
        {"activity", o->activity, 0, 3},
        {"drift", o->drift, 0, 1},
        {"reversion", o->reversion, 0, 100},
        {"bias", o->bias, -30, 30},
        {"user_bias", o->user_bias, 0, 30},
        {"affinity", o->affinity, -30, 30},
        {"quality", o->quality, -30, 30},
        {"ageing", o->ageing, -30, 30},
        {"read_seconds", o->read_seconds, 1e-3, 1e6},
        {"conversion", o->conversion, -30, 30},
        {"bid_spread", o->bid_spread, 0, 10},
        {"content_share", o->content_share, 0, 1},
        {"content_nuisance", o->content_nuisance, 0, 1e6},
        {"content_noise", o->content_noise, 0, 1e6},
    };
    for (size_t i = 0; i < sizeof range / sizeof *range; i++)
        LIS_TRY(check_real(range[i].name, range[i].value, range[i].low, range[i].high, err));
    return LIS_OK;
}

static lis_status check_options(const lis_world_options *o, lis_error *err) {
    LIS_TRY(check_counts(o, err));
    LIS_TRY(check_reals(o, err));
    int64_t present = lis_world_present(o);
    if (present < o->page)
        return lis_fail(err, LIS_ERANGE,
                        "%lld of %lld items are there when the log begins, too few for a page "
                        "of %lld; lower arriving (%g) or raise items",
                        (long long)present, (long long)o->items, (long long)o->page, o->arriving);
    return LIS_OK;
}

int64_t lis_world_present(const lis_world_options *options) {
    return options->items - llround(options->arriving * (double)options->items);
}

/* ---- memory ---- */

static lis_status new_item_tensors(lis_world *out, const lis_world_options *o, lis_error *err) {
    LIS_TRY(lis_tensor_new_2d(&out->item_factors, LIS_F32, o->items, o->factors + 1, err));
    LIS_TRY(lis_tensor_new_1d(&out->item_category, LIS_I32, o->items, err));
    LIS_TRY(lis_tensor_new_1d(&out->item_arrival, LIS_I64, o->items, err));
    LIS_TRY(lis_tensor_new_1d(&out->item_bid, LIS_F32, o->items, err));
    LIS_TRY(lis_tensor_new_2d(&out->content, LIS_F32, o->items, o->content_width, err));
    return lis_tensor_new_2d(&out->user_factors, LIS_F32, o->users, o->factors, err);
}

static lis_status new_columns(lis_world *out, lis_error *err) {
    struct {
        lis_tensor *tensor;
        lis_dtype dtype;
    } column[] = {
        {&out->user, LIS_I32},       {&out->item, LIS_I32},  {&out->time, LIS_I64},
        {&out->day, LIS_I32},        {&out->label, LIS_U8},  {&out->probability, LIS_F32},
        {&out->time_spent, LIS_F32}, {&out->value, LIS_F32},
    };
    for (size_t i = 0; i < sizeof column / sizeof *column; i++)
        LIS_TRY(lis_tensor_new_1d(column[i].tensor, column[i].dtype, out->rows, err));
    return LIS_OK;
}

static lis_status new_tables(lis_ctx *ctx, lis_world_draft *draft, lis_error *err) {
    const lis_world_options *o = draft->options;
    size_t items = (size_t)o->items, days = (size_t)o->days;
    draft->appeal = lis_alloc(items, sizeof *draft->appeal);
    draft->slot = lis_alloc(items * days, sizeof *draft->slot);
    draft->first_page = lis_calloc((size_t)o->users + 1, sizeof *draft->first_page);
    draft->shown = lis_calloc(items, (size_t)ctx->threads);
    if (!draft->appeal || !draft->slot || !draft->first_page || !draft->shown)
        return lis_fail_nomem(err, "world: candidate tables of the days",
                              (double)items * (8 * (double)days + 4 + ctx->threads) +
                                  (double)o->users * 8);
    return LIS_OK;
}

static lis_status new_pages(lis_world_draft *draft, lis_error *err) {
    const lis_world_options *o = draft->options;
    int64_t pages = draft->first_page[o->users];
    if (pages == 0)
        return lis_fail(err, LIS_ERANGE,
                        "no user came: %lld impressions over %lld users and %lld days in pages "
                        "of %lld; raise impressions",
                        (long long)o->impressions, (long long)o->users, (long long)o->days,
                        (long long)o->page);
    if (pages > INT32_MAX)
        return lis_fail(err, LIS_ERANGE, "%lld pages are more than 2^31; lower impressions",
                        (long long)pages);
    draft->page_time = lis_alloc((size_t)pages, sizeof *draft->page_time);
    draft->page_place = lis_alloc((size_t)pages, sizeof *draft->page_place);
    if (!draft->page_time || !draft->page_place)
        return lis_fail_nomem(err, "world: pages", 8 * (double)pages);
    draft->out->rows = pages * o->page;
    return new_columns(draft->out, err);
}

/* ---- the order of things ---- */

static lis_status simulate(lis_ctx *ctx, lis_world_draft *draft, lis_error *err) {
    LIS_TRY(check_options(draft->options, err));
    LIS_TRY(new_item_tensors(draft->out, draft->options, err));
    LIS_TRY(new_tables(ctx, draft, err));
    LIS_TRY(lis_world_make_items(ctx, draft, err));
    LIS_TRY(lis_world_make_days(ctx, draft, err));
    LIS_TRY(lis_world_count_pages(ctx, draft, err));
    LIS_TRY(new_pages(draft, err));
    LIS_TRY(lis_world_make_visits(ctx, draft, err));
    return lis_world_make_pages(ctx, draft, err);
}

lis_status lis_world_make(lis_ctx *ctx, lis_world *out, const lis_world_options *options,
                          lis_error *err) {
    *out = (lis_world){0};
    lis_world_draft draft = {.options = options, .out = out};
    lis_status status = simulate(ctx, &draft, err);
    lis_free(draft.appeal);
    lis_free(draft.slot);
    lis_free(draft.first_page);
    lis_free(draft.page_time);
    lis_free(draft.page_place);
    lis_free(draft.shown);
    if (status != LIS_OK) lis_world_free(out);
    return status;
}

void lis_world_free(lis_world *world) {
    lis_tensor *const tensor[] = {
        &world->user,         &world->item,          &world->time,         &world->day,
        &world->label,        &world->probability,   &world->time_spent,   &world->value,
        &world->item_factors, &world->item_category, &world->item_arrival, &world->item_bid,
        &world->content,      &world->user_factors,
    };
    for (size_t i = 0; i < sizeof tensor / sizeof *tensor; i++)
        lis_tensor_release(tensor[i]);
    *world = (lis_world){0};
}
