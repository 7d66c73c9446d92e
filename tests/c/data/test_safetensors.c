#include "support.h"

#include <math.h>

#include "lis/data/safetensors.h"

/* A file of this header in front of `size` bytes 0, 1, 2, ... */
static text_buffer file_of(const char *header, size_t size) {
    text_buffer out = {0};
    uint64_t length = strlen(header);
    for (int i = 0; i < 8; i++)
        text_add(&out, &(char){(char)(length >> 8 * i)}, 1);
    text_add(&out, header, length);
    for (size_t i = 0; i < size; i++)
        text_add(&out, &(char){(char)i}, 1);
    return out;
}

static lis_status parse(lis_tensor *out, const text_buffer *file, size_t size, const char *name,
                        lis_error *err) {
    char *copy = malloc(size + 1); /* its own block: a read past the end is seen */
    memcpy(copy, file->bytes, size);
    lis_status status = lis_safetensors_parse(out, "v.safetensors", copy, size, name, err);
    free(copy);
    return status;
}

static lis_status parse_header(lis_tensor *out, const char *header, size_t size, const char *name,
                               lis_error *err) {
    text_buffer file = file_of(header, size);
    lis_status status = parse(out, &file, file.size, name, err);
    text_free(&file);
    return status;
}

static const char *const two =
    "{\"__metadata__\":{\"format\":\"pt\"},"
    "\"text\":{\"dtype\":\"U8\",\"shape\":[2,3],\"data_offsets\":[0,6]},"
    "\"ids\":{\"data_offsets\":[6,14],\"shape\":[1],\"dtype\":\"I64\"}}   ";

static void tensors_are_read_by_name(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor;
    char text[LIS_TENSOR_TEXT];
    assert_ok(parse_header(&tensor, two, 14, "text", &error));
    assert_string_equal(lis_tensor_describe(&tensor, text), "u8 [2, 3]");
    assert_int_equal(lis_u8(&tensor)[5], 5);
    lis_tensor_release(&tensor);
    assert_ok(parse_header(&tensor, two, 14, "ids", &error));
    assert_true(lis_i64(&tensor)[0] == 0x0d0c0b0a09080706);
    lis_tensor_release(&tensor);
    assert_int_equal(parse_header(&tensor, two, 14, "txt", &error), LIS_EARG);
    assert_holds(error.message,
                 "no array 'txt'; the file has 'text', 'ids' (did you mean 'text'?)");
    assert_int_equal(parse_header(&tensor, two, 14, NULL, &error), LIS_EARG);
    assert_holds(error.message, "has 2 arrays");
}

static void every_type_is_read_or_refused(void **state) {
    (void)state;
    static const struct {
        const char *dtype, *what;
        int size;
    } cases[] = {
        {"F32", "f32 [2]", 4}, {"F64", "f64 [2]", 8}, {"F16", "f32 [2]", 2}, {"BF16", "f32 [2]", 2},
        {"I32", "i32 [2]", 4}, {"I64", "i64 [2]", 8}, {"U8", "u8 [2]", 1},   {"BOOL", "u8 [2]", 1},
        {"I16", NULL, 2},      {"F8_E5M2", NULL, 1},  {"U64", NULL, 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error;
        lis_tensor tensor;
        char header[200], text[LIS_TENSOR_TEXT];
        snprintf(header, sizeof header,
                 "{\"v\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%d]}}", cases[i].dtype,
                 2 * cases[i].size);
        lis_status status = parse_header(&tensor, header, 2 * (size_t)cases[i].size, NULL, &error);
        if (cases[i].what) {
            assert_ok(status);
            assert_string_equal(lis_tensor_describe(&tensor, text), cases[i].what);
            lis_tensor_release(&tensor);
        } else {
            assert_int_equal(status, LIS_EDTYPE);
            assert_holds(error.message, cases[i].dtype);
        }
    }
}

static void halves_are_widened(void **state) {
    (void)state;
    static const struct {
        const char *dtype;
        unsigned char bytes[8];
        float value[4];
    } cases[] = {
        {"F16", {0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c}, {1, -2, 0x1p-24F, INFINITY}},
        {"BF16", {0x80, 0x3f, 0x00, 0xc0, 0x01, 0x00, 0x80, 0x7f}, {1, -2, 0x1p-133F, INFINITY}},
    };
    for (int i = 0; i < 2; i++) {
        lis_error error;
        lis_tensor tensor;
        char header[200];
        snprintf(header, sizeof header,
                 "{\"v\":{\"dtype\":\"%s\",\"shape\":[4],\"data_offsets\":[0,8]}}", cases[i].dtype);
        text_buffer file = file_of(header, 8);
        memcpy(file.bytes + file.size - 8, cases[i].bytes, 8);
        assert_ok(parse(&tensor, &file, file.size, "v", &error));
        assert_memory_equal(lis_f32(&tensor), cases[i].value, sizeof cases[i].value);
        lis_tensor_release(&tensor);
        text_free(&file);
    }
}

#define V(shape, offsets)                                                                          \
    "{\"v\":{\"dtype\":\"U8\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void lying_headers_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *header;
        size_t size;
        const char *says;
    } cases[] = {
        {V("[4]", "[0,4]") "}", 3, "data_offsets reach behind the file"},
        {V("[4]", "[4,0]") "}", 4, "run backwards"},
        {V("[4]", "[0,9223372036854775807]") "}", 4, "reach behind the file"},
        {V("[4]", "[0,99999999999999999999]") "}", 4, "data_offsets are not two positions"},
        {V("[4]", "[-1,3]") "}", 4, "data_offsets are not two positions"},
        {V("[4]", "[0,4,8]") "}", 4, "data_offsets are not two positions"},
        {V("[4]", "[0]") "}", 4, "data_offsets are not two positions"},
        {V("[4]", "4") "}", 4, "data_offsets are not two positions"},
        {V("[5]", "[0,4]") "}", 4, "shape and dtype do not fit the bytes"},
        {V("[4294967296,4294967296]", "[0,0]") "}", 0, "overflows 64 bits"},
        {V("[9223372036854775807]", "[0,4]") "}", 4, "do not fit the bytes"},
        {V("[2,]", "[0,2]") "}", 2, "shape is no list of sizes"},
        {V("[2 2]", "[0,4]") "}", 4, "shape is no list of sizes"},
        {V("[[2]]", "[0,2]") "}", 2, "shape is no list of sizes"},
        {V("\"[2]\"", "[0,2]") "}", 2, "shape is no list of sizes"},
        {V("[2]", "[0,2]") "}", 4, "the tensors end at byte"},
        {V("[2]", "[2,4]") "}", 4, "bytes that no tensor owns lie before"},
        {V("[2]", "[0,2]") ",\"w\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}", 3,
         "overlap those of another tensor"},
        {V("[2]", "[0,2]") ",\"v\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2,4]}}", 4,
         "two arrays are named 'v'"},
        {V("[2]", "[0,2]") ",\"w\":3}", 2, "wanted the description of a tensor"},
        {V("[2]", "[0,2]") ",\"w\":[3]}", 2, "wanted the description of a tensor"},
        {V("[2]", "[0,2]") ",\"\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[2,2]}}", 2,
         "is no name for an array"},
        {"{\"v\":{\"dtype\":\"Q7\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2, "unknown dtype"},
        {"{\"v\":{\"dtype\":\"U8\",\"shape\":[2]}}", 2, "each once"},
        {"{\"v\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2,
         "each once"},
        {"{\"v\":{\"dtype\":\"U8\",\"sharp\":[2],\"data_offsets\":[0,2]}}", 2, "each once"},
        {"{}", 0, "the file holds no arrays"},
        {"[1]", 0, "wanted an object in braces"},
        {"{\"v\":", 0, "wanted a value"},
        {"{\"v\":{\"dtype\"", 0, "wanted a closing bracket"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lis_error error = {0};
        lis_tensor tensor;
        lis_status status = parse_header(&tensor, cases[i].header, cases[i].size, NULL, &error);
        if (status != LIS_EFORMAT) fail_msg("case %zu: status %d, %s", i, status, error.message);
        assert_null(tensor.storage);
        assert_holds(error.message, "v.safetensors");
        assert_holds(error.message, cases[i].says);
    }
}

static void the_byte_is_named(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor;
    assert_int_equal(parse_header(&tensor, V("[4]", "[0,4]") "}", 3, NULL, &error), LIS_EFORMAT);
    assert_holds(error.message, "v.safetensors: safetensors header, byte 13: data_offsets reach");
    assert_int_equal(parse_header(&tensor, "{\"v\" 1}", 3, NULL, &error), LIS_EFORMAT);
    assert_holds(error.message, "byte 13: not JSON, wanted ':' behind the key: '1}'");
}

static void deep_headers_take_no_stack(void **state) {
    (void)state;
    text_buffer header = {0};
    text_add(&header, "{\"v\":", 5);
    for (int i = 0; i < 1000000; i++)
        text_add(&header, "{\"a\":[", 6);
    lis_error error;
    lis_tensor tensor;
    assert_int_equal(parse_header(&tensor, header.bytes, 0, NULL, &error), LIS_EFORMAT);
    assert_holds(error.message, "a closing bracket");
    text_free(&header);
}

static void odd_lengths_are_refused(void **state) {
    (void)state;
    static const uint64_t lengths[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63, 1000000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        lis_error error;
        lis_tensor tensor;
        text_buffer file = file_of(two, 14);
        for (int b = 0; b < 8; b++)
            file.bytes[b] = (char)(lengths[i] >> 8 * b);
        assert_int_equal(parse(&tensor, &file, file.size, "ids", &error), LIS_EFORMAT);
        assert_holds(error.message, "byte 0: the safetensors header claims");
        text_free(&file);
    }
}

static void shapes_that_tensors_lack(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor;
    assert_int_equal(parse_header(&tensor, V("[]", "[0,1]") "}", 1, NULL, &error), LIS_ESHAPE);
    assert_int_equal(parse_header(&tensor, V("[1,1,1,1,2]", "[0,2]") "}", 2, NULL, &error),
                     LIS_ESHAPE);
    assert_holds(error.message, "'v' has 5 dimensions");
    assert_ok(parse_header(&tensor, V("[0,4]", "[0,0]") "}", 0, NULL, &error));
    assert_int_equal(tensor.shape[1], 4);
    lis_tensor_release(&tensor);
    assert_ok(parse_header(&tensor, V(" [ 1 , 2 ] ", "[ 0 , 2 ]") "\n}", 2, NULL, &error));
    lis_tensor_release(&tensor);
}

static void every_cut_and_every_flip_is_survived(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor;
    text_buffer file = file_of(two, 14);
    int64_t before = lis_mem_read().live_blocks;
    for (size_t cut = 0; cut < file.size; cut++)
        assert_int_equal(parse(&tensor, &file, cut, "text", &error), LIS_EFORMAT);
    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        file.bytes[bit / 8] ^= (char)(1U << bit % 8);
        if (parse(&tensor, &file, file.size, "text", &error) == LIS_OK) lis_tensor_release(&tensor);
        file.bytes[bit / 8] ^= (char)(1U << bit % 8);
    }
    assert_int_equal(lis_mem_read().live_blocks, before);
    text_free(&file);
}

static void files_are_read(void **state) {
    (void)state;
    lis_error error;
    lis_tensor tensor;
    lis_dict *names;
    const char *path = test_path("v.safetensors");
    text_buffer file = file_of(two, 14);
    write_file(path, file.bytes, file.size);
    assert_ok(lis_safetensors_read(&tensor, path, "ids", &error));
    lis_tensor_release(&tensor);
    assert_ok(lis_safetensors_names(&names, path, &error));
    assert_int_equal(lis_dict_size(names), 2);
    lis_dict_release(names);
    assert_int_equal(remove(path), 0);
    assert_int_equal(lis_safetensors_read(&tensor, path, "ids", &error), LIS_EIO);
    assert_int_equal(lis_safetensors_names(&names, path, &error), LIS_EIO);
    assert_null(names);
    text_free(&file);
}

static lis_status make(void *arg, lis_error *err) {
    static text_buffer file;
    if (!file.bytes)
        file =
            file_of("{\"te\\u0078t\":{\"dtype\":\"U8\",\"shape\":[6],\"data_offsets\":[0,6]}}", 6);
    return lis_safetensors_parse(arg, "v.safetensors", file.bytes, file.size, "text", err);
}

static void drop(void *arg) {
    lis_tensor_release(arg);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    lis_tensor tensor;
    check_allocations(make, drop, &tensor);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tensors_are_read_by_name),
        cmocka_unit_test(every_type_is_read_or_refused),
        cmocka_unit_test(halves_are_widened),
        cmocka_unit_test(lying_headers_are_refused),
        cmocka_unit_test(the_byte_is_named),
        cmocka_unit_test(deep_headers_take_no_stack),
        cmocka_unit_test(odd_lengths_are_refused),
        cmocka_unit_test(shapes_that_tensors_lack),
        cmocka_unit_test(every_cut_and_every_flip_is_survived),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
