#include "lis/data/lines.h"

#include <string.h>

#include "lis/base/mem.h"
#include "message.h"
#include "scan.h"
#include "source.h"
#include "utf8.h"

static lis_status open_column(lis_table *out, int64_t lines, int64_t size, lis_error *err) {
    LIS_TRY(lis_table_new(out, lines, 1, err));
    lis_column *column = &out->column[0];
    column->type = LIS_COLUMN_TEXT;
    column->name = lis_alloc(sizeof "line", 1);
    column->bytes = lis_alloc((size_t)size, 1);
    if (!column->name || !column->bytes) return lis_fail_nomem(err, "lines", (double)size);
    memcpy(column->name, "line", sizeof "line");
    return lis_tensor_new_1d(&column->values, LIS_I64, lines + 1, err);
}

static lis_status check_line(const char *path, int64_t line, lis_text text, lis_error *err) {
    char shown[LIS_EXCERPT];
    bool nul = memchr(text.bytes, '\0', text.length);
    if (!nul && lis_utf8_valid(text.bytes, text.length) == text.length) return LIS_OK;
    return lis_fail(err, LIS_EFORMAT, "%s:%lld: the line %s: %s; is this a text file in UTF-8?",
                    path, (long long)line + 1, nul ? "holds a NUL byte" : "is not valid UTF-8",
                    lis_excerpt(shown, text.bytes, text.length));
}

static lis_status fill_column(lis_column *column, const char *path, const char *at, const char *end,
                              lis_error *err) {
    int64_t *offset = lis_i64(&column->values);
    for (int64_t line = 0; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const char *next = stop ? stop + 1 : end;
        if (!stop) stop = end;
        if (stop > at && stop[-1] == '\r') stop--;
        lis_text text = {at, (size_t)(stop - at)};
        LIS_TRY(check_line(path, line, text, err));
        memcpy(column->bytes + offset[line], text.bytes, text.length);
        offset[line + 1] = offset[line] + (int64_t)text.length;
        at = next;
    }
    return LIS_OK;
}

lis_status lis_lines_parse(lis_table *out, const char *path, const char *bytes, size_t size,
                           lis_error *err) {
    const char *at = bytes, *end = bytes + size;
    if (size >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) at += 3;
    int64_t left = end - at;
    int64_t lines = lis_scan_lines((const unsigned char *)at, (size_t)left, 0).lines[0];
    lines += left > 0 && end[-1] != '\n';
    *out = (lis_table){0};
    lis_status status = open_column(out, lines, left, err);
    if (status == LIS_OK) status = fill_column(&out->column[0], path, at, end, err);
    if (status != LIS_OK) lis_table_free(out);
    return status;
}

lis_status lis_lines_read(lis_ctx *ctx, lis_table *out, const char *path, lis_error *err) {
    lis_source source;
    *out = (lis_table){0};
    LIS_TRY(lis_source_open(ctx, &source, path, 0, err));
    lis_status status = lis_lines_parse(out, path, source.bytes, source.size, err);
    lis_source_close(&source);
    return status;
}

/* Length of what ends with a line end; all of it where there is none. */
static size_t whole_lines(const char *bytes, size_t size) {
    for (size_t end = size; end > 0; end--)
        if (bytes[end - 1] == '\n') return end;
    return size;
}

lis_status lis_lines_head(lis_ctx *ctx, lis_table *out, const char *path, lis_error *err) {
    lis_source source;
    *out = (lis_table){0};
    LIS_TRY(lis_source_open_head(ctx, &source, path, LIS_LINES_HEAD, err));
    size_t size = source.size;
    if (size == LIS_LINES_HEAD) size = whole_lines(source.bytes, size);
    lis_status status = lis_lines_parse(out, path, source.bytes, size, err);
    lis_source_close(&source);
    return status;
}
