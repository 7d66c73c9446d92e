/* safetensors: the input as it is, and as the header of a file whose length field fits. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "lis/data/safetensors.h"

enum { LENGTH = 8 };

static void check(const uint8_t *data, size_t size) {
    lis_error error;
    lis_dict *names;
    lis_tensor out;
    lis_status status = lis_safetensors_list(&names, "f", data, size, &error);
    FUZZ_PROMISE((status == LIS_OK) == (names != NULL));
    for (int32_t k = 0; status == LIS_OK && k < lis_dict_size(names) && k < 4; k++) {
        char name[64];
        lis_text text = lis_dict_text(names, k);
        if (text.length >= sizeof name) continue;
        memcpy(name, text.bytes, text.length);
        name[text.length] = '\0';
        if (lis_safetensors_parse(&out, "f", data, size, name, &error) == LIS_OK)
            FUZZ_PROMISE(lis_tensor_size(&out) <= (int64_t)size);
        else
            FUZZ_PROMISE(!out.data);
        lis_tensor_release(&out);
    }
    lis_dict_release(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t blocks = fuzz_blocks();
    check(data, size);
    size_t elements = fuzz_take(&data, &size) & 63; /* bytes behind the header */
    if (elements <= size) {
        uint8_t *file = malloc(LENGTH + size);
        uint64_t header = size - elements;
        FUZZ_PROMISE(file);
        memcpy(file, &header, sizeof header);
        if (size > 0) memcpy(file + LENGTH, data, size);
        check(file, LENGTH + size);
        free(file);
    }
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
