#include "lis/base/arena.h"

#include <stdint.h>
#include <string.h>

#include "lis/base/mem.h"

enum { FIRST_CHUNK = 4096 - 64, LAST_CHUNK = 64 << 20 };

struct lis_arena_chunk {
    _Alignas(LIS_ALIGN) lis_arena_chunk *older;
    size_t capacity; /* bytes behind this header, a multiple of LIS_ALIGN */
    size_t used;     /* a multiple of LIS_ALIGN */
};

void lis_arena_init(lis_arena *arena) {
    *arena = (lis_arena){.chunk_bytes = FIRST_CHUNK / LIS_ALIGN * LIS_ALIGN};
}

/* A new newest chunk of at least `bytes`, itself a multiple of LIS_ALIGN. */
static lis_arena_chunk *add_chunk(lis_arena *arena, size_t bytes) {
    size_t capacity = bytes > arena->chunk_bytes ? bytes : arena->chunk_bytes;
    size_t total;
    if (__builtin_add_overflow(capacity, sizeof(lis_arena_chunk), &total)) return NULL;
    lis_arena_chunk *chunk = lis_alloc(1, total);
    if (!chunk) return NULL;
    *chunk = (lis_arena_chunk){.older = arena->chunks, .capacity = capacity};
    arena->chunks = chunk;
    if (arena->chunk_bytes < LAST_CHUNK) arena->chunk_bytes *= 2;
    return chunk;
}

void *lis_arena_alloc(lis_arena *arena, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2) return NULL;
    bytes = bytes ? (bytes + LIS_ALIGN - 1) / LIS_ALIGN * LIS_ALIGN : LIS_ALIGN;
    lis_arena_chunk *chunk = arena->chunks;
    if (!chunk || chunk->capacity - chunk->used < bytes) chunk = add_chunk(arena, bytes);
    if (!chunk) return NULL;
    void *block = (char *)(chunk + 1) + chunk->used;
    chunk->used += bytes;
    arena->used_bytes += bytes;
    return block;
}

char *lis_arena_text(lis_arena *arena, const char *text, size_t length) {
    if (length == SIZE_MAX) return NULL;
    char *copy = lis_arena_alloc(arena, length + 1, 1);
    if (!copy) return NULL;
    if (length) memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

static void free_chain(lis_arena_chunk *chunk) {
    while (chunk) {
        lis_arena_chunk *older = chunk->older;
        lis_free(chunk);
        chunk = older;
    }
}

void lis_arena_reset(lis_arena *arena) {
    arena->used_bytes = 0;
    if (!arena->chunks) return;
    free_chain(arena->chunks->older);
    arena->chunks->older = NULL;
    arena->chunks->used = 0;
}

void lis_arena_free(lis_arena *arena) {
    free_chain(arena->chunks);
    lis_arena_init(arena);
}
