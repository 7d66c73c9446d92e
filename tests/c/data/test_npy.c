#include "support.h"

#include <math.h>

#include "lis/base/file.h"
#include "lis/data/npy.h"
#include "npy_golden.h"

#define BYTES(array) array, sizeof array

static lis_status parse(lis_tensor *out, const void *bytes, size_t size, lis_error *err) {
    void *copy = malloc(size + 1); /* its own block: a read past the end is seen */
    memcpy(copy, bytes, size);
    lis_status status = lis_npy_parse(out, "v.npy", copy, size, err);
    free(copy);
    return status;
}

static void numpys_files_are_read(void **state) {
    (void)state;
    static const struct {
        const unsigned char *bytes;
        size_t size;
        const char *what;
        int modulus; /* of the values 0, 1, 2, ...; 0: none */
    } cases[] = {
        {BYTES(npy_f4), "f32 [3, 4]", 0},
        {BYTES(npy_f8), "f64 [5]", 0},
        {BYTES(npy_i4), "i32 [2, 3]", 0},
        {BYTES(npy_i8), "i64 [2, 2, 2]", 0},
        {BYTES(npy_u1), "u8 [2, 1, 2, 2]", 0},
        {BYTES(npy_b1), "u8 [4]", 2},
        {BYTES(npy_f2), "f32 [6]", 0},
        {BYTES(npy_f4_columns), "f32 [3, 4]", 0},
        {BYTES(npy_i8_columns), "i64 [2, 3, 4]", 0},
        {BYTES(npy_version_2), "f32 [3, 4]", 0},
        {BYTES(npy_version_3), "f32 [3, 4]", 0},
        {BYTES(npy_empty), "f32 [0, 4]", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error;
        lis_tensor tensor, flat;
        char text[LIS_TENSOR_TEXT];
        int64_t all = -1;
        assert_ok(parse(&tensor, cases[i].bytes, cases[i].size, &error));
        assert_string_equal(lis_tensor_describe(&tensor, text), cases[i].what);
        assert_true(lis_tensor_contiguous(&tensor));
        if (lis_tensor_size(&tensor) > 0) {
            assert_ok(lis_tensor_reshape(&flat, &tensor, 1, &all, &error));
            for (int64_t k = 0; k < flat.shape[0]; k++) {
                int64_t wanted = cases[i].modulus ? k % cases[i].modulus : k;
                assert_true(lis_tensor_get(&flat, &k) == (double)wanted);
            }
        }
        lis_tensor_release(&tensor);
    }
}

static void halves_are_widened(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor;
    assert_ok(parse(&tensor, BYTES(npy_halves), &error));
    assert_int_equal(lis_tensor_size(&tensor), sizeof npy_halves_values / sizeof(float));
    assert_memory_equal(lis_f32(&tensor), npy_halves_values, sizeof npy_halves_values);
    lis_tensor_release(&tensor);
}

static void what_is_written_is_what_numpy_writes(void **state) {
    (void)state;
    static const struct {
        const unsigned char *bytes;
        size_t size;
    } cases[] = {{BYTES(npy_f4)}, {BYTES(npy_f8)}, {BYTES(npy_i4)},
                 {BYTES(npy_i8)}, {BYTES(npy_u1)}, {BYTES(npy_empty)}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error;
        lis_tensor tensor, again;
        lis_file_map map = {0};
        const char *path = test_path("out.npy");
        assert_ok(parse(&tensor, cases[i].bytes, cases[i].size, &error));
        assert_ok(lis_npy_write(path, &tensor, &error));
        assert_ok(lis_file_map_open(&map, path, &error));
        assert_int_equal(map.size, cases[i].size);
        assert_memory_equal(map.bytes, cases[i].bytes, map.size);
        lis_file_map_close(&map);
        assert_ok(lis_npy_read(&again, path, &error));
        lis_tensor_release(&again);
        lis_tensor_release(&tensor);
        assert_int_equal(remove(path), 0);
    }
}

static void views_are_written_in_row_order(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor, turned, again;
    const char *path = test_path("turned.npy");
    assert_ok(parse(&tensor, BYTES(npy_f4), &error));
    assert_ok(lis_tensor_transpose(&turned, &tensor, 0, 1, &error));
    assert_ok(lis_npy_write(path, &turned, &error));
    assert_ok(lis_npy_read(&again, path, &error));
    for (int64_t i = 0; i < 4; i++)
        for (int64_t j = 0; j < 3; j++)
            assert_true(lis_f32(&again)[i * 3 + j] == (float)(j * 4 + i));
    lis_tensor_release(&again);
    lis_tensor_release(&tensor);
    assert_int_equal(remove(path), 0);
}

/* A file of version 1 with this header in front of `size` zero bytes. */
static lis_status parse_header(const char *header, size_t size, lis_error *err) {
    size_t length = strlen(header);
    unsigned char *bytes = calloc(10 + length + size, 1);
    memcpy(bytes, "\x93NUMPY\1\0", 8);
    bytes[8] = (unsigned char)(length & 0xff);
    bytes[9] = (unsigned char)(length >> 8);
    memcpy(bytes + 10, header, length);
    lis_tensor tensor;
    lis_status status = parse(&tensor, bytes, 10 + length + size, err);
    if (status == LIS_OK)
        lis_tensor_release(&tensor);
    else
        assert_null(tensor.storage);
    free(bytes);
    return status;
}

#define HEAD "{'descr': '<f4', 'fortran_order': False, 'shape': "

static void headers_that_are_odd_but_right(void **state) {
    (void)state;
    static const char *const cases[] = {
        HEAD "(2, 3), }\n",
        HEAD "(2,3)}",
        "{\"shape\":(6,),'fortran_order':True,'descr':'<f4'}   \n",
        "{'shape': (2, 3,), 'descr': '<f4', 'fortran_order': True}",
        HEAD "(6)}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error;
        assert_ok(parse_header(cases[i], 24, &error));
    }
}

static void lying_headers_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *header;
        size_t size;
        lis_status status;
        const char *piece;
    } cases[] = {
        {HEAD "(2, 3), }", 23, LIS_EFORMAT,
         "v.npy: the header says (2, 3) of '<f4', 24 bytes, but 23 follow"},
        {HEAD "(2, 3), }", 25, LIS_EFORMAT, "25 follow; the file was written over"},
        {HEAD "(1000000, 1000000), }", 24, LIS_EFORMAT, "cut short"},
        {HEAD "(4294967296, 4294967296), }", 0, LIS_EFORMAT, "overflows 64 bits"},
        {HEAD "(99999999999999999999,), }", 0, LIS_EFORMAT, "a dimension overflows"},
        {HEAD "(9223372036854775807, 9223372036854775807, 4), }", 0, LIS_EFORMAT, "overflows"},
        {HEAD "(-1, 3), }", 24, LIS_EFORMAT, "wanted a size at '-1, 3), }'"},
        {HEAD "(2 3), }", 24, LIS_EFORMAT, "wanted ',' or ')'"},
        {HEAD "[2, 3], }", 24, LIS_EFORMAT, "wanted a shape"},
        {HEAD "(2, 3", 24, LIS_EFORMAT, "wanted ',' or ')'"},
        {HEAD "(2, 3), } x", 24, LIS_EFORMAT, "nothing behind"},
        {HEAD "(1, 1, 1, 1, 6), }", 24, LIS_ESHAPE, "more than 4 dimensions"},
        {HEAD "(), }", 4, LIS_ESHAPE, "a single number"},
        {HEAD "(6,), 'shape': (6,)}", 24, LIS_EFORMAT, "each key once"},
        {HEAD "(6,), 'extra': 1}", 24, LIS_EFORMAT, "wanted the keys"},
        {"{'descr': '<f4', 'fortran_order': False}", 0, LIS_EFORMAT, "wanted the keys"},
        {"{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}", 4, LIS_EFORMAT,
         "True or False"},
        {"{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", 4, LIS_EDTYPE, "type '>f4'"},
        {"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8, LIS_EDTYPE, "type '|O'"},
        {"{'descr': '<f4", 0, LIS_EFORMAT, "a quoted text"},
        {"{'descr': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaa', ", 0, LIS_EFORMAT, "a shorter text"},
        {"{'descr' '<f4'", 0, LIS_EFORMAT, "wanted ':'"},
        {"", 0, LIS_EFORMAT, "wanted '{'"},
        {"{", 0, LIS_EFORMAT, "a quoted text"},
        {"\xff\xff\xff", 3, LIS_EFORMAT, "wanted '{' at '\\xff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error = {0};
        lis_status status = parse_header(cases[i].header, cases[i].size, &error);
        if (status != cases[i].status) fail_msg("case %zu: %d %s", i, (int)status, error.message);
        assert_holds(error.message, cases[i].piece);
    }
}

static void other_arrays_are_refused(void **state) {
    (void)state;
    static const struct {
        const unsigned char *bytes;
        size_t size;
        const char *piece;
    } cases[] = {
        {BYTES(npy_big_endian), "type '>f4'"}, {BYTES(npy_complex), "type '<c8'"},
        {BYTES(npy_scalar), "single number"},  {BYTES(npy_five), "more than 4 dimensions"},
        {BYTES(npy_fields), "named fields"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error = {0};
        lis_tensor tensor;
        assert_int_not_equal(parse(&tensor, cases[i].bytes, cases[i].size, &error), LIS_OK);
        assert_holds(error.message, cases[i].piece);
    }
}

static void every_cut_and_every_flip_is_survived(void **state) {
    (void)state;
    static const struct {
        const unsigned char *bytes;
        size_t size;
    } cases[] = {{BYTES(npy_f4)}, {BYTES(npy_i8_columns)}, {BYTES(npy_version_2)}};
    int64_t before = lis_mem_read().live_blocks;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char bytes[1024];
        lis_error error;
        lis_tensor tensor;
        for (size_t size = 0; size < cases[i].size; size++)
            assert_int_equal(parse(&tensor, cases[i].bytes, size, &error), LIS_EFORMAT);
        for (size_t bit = 0; bit < cases[i].size * 8; bit++) {
            memcpy(bytes, cases[i].bytes, cases[i].size);
            bytes[bit / 8] ^= (unsigned char)(1U << bit % 8);
            if (parse(&tensor, bytes, cases[i].size, &error) == LIS_OK) lis_tensor_release(&tensor);
        }
    }
    assert_int_equal(lis_mem_read().live_blocks, before);
}

static void files_that_cannot_be(void **state) {
    (void)state;
    lis_error error = {0};
    lis_tensor tensor;
    assert_int_equal(lis_npy_read(&tensor, test_path("none.npy"), &error), LIS_EIO);
    assert_holds(error.message, "none.npy");
    assert_ok(parse(&tensor, BYTES(npy_f4), &error));
    assert_int_equal(lis_npy_write("/dev/null/x.npy", &tensor, &error), LIS_EIO);
    assert_holds(error.message, "/dev/null");
    lis_tensor_release(&tensor);
    assert_int_equal(lis_npy_write(test_path("closed.npy"), &tensor, &error), LIS_EARG);
}

static lis_status make(void *arg, lis_error *err) {
    return lis_npy_parse(arg, "v.npy", BYTES(npy_f4_columns), err);
}

static void drop(void *arg) {
    lis_tensor_release(arg);
}

static lis_status make_file(void *arg, lis_error *err) {
    return lis_npy_write(test_path("failing.npy"), arg, err);
}

static void drop_file(void *arg) {
    (void)arg;
    assert_int_equal(remove(test_path("failing.npy")), 0);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor, turned;
    check_allocations(make, drop, &tensor);
    assert_ok(parse(&tensor, BYTES(npy_f4), &error));
    assert_ok(lis_tensor_transpose(&turned, &tensor, 0, 1, &error));
    check_allocations(make_file, drop_file, &turned);
    lis_tensor_release(&tensor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numpys_files_are_read),
        cmocka_unit_test(halves_are_widened),
        cmocka_unit_test(what_is_written_is_what_numpy_writes),
        cmocka_unit_test(views_are_written_in_row_order),
        cmocka_unit_test(headers_that_are_odd_but_right),
        cmocka_unit_test(lying_headers_are_refused),
        cmocka_unit_test(other_arrays_are_refused),
        cmocka_unit_test(every_cut_and_every_flip_is_survived),
        cmocka_unit_test(files_that_cannot_be),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
