/* Offsets of marked bytes in general registers: for instruction sets that cannot compress a vector. */
#include <stdint.h>

/* Offsets of the set bits. Eight are written whether they are there or not, which costs less than a
 * wrongly guessed branch; lines of logs rarely have more in 64 bytes. */
static inline uint32_t *write_offsets(uint32_t *at, uint64_t marks, uint32_t base) {
    int count = __builtin_popcountll(marks);
    uint32_t *end = at + count;
    do {
        for (int i = 0; i < 8; i++) {
            at[i] = base + (uint32_t)__builtin_ctzll(marks | UINT64_C(1) << 63);
            marks &= marks - 1;
        }
        at += 8;
        count -= 8;
    } while (count > 0);
    return end;
}
