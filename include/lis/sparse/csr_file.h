/* A CSR as a file.
 *
 *     bytes   content
 *     8       "LISCSR1\n"
 *     8       checksum: lis_hash of everything behind it
 *     24      rows, columns, nnz
 *     ...     offset [rows + 1] i64, column [nnz] i32, value [nnz] f32
 *
 * Numbers are little-endian. The size of the file follows from its head and is checked. */
#ifndef LIS_SPARSE_CSR_FILE_H
#define LIS_SPARSE_CSR_FILE_H

#include "lis/sparse/csr.h"

/* Writes beside the path and renames. LIS_EIO names the path. */
lis_status lis_csr_save(const lis_csr *csr, const char *path, lis_error *err);

/* *out is overwritten. Trusts nothing: size, checksum, offsets and the order of columns are checked
 * before anything is allocated. LIS_EFORMAT names the path and the first thing wrong; LIS_EIO;
 * LIS_ENOMEM. */
lis_status lis_csr_load(lis_csr *out, const char *path, lis_error *err);

#endif
