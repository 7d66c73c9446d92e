/* What the tests of the data room share. */
#ifndef LIS_TEST_DATA_SUPPORT_H
#define LIS_TEST_DATA_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check_near.h"
#include "lis/base/ctx.h"
#include "lis/base/mem.h"
#include "lis/base/rng.h"
#include "lis/base/status.h"
#include "lis/data/table.h"

/* Passes on LIS_OK; else fails with the message of the lis_error called `error` in scope. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != LIS_OK) fail_msg("%s: %s", #call, error.message);                            \
    } while (0)

/* `message` holds `piece`. */
void assert_holds(const char *message, const char *piece);

/* Calls make(arg) with the 1st, 2nd, ... allocation failing until it succeeds: each time
 * LIS_ENOMEM, and nothing left behind. drop(arg) undoes a success. */
typedef lis_status made(void *arg, lis_error *err);
void check_allocations(made *make, void (*drop)(void *arg), void *arg);

/* A path in a fresh folder that the tests own; file(name) may be written and removed. */
const char *test_path(const char *name);
void write_file(const char *path, const void *bytes, size_t size);

/* A growing text. */
typedef struct text_buffer {
    char *bytes;
    size_t size, capacity;
} text_buffer;

void text_add(text_buffer *text, const char *bytes, size_t n);
void text_print(text_buffer *text, const char *format, ...) LIS_PRINTF(2, 3);
void text_free(text_buffer *text);

/* Bytes as a packed file; text_free drops it. */
text_buffer pack_gzip(const char *bytes, size_t size);
text_buffer pack_zstd(const char *bytes, size_t size);

/* "name:type=v,v,v;name:type=..." of a whole table; a missing string is "-". Caller frees. */
char *render_table(const lis_table *table);

#endif
