/* What every base test includes. */
#ifndef LIS_TEST_BASE_SUPPORT_H
#define LIS_TEST_BASE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lis/base/status.h"

/* Fails the test with the error's own message. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != LIS_OK) fail_msg("%s: %s", #call, error.message);                            \
    } while (0)

#endif
