/* Times: a format, a zero byte, a text. */
#include <string.h>

#include "fuzz.h"
#include "lis/data/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const known[] = {"iso", "s", "ms", "%m/%d/%Y %I:%M:%S %p", "%d %b %Y %z"};
    char format[64];
    size_t length = strnlen((const char *)data, size);
    if (length == size || length >= sizeof format) return 0;
    memcpy(format, data, length + 1);
    const char *text = (const char *)data + length + 1;
    size_t n = size - length - 1;
    lis_error error;
    int64_t seconds = 0;
    if (lis_time_check(format, &error) == LIS_OK) lis_time_parse(format, text, n, &seconds);
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        FUZZ_PROMISE(lis_time_check(known[k], &error) == LIS_OK);
        bool good = lis_time_parse(known[k], text, n, &seconds);
        bool calendar = k == 0 || k > 2; /* years 0 to 9999, a zone of up to a day beyond */
        FUZZ_PROMISE(!good || !calendar || (seconds > -62400000000 && seconds < 253500000000));
    }
    return 0;
}
