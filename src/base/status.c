#include "lis/base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lis/base/mem.h"

lis_status lis_fail(lis_error *err, lis_status status, const char *format, ...) {
    if (!err) return status;
    /* Formatted aside first, so that an argument may be the old message itself. */
    char text[LIS_ERROR_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0) text[0] = '\0';
    memcpy(err->message, text, strlen(text) + 1);
    err->status = status;
    return status;
}

lis_status lis_fail_io(lis_error *err, int error_number, const char *what, const char *path) {
    char reason[128];
    if (strerror_r(error_number, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", error_number);
    return lis_fail(err, LIS_EIO, "%s '%s': %s", what, path, reason);
}

lis_status lis_fail_nomem(lis_error *err, const char *what, double bytes) {
    lis_mem_stats memory = lis_mem_read();
    if (memory.limit_bytes == 0)
        return lis_fail(err, LIS_ENOMEM, "out of memory for %s (%.0f bytes)", what, bytes);
    const double mib = 1 << 20;
    return lis_fail(err, LIS_ENOMEM,
                    "out of memory for %s (%.0f bytes): of the %.0f MiB allowed %.0f are taken",
                    what, bytes, (double)memory.limit_bytes / mib, (double)memory.live_bytes / mib);
}

const char *lis_status_name(lis_status status) {
    switch (status) {
    case LIS_OK:
        return "ok";
    case LIS_ENOMEM:
        return "out of memory";
    case LIS_ESHAPE:
        return "shape mismatch";
    case LIS_EDTYPE:
        return "wrong element type";
    case LIS_ERANGE:
        return "out of range";
    case LIS_EARG:
        return "bad argument";
    case LIS_EIO:
        return "input/output error";
    case LIS_EFORMAT:
        return "malformed file";
    case LIS_EINTR:
        return "interrupted";
    case LIS_EMATH:
        return "no mathematical answer";
    case LIS_ESTATE:
        return "called at the wrong moment";
    }
    return "unknown status";
}
