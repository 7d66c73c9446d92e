#include "lis/base/rng.h"

#include <math.h>
#include <string.h>

#include "check_near.h"
#include "support.h"

/* The first outputs of SplitMix64 from state 0, as its authors' reference program prints them. */
static void test_known_values(void **state) {
    (void)state;
    lis_rng rng = {.state = 0};
    assert_true(lis_rng_next(&rng) == UINT64_C(0xE220A8397B1DCDAF));
    assert_true(lis_rng_next(&rng) == UINT64_C(0x6E789E6AA1B965F4));
    assert_true(lis_rng_next(&rng) == UINT64_C(0x06C45D188009454F));
    rng.state = 0;
    assert_true(lis_rng_peek(rng, 3) == UINT64_C(0x06C45D188009454F));
    assert_true(lis_rng_peek(lis_rng_skip(rng, 2), 1) == UINT64_C(0x06C45D188009454F));
}

static void test_keys_separate_streams(void **state) {
    (void)state;
    lis_rng a = lis_rng_open(1, "shuffle", 0), same = lis_rng_open(1, "shuffle", 0);
    lis_rng seed = lis_rng_open(2, "shuffle", 0), purpose = lis_rng_open(1, "init", 0);
    lis_rng index = lis_rng_open(1, "shuffle", 1);
    uint64_t first = lis_rng_next(&a);
    assert_true(lis_rng_next(&same) == first);
    assert_true(lis_rng_next(&seed) != first);
    assert_true(lis_rng_next(&purpose) != first);
    assert_true(lis_rng_next(&index) != first);
    assert_true(lis_rng_hash(1, "shuffle", 0) == first);
    lis_rng steps = lis_rng_at(lis_rng_key(1, "shuffle"), 0);
    assert_true(lis_rng_next(&steps) == first);
}

/* Chi-square of 20 equal cells: 19 degrees of freedom, 0.999 quantile 43.8. */
static double chi_square(const int *count, int cells, double expected) {
    double sum = 0;
    for (int i = 0; i < cells; i++)
        sum += (count[i] - expected) * (count[i] - expected) / expected;
    return sum;
}

static void test_below_is_uniform_and_in_range(void **state) {
    (void)state;
    lis_rng rng = lis_rng_open(7, "below", 0);
    int count[20] = {0};
    for (int i = 0; i < 200000; i++)
        count[lis_rng_below(&rng, 20)]++;
    assert_true(chi_square(count, 20, 10000) < 43.8);
    assert_true(lis_rng_below(&rng, 0) == 0);
    assert_true(lis_rng_below(&rng, 1) == 0);
    uint64_t huge = (UINT64_C(1) << 63) + 12345;
    for (int i = 0; i < 1000; i++)
        assert_true(lis_rng_below(&rng, huge) < huge);
}

static void test_neighbouring_keys_look_independent(void **state) {
    (void)state;
    int count[20] = {0};
    for (uint64_t user = 0; user < 200000; user++)
        count[lis_rng_hash(3, "fold", user) % 20]++;
    assert_true(chi_square(count, 20, 10000) < 43.8);
    int both[20] = {0}; /* the pair (fold of u, fold of u + 1) of 4 by 5 folds */
    for (uint64_t user = 0; user < 200000; user++)
        both[lis_rng_hash(3, "fold", user) % 4 * 5 + lis_rng_hash(3, "fold", user + 1) % 5]++;
    assert_true(chi_square(both, 20, 10000) < 43.8);
}

static void test_uniform_and_normal_moments(void **state) {
    (void)state;
    enum { N = 400000 };
    lis_rng rng = lis_rng_open(5, "moments", 0);
    double uniform = 0, sum = 0, squares = 0, fourth = 0;
    for (int i = 0; i < N; i++) {
        double u = lis_rng_uniform(&rng);
        assert_true(u >= 0 && u < 1);
        uniform += u;
        double z = lis_rng_normal(&rng);
        sum += z;
        squares += z * z;
        fourth += z * z * z * z;
    }
    assert_near(uniform / N, 0.5, 0.002);
    assert_near(sum / N, 0.0, 0.008);
    assert_near(squares / N, 1.0, 0.012);
    assert_near(fourth / N, 3.0, 0.04);
}

static void test_fill_normal_agrees_with_itself(void **state) {
    (void)state;
    enum { N = 100001 };
    static float all[N], part[N];
    lis_rng rng = lis_rng_open(5, "fill", 0), again = lis_rng_open(5, "fill", 0);
    lis_rng_fill_normal(&rng, all, N, 2.0);
    lis_rng_fill_normal(&again, part, 1000, 2.0); /* an even cut does not show */
    lis_rng_fill_normal(&again, part + 1000, N - 1000, 2.0);
    assert_memory_equal(all, part, sizeof all);
    double sum = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        sum += (double)all[i];
        squares += (double)all[i] * (double)all[i];
    }
    assert_near(sum / N, 0.0, 0.03);
    assert_near(squares / N, 4.0, 0.05);
}

static void test_shuffles_permute_fairly(void **state) {
    (void)state;
    int count[20] = {0}; /* where id 0 lands */
    for (uint64_t round = 0; round < 20000; round++) {
        int32_t ids[20];
        int64_t wide[20];
        int seen = 0;
        for (int i = 0; i < 20; i++)
            wide[i] = ids[i] = i;
        lis_rng rng = lis_rng_open(1, "shuffle", round), again = rng;
        lis_rng_shuffle_i32(&rng, ids, 20);
        lis_rng_shuffle_i64(&again, wide, 20);
        for (int i = 0; i < 20; i++) {
            assert_int_equal(ids[i], wide[i]);
            seen |= 1 << ids[i];
            if (ids[i] == 0) count[i]++;
        }
        assert_int_equal(seen, (1 << 20) - 1);
    }
    assert_true(chi_square(count, 20, 1000) < 43.8);
    lis_rng rng = lis_rng_open(1, "shuffle", 0);
    lis_rng_shuffle_i32(&rng, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_keys_separate_streams),
        cmocka_unit_test(test_below_is_uniform_and_in_range),
        cmocka_unit_test(test_neighbouring_keys_look_independent),
        cmocka_unit_test(test_uniform_and_normal_moments),
        cmocka_unit_test(test_fill_normal_agrees_with_itself),
        cmocka_unit_test(test_shuffles_permute_fairly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
