/* Files: written under a temporary name and renamed, read through a memory map. Where writing is
 * confined (confine.h), what lies elsewhere is LIS_EIO. */
#ifndef LIS_BASE_FILE_H
#define LIS_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lis/base/status.h"

/* A file that appears whole or not at all. Zero-initialise before lis_file_create. */
typedef struct lis_file {
    FILE *stream;    /* write here; NULL when closed */
    char *path;      /* final name, owned */
    char *temporary; /* "<path>.tmp.<pid>.<n>", owned */
} lis_file;

/* Opens the temporary beside `path`. Missing parent folders are created. LIS_EIO, LIS_ENOMEM. */
lis_status lis_file_create(lis_file *file, const char *path, lis_error *err);

/* Writes bytes to the stream; LIS_EIO names the path. */
lis_status lis_file_write(lis_file *file, const void *bytes, size_t length, lis_error *err);

/* Goes back to the first byte, to complete a head written as zeros. LIS_EIO names the path. */
lis_status lis_file_rewind(lis_file *file, lis_error *err);

/* Flushes, syncs, closes and renames onto the final name. On error the temporary is removed and an
 * earlier file of that name is untouched. */
lis_status lis_file_commit(lis_file *file, lis_error *err);

/* Closes and removes the temporary; safe on a committed, aborted or zeroed file. */
void lis_file_abort(lis_file *file);

/* create + write + commit. */
lis_status lis_file_save(const char *path, const void *bytes, size_t length, lis_error *err);

/* mkdir -p. */
lis_status lis_file_make_folder(const char *path, lis_error *err);

/* What tells at a glance that a file is another one than before. */
typedef struct lis_file_stamp {
    int64_t size;     /* bytes */
    int64_t modified; /* nanoseconds since 1970 */
} lis_file_stamp;

/* LIS_EIO where the path is missing, unreadable or not a regular file. */
lis_status lis_file_look(lis_file_stamp *stamp, const char *path, lis_error *err);

/* A whole file, read-only in memory; size 0 gives a valid pointer. Zero-initialise before mapping. */
typedef struct lis_file_map {
    const unsigned char *bytes;
    size_t size;
    void *base;    /* what munmap gets; NULL for an empty file */
    size_t extent; /* bytes from base */
    uint64_t device, inode;
} lis_file_map;

/* LIS_EIO where the path is missing, unreadable or not a regular file. */
lis_status lis_file_map_open(lis_file_map *map, const char *path, lis_error *err);
void lis_file_map_close(lis_file_map *map);

/* Bytes [begin, end) of the file as a mapping of their own, which may be written to: what is written
 * stays in memory, and the file as it is. `path` is opened again and must be the file that `whole`
 * maps, by its size and place on disk; LIS_EIO where it was replaced. part->bytes is the byte at
 * `begin`. Zero-initialise part. */
lis_status lis_file_map_part(lis_file_map *part, const lis_file_map *whole, const char *path,
                             size_t begin, size_t end, lis_error *err);

/* Lets the pages of bytes [begin, end) leave the resident set: they come back from the system's cache,
 * or the disk, when they are read again. end <= map->size. */
void lis_file_map_forget(const lis_file_map *map, size_t begin, size_t end);

#endif
