/* Matrix products of inputs rounded to bf16, with sums in f32.
 *
 * Rows of a, and of b where it is not packed, are rounded a piece at a time into buffers that stay in
 * the cache: a as [rows, pairs], b as [pairs, NN_PANEL].
 *
 * VDPBF16PS adds a pair's first product, then its second, each sum rounded to f32; a product of two
 * bf16 is exact. Multiply-adds in f32 in the order of k do the same to the bit, so a processor without
 * it gets the same results from its f32 instructions. AMX (product_tile.h) adds in another order. */
#include "bf16.h"
#include "isa.h"

typedef uint32_t element;

#if defined(__AVX512BF16__)

enum { HALVES = 1 };
typedef __m512bh line;

NN_INLINE line line_load(const uint32_t *p, int half) {
    (void)half;
    return (line)_mm512_loadu_si512(p);
}

NN_INLINE line line_set(uint32_t pair, int half) {
    (void)half;
    return (line)_mm512_set1_epi32((int)pair);
}

NN_INLINE vec line_dot(vec sum, line a, line b) {
    return _mm512_dpbf16_ps(sum, a, b);
}

#else

enum { HALVES = 2 };
typedef vec line;

NN_INLINE line line_load(const uint32_t *p, int half) {
    return half ? v_lower(p) : v_upper(p);
}

NN_INLINE line line_set(uint32_t pair, int half) {
    uint32_t bits = half ? pair << 16 : pair & 0xffff0000u;
    float x;
    memcpy(&x, &bits, sizeof x);
    return v_set(x);
}

NN_INLINE vec line_dot(vec sum, line a, line b) {
    return v_fma(a, b, sum);
}

#endif

#include "product_block.h"
#if defined(__AMX_BF16__)
#include "product_tile.h"
#endif

/* Pairs in one piece of k, and in the buffer of a. Both are whole tiles. */
enum { RUN = 128, ROOM = 128 * RUN };

/* Rows [row, row + rows) of a, pairs [begin, end) of k, to out [rows, ld]; zeros behind the last. */
static void round_rows(const nn_product *p, int64_t row, int64_t rows, int64_t begin, int64_t end,
                       uint32_t *restrict out, int64_t ld) {
    const int64_t whole = p->k / 2 < end ? p->k / 2 - begin : end - begin;
    for (int64_t r = 0; r < rows; r++, out += ld) {
        const float *restrict from = p->a + (row + r) * p->a_row + 2 * begin;
        for (int64_t t = 0; t < whole; t++)
            out[t] = nn_pair(from[2 * t], from[2 * t + 1]);
        for (int64_t t = whole; t < ld; t++)
            out[t] = 2 * (begin + t) < p->k ? nn_pair(from[2 * t], 0) : 0;
    }
}

/* Elements [0, n) of two rows a step apart, each pair to a row of out [n, ld]. */
NN_INLINE void round_across(const float *restrict first, const float *restrict second,
                            uint32_t *restrict out, int64_t ld, int64_t n) {
    uint32_t pair[NN_PAD];
    for (int64_t i = 0; i < n; i++)
        pair[i] = nn_pair(first[i], second ? second[i] : 0);
    for (int64_t i = 0; i < n; i++)
        out[i * ld] = pair[i];
}

/* The same where k runs down a's columns: NN_PAD rows of out at a time, so that they stay near. */
static void round_columns(const nn_product *p, int64_t row, int64_t rows, int64_t begin,
                          uint32_t *out, int64_t ld) {
    for (int64_t r = 0; r < rows; r += NN_PAD, out += NN_PAD * ld) {
        const int64_t n = rows - r < NN_PAD ? rows - r : NN_PAD;
        for (int64_t t = 0, k = 2 * begin; t < ld; t++, k += 2) {
            const float *first = p->a + k * p->a_step + row + r;
            const float *second = k + 1 < p->k ? first + p->a_step : NULL;
            if (k >= p->k)
                for (int64_t i = 0; i < n; i++)
                    out[i * ld + t] = 0;
            else if (n == NN_PAD && second)
                round_across(first, second, out + t, ld, NN_PAD);
            else
                round_across(first, second, out + t, ld, n);
        }
    }
}

/* Columns [j, j + columns) of b, pairs from `begin` on, to out [ld, NN_PANEL]; zeros around them. */
static void round_panel(const nn_product *p, int64_t j, int64_t columns, int64_t begin,
                        uint32_t *restrict out, int64_t ld) {
    for (int64_t t = 0; t < ld; t++, out += NN_PANEL) {
        const float *restrict from = p->b + 2 * (begin + t) * p->ldb + j;
        if (columns < NN_PANEL || 2 * (begin + t) >= p->k) memset(out, 0, NN_PANEL * sizeof *out);
        if (2 * (begin + t) + 1 < p->k)
            for (int64_t i = 0; i < columns; i++)
                out[i] = nn_pair(from[i], from[i + p->ldb]);
        else if (2 * (begin + t) < p->k)
            for (int64_t i = 0; i < columns; i++)
                out[i] = nn_pair(from[i], 0);
    }
}

/* One panel of c, whose rows' pairs lie in a and columns' in b. */
static void run_panel(block x, int64_t rows) {
#if defined(__AMX_BF16__)
    run_tiles(&x, rows);
#else
    int64_t columns = x.columns;
    for (int64_t j = 0; j < columns; j += WIDE) {
        block part = x;
        part.b += j;
        part.c += j;
        part.columns = columns - j < WIDE ? columns - j : WIDE;
        if (x.bias) part.bias += j;
        run_pass(part, rows);
    }
#endif
}

/* All columns of `rows` rows of c from `row` on, over pairs [begin, end) of k. a is rounded already. */
static void run_columns(const nn_product *p, const uint32_t *a, int64_t lda, int64_t row,
                        int64_t rows, int64_t begin, int64_t end) {
    uint32_t buffer[RUN * NN_PANEL];
    for (int64_t j = 0; j < p->n; j += NN_PANEL) {
        const int64_t columns = p->n - j < NN_PANEL ? p->n - j : NN_PANEL;
        if (!p->pairs) round_panel(p, j, columns, begin, buffer, lda);
        run_panel(
            (block){.a = a,
                    .b = p->pairs ? p->pairs + j / NN_PANEL * p->panel + begin * NN_PANEL : buffer,
                    .a_row = lda,
                    .a_step = 1,
                    .ldb = NN_PANEL,
                    .c = p->c + row * p->ldc + j,
                    .ldc = p->ldc,
                    .columns = columns,
                    .end = end - begin,
                    .fresh = begin == 0 && !p->add,
                    .last = 2 * end >= p->k,
                    .bias = p->bias ? p->bias + j : NULL,
                    .activation = p->activation},
            rows);
    }
}

static int64_t whole_tiles(int64_t pairs) {
    return pairs > 0 ? (pairs + NN_TILE - 1) / NN_TILE * NN_TILE : NN_TILE;
}

void NN_KERNEL(product_bf16)(const nn_product *p) {
    uint32_t a[ROOM];
    const int64_t pairs = (p->k + 1) / 2, runs = pairs > RUN ? (pairs + RUN - 1) / RUN : 1;
    const int64_t run = whole_tiles((pairs + runs - 1) / runs), most = ROOM / run / 32 * 32;
    for (int64_t row = 0; row < p->m; row += most) {
        const int64_t rows = p->m - row < most ? p->m - row : most;
        int64_t begin = 0, end;
        do {
            end = begin + run < pairs ? begin + run : pairs;
            const int64_t ld = whole_tiles(end - begin);
            if (p->a_step == 1)
                round_rows(p, row, rows, begin, end, a, ld);
            else
                round_columns(p, row, rows, begin, a, ld);
            run_columns(p, a, ld, row, rows, begin, end);
            begin = end;
        } while (end < pairs);
    }
}
