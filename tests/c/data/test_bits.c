#include "support.h"

#include "bits.h"
#include "cache_format.h"

enum { MOST = 300 };

static int64_t number_at(const void *values, lis_dtype dtype, int64_t i) {
    switch (dtype) {
    case LIS_U8:
        return ((const uint8_t *)values)[i];
    case LIS_I32:
        return ((const int32_t *)values)[i];
    case LIS_I64:
        return ((const int64_t *)values)[i];
    case LIS_F32:
        return (int64_t)((const float *)values)[i];
    default:
        return (int64_t)((const double *)values)[i];
    }
}

/* The width that a type can take without rounding or wrapping. */
static unsigned widest(lis_dtype dtype) {
    static const unsigned most[] = {
        [LIS_F32] = 22, [LIS_F64] = 50, [LIS_I32] = 30, [LIS_I64] = 56, [LIS_U8] = 7};
    return most[dtype];
}

static void numbers_come_back(void **state) {
    (void)state;
    lis_rng rng = lis_rng_open(1, "bits", 0);
    static int64_t value[MOST];
    static double out[MOST + 1];
    for (int dtype = LIS_F32; dtype <= LIS_U8; dtype++)
        for (unsigned width = 0; width <= widest((lis_dtype)dtype); width++)
            for (int64_t n = 1; n < MOST; n = n < 20 ? n + 1 : n * 3) {
                int64_t base = dtype == LIS_U8 ? 9 : width % 3 ? -5 : 77;
                for (int64_t i = 0; i < n; i++)
                    value[i] = base + (int64_t)lis_rng_below(&rng, UINT64_C(1) << width);
                unsigned char *exact = malloc(lis_bits_bytes(n, width)); /* watched by ASan */
                lis_bits_pack(exact, value, n, width, base);
                lis_bits_unpack(out, (lis_dtype)dtype, exact, n, width, base);
                for (int64_t i = 0; i < n; i++)
                    assert_int_equal(number_at(out, (lis_dtype)dtype, i), value[i]);
                memset(out, 0, sizeof out);
                lis_bits_unpack_portable(out, (lis_dtype)dtype, exact, n, width, base);
                for (int64_t i = 0; i < n; i++) {
                    assert_int_equal(number_at(out, (lis_dtype)dtype, i), value[i]);
                    assert_int_equal(base + (int64_t)lis_bits_get_naive(exact, i, width), value[i]);
                }
                free(exact);
            }
}

/* Of any bytes and any base: both ways agree, and integers wrap. */
static void any_bytes_unpack_alike(void **state) {
    (void)state;
    lis_rng rng = lis_rng_open(2, "bits", 0);
    static const int64_t bases[] = {0, -1, INT64_MIN, INT64_MAX, INT32_MAX, INT32_MIN};
    unsigned char bytes[MOST * 8 + 8], fast[MOST * 8], slow[MOST * 8];
    for (size_t k = 0; k < sizeof bytes; k++)
        bytes[k] = (unsigned char)lis_rng_below(&rng, 256);
    for (int dtype = LIS_F32; dtype <= LIS_U8; dtype++)
        for (unsigned width = 0; width <= LIS_CACHE_WIDTH_MAX; width++)
            for (int b = 0; b < 6; b++) {
                size_t size = 251 * lis_dtype_size((lis_dtype)dtype);
                lis_bits_unpack(fast, (lis_dtype)dtype, bytes, 251, width, bases[b]);
                lis_bits_unpack_portable(slow, (lis_dtype)dtype, bytes, 251, width, bases[b]);
                assert_memory_equal(fast, slow, size);
            }
}

static void bits_are_counted(void **state) {
    (void)state;
    assert_int_equal(lis_bits_of(0), 0);
    assert_int_equal(lis_bits_of(1), 1);
    assert_int_equal(lis_bits_of(255), 8);
    assert_int_equal(lis_bits_of(256), 9);
    assert_int_equal(lis_bits_of(UINT64_MAX), 64);
    assert_int_equal(lis_bits_bytes(100, 0), 0);
    assert_int_equal(lis_bits_bytes(3, 3), 2 + LIS_CACHE_SLACK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_come_back),
        cmocka_unit_test(any_bytes_unpack_alike),
        cmocka_unit_test(bits_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
