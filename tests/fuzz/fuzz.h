/* What every fuzz target shares. A target is one file that defines LLVMFuzzerTestOneInput; libFuzzer
 * drives it (meson -Dfuzz=true), and in every other build replay.c feeds it the seed corpus. */
#ifndef LIS_TEST_FUZZ_H
#define LIS_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/data/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process where a promise is broken: libFuzzer keeps the input that did it. */
#define FUZZ_PROMISE(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) fuzz_broken(#condition, __FILE__, __LINE__);                             \
    } while (0)
_Noreturn void fuzz_broken(const char *promise, const char *file, int line);

/* One thread: what is slow under a sanitizer is the making of threads. */
lis_ctx *fuzz_ctx(void);

/* The first byte of the input, for options; moves on. 0 where there is none. */
uint8_t fuzz_take(const uint8_t **data, size_t *size);

/* The bytes behind a path, in memory; valid until the next call. */
const char *fuzz_path(const void *data, size_t size);

/* Blocks of the core alive now: a target that returns has as many as when it began. */
int64_t fuzz_blocks(void);

/* Promises of every table: offsets ascend within what there is, codes are those of the dictionary. */
void fuzz_check_table(const lis_table *table);

/* The two tables hold the same bytes. */
void fuzz_same_table(const lis_table *a, const lis_table *b);

#endif
