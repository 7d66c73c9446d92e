/* Columnar caches, as they come and with every checksum put right. */
#include <stdlib.h>
#include <string.h>

#include "cache_format.h"
#include "fuzz.h"
#include "lis/base/hash.h"
#include "lis/data/cache_parts.h"

enum { UNPACK_MAX = 1 << 20, ROWS = 3, ITEMS = 5 };

static void read_arrays(const lis_cache *cache) {
    lis_error error;
    for (int64_t k = 0; k < lis_cache_arrays(cache); k++) {
        lis_cache_array array = lis_cache_array_at(cache, k);
        lis_cache_range range = {0, 100};
        size_t bytes = (size_t)array.length * lis_dtype_size(array.dtype);
        FUZZ_PROMISE(bytes <= UNPACK_MAX);
        void *out = malloc(bytes + 1);
        FUZZ_PROMISE(out);
        lis_cache_read(fuzz_ctx(), cache, k, 0, array.length, NULL, out, &error);
        bool whole = array.dtype != LIS_F32 && array.dtype != LIS_F64;
        lis_cache_read(fuzz_ctx(), cache, k, array.length / 3, array.length / 2,
                       whole ? &range : NULL, out, &error);
        free(out);
    }
}

static void read_file(const void *data, size_t size) {
    lis_error error;
    lis_cache *cache;
    lis_table table;
    lis_dict *dict;
    lis_history history;
    lis_status status = lis_cache_open(&cache, fuzz_path(data, size), UNPACK_MAX, &error);
    FUZZ_PROMISE((status == LIS_OK) == (cache != NULL));
    if (status != LIS_OK) return;
    read_arrays(cache);
    lis_cache_note(cache, "k");
    lis_cache_hash(cache);
    if (lis_cache_read_table(fuzz_ctx(), cache, "", &table, &error) == LIS_OK)
        fuzz_check_table(&table);
    lis_table_free(&table);
    if (lis_cache_read_dict(fuzz_ctx(), cache, "ids", &dict, &error) == LIS_OK)
        lis_dict_release(dict);
    if (lis_cache_read_history(fuzz_ctx(), cache, "h", ROWS, ITEMS, &history, &error) == LIS_OK)
        lis_history_free(&history);
    lis_cache_close(cache);
}

/* Frames first: the directory's checksum covers theirs. */
static void repair(uint8_t *file, size_t size) {
    lis_cache_head head;
    if (size < sizeof head) return;
    memcpy(&head, file, sizeof head);
    head.file_bytes = size;
    if (head.directory_at > size || head.directory_bytes > size - head.directory_at) return;
    uint8_t *directory = file + head.directory_at;
    uint64_t arrays = (uint64_t)head.arrays * sizeof(lis_cache_array_record);
    for (uint64_t k = 0; k < head.frames; k++) {
        lis_frame_record frame;
        if (arrays + (k + 1) * sizeof frame > head.directory_bytes) break;
        uint8_t *record = directory + arrays + k * sizeof frame;
        memcpy(&frame, record, sizeof frame);
        if (frame.at > size || frame.stored > size - frame.at) continue;
        frame.hash = lis_hash(file + frame.at, frame.stored, 0);
        memcpy(record, &frame, sizeof frame);
    }
    head.directory_hash = lis_hash(directory, head.directory_bytes, 0);
    head.head_hash = lis_hash(&head, offsetof(lis_cache_head, head_hash), 0);
    memcpy(file, &head, sizeof head);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t blocks = fuzz_blocks();
    read_file(data, size);
    uint8_t *copy = malloc(size + 1);
    FUZZ_PROMISE(copy);
    memcpy(copy, data, size);
    repair(copy, size);
    read_file(copy, size);
    free(copy);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
