/* How every fallible function of the core answers: a status, and the story in a lis_error.
 *
 * The core never prints, exits or aborts. A function returns LIS_OK or a code and, where the caller
 * passed an error, writes one paragraph for a human: what was wrong, where, and the likely fix. */
#ifndef LIS_BASE_STATUS_H
#define LIS_BASE_STATUS_H

typedef enum lis_status {
    LIS_OK = 0,
    LIS_ENOMEM,  /* an allocation failed */
    LIS_ESHAPE,  /* shapes do not fit; the message prints both */
    LIS_EDTYPE,  /* element type not accepted here */
    LIS_ERANGE,  /* an index, id or value out of range */
    LIS_EARG,    /* any other bad argument */
    LIS_EIO,     /* the operating system refused; the message has the path and its reason */
    LIS_EFORMAT, /* a file's content is not what its format promises; path, line, column */
    LIS_EINTR,   /* the interrupt flag was raised; nothing half-done is visible */
    LIS_EMATH,   /* no answer exists: one-class labels, a singular system, a NaN loss */
    LIS_ESTATE   /* called at the wrong moment */
} lis_status;

enum { LIS_ERROR_MAX = 1024 };

typedef struct lis_error {
    lis_status status;
    char message[LIS_ERROR_MAX];
} lis_error;

#if defined(__GNUC__)
#define LIS_PRINTF(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#else
#define LIS_PRINTF(format_at, first_at)
#endif

/* Fills *err (may be NULL) from a printf format, cut at LIS_ERROR_MAX - 1 bytes; returns status. An
 * argument may be err->message itself: that is how a caller puts the path or the row in front. */
lis_status lis_fail(lis_error *err, lis_status status, const char *format, ...) LIS_PRINTF(3, 4);

/* LIS_EIO with "<what> '<path>': <strerror(error_number)>". */
lis_status lis_fail_io(lis_error *err, int error_number, const char *what, const char *path);

/* LIS_ENOMEM, naming what was wanted and its size in bytes. */
lis_status lis_fail_nomem(lis_error *err, const char *what, double bytes);

/* "out of memory", "shape mismatch", ...: a constant string, never NULL. */
const char *lis_status_name(lis_status status);

/* Returns early with the status of `call` where it is not LIS_OK. For functions that own nothing. */
#define LIS_TRY(call)                                                                              \
    do {                                                                                           \
        lis_status lis_try_status_ = (call);                                                       \
        if (lis_try_status_ != LIS_OK) return lis_try_status_;                                     \
    } while (0)

#endif
