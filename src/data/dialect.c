#include "dialect.h"

#include <string.h>

#include "lis/base/mem.h"
#include "message.h"
#include "number.h"

static bool holds(const char *at, const char *end, const char *piece, size_t length) {
    for (; (size_t)(end - at) >= length; at++)
        if (memcmp(at, piece, length) == 0) return true;
    return false;
}

static const char *delimiter_of(const char *bytes, const char *end) {
    static const char *const usual[] = {"\t", "::", ",", ";", "|"};
    const char *line = memchr(bytes, '\n', (size_t)(end - bytes));
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (holds(bytes, line ? line : end, usual[i], strlen(usual[i]))) return usual[i];
    return ",";
}

lis_status lis_dialect_choose(lis_dialect *out, const lis_delimited_options *options,
                              const char *bytes, const char *end, lis_error *err) {
    const char *delimiter = options->delimiter ? options->delimiter : delimiter_of(bytes, end);
    size_t length = strlen(delimiter);
    char shown[LIS_EXCERPT];
    if (length == 0 || length > LIS_DELIMITER_MAX || strpbrk(delimiter, "\r\n\""))
        return lis_fail(err, LIS_EARG,
                        "delimiter %s: wanted 1 to %d bytes other than quotes and line ends, such "
                        "as \",\", \"\\t\" or \"::\"",
                        lis_excerpt(shown, delimiter, length), LIS_DELIMITER_MAX);
    *out = (lis_dialect){.length = length};
    memcpy(out->delimiter, delimiter, length);
    bool usual = length == 1 && strchr(",;|", delimiter[0]);
    bool quoted = options->quote == LIS_YES || (options->quote == LIS_AUTO && usual);
    out->quote = quoted ? '"' : '\0';
    return LIS_OK;
}

static lis_status push(lis_record *record, const char *begin, const char *end, lis_error *err) {
    if (record->fields == record->capacity) {
        int64_t capacity = record->capacity ? record->capacity * 2 : 16;
        lis_text *field = lis_realloc(record->field, (size_t)capacity, sizeof *field);
        if (!field) return lis_fail_nomem(err, "fields of a line", (double)capacity * 16);
        record->field = field;
        record->capacity = capacity;
    }
    record->field[record->fields++] = (lis_text){begin, (size_t)(end - begin)};
    return LIS_OK;
}

static bool delimiter_at(const lis_dialect *dialect, const char *at, const char *end) {
    return (size_t)(end - at) >= dialect->length &&
           memcmp(at, dialect->delimiter, dialect->length) == 0;
}

lis_status lis_record_split(lis_record *record, const lis_dialect *dialect, const char *at,
                            const char *end, lis_error *err) {
    const char *begin = at;
    bool inside = false;
    record->fields = 0;
    while (at < end && (inside || *at != '\n')) {
        if (dialect->quote && *at == dialect->quote) {
            inside = !inside;
        } else if (!inside && record->fields < LIS_FIELDS_MAX && delimiter_at(dialect, at, end)) {
            LIS_TRY(push(record, begin, at, err));
            at += dialect->length;
            begin = at;
            continue;
        }
        at++;
    }
    record->open = inside;
    record->next = at < end ? at + 1 : end;
    if (at > begin && at[-1] == '\r') at--;
    return push(record, begin, at, err);
}

const char *lis_record_end(char quote, const char *at, const char *end, bool *inside) {
    if (!quote) {
        const char *line = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        return line ? line + 1 : NULL;
    }
    for (; at < end; at++) {
        if (*at == quote) *inside = !*inside;
        if (*at == '\n' && !*inside) return at + 1;
    }
    return NULL;
}

void lis_record_free(lis_record *record) {
    lis_free(record->field);
    *record = (lis_record){0};
}

bool lis_record_blank(const lis_record *record) {
    return record->fields == 1 && record->field[0].length == 0;
}

lis_unquoted lis_unquote(lis_text raw, char quote, lis_arena *arena, lis_text *out) {
    *out = raw;
    if (!quote || !memchr(raw.bytes, quote, raw.length)) return LIS_UNQUOTED;
    if (raw.bytes[0] != quote) return LIS_QUOTE_INSIDE;
    const char *from = raw.bytes + 1, *end = raw.bytes + raw.length - 1;
    if (end < from || *end != quote) return LIS_QUOTE_BEHIND;
    *out = (lis_text){from, (size_t)(end - from)};
    if (!memchr(from, quote, out->length)) return LIS_UNQUOTED;
    char *copy = lis_arena_alloc(arena, out->length + LIS_NUMBER_SLACK, 1);
    if (!copy) return LIS_QUOTE_MEMORY;
    size_t length = 0;
    for (; from < end; from++) {
        if (*from == quote && (++from == end || *from != quote)) return LIS_QUOTE_BEHIND;
        copy[length++] = *from;
    }
    *out = (lis_text){copy, length};
    return LIS_UNQUOTED;
}
