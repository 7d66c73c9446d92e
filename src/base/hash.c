#include "lis/base/hash.h"

#include <xxhash.h>
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h> /* the same hashes, by the widest registers this processor has */
#define WIDE_HASHES 1
#endif

#include "lis/base/file.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum { BLOCK = 4 << 20 };

uint64_t lis_hash(const void *bytes, size_t length, uint64_t seed) {
    uint64_t hash = XXH3_64bits_withSeed(bytes, length, seed);
#ifdef WIDE_HASHES
    /* It leaves the upper halves of the registers dirty, which makes scalar code after it several
     * times slower. */
    if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper");
#endif
    return hash;
}

typedef struct blocks {
    const lis_file_map *map;
    uint64_t *hash; /* [blocks] */
} blocks;

static lis_status hash_block(void *arg, lis_shard shard, lis_error *err) {
    (void)err;
    const blocks *b = arg;
    size_t begin = (size_t)shard.begin, end = (size_t)shard.end;
    b->hash[shard.index] = lis_hash(b->map->bytes + begin, end - begin, 0);
    lis_file_map_forget(b->map, begin, end);
    return LIS_OK;
}

lis_status lis_hash_file(lis_ctx *ctx, const char *path, uint64_t *hash, lis_error *err) {
    lis_file_map map = {0};
    LIS_TRY(lis_file_map_open(&map, path, err));
    size_t count = (size_t)lis_shard_count((int64_t)map.size, BLOCK);
    blocks b = {.map = &map, .hash = lis_alloc(count, sizeof *b.hash)};
    lis_status status = LIS_OK;
    if (!b.hash)
        status = lis_fail_nomem(err, "hashes", (double)count * 8);
    else
        status = lis_parallel_for(ctx, (int64_t)map.size, BLOCK, hash_block, &b, err);
    if (status == LIS_OK) *hash = lis_hash(b.hash, count * sizeof *b.hash, map.size);
    lis_free(b.hash);
    lis_file_map_close(&map);
    return status;
}
