#include "support.h"

#include <math.h>

#include "lis/data/world.h"

enum { DAY = 86400 };

static lis_world_options small(void) {
    lis_world_options options = lis_world_defaults();
    options.users = 300;
    options.items = 200;
    options.days = 6;
    options.impressions = 30000;
    return options;
}

static lis_world make(const lis_world_options *options, int threads) {
    lis_ctx ctx;
    lis_error error;
    lis_world world;
    lis_ctx_init(&ctx, threads);
    assert_ok(lis_world_make(&ctx, &world, options, &error));
    return world;
}

/* A hash of every byte of a world. */
static uint64_t fingerprint(const lis_world *w) {
    const lis_tensor *const tensor[] = {
        &w->user,         &w->item,          &w->time,         &w->day,      &w->label,
        &w->probability,  &w->time_spent,    &w->value,        &w->content,  &w->item_factors,
        &w->user_factors, &w->item_category, &w->item_arrival, &w->item_bid,
    };
    uint64_t hash = 0xCBF29CE484222325u;
    for (size_t i = 0; i < sizeof tensor / sizeof *tensor; i++) {
        const unsigned char *bytes = tensor[i]->data;
        size_t size = (size_t)lis_tensor_size(tensor[i]) * lis_dtype_size(tensor[i]->dtype);
        assert_true(lis_tensor_contiguous(tensor[i]));
        for (size_t k = 0; k < size; k++)
            hash = (hash ^ bytes[k]) * 0x100000001B3u;
    }
    return hash;
}

static uint64_t fingerprint_of(const lis_world_options *options, int threads) {
    lis_world world = make(options, threads);
    uint64_t hash = fingerprint(&world);
    lis_world_free(&world);
    return hash;
}

/* ---- shape and order ---- */

static void rows_are_pages_in_order_of_time(void **state) {
    (void)state;
    lis_world_options o = small();
    lis_world w = make(&o, 1);
    assert_int_equal(w.rows % o.page, 0);
    assert_near((double)w.rows, (double)o.impressions, 0.15);
    for (int64_t r = 0; r < w.rows; r++) {
        int64_t first = r - r % o.page;
        assert_in_range(lis_i32(&w.user)[r], 0, o.users - 1);
        assert_in_range(lis_i32(&w.item)[r], 0, o.items - 1);
        assert_in_range(lis_i64(&w.time)[r], 0, o.days * DAY - 1);
        assert_int_equal(lis_i32(&w.day)[r], lis_i64(&w.time)[r] / DAY);
        assert_int_equal(lis_i32(&w.user)[r], lis_i32(&w.user)[first]);
        assert_int_equal(lis_i64(&w.time)[r], lis_i64(&w.time)[first]);
        if (r > 0) assert_true(lis_i64(&w.time)[r - 1] <= lis_i64(&w.time)[r]);
        for (int64_t q = first; q < r; q++)
            assert_int_not_equal(lis_i32(&w.item)[q], lis_i32(&w.item)[r]);
    }
    lis_world_free(&w);
}

static void no_item_is_shown_before_it_arrives(void **state) {
    (void)state;
    lis_world_options o = small();
    o.backlog_days = 3;
    lis_world w = make(&o, 1);
    int64_t arriving = 0;
    for (int64_t r = 0; r < w.rows; r++)
        assert_true(lis_i64(&w.item_arrival)[lis_i32(&w.item)[r]] <= lis_i64(&w.time)[r]);
    for (int64_t i = 0; i < o.items; i++) {
        int64_t arrival = lis_i64(&w.item_arrival)[i];
        assert_true(arrival >= -3 * DAY - 1 && arrival < o.days * DAY);
        if (i > 0) assert_true(arrival >= lis_i64(&w.item_arrival)[i - 1]);
        arriving += arrival >= 0;
    }
    assert_int_equal(arriving, llround(o.arriving * (double)o.items));
    lis_world_free(&w);
}

/* One page needs all the items that are there: most candidate draws fail, and turns are taken. */
static void a_page_fills_up_where_few_items_are_there(void **state) {
    (void)state;
    lis_world_options o = small();
    o.items = 50;
    o.arriving = 0.9;
    o.half_life = 0.05;
    o.evergreen = 1e-9;
    o.candidates = o.page;
    lis_world w = make(&o, 1);
    for (int64_t r = 0; r < w.rows; r++) {
        assert_true(lis_i64(&w.item_arrival)[lis_i32(&w.item)[r]] <= lis_i64(&w.time)[r]);
        for (int64_t q = r - r % o.page; q < r; q++)
            assert_int_not_equal(lis_i32(&w.item)[q], lis_i32(&w.item)[r]);
    }
    lis_world_free(&w);
}

static void one_user_and_one_item_make_a_world(void **state) {
    (void)state;
    lis_world_options o = small();
    o.users = o.items = o.days = o.page = o.candidates = o.factors = o.categories = 1;
    o.content_width = 1;
    o.arriving = 0;
    o.impressions = 1000;
    lis_world w = make(&o, 2);
    assert_true(w.rows > 0);
    for (int64_t r = 0; r < w.rows; r++)
        assert_int_equal(lis_i32(&w.item)[r], 0);
    lis_world_free(&w);
}

/* ---- what the numbers mean ---- */

/* Mean of x over the rows where the mask holds (NULL: all). */
static double mean_where(const lis_world *w, double (*x)(const lis_world *, int64_t),
                         bool (*mask)(const lis_world *, int64_t)) {
    double sum = 0, count = 0;
    for (int64_t r = 0; r < w->rows; r++) {
        if (mask && !mask(w, r)) continue;
        sum += x(w, r);
        count++;
    }
    assert_true(count > 0);
    return sum / count;
}

static double label(const lis_world *w, int64_t r) {
    return lis_u8(&w->label)[r];
}
static double surprise(const lis_world *w, int64_t r) {
    return label(w, r) - (double)lis_f32(&w->probability)[r];
}
static bool likely(const lis_world *w, int64_t r) {
    return lis_f32(&w->probability)[r] > 0.6F;
}
static bool unlikely(const lis_world *w, int64_t r) {
    return lis_f32(&w->probability)[r] < 0.2F;
}

/* Clicks are Bernoulli draws of the probability, overall and where it is high or low. */
static void labels_follow_the_probability(void **state) {
    (void)state;
    lis_world_options o = small();
    lis_world w = make(&o, 1);
    for (int64_t r = 0; r < w.rows; r++)
        assert_true(lis_f32(&w.probability)[r] > 0 && lis_f32(&w.probability)[r] < 1);
    assert_near(mean_where(&w, surprise, NULL), 0, 0.01);
    assert_near(mean_where(&w, surprise, likely), 0, 0.02);
    assert_near(mean_where(&w, surprise, unlikely), 0, 0.01);
    assert_true(mean_where(&w, label, likely) > mean_where(&w, label, unlikely) + 0.4);
    lis_world_free(&w);
}

/* With a taste that never moves, no user bias and day-0 tastes at hand, the formula of world.h gives
 * every probability. */
static void probability_is_the_documented_formula(void **state) {
    (void)state;
    lis_world_options o = small();
    o.drift = o.user_bias = 0;
    lis_world w = make(&o, 1);
    int64_t f = o.factors;
    for (int64_t r = 0; r < w.rows; r += 7) {
        int64_t u = lis_i32(&w.user)[r], i = lis_i32(&w.item)[r];
        const float *taste = lis_f32(&w.user_factors) + u * f;
        const float *item = lis_f32(&w.item_factors) + i * (f + 1);
        double age = (double)(lis_i64(&w.time)[r] - lis_i64(&w.item_arrival)[i]) / DAY, dot = 0;
        for (int64_t k = 0; k < f; k++)
            dot += (double)taste[k] * (double)item[k];
        double odds = o.bias + o.affinity * dot / sqrt((double)f) + o.quality * (double)item[f] -
                      o.ageing * log(1 + age);
        assert_near((double)lis_f32(&w.probability)[r], 1 / (1 + exp(-odds)), 1e-5);
    }
    lis_world_free(&w);
}

/* The share of pairs (clicked, not clicked) that the probability orders rightly. */
static double naive_bayes_auc(const lis_world *w) {
    int64_t right = 0, pairs = 0;
    for (int64_t a = 0; a < w->rows; a += 5)
        for (int64_t b = 0; b < w->rows; b += 7)
            if (lis_u8(&w->label)[a] > lis_u8(&w->label)[b]) {
                float high = lis_f32(&w->probability)[a], low = lis_f32(&w->probability)[b];
                right += 2 * (high > low) + (high == low);
                pairs += 2;
            }
    return (double)right / (double)pairs;
}

static void bayes_auc_is_in_range_and_falls_with_the_signal(void **state) {
    (void)state;
    lis_world_options o = small();
    lis_world w = make(&o, 1);
    double strong = naive_bayes_auc(&w);
    lis_world_free(&w);
    assert_true(strong > 0.80 && strong < 0.90);
    o.affinity = 0.5;
    o.quality = 0.2;
    w = make(&o, 1);
    assert_true(naive_bayes_auc(&w) < strong - 0.1);
    lis_world_free(&w);
}

static void spent_seconds_and_value_follow_clicks(void **state) {
    (void)state;
    lis_world_options o = small();
    lis_world w = make(&o, 1);
    double spent[2] = {0}, count[2] = {0};
    int64_t conversions = 0;
    for (int64_t r = 0; r < w.rows; r++) {
        int clicked = lis_u8(&w.label)[r];
        assert_true(lis_f32(&w.time_spent)[r] > 0);
        spent[clicked] += log((double)lis_f32(&w.time_spent)[r]);
        count[clicked]++;
        float value = lis_f32(&w.value)[r];
        if (value == 0) continue;
        conversions++;
        assert_int_equal(clicked, 1);
        assert_true(value == lis_f32(&w.item_bid)[lis_i32(&w.item)[r]]);
    }
    assert_near(exp(spent[0] / count[0]), 1.5, 0.1);
    assert_true(exp(spent[1] / count[1]) > o.read_seconds);
    assert_true((double)conversions > 0.05 * count[1] && (double)conversions < 0.3 * count[1]);
    lis_world_free(&w);
}

/* ---- items ---- */

static void items_have_the_asked_moments(void **state) {
    (void)state;
    lis_world_options o = small();
    o.items = 20000;
    o.categories = 200;
    o.impressions = 1000;
    lis_world w = make(&o, 2);
    for (int64_t k = 0; k <= o.factors; k++) {
        double sum = 0, squares = 0;
        for (int64_t i = 0; i < o.items; i++) {
            double x = (double)lis_f32(&w.item_factors)[i * (o.factors + 1) + k];
            sum += x;
            squares += x * x;
        }
        assert_near(sum / (double)o.items, 0, 0.2); /* 200 centres: sd 0.05 */
        assert_near(squares / (double)o.items, 1, 0.2);
    }
    for (int64_t i = 0; i < o.items; i++)
        assert_in_range(lis_i32(&w.item_category)[i], 0, o.categories - 1);
    lis_world_free(&w);
}

/* Squared correlation of two columns. */
static double r2(const float *x, int64_t x_step, const float *y, int64_t y_step, int64_t n) {
    double sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
    for (int64_t i = 0; i < n; i++) {
        double a = (double)x[i * x_step], b = (double)y[i * y_step];
        sx += a, sy += b, xx += a * a, yy += b * b, xy += a * b;
    }
    double c = xy - sx * sy / (double)n;
    return c * c / ((xx - sx * sx / (double)n) * (yy - sy * sy / (double)n));
}

/* Of width 1 and without noise, content is a multiple of the factor as content sees it. */
static void content_sees_its_share_of_the_factors(void **state) {
    (void)state;
    const double share[] = {0, 0.3, 0.7, 1};
    for (size_t s = 0; s < sizeof share / sizeof *share; s++) {
        lis_world_options o = small();
        o.items = 20000;
        o.factors = o.content_width = 1;
        o.category_share = 0;
        o.impressions = 1000;
        o.content_share = share[s];
        o.content_noise = 0;
        lis_world w = make(&o, 1);
        double seen = r2(lis_f32(&w.content), 1, lis_f32(&w.item_factors), 2, o.items);
        assert_near(seen, share[s], 0.02);
        lis_world_free(&w);
    }
}

/* ---- the policy ---- */

/* Shows of the items that are `low` to `high` days old, per item and day of that age. */
static double shows_by_age(const lis_world *w, int64_t items, int64_t days, double low,
                           double high) {
    double shows = 0, chances = 0;
    for (int64_t r = 0; r < w->rows; r++) {
        int64_t arrival = lis_i64(&w->item_arrival)[lis_i32(&w->item)[r]];
        double age = (double)(lis_i64(&w->time)[r] - arrival) / DAY;
        shows += age >= low && age < high;
    }
    for (int64_t i = 0; i < items; i++) {
        double arrival = (double)lis_i64(&w->item_arrival)[i] / DAY;
        double from = fmax(0, arrival + low), to = fmin((double)days, arrival + high);
        chances += fmax(0, to - from);
    }
    return shows / chances;
}

static void the_policy_prefers_new_items(void **state) {
    (void)state;
    lis_world_options o = small();
    o.half_life = 1;
    o.evergreen = 0.01;
    o.fatigue = 0;
    lis_world w = make(&o, 1);
    double fresh = shows_by_age(&w, o.items, o.days, 0, 1);
    double older = shows_by_age(&w, o.items, o.days, 2, 3);
    assert_true(fresh > 2.5 * older && fresh < 7 * older); /* 2^2 in expectation */
    lis_world_free(&w);
}

static void ageing_lowers_the_click_rate_of_old_items(void **state) {
    (void)state;
    lis_world_options o = small();
    double rate[2] = {0};
    for (int aged = 0; aged < 2; aged++) {
        o.ageing = aged ? 1 : 0;
        lis_world w = make(&o, 1);
        rate[aged] = mean_where(&w, label, NULL);
        lis_world_free(&w);
    }
    assert_true(rate[1] < rate[0] - 0.1);
}

/* Correlation is what the policy adds: users see what they like, more than chance would show. */
static double mean_click_rate(const lis_world_options *o) {
    lis_world w = make(o, 1);
    double rate = mean_where(&w, label, NULL);
    lis_world_free(&w);
    return rate;
}

static void popularity_and_personalisation_raise_the_click_rate(void **state) {
    (void)state;
    lis_world_options o = small();
    o.popularity = o.personal = 0;
    double blind = mean_click_rate(&o);
    o.popularity = 1;
    double popular = mean_click_rate(&o);
    o.personal = 1.5;
    double personal = mean_click_rate(&o);
    assert_true(popular > blind + 0.02 && personal > popular + 0.05);
}

/* Rows whose item the user had seen before. */
static double share_repeated(const lis_world_options *o) {
    lis_world w = make(o, 1);
    uint8_t *seen = calloc((size_t)(o->users * o->items), 1);
    assert_non_null(seen);
    double repeated = 0;
    for (int64_t r = 0; r < w.rows; r++) {
        uint8_t *mark = seen + lis_i32(&w.user)[r] * o->items + lis_i32(&w.item)[r];
        repeated += *mark;
        *mark = 1;
    }
    repeated /= (double)w.rows;
    free(seen);
    lis_world_free(&w);
    return repeated;
}

static void fatigue_keeps_items_from_coming_back(void **state) {
    (void)state;
    lis_world_options o = small();
    o.fatigue = 0;
    double free_to_repeat = share_repeated(&o);
    o.fatigue = 6;
    assert_true(share_repeated(&o) < 0.5 * free_to_repeat);
}

static void activity_spreads_users(void **state) {
    (void)state;
    lis_world_options o = small();
    double variance[2] = {0};
    for (int spread = 0; spread < 2; spread++) {
        o.activity = spread ? 1 : 0;
        lis_world w = make(&o, 1);
        double *count = calloc((size_t)o.users, sizeof *count), mean;
        assert_non_null(count);
        for (int64_t r = 0; r < w.rows; r += o.page)
            count[lis_i32(&w.user)[r]]++;
        mean = (double)(w.rows / o.page) / (double)o.users;
        for (int64_t u = 0; u < o.users; u++)
            variance[spread] += (count[u] - mean) * (count[u] - mean) / (double)o.users / mean;
        free(count);
        lis_world_free(&w);
    }
    assert_near(variance[0], 1, 0.3); /* Poisson */
    assert_true(variance[1] > 5);
}

/* ---- seeds, threads, errors ---- */

static void same_bytes_at_any_thread_count_and_other_bytes_at_another_seed(void **state) {
    (void)state;
    lis_world_options o = small();
    o.users = 900; /* several shards */
    o.items = 700;
    uint64_t first = fingerprint_of(&o, 1);
    assert_true(first == fingerprint_of(&o, 1));
    assert_true(first == fingerprint_of(&o, 2));
    assert_true(first == fingerprint_of(&o, 4));
    o.seed = 2;
    assert_true(first != fingerprint_of(&o, 1));
}

/* The content columns may be drawn otherwise without moving a click. */
static void the_log_does_not_depend_on_the_content(void **state) {
    (void)state;
    lis_world_options o = small();
    lis_world a = make(&o, 1);
    o.content_width = 8;
    o.content_share = 0.1;
    lis_world b = make(&o, 1);
    assert_int_equal(a.rows, b.rows);
    assert_memory_equal(a.item.data, b.item.data, (size_t)a.rows * 4);
    assert_memory_equal(a.label.data, b.label.data, (size_t)a.rows);
    lis_world_free(&a);
    lis_world_free(&b);
}

static void refuses(const lis_world_options *options, lis_status wanted, const char *piece) {
    lis_ctx ctx;
    lis_error error;
    lis_world world;
    lis_ctx_init(&ctx, 1);
    int64_t before = lis_mem_read().live_blocks;
    assert_int_equal(lis_world_make(&ctx, &world, options, &error), wanted);
    assert_holds(error.message, piece);
    assert_null(world.user.storage);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

#define REFUSES(field, bad, piece)                                                                 \
    do {                                                                                           \
        lis_world_options options_ = small();                                                      \
        options_.field = (bad);                                                                    \
        refuses(&options_, LIS_ERANGE, piece);                                                     \
    } while (0)

static void options_out_of_range_are_named(void **state) {
    (void)state;
    REFUSES(users, 0, "users is 0, wanted a number from 1");
    REFUSES(items, -3, "items is -3");
    REFUSES(days, 367, "days is 367, wanted a number from 1 to 366");
    REFUSES(impressions, 0, "impressions is 0");
    REFUSES(page, 65, "page is 65");
    REFUSES(candidates, 4, "candidates is 4, wanted a number from 5");
    REFUSES(factors, 0, "factors is 0");
    REFUSES(categories, 0, "categories is 0");
    REFUSES(content_width, 3, "content_width is 3, wanted a number from 4");
    REFUSES(drift, 1.5, "drift is 1.5, wanted a number from 0 to 1");
    REFUSES(affinity, (double)NAN, "affinity is nan");
    REFUSES(content_share, -0.1, "content_share is -0.1");
    REFUSES(half_life, 0, "half_life is 0");
    REFUSES(arriving, 1, "0 of 200 items are there when the log begins");
}

/* So few impressions over so many users that nobody comes. */
static void a_log_without_pages_is_refused(void **state) {
    (void)state;
    lis_world_options o = small();
    o.users = 1;
    o.days = 1;
    o.impressions = 1;
    o.activity = 0;
    for (o.seed = 1; o.seed < 20; o.seed++) {
        lis_ctx ctx;
        lis_error error;
        lis_world world;
        lis_ctx_init(&ctx, 1);
        lis_status status = lis_world_make(&ctx, &world, &o, &error);
        if (status == LIS_OK)
            lis_world_free(&world);
        else
            assert_holds(error.message, "no user came");
        if (status != LIS_OK) return;
    }
    fail_msg("a page came at each of 20 seeds, at 0.2 pages expected");
}

static lis_status make_tiny(void *arg, lis_error *err) {
    lis_ctx ctx;
    lis_world_options o = small();
    o.users = 10;
    o.items = 20;
    o.days = 2;
    o.impressions = 200;
    lis_ctx_init(&ctx, 1);
    return lis_world_make(&ctx, arg, &o, err);
}

static void drop_world(void *arg) {
    lis_world_free(arg);
}

static void survives_every_failing_allocation(void **state) {
    (void)state;
    lis_world world;
    check_allocations(make_tiny, drop_world, &world);
}

static void an_interrupt_leaves_nothing_behind(void **state) {
    (void)state;
    lis_ctx ctx;
    lis_error error;
    lis_world world;
    lis_world_options o = small();
    lis_ctx_init(&ctx, 2);
    lis_ctx_interrupt(&ctx);
    int64_t before = lis_mem_read().live_blocks;
    assert_int_equal(lis_world_make(&ctx, &world, &o, &error), LIS_EINTR);
    assert_null(world.user.storage);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_pages_in_order_of_time),
        cmocka_unit_test(no_item_is_shown_before_it_arrives),
        cmocka_unit_test(a_page_fills_up_where_few_items_are_there),
        cmocka_unit_test(one_user_and_one_item_make_a_world),
        cmocka_unit_test(labels_follow_the_probability),
        cmocka_unit_test(probability_is_the_documented_formula),
        cmocka_unit_test(bayes_auc_is_in_range_and_falls_with_the_signal),
        cmocka_unit_test(spent_seconds_and_value_follow_clicks),
        cmocka_unit_test(items_have_the_asked_moments),
        cmocka_unit_test(content_sees_its_share_of_the_factors),
        cmocka_unit_test(the_policy_prefers_new_items),
        cmocka_unit_test(ageing_lowers_the_click_rate_of_old_items),
        cmocka_unit_test(popularity_and_personalisation_raise_the_click_rate),
        cmocka_unit_test(fatigue_keeps_items_from_coming_back),
        cmocka_unit_test(activity_spreads_users),
        cmocka_unit_test(same_bytes_at_any_thread_count_and_other_bytes_at_another_seed),
        cmocka_unit_test(the_log_does_not_depend_on_the_content),
        cmocka_unit_test(options_out_of_range_are_named),
        cmocka_unit_test(a_log_without_pages_is_refused),
        cmocka_unit_test(survives_every_failing_allocation),
        cmocka_unit_test(an_interrupt_leaves_nothing_behind),
    };
    return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
