/* NumPy archives, as they come and with the checksums of what is stored put right. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "lis/data/npz.h"

static uint32_t u32(const uint8_t *at) {
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Each record of the directory ("PK\1\2") whose entry is stored, not deflated, gets the checksum that
 * its bytes have. */
static void repair(uint8_t *file, size_t size) {
    for (size_t at = 0; at + 46 <= size; at++) {
        uint8_t *record = file + at;
        if (memcmp(record, "PK\1\2", 4) != 0 || record[10] != 0) continue;
        size_t packed = u32(record + 20), header = u32(record + 42);
        if (header > size || size - header < 30) continue;
        size_t names = file[header + 26] + (size_t)file[header + 28];
        size_t begin = header + 30 + names;
        if (begin > size || packed > size - begin) continue;
        uint32_t sum = (uint32_t)crc32(0, file + begin, (uInt)packed);
        memcpy(record + 16, &sum, sizeof sum);
    }
}

static void check(const uint8_t *data, size_t size) {
    lis_error error;
    lis_dict *names;
    lis_tensor out;
    lis_status status = lis_npz_list(&names, "f", data, size, &error);
    FUZZ_PROMISE((status == LIS_OK) == (names != NULL));
    for (int32_t k = 0; status == LIS_OK && k < lis_dict_size(names) && k < 4; k++) {
        char name[64];
        lis_text text = lis_dict_text(names, k);
        if (text.length >= sizeof name) continue;
        memcpy(name, text.bytes, text.length);
        name[text.length] = '\0';
        if (lis_npz_parse(fuzz_ctx(), &out, "f", data, size, name, &error) == LIS_OK)
            FUZZ_PROMISE(lis_tensor_size(&out) <= 64 << 20);
        else
            FUZZ_PROMISE(!out.data);
        lis_tensor_release(&out);
    }
    lis_dict_release(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t blocks = fuzz_blocks();
    check(data, size);
    uint8_t *copy = malloc(size + 1);
    FUZZ_PROMISE(copy);
    memcpy(copy, data, size);
    repair(copy, size);
    check(copy, size);
    free(copy);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
