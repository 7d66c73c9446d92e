/* Zip archives in memory (PKWARE's APPNOTE 6.3, zip64 included): what .npz files are.
 *
 * The directory at the end is believed no further than it can be checked: every offset and length lies
 * inside the file, content inflates to exactly the size and checksum that the directory names. */
#ifndef LIS_DATA_ZIP_H
#define LIS_DATA_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "lis/base/ctx.h"
#include "lis/base/status.h"
#include "lis/data/dict.h"

typedef struct lis_zip {
    const char *path; /* for messages */
    const unsigned char *bytes;
    uint64_t size;
    uint64_t entries;
    uint64_t begin, end; /* of the directory */
} lis_zip;

typedef struct lis_zip_entry {
    lis_text name;
    uint64_t packed, size; /* bytes in the file, and what they stand for */
    uint64_t header;       /* where its local header begins */
    uint32_t crc;
    unsigned method, flags;
} lis_zip_entry;

/* Finds the directory. `path` and `bytes` are borrowed. LIS_EFORMAT. */
lis_status lis_zip_open(lis_zip *zip, const char *path, const void *bytes, size_t size,
                        lis_error *err);

/* The entry at *at, which begins as zip->begin and moves on. LIS_EFORMAT. */
lis_status lis_zip_next(const lis_zip *zip, uint64_t *at, lis_zip_entry *out, lis_error *err);

typedef struct lis_zip_content {
    const unsigned char *bytes;
    size_t size;
    unsigned char *owned; /* NULL where the bytes are the archive's own */
} lis_zip_content;

/* The bytes of an entry, stored or deflated. A deflated one of more than a hundred times its packed
 * size (and 64 MiB) is refused. Errors: LIS_EFORMAT, LIS_ENOMEM, LIS_EINTR. */
lis_status lis_zip_read(lis_ctx *ctx, const lis_zip *zip, const lis_zip_entry *entry,
                        lis_zip_content *out, lis_error *err);
void lis_zip_release(lis_zip_content *content); /* a zeroed struct is fine */

#endif
