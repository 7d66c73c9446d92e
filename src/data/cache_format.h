/* The bytes of a columnar cache (lis/data/cache.h), little-endian, without padding. */
#ifndef LIS_DATA_CACHE_FORMAT_H
#define LIS_DATA_CACHE_FORMAT_H

#include <stdint.h>

#define LIS_CACHE_MAGIC "LISDATA\n"

enum {
    LIS_CACHE_ORDER = 0x01020304, /* reads otherwise on a big-endian machine */
    LIS_CACHE_ARRAYS_MAX = 1 << 14,
    LIS_CACHE_NAME_MAX = 4096,
    LIS_CACHE_SLACK = 8, /* zero bytes behind packed bits, so that whole words can be loaded */
    LIS_CACHE_WIDTH_MAX = 56
};

typedef struct lis_cache_head {
    char magic[8];
    uint32_t version, order;
    uint64_t file_bytes;
    uint64_t directory_at, directory_bytes, directory_hash;
    uint32_t arrays, notes;
    uint64_t frames, text_bytes;
    uint64_t reserved[2]; /* zero */
    uint64_t head_hash;   /* of the bytes before it */
} lis_cache_head;

typedef struct lis_cache_array_record {
    uint32_t name_at, name_bytes; /* in the text; a NUL follows */
    uint32_t dtype;               /* a lis_dtype */
    int32_t kind;
    uint64_t length;      /* elements */
    uint64_t first_frame; /* number of its first frame record */
    uint32_t frame;       /* elements a frame; the last may have fewer */
    uint32_t reserved;
    uint64_t reserved_more[2];
} lis_cache_array_record;

enum {
    LIS_FRAME_PLAIN,
    LIS_FRAME_PACK,
    LIS_FRAME_DELTA,
    LIS_FRAME_NUMBER,
    LIS_FRAME_SHUFFLE,
    LIS_FRAME_TRANSFORMS
};

typedef struct lis_frame_record {
    uint64_t at;     /* byte of the file */
    uint64_t hash;   /* of the stored bytes */
    int64_t base;    /* smallest value, or smallest difference */
    int64_t first;   /* delta: the first value */
    uint32_t stored; /* bytes in the file */
    uint32_t packed; /* bytes that zstd gives, or `stored` again */
    uint8_t transform, width, zstd;
    uint8_t reserved[5];
} lis_frame_record;

typedef struct lis_cache_note_record {
    uint32_t key_at, key_bytes, text_at, text_bytes;
} lis_cache_note_record;

_Static_assert(sizeof(lis_cache_head) == 96, "no padding");
_Static_assert(sizeof(lis_cache_array_record) == 56, "no padding");
_Static_assert(sizeof(lis_frame_record) == 48, "no padding");
_Static_assert(sizeof(lis_cache_note_record) == 16, "no padding");

#endif
