/* Names of arrays in a file that holds several: .npz, safetensors. */
#ifndef LIS_DATA_ARRAY_NAME_H
#define LIS_DATA_ARRAY_NAME_H

#include "lis/base/status.h"
#include "lis/data/dict.h"

/* Adds a name that must be new and UTF-8: LIS_EFORMAT otherwise. LIS_ENOMEM. */
lis_status lis_array_name_add(lis_dict *names, const char *path, lis_text name, lis_error *err);

/* The name wanted, borrowed from `names`, or the only one where `wanted` is NULL. LIS_EARG lists the
 * names and the nearest. */
lis_status lis_array_name_choose(lis_text *out, const lis_dict *names, const char *path,
                                 const char *wanted, lis_error *err);

#endif
