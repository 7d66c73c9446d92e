/* gzip and zstd into one growing block of bytes. */
#ifndef LIS_DATA_UNPACK_H
#define LIS_DATA_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"

typedef struct lis_unpacked {
    lis_ctx *ctx;
    const char *path; /* for messages */
    char *bytes;      /* owned by the caller */
    size_t size, capacity;
    size_t limit; /* more is an error */
    bool head;    /* or, with this, where it ends: what comes behind is left packed */
} lis_unpacked;

/* Whether the beginning that was asked for is complete. */
static inline bool lis_unpack_done(const lis_unpacked *out) {
    return out->head && out->size == out->limit;
}

/* More room behind out->size: at least one byte. LIS_EFORMAT where the limit is reached, LIS_ENOMEM,
 * LIS_EINTR. */
lis_status lis_unpack_grow(lis_unpacked *out, lis_error *err);

/* Both append what `bytes` holds, all members or frames of it. Errors: LIS_EFORMAT names the format,
 * the place and the reason; else as lis_unpack_grow. */
lis_status lis_unpack_gzip(lis_unpacked *out, const unsigned char *bytes, size_t size,
                           lis_error *err);
lis_status lis_unpack_zstd(lis_unpacked *out, const unsigned char *bytes, size_t size,
                           lis_error *err);

#endif
