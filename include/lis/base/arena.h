/* Arena: many small allocations that die together.
 *
 * A chain of chunks; allocation moves a pointer, nothing is freed singly. Not thread-safe: one arena
 * belongs to one worker. */
#ifndef LIS_BASE_ARENA_H
#define LIS_BASE_ARENA_H

#include <stddef.h>

typedef struct lis_arena_chunk lis_arena_chunk;

typedef struct lis_arena {
    lis_arena_chunk *chunks; /* newest first */
    size_t chunk_bytes;      /* capacity of the next chunk, doubling up to 64 MiB */
    size_t used_bytes;       /* handed out since init or reset */
} lis_arena;

/* Allocates nothing yet. */
void lis_arena_init(lis_arena *arena);

/* count * size bytes aligned to LIS_ALIGN, uninitialised; NULL where memory ran out. */
void *lis_arena_alloc(lis_arena *arena, size_t count, size_t size);

/* A copy of text[0..length) with a closing NUL; NULL where memory ran out. */
char *lis_arena_text(lis_arena *arena, const char *text, size_t length);

/* Forgets every allocation but keeps the newest chunk for reuse. */
void lis_arena_reset(lis_arena *arena);

/* Gives everything back; the arena may be used again. */
void lis_arena_free(lis_arena *arena);

#endif
