/* Columnar cache, "x.lisd": named typed arrays in compressed frames, any range of which can be read.
 *
 *     bytes   content
 *     96      head: magic "LISDATA\n", version, byte order, where the directory lies and its
 *             checksum, counts, checksum of the head itself
 *     ...     frames, in order of writing; frames of several arrays may alternate
 *     ...     directory, at a multiple of 8: arrays [56 each], frames [48 each, array after array],
 *             notes [16 each], and the text of names and notes
 *
 * An array is cut into frames of equally many elements; each stands alone:
 *
 *     plain    the elements, from a multiple of 64 bytes on in a cache without compression
 *     pack     whole numbers less their smallest, in as many bits as the largest needs
 *     delta    the same of the differences between neighbours: times in order
 *     number   floats that all happen to be whole numbers: as pack
 *     shuffle  first bytes of all elements, then second bytes, ...: other floats
 *
 * and what that gives is a zstd frame where zstd saves a quarter of it or more. Bit-packed ids hold
 * little that zstd could find and are decoded several times faster than zstd would; text and floats
 * shrink well. A frame's record holds its place, stored size, size unpacked, transform, width, and
 * the checksum (XXH3, 64 bits) of the stored bytes. Numbers are little-endian. The exact layout is
 * src/data/cache_format.h.
 *
 * Reading trusts nothing: sizes and places are checked against the file before anything is
 * allocated, every frame against its checksum before it is decoded, and decoding is bounded whatever
 * the bytes say. A file that promises more than a hundred times its size (and 1 GiB) is refused as a
 * bomb unless the caller allows more.
 *
 * Opening maps the file and reads the directory alone; columns are decoded when asked for. The file
 * must not shrink while it is open; replacing it by rename, as the writer does, is fine. */
#ifndef LIS_DATA_CACHE_H
#define LIS_DATA_CACHE_H

#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/dict.h"
#include "lis/tensor/tensor.h"

typedef struct lis_cache lis_cache;

enum { LIS_CACHE_VERSION = 1, LIS_CACHE_FRAME = 1 << 16, LIS_CACHE_FRAME_MAX = 1 << 20 };

/* What an array means to a table (cache_table.h); LIS_CACHE_PART: it belongs to another, or to nobody. */
enum { LIS_CACHE_PART = -1 };

typedef struct lis_cache_array {
    const char *name; /* borrowed, NUL-closed */
    lis_dtype dtype;
    int kind;       /* a lis_column_type, or LIS_CACHE_PART */
    int64_t length; /* elements */
    int64_t stored; /* bytes in the file */
} lis_cache_array;

/* Opens a file. `unpack_max`: most bytes that all arrays may have together; 0: a hundred times the
 * file's size, or 1 GiB if that is more.
 * Errors: LIS_EIO; LIS_EFORMAT names the path, the byte and the array; LIS_ENOMEM. *out is NULL then. */
lis_status lis_cache_open(lis_cache **out, const char *path, int64_t unpack_max, lis_error *err);

/* NULL: nothing. */
void lis_cache_close(lis_cache *cache);

const char *lis_cache_path(const lis_cache *cache);      /* borrowed */
int64_t lis_cache_file_bytes(const lis_cache *cache);    /* size of the file */
int64_t lis_cache_content_bytes(const lis_cache *cache); /* of all arrays, decoded */
int64_t lis_cache_arrays(const lis_cache *cache);

/* Over the arrays, not the notes: the same for the same content, cut into the same frames. */
uint64_t lis_cache_hash(const lis_cache *cache);

/* Array `index`, in [0, arrays). */
lis_cache_array lis_cache_array_at(const lis_cache *cache, int64_t index);

/* The number of the array of that name, -1: there is none. */
int64_t lis_cache_find(const lis_cache *cache, const char *name);

/* The same, where it must have that type; LIS_EFORMAT otherwise. length: elements; NULL: not asked. */
lis_status lis_cache_expect(const lis_cache *cache, const char *name, lis_dtype dtype,
                            int64_t *index, int64_t *length, lis_error *err);

/* The text of a note, borrowed; bytes NULL: there is none. */
lis_text lis_cache_note(const lis_cache *cache, const char *key);

/* Which values a column of codes may hold: [low, limit). */
typedef struct lis_cache_range {
    int64_t low, limit;
} lis_cache_range;

/* out[k] = element begin + k of the array, k < end - begin.
 *   out    written; of the array's type      range   NULL: any value; integer arrays alone
 * Threads: frames are decoded in parallel; may be called from several threads at once. Memory: one
 * frame a worker. The pages of the file that were read leave the resident set again.
 * Errors: LIS_ERANGE where [begin, end) is not in the array; LIS_EFORMAT names path, byte, array and
 * frame where a frame is damaged, or the array and element where a value is out of range; LIS_ENOMEM;
 * LIS_EINTR. On error `out` holds anything. */
lis_status lis_cache_read(lis_ctx *ctx, const lis_cache *cache, int64_t index, int64_t begin,
                          int64_t end, const lis_cache_range *range, void *out, lis_error *err);

/* A whole array as a tensor. Where its frames are plain and lie end to end, as those of an array that
 * was put at once into a cache without compression, the tensor is the file's memory and nothing is
 * copied; its frames are still compared with their checksums, its values with the range. It may be
 * written to: the file stays as it is. The tensor outlives the cache; the file must not shrink meanwhile.
 * *out is overwritten, and empty on error. Errors as lis_cache_read; LIS_EIO where the file was
 * replaced since it was opened. */
lis_status lis_cache_tensor(lis_ctx *ctx, const lis_cache *cache, int64_t index,
                            const lis_cache_range *range, lis_tensor *out, lis_error *err);

/* Compares every frame with its checksum, decoding nothing. Threads: frames in parallel. Errors as
 * lis_cache_read: the first damaged frame of the first damaged array. */
lis_status lis_cache_verify(lis_ctx *ctx, const lis_cache *cache, lis_error *err);

#endif
