/* A model's parameters, optimiser state and place in its fit, in a file; and a warm start.
 *
 * File, little-endian, version 1:
 *   "LISMODEL"  u32 version  u32 dense rule  u32 table rule  u32 parameters  i64 steps  i64 done
 *   for each parameter: u32 length of name, name, i64 rows, i64 columns, f32 values [rows, columns],
 *                       f32 optimiser state (dense: 2 a value; tables: as the rule has it)
 *   u64 checksum: XXH3 of the fields before it, each seeded by the one before
 * The file appears whole or not at all; a reader trusts none of its bytes. */
#ifndef LIS_NN_CHECKPOINT_H
#define LIS_NN_CHECKPOINT_H

#include <stdint.h>

#include "lis/base/status.h"
#include "lis/nn/model.h"

/* Writes the model as it stands between two steps: allowed from a progress function. LIS_EIO. */
lis_status lis_model_save(const lis_model *model, const char *path, lis_error *err);

/* Reads a file that a model of the same graph and optimisers wrote. *done: rows that its fit had
 * trained; a fit of the same rows and options with skip = *done goes on to the same bytes as one that
 * was never stopped. On error the model is as it was.
 * Errors: LIS_EIO; LIS_EFORMAT (not such a file, cut short, or damaged); LIS_ESHAPE (names the first
 * parameter that differs, with both shapes); LIS_EARG (other optimisers). */
lis_status lis_model_load(lis_model *model, const char *path, int64_t *done, lis_error *err);

/* Warm start: copies the parameters that `from` has under the same name and shape; returns how many.
 * Where both models use the same optimiser for them, its state comes along (without it Adagrad would
 * begin again with steps of a whole rate), and the count of steps with it. */
int lis_model_adopt(lis_model *model, const lis_model *from);

#endif
