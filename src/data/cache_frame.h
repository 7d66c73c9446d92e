/* One frame of a columnar cache: elements <-> bytes. */
#ifndef LIS_DATA_CACHE_FRAME_H
#define LIS_DATA_CACHE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "cache_format.h"
#include "lis/base/status.h"
#include "lis/tensor/tensor.h"

#define LIS_FRAME_DAMAGED "the checksum does not fit; the file is damaged"

/* What a worker keeps between frames. Zero it before the first, close it after the last. */
typedef struct lis_frame_scratch {
    int64_t *number;       /* packing: elements as whole numbers, and their differences */
    unsigned char *packed; /* what zstd is given, or gives */
    unsigned char *stored; /* packing: what goes to the file */
    int64_t elements;      /* room of number */
    size_t packed_room, stored_room;
    void *compressor, *decompressor; /* zstd's contexts */
} lis_frame_scratch;

void lis_frame_scratch_close(lis_frame_scratch *scratch);

/* Packs n >= 1 elements. Fills the record but for its place; the bytes are scratch->stored
 * [record->stored] until the next call. level 0: plain frames. LIS_ENOMEM. */
lis_status lis_frame_encode(lis_frame_scratch *scratch, lis_frame_record *record, lis_dtype dtype,
                            const void *values, int64_t n, int level, lis_error *err);

/* NULL where a record can belong to n elements of the type, else what is wrong with it; nothing that
 * lies in the file is looked at. */
const char *lis_frame_flaw(const lis_frame_record *record, lis_dtype dtype, int64_t n);

/* out [n] from stored [record->stored]; the record has no flaw, and the checksum is checked here.
 * LIS_EFORMAT with a few words, to be completed by the caller; LIS_ENOMEM. */
lis_status lis_frame_decode(lis_frame_scratch *scratch, const lis_frame_record *record,
                            const unsigned char *stored, lis_dtype dtype, int64_t n, void *out,
                            lis_error *err);

#endif
