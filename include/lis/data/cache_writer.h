/* Writes a columnar cache (cache.h), a block of elements at a time, under a temporary name.
 *
 * Memory is one frame an array, and two frames a worker while it writes: a log larger than memory is
 * written block after block. The bytes of the file depend on the elements, in what portions they
 * came for each array, and the options; not on the thread count. */
#ifndef LIS_DATA_CACHE_WRITER_H
#define LIS_DATA_CACHE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/cache.h"

typedef struct lis_cache_writer lis_cache_writer;

/* All zero is a good default. */
typedef struct lis_cache_options {
    bool plain;    /* the elements as they are, for lis_cache_tensor to map: several times the size,
                      the fastest reading */
    int level;     /* of zstd, 1 to 19; 0: 1 */
    int64_t frame; /* elements a frame, 1 to LIS_CACHE_FRAME_MAX; 0: LIS_CACHE_FRAME */
} lis_cache_options;

/* Begins a file; options NULL: the defaults. LIS_EIO, LIS_EARG, LIS_ENOMEM. *out is NULL on error. */
lis_status lis_cache_create(lis_cache_writer **out, const char *path,
                            const lis_cache_options *options, lis_error *err);

/* Frees the writer; a file that was not committed is removed. NULL: nothing. */
void lis_cache_discard(lis_cache_writer *writer);

/* A new array; *index is its number. LIS_EARG where the name is empty, longer than 4,096 bytes or
 * taken, or where there are too many; LIS_ENOMEM. */
lis_status lis_cache_add(lis_cache_writer *writer, const char *name, lis_dtype dtype, int kind,
                         int64_t *index, lis_error *err);

/* The number of the array of that name, -1: there is none. */
int64_t lis_cache_added(const lis_cache_writer *writer, const char *name);

/* The type of array `index`, in [0, number added). */
lis_dtype lis_cache_added_type(const lis_cache_writer *writer, int64_t index);

/* n more elements of an array, of its type. Threads: frames are packed in parallel.
 * Errors: LIS_EIO, LIS_ENOMEM, LIS_EINTR; LIS_ESTATE after a commit or an earlier error, which no
 * later call can mend. */
lis_status lis_cache_append(lis_ctx *ctx, lis_cache_writer *writer, int64_t index,
                            const void *values, int64_t n, lis_error *err);

/* add and append: a whole array, whose frames lie end to end, and which takes no more. */
lis_status lis_cache_put(lis_ctx *ctx, lis_cache_writer *writer, const char *name, lis_dtype dtype,
                         int kind, const void *values, int64_t n, lis_error *err);

/* A text beside the arrays; a later one of the same key replaces it. LIS_EARG, LIS_ENOMEM. */
lis_status lis_cache_set_note(lis_cache_writer *writer, const char *key, lis_text text,
                              lis_error *err);

/* Writes what is left and gives the file its name. Errors as append. */
lis_status lis_cache_commit(lis_ctx *ctx, lis_cache_writer *writer, lis_error *err);

#endif
