#include "support.h"

#include "scan.h"

/* The definition, one byte at a time. */
static int64_t naive_marks(lis_scan *scan, const unsigned char *bytes, size_t n, uint32_t *at) {
    int64_t count = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = bytes[i];
        if (c == 0) scan->seen |= LIS_SEEN_NUL;
        if (c >= 0x80) scan->seen |= LIS_SEEN_HIGH;
        if (scan->quote && c == scan->quote) {
            scan->seen |= LIS_SEEN_QUOTE;
            scan->inside = !scan->inside;
        }
        if (!scan->inside && (c == scan->mark || c == '\n')) at[count++] = (uint32_t)i;
    }
    return count;
}

static lis_scan_count naive_count(const unsigned char *bytes, size_t n, unsigned char quote) {
    lis_scan_count sum = {0};
    bool inside = false;
    for (size_t i = 0; i < n; i++) {
        if (quote && bytes[i] == quote) {
            inside = !inside;
            sum.quotes++;
        }
        if (bytes[i] == '\n') sum.lines[inside]++;
    }
    return sum;
}

enum { ROOM = 700 };

static void fill(lis_rng *rng, unsigned char *bytes, size_t n, const char *alphabet,
                 size_t letters) {
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)alphabet[lis_rng_below(rng, letters)];
}

static void check_kernel(const lis_scan_kernel *kernel, const unsigned char *bytes, size_t n,
                         lis_scan begin) {
    uint32_t got[ROOM + LIS_SCAN_SLACK], wanted[ROOM];
    lis_scan a = begin, b = begin;
    int64_t count = kernel->marks(&a, bytes, n, got);
    assert_int_equal(count, naive_marks(&b, bytes, n, wanted));
    assert_memory_equal(got, wanted, (size_t)count * sizeof *got);
    assert_int_equal(a.inside, b.inside);
    assert_int_equal(a.seen, b.seen);
    lis_scan_count x = kernel->count(bytes, n, begin.quote);
    lis_scan_count y = naive_count(bytes, n, begin.quote);
    assert_int_equal(x.quotes, y.quotes);
    assert_int_equal(x.lines[0], y.lines[0]);
    assert_int_equal(x.lines[1], y.lines[1]);
}

static void kernels_agree_with_the_definition(void **state) {
    (void)state;
    static const char dense[] = ",\n\"\r\0\x80\xff"
                                "ab",
                      sparse[] = "abcdefghijklmnopqrstuvwx,yz\n\"01234";
    lis_rng rng = lis_rng_open(1, "scan", 0);
    for (const lis_scan_kernel *const *kernel = lis_scan_kernels(); *kernel; kernel++)
        for (int round = 0; round < 3000; round++) {
            size_t n = lis_rng_below(&rng, ROOM);
            unsigned char *bytes = malloc(n + 1); /* its own block: a read past the end is seen */
            bool thick = round % 2;
            fill(&rng, bytes, n, thick ? dense : sparse, thick ? 9 : sizeof sparse - 1);
            lis_scan begin = {
                .mark = ',', .quote = round % 3 ? '"' : 0, .inside = round % 3 && round % 5 == 0};
            check_kernel(*kernel, bytes, n, begin);
            free(bytes);
        }
}

static void state_is_carried_from_call_to_call(void **state) {
    (void)state;
    unsigned char bytes[ROOM];
    lis_rng rng = lis_rng_open(2, "scan", 0);
    for (int round = 0; round < 500; round++) {
        fill(&rng, bytes, ROOM, "ab,\n\"", 5);
        lis_scan whole = {.mark = ',', .quote = '"'}, parts = whole;
        uint32_t wanted[ROOM + LIS_SCAN_SLACK], got[ROOM + LIS_SCAN_SLACK];
        int64_t n = lis_scan_marks(&whole, bytes, ROOM, wanted), k = 0;
        for (size_t at = 0; at < ROOM;) {
            size_t step = 1 + lis_rng_below(&rng, 150);
            if (step > ROOM - at) step = ROOM - at;
            uint32_t piece[ROOM + LIS_SCAN_SLACK];
            int64_t found = lis_scan_marks(&parts, bytes + at, step, piece);
            for (int64_t i = 0; i < found; i++)
                got[k++] = piece[i] + (uint32_t)at;
            at += step;
        }
        assert_int_equal(k, n);
        assert_memory_equal(got, wanted, (size_t)n * sizeof *got);
        assert_int_equal(whole.inside, parts.inside);
    }
}

static void a_portable_kernel_always_exists(void **state) {
    (void)state;
    const lis_scan_kernel *const *kernel = lis_scan_kernels();
    while (kernel[1])
        kernel++;
    assert_string_equal((*kernel)->name, "portable");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels_agree_with_the_definition),
        cmocka_unit_test(state_is_carried_from_call_to_call),
        cmocka_unit_test(a_portable_kernel_always_exists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
