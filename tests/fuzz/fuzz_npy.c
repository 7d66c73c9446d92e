/* NumPy arrays: what was read is as large as what was given. */
#include "fuzz.h"
#include "lis/data/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int64_t blocks = fuzz_blocks();
    lis_error error;
    lis_tensor out;
    if (lis_npy_parse(&out, "f", data, size, &error) == LIS_OK) {
        FUZZ_PROMISE(lis_tensor_size(&out) <= (int64_t)size);
        FUZZ_PROMISE(lis_tensor_contiguous(&out));
    } else {
        FUZZ_PROMISE(!out.data);
    }
    lis_tensor_release(&out);
    FUZZ_PROMISE(fuzz_blocks() == blocks);
    return 0;
}
