/* A file's bytes from a place that only moves on, in memory that does not grow with the file: a plain
 * file is mapped, and the pages behind the place are given back; one that is packed or in Latin-1 goes
 * through a buffer. */
#ifndef LIS_DATA_WINDOW_H
#define LIS_DATA_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/file.h"
#include "lis/base/status.h"
#include "unpack.h"

typedef struct lis_window {
    const char *bytes; /* at the place */
    size_t size;       /* so many of them are here */
    bool last;         /* behind them the file ends */

    const char *path; /* borrowed, for messages */
    lis_file_map map;
    lis_unpacker *unpacker; /* NULL: the file is not packed */
    bool latin1;
    size_t limit;    /* what a packed file may unpack to */
    size_t unpacked; /* what it did */
    size_t taken;    /* bytes of the file that were used up */
    char *buffer;    /* [capacity] of a file that is packed or in Latin-1 */
    size_t capacity;
} lis_window;

/* At the file's first byte; none is here yet. unpack_max as lis_unpack_limit has it.
 * Errors: LIS_EIO, LIS_ENOMEM; *window is zeroed then. */
lis_status lis_window_open(lis_window *window, const char *path, bool latin1, int64_t unpack_max,
                           lis_error *err);

/* Makes `wanted` bytes be here, or all that are left. Bytes in front of the place are gone then.
 * Errors: LIS_EFORMAT where packed data is damaged, cut short or beyond its limit; LIS_ENOMEM;
 * LIS_EINTR. The call may be repeated. */
lis_status lis_window_fill(lis_ctx *ctx, lis_window *window, size_t wanted, lis_error *err);

/* Moves the place on by n <= size bytes. What was passed can be read until the next fill. */
void lis_window_pass(lis_window *window, size_t n);

/* Leaves a zeroed struct; a zeroed struct is fine. */
void lis_window_close(lis_window *window);

#endif
