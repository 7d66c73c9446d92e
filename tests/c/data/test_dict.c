#include "support.h"

#include "lis/data/dict.h"

static lis_text text_of(const char *text) {
    return (lis_text){text, strlen(text)};
}

static lis_dict *new_dict(void) {
    lis_error error;
    lis_dict *dict;
    assert_ok(lis_dict_new(&dict, &error));
    return dict;
}

static int32_t add(lis_dict *dict, const char *text) {
    lis_error error;
    int32_t code = -2;
    lis_text one = text_of(text);
    assert_ok(lis_dict_add(dict, &one, 1, &code, &error));
    return code;
}

static void assert_text(lis_text got, const char *wanted) {
    assert_int_equal(got.length, strlen(wanted));
    assert_memory_equal(got.bytes, wanted, got.length);
}

static void codes_follow_first_appearance(void **state) {
    (void)state;
    lis_dict *dict = new_dict();
    assert_int_equal(add(dict, "b"), 0);
    assert_int_equal(add(dict, "a"), 1);
    assert_int_equal(add(dict, "b"), 0);
    assert_int_equal(add(dict, "ab"), 2);
    assert_int_equal(lis_dict_size(dict), 3);
    assert_text(lis_dict_text(dict, 1), "a");
    assert_int_equal(lis_dict_find(dict, text_of("ab")), 2);
    assert_int_equal(lis_dict_find(dict, text_of("c")), -1);
    assert_int_equal(lis_dict_text(dict, 3).length, 0);
    assert_int_equal(lis_dict_text(dict, -1).length, 0);
    lis_dict_release(dict);
}

static void the_empty_string_is_missing(void **state) {
    (void)state;
    lis_dict *dict = new_dict();
    assert_int_equal(lis_dict_find(dict, text_of("x")), -1);
    assert_int_equal(add(dict, ""), -1);
    assert_int_equal(lis_dict_size(dict), 0);
    assert_int_equal(lis_dict_find(dict, text_of("")), -1);
    lis_dict_release(dict);
}

static void bytes_are_bytes(void **state) {
    (void)state;
    lis_error error;
    lis_dict *dict = new_dict();
    lis_text texts[] = {{"a\0b", 3}, {"a\0c", 3}, {"a", 1}, {"a\0", 2}, {"a\0b", 3}};
    int32_t code[5];
    static const int32_t wanted[] = {0, 1, 2, 3, 0};
    assert_ok(lis_dict_add(dict, texts, 5, code, &error));
    assert_memory_equal(code, wanted, sizeof wanted);
    lis_dict_release(dict);
}

/* A number's name, of many lengths, with long shared beginnings. */
static lis_text name_of(uint64_t number, char room[300]) {
    int length =
        snprintf(room, 300, "%.*s%llu", (int)(number % 5) * 50,
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                 (unsigned long long)number);
    return (lis_text){room, (size_t)length};
}

/* The oracle: codes in an array indexed by the number that the string was made from. */
static void many_strings(void **state) {
    (void)state;
    enum { NUMBERS = 20000, DRAWS = 100000, BATCH = 777 };
    lis_error error;
    lis_rng rng = lis_rng_open(5, "dict", 0);
    lis_dict *dict = new_dict();
    int32_t *oracle = malloc(NUMBERS * sizeof *oracle), next = 0;
    char(*room)[300] = malloc(BATCH * sizeof *room);
    memset(oracle, 0xff, NUMBERS * sizeof *oracle);
    for (int draw = 0; draw < DRAWS; draw += BATCH) {
        lis_text text[BATCH];
        int32_t code[BATCH], wanted[BATCH];
        for (int i = 0; i < BATCH; i++) {
            uint64_t number = lis_rng_below(&rng, NUMBERS);
            text[i] = name_of(number, room[i]);
            if (oracle[number] < 0) oracle[number] = next++;
            wanted[i] = oracle[number];
        }
        assert_ok(lis_dict_add(dict, text, BATCH, code, &error));
        assert_memory_equal(code, wanted, sizeof wanted);
    }
    assert_int_equal(lis_dict_size(dict), next);
    for (uint64_t number = 0; number < NUMBERS; number++) {
        lis_text name = name_of(number, room[0]);
        assert_int_equal(lis_dict_find(dict, name), oracle[number]);
        if (oracle[number] < 0) continue;
        lis_text back = lis_dict_text(dict, oracle[number]);
        assert_int_equal(back.length, name.length);
        assert_memory_equal(back.bytes, name.bytes, name.length);
    }
    lis_dict_release(dict);
    free(oracle);
    free(room);
}

static void merging_keeps_first_appearance(void **state) {
    (void)state;
    lis_error error;
    lis_dict *into = new_dict(), *from = new_dict();
    add(into, "a");
    add(into, "b");
    add(from, "c");
    add(from, "b");
    add(from, "d");
    int32_t code[3];
    static const int32_t wanted[] = {2, 1, 3};
    assert_ok(lis_dict_merge(into, from, code, &error));
    assert_memory_equal(code, wanted, sizeof wanted);
    assert_int_equal(lis_dict_size(into), 4);
    lis_dict_release(into);
    lis_dict_release(from);
}

static void a_full_dictionary_says_so(void **state) {
    (void)state;
    lis_error error;
    lis_dict *dict = new_dict();
    lis_dict_limit(dict, 2);
    lis_text texts[] = {text_of("a"), text_of("b"), text_of("a"), text_of("c")};
    int32_t code[4];
    assert_int_equal(lis_dict_add(dict, texts, 4, code, &error), LIS_ERANGE);
    assert_holds(error.message, "at most 2 different strings");
    assert_int_equal(lis_dict_size(dict), 2);
    assert_int_equal(add(dict, "b"), 1);
    lis_dict_release(dict);
}

static void the_last_reference_frees(void **state) {
    (void)state;
    int64_t before = lis_mem_read().live_blocks;
    lis_dict *dict = new_dict();
    add(dict, "a");
    lis_dict *other = lis_dict_retain(dict);
    lis_dict_release(dict);
    assert_text(lis_dict_text(other, 0), "a");
    assert_true(lis_dict_bytes(other) > 0);
    lis_dict_release(other);
    lis_dict_release(NULL);
    assert_int_equal(lis_mem_read().live_blocks, before);
}

static lis_status make(void *arg, lis_error *err) {
    lis_dict **dict = arg;
    char room[300];
    lis_status status = lis_dict_new(dict, err);
    for (uint64_t number = 0; number < 2000 && status == LIS_OK; number++) {
        int32_t code;
        lis_text text = name_of(number, room);
        status = lis_dict_add(*dict, &text, 1, &code, err);
    }
    if (status != LIS_OK) lis_dict_release(*dict);
    return status;
}

static void drop(void *arg) {
    lis_dict_release(*(lis_dict **)arg);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    lis_dict *dict = NULL;
    check_allocations(make, drop, &dict);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_follow_first_appearance),
        cmocka_unit_test(the_empty_string_is_missing),
        cmocka_unit_test(bytes_are_bytes),
        cmocka_unit_test(many_strings),
        cmocka_unit_test(merging_keeps_first_appearance),
        cmocka_unit_test(a_full_dictionary_says_so),
        cmocka_unit_test(the_last_reference_frees),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
