#include "lis/data/npz.h"

#include <stdio.h>
#include <string.h>

#include "array_name.h"
#include "lis/base/file.h"
#include "lis/data/npy.h"
#include "message.h"
#include "zip.h"

/* The array that an entry holds: "title.npy" is "title". Length 0 for entries that are no arrays. */
static lis_text array_of(const lis_zip_entry *entry) {
    static const char ending[] = ".npy";
    size_t length = entry->name.length, tail = sizeof ending - 1;
    if (length <= tail || memcmp(entry->name.bytes + length - tail, ending, tail) != 0)
        return (lis_text){"", 0};
    return (lis_text){entry->name.bytes, length - tail};
}

/* Every name of an array, each once. */
static lis_status list_arrays(lis_dict *names, const lis_zip *zip, lis_error *err) {
    uint64_t at = zip->begin;
    for (uint64_t i = 0; i < zip->entries; i++) {
        lis_zip_entry entry;
        LIS_TRY(lis_zip_next(zip, &at, &entry, err));
        lis_text name = array_of(&entry);
        if (name.length > 0) LIS_TRY(lis_array_name_add(names, zip->path, name, err));
    }
    return LIS_OK;
}

lis_status lis_npz_list(lis_dict **out, const char *path, const void *bytes, size_t size,
                        lis_error *err) {
    lis_zip zip;
    *out = NULL;
    LIS_TRY(lis_zip_open(&zip, path, bytes, size, err));
    LIS_TRY(lis_dict_new(out, err));
    lis_status status = list_arrays(*out, &zip, err);
    if (status != LIS_OK) {
        lis_dict_release(*out);
        *out = NULL;
    }
    return status;
}

static lis_status find_array(const lis_zip *zip, lis_text wanted, lis_zip_entry *out,
                             lis_error *err) {
    uint64_t at = zip->begin;
    for (uint64_t i = 0; i < zip->entries; i++) {
        LIS_TRY(lis_zip_next(zip, &at, out, err));
        lis_text name = array_of(out);
        if (name.length == wanted.length && memcmp(name.bytes, wanted.bytes, name.length) == 0)
            return LIS_OK;
    }
    return lis_fail(err, LIS_EFORMAT, "%s: an array of the directory is gone", zip->path);
}

static lis_status read_array(lis_ctx *ctx, lis_tensor *out, const lis_zip *zip,
                             const lis_zip_entry *entry, lis_error *err) {
    lis_zip_content content;
    char shown[LIS_EXCERPT], inner[512];
    LIS_TRY(lis_zip_read(ctx, zip, entry, &content, err));
    snprintf(inner, sizeof inner, "%s: %s", zip->path,
             lis_excerpt(shown, entry->name.bytes, entry->name.length));
    lis_status status = lis_npy_parse(out, inner, content.bytes, content.size, err);
    lis_zip_release(&content);
    return status;
}

lis_status lis_npz_parse(lis_ctx *ctx, lis_tensor *out, const char *path, const void *bytes,
                         size_t size, const char *name, lis_error *err) {
    lis_zip zip;
    lis_zip_entry entry;
    lis_dict *names;
    lis_text chosen;
    *out = (lis_tensor){0};
    LIS_TRY(lis_zip_open(&zip, path, bytes, size, err));
    LIS_TRY(lis_npz_list(&names, path, bytes, size, err));
    lis_status status = lis_array_name_choose(&chosen, names, path, name, err);
    if (status == LIS_OK) status = find_array(&zip, chosen, &entry, err);
    lis_dict_release(names);
    return status == LIS_OK ? read_array(ctx, out, &zip, &entry, err) : status;
}

lis_status lis_npz_read(lis_ctx *ctx, lis_tensor *out, const char *path, const char *name,
                        lis_error *err) {
    lis_file_map map = {0};
    *out = (lis_tensor){0};
    LIS_TRY(lis_file_map_open(&map, path, err));
    lis_status status = lis_npz_parse(ctx, out, path, map.bytes, map.size, name, err);
    lis_file_map_close(&map);
    return status;
}

lis_status lis_npz_names(lis_dict **out, const char *path, lis_error *err) {
    lis_file_map map = {0};
    *out = NULL;
    LIS_TRY(lis_file_map_open(&map, path, err));
    lis_status status = lis_npz_list(out, path, map.bytes, map.size, err);
    lis_file_map_close(&map);
    return status;
}
