#include <math.h>

#include "lis/data/clean.h"
#include "support.h"

enum { ROWS = 400, IDS = 60 };

typedef struct sample {
    int32_t user[ROWS], item[ROWS];
    int64_t time[ROWS];
    double value[ROWS];
    uint8_t keep[ROWS], wanted[ROWS];
    lis_clean_rows log;
} sample;

/* Ids of very different counts, now and then none; times and values that tie. */
static void draw(sample *s, uint64_t seed, int64_t ids) {
    lis_rng rng = lis_rng_open(seed, "clean", 0);
    for (int r = 0; r < ROWS; r++) {
        uint64_t most = 1 + lis_rng_below(&rng, (uint64_t)ids);
        s->user[r] = r % 37 == 0 ? -1 : (int32_t)lis_rng_below(&rng, most);
        s->item[r] = r % 41 == 0 ? -1 : (int32_t)lis_rng_below(&rng, most);
        s->time[r] = (int64_t)lis_rng_below(&rng, 6);
        s->value[r] = lis_rng_below(&rng, 5) == 0 ? NAN : (double)lis_rng_below(&rng, 4);
    }
    s->log = (lis_clean_rows){
        .rows = ROWS, .user = s->user, .item = s->item, .users = ids, .items = ids};
}

static lis_ctx *ctx(void) {
    static lis_ctx one;
    lis_ctx_init(&one, 1);
    return &one;
}

/* ---- k-core */

/* Counts, drops everything that is below, and begins again. */
static int64_t k_core_naive(const lis_clean_rows *log, int64_t least_user, int64_t least_item,
                            uint8_t *keep) {
    for (int64_t r = 0; r < log->rows; r++)
        keep[r] = log->user[r] >= 0 && log->item[r] >= 0;
    for (int64_t passes = 0;; passes++) {
        int64_t of_user[IDS] = {0}, of_item[IDS] = {0}, dropped = 0;
        for (int64_t r = 0; r < log->rows; r++) {
            if (!keep[r]) continue;
            of_user[log->user[r]]++;
            of_item[log->item[r]]++;
        }
        for (int64_t r = 0; r < log->rows; r++)
            if (keep[r] &&
                (of_user[log->user[r]] < least_user || of_item[log->item[r]] < least_item)) {
                keep[r] = 0;
                dropped++;
            }
        if (dropped == 0) return passes;
    }
}

static int64_t distinct_ids(const int32_t *code, const uint8_t *keep) {
    bool seen[IDS] = {false};
    int64_t count = 0;
    for (int r = 0; r < ROWS; r++)
        if (keep[r] && !seen[code[r]]) {
            seen[code[r]] = true;
            count++;
        }
    return count;
}

static void the_core_is_that_of_the_definition(void **state) {
    (void)state;
    lis_error error;
    sample s;
    int64_t most_passes = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        draw(&s, seed, IDS);
        int64_t least_user = 1 + (int64_t)(seed % 9), least_item = 1 + (int64_t)(seed / 9);
        lis_k_core found;
        assert_ok(lis_clean_k_core(ctx(), s.keep, &s.log, least_user, least_item, &found, &error));
        int64_t passes = k_core_naive(&s.log, least_user, least_item, s.wanted), rows = 0;
        assert_memory_equal(s.keep, s.wanted, ROWS);
        for (int r = 0; r < ROWS; r++)
            rows += s.keep[r];
        assert_int_equal(found.rows, rows);
        assert_int_equal(found.passes, passes);
        assert_int_equal(found.users, distinct_ids(s.user, s.keep));
        assert_int_equal(found.items, distinct_ids(s.item, s.keep));
        if (passes > most_passes) most_passes = passes;
    }
    assert_true(most_passes > 3);
}

/* A chain: user k saw items k and k + 1. Its 2-core is empty, and each pass takes one from each end,
 * so that counting again and again would cost n^2. */
static void a_chain_is_peeled_in_linear_time(void **state) {
    (void)state;
    enum { LINKS = 400000 };
    lis_error error;
    lis_k_core found;
    int32_t *user = malloc(2 * LINKS * sizeof *user), *item = malloc(2 * LINKS * sizeof *item);
    uint8_t *keep = malloc(2 * LINKS);
    for (int32_t k = 0; k < LINKS; k++) {
        user[2 * k] = user[2 * k + 1] = k;
        item[2 * k] = k;
        item[2 * k + 1] = k + 1;
    }
    lis_clean_rows log = {
        .rows = 2 * LINKS, .user = user, .item = item, .users = LINKS, .items = LINKS + 1};
    assert_ok(lis_clean_k_core(ctx(), keep, &log, 2, 2, &found, &error));
    assert_int_equal(found.rows, 0);
    assert_int_equal(found.passes, LINKS);
    free(user);
    free(item);
    free(keep);
}

/* ---- duplicates */

static bool alike(const sample *s, int a, int b, bool same_time) {
    return s->user[a] == s->user[b] && s->item[a] == s->item[b] &&
           (!same_time || s->time[a] == s->time[b]);
}

/* Whether row b is to be preferred to row a, both of one group. */
static bool beats(const sample *s, int b, int a, bool timed, lis_keep which) {
    double x = which == LIS_KEEP_MAX ? s->value[a] : timed ? -(double)s->time[a] : 0;
    double y = which == LIS_KEEP_MAX ? s->value[b] : timed ? -(double)s->time[b] : 0;
    if (which == LIS_KEEP_LAST) return -y > -x || (x == y && b > a);
    if (isnan(x) != isnan(y)) return isnan(x);
    return y > x || ((x == y || isnan(x)) && b < a);
}

static void one_row_of_each_stays(void **state) {
    (void)state;
    lis_error error;
    sample s;
    for (uint64_t form = 0; form < 48; form++) {
        draw(&s, form, 4 + (int64_t)(form % 3) * 5);
        lis_keep which = (lis_keep)(form % 3);
        bool timed = form / 3 % 2, same_time = timed && form / 6 % 2;
        assert_ok(lis_clean_distinct(ctx(), s.keep, &s.log, timed ? s.time : NULL, s.value,
                                     same_time, which, &error));
        for (int a = 0; a < ROWS; a++) {
            bool best = true;
            for (int b = 0; b < ROWS && s.user[a] >= 0 && s.item[a] >= 0; b++)
                if (b != a && alike(&s, a, b, same_time) && beats(&s, b, a, timed, which))
                    best = false;
            assert_int_equal(s.keep[a], best);
        }
    }
}

/* ---- samples and codes */

static lis_dict *dict_of(int n, int first) {
    lis_error error;
    lis_dict *dict;
    assert_ok(lis_dict_new(&dict, &error));
    for (int k = 0; k < n; k++) {
        char name[16];
        int32_t code;
        lis_text text = {name, (size_t)snprintf(name, sizeof name, "u%d", first + k)};
        assert_ok(lis_dict_add(dict, &text, 1, &code, &error));
    }
    return dict;
}

static void a_sample_depends_on_the_string_alone(void **state) {
    (void)state;
    enum { N = 20000 };
    static uint8_t tenth[N], third[N], shifted[N], other[N], coded[N];
    lis_dict *dict = dict_of(N, 0), *later = dict_of(N, 5000);
    lis_clean_share(tenth, dict, N, 0.1, 1);
    lis_clean_share(third, dict, N, 1 / 3.0, 1);
    lis_clean_share(shifted, later, N, 0.1, 1);
    lis_clean_share(other, dict, N, 0.1, 2);
    lis_clean_share(coded, NULL, N, 0.1, 1);
    int count = 0, both = 0, of_codes = 0;
    for (int c = 0; c < N; c++) {
        count += tenth[c];
        both += tenth[c] && other[c];
        of_codes += coded[c];
        assert_true(third[c] >= tenth[c]);
        if (c >= 5000) assert_int_equal(tenth[c], shifted[c - 5000]);
    }
    assert_near(count, 0.1 * N, 0.05);
    assert_near(of_codes, 0.1 * N, 0.05);
    assert_near(both, 0.01 * N, 0.2);
    lis_clean_share(tenth, dict, N, 0, 1);
    assert_null(memchr(tenth, 1, N));
    lis_clean_share(tenth, dict, N, 1, 1);
    assert_null(memchr(tenth, 0, N));
    lis_dict_release(dict);
    lis_dict_release(later);
}

static void codes_without_gaps(void **state) {
    (void)state;
    lis_error error;
    int32_t code[] = {5, -1, 3, 5, 0, 3}, old[6], fresh[6];
    static const int32_t wanted[] = {0, -1, 1, 0, 2, 1}, wanted_old[] = {5, 3, 0};
    static const int32_t wanted_fresh[] = {2, -1, -1, 1, -1, 0};
    int64_t n;
    assert_ok(lis_clean_recode(code, 6, 6, old, fresh, &n, &error));
    assert_memory_equal(code, wanted, sizeof wanted);
    assert_int_equal(n, 3);
    assert_memory_equal(old, wanted_old, sizeof wanted_old);
    assert_memory_equal(fresh, wanted_fresh, sizeof wanted_fresh);
    static const int32_t field[] = {5, 4, -1}, wanted_field[] = {0, -1, -1};
    int32_t moved[3];
    assert_ok(lis_clean_remap(moved, field, 3, fresh, 6, &error));
    assert_memory_equal(moved, wanted_field, sizeof moved);
    assert_int_equal(lis_clean_remap(moved, field, 3, fresh, 5, &error), LIS_ERANGE);
    lis_dict *from = dict_of(6, 0), *dict;
    assert_ok(lis_clean_dict(&dict, from, old, n, &error));
    assert_int_equal(lis_dict_size(dict), 3);
    assert_memory_equal(lis_dict_text(dict, 0).bytes, "u5", 2);
    assert_memory_equal(lis_dict_text(dict, 2).bytes, "u0", 2);
    lis_dict_release(dict);
    static const int32_t bad[][2] = {{1, 1}, {1, 6}, {-1, 1}};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(lis_clean_dict(&dict, from, bad[k], 2, &error), LIS_ERANGE);
        assert_null(dict);
    }
    lis_dict_release(from);
    int32_t beyond[] = {0, 6};
    assert_int_equal(lis_clean_recode(beyond, 2, 6, old, fresh, &n, &error), LIS_ERANGE);
    assert_holds(error.message, "code[1] is 6, wanted -1 (none) or a code in [0, 6)");
}

static void codes_are_checked(void **state) {
    (void)state;
    lis_error error;
    sample s;
    lis_k_core found;
    draw(&s, 1, IDS);
    s.item[7] = IDS;
    assert_int_equal(lis_clean_k_core(ctx(), s.keep, &s.log, 2, 2, &found, &error), LIS_ERANGE);
    assert_holds(error.message, "item[7] is 60");
    s.user[3] = -2;
    assert_int_equal(
        lis_clean_distinct(ctx(), s.keep, &s.log, NULL, NULL, false, LIS_KEEP_FIRST, &error),
        LIS_ERANGE);
    assert_holds(error.message, "user[3] is -2");
    s.log.rows = (int64_t)INT32_MAX + 1;
    assert_int_equal(lis_clean_k_core(ctx(), s.keep, &s.log, 2, 2, &found, &error), LIS_ERANGE);
    assert_holds(error.message, "more than the 2147483647");
}

static void an_interrupt_leaves_nothing(void **state) {
    (void)state;
    lis_error error;
    sample s;
    lis_k_core found;
    lis_ctx stopped;
    lis_ctx_init(&stopped, 1);
    lis_ctx_interrupt(&stopped);
    draw(&s, 1, IDS);
    int64_t before = lis_mem_read().live_blocks;
    assert_int_equal(lis_clean_k_core(&stopped, s.keep, &s.log, 9, 9, &found, &error), LIS_EINTR);
    assert_int_equal(
        lis_clean_distinct(&stopped, s.keep, &s.log, NULL, NULL, false, LIS_KEEP_FIRST, &error),
        LIS_EINTR);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

/* ---- a table of columns in memory */

static lis_status make_table(void *arg, lis_error *err) {
    lis_table *table = arg;
    static const int64_t times[] = {5, 6, 7};
    static const uint8_t flags[] = {1, 0, 1};
    static const int32_t codes[] = {1, -1, 0};
    int64_t shape = 3;
    lis_tensor time = lis_tensor_borrow(LIS_I64, 1, &shape, times);
    lis_tensor flag = lis_tensor_borrow(LIS_U8, 1, &shape, flags);
    lis_tensor code = lis_tensor_borrow(LIS_I32, 1, &shape, codes);
    static lis_dict *dict;
    if (!dict) dict = dict_of(2, 0);
    lis_status status = lis_table_new(table, 3, 4, err);
    if (status == LIS_OK) status = lis_table_set(table, 0, "time", &time, NULL, err);
    if (status == LIS_OK) status = lis_table_set(table, 1, "flag", &flag, NULL, err);
    if (status == LIS_OK) status = lis_table_set(table, 2, "user", &code, dict, err);
    if (status == LIS_OK) status = lis_table_set(table, 3, "code", &code, NULL, err);
    if (status != LIS_OK) lis_table_free(table);
    return status;
}

static void drop_table(void *arg) {
    lis_table_free(arg);
}

static void columns_in_memory(void **state) {
    (void)state;
    lis_error error;
    lis_table table;
    assert_ok(make_table(&table, &error));
    char *text = render_table(&table);
    assert_string_equal(text, "time:i64=5,6,7;flag:f32=1,0,1;user:string=u1,-,u0;code:i64=1,-1,0");
    free(text);
    static const int32_t codes[] = {0, 0, 2};
    int64_t shape = 3;
    lis_tensor code = lis_tensor_borrow(LIS_I32, 1, &shape, codes);
    assert_int_equal(lis_table_set(&table, 2, "user", &code, table.column[2].dict, &error),
                     LIS_ERANGE);
    assert_holds(error.message, "'user' has code 2 in row 2, its dictionary 2 strings");
    assert_int_equal(lis_table_set(&table, 2, "flag", &code, NULL, &error), LIS_EARG);
    shape = 2;
    lis_tensor shorter = lis_tensor_borrow(LIS_I32, 1, &shape, codes);
    assert_int_equal(lis_table_set(&table, 2, "user", &shorter, NULL, &error), LIS_ESHAPE);
    assert_ok(lis_table_set(&table, 2, "user", &code, NULL, &error)); /* the old one is released */
    lis_table_free(&table);
    check_allocations(make_table, drop_table, &table);
}

typedef struct everything {
    sample s;
    lis_dict *from, *dict;
} everything;

static lis_status make(void *arg, lis_error *err) {
    everything *e = arg;
    lis_k_core found;
    int32_t old[IDS], fresh[IDS];
    int64_t n;
    draw(&e->s, 2, IDS);
    LIS_TRY(lis_clean_k_core(ctx(), e->s.keep, &e->s.log, 3, 3, &found, err));
    LIS_TRY(
        lis_clean_distinct(ctx(), e->s.keep, &e->s.log, NULL, NULL, false, LIS_KEEP_FIRST, err));
    LIS_TRY(lis_clean_recode(e->s.user, ROWS, IDS, old, fresh, &n, err));
    return lis_clean_dict(&e->dict, e->from, old, n, err);
}

static void drop(void *arg) {
    lis_dict_release(((everything *)arg)->dict);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    static everything e;
    e.from = dict_of(IDS, 0);
    check_allocations(make, drop, &e);
    lis_dict_release(e.from);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_core_is_that_of_the_definition),
        cmocka_unit_test(a_chain_is_peeled_in_linear_time),
        cmocka_unit_test(one_row_of_each_stays),
        cmocka_unit_test(a_sample_depends_on_the_string_alone),
        cmocka_unit_test(codes_without_gaps),
        cmocka_unit_test(codes_are_checked),
        cmocka_unit_test(an_interrupt_leaves_nothing),
        cmocka_unit_test(columns_in_memory),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
