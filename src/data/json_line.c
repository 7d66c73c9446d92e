#include "json_line.h"

#include <stdint.h>
#include <string.h>

#include "number.h"

static lis_json_step wanted(lis_json_line *line, const char *what) {
    line->wrong = what;
    return LIS_JSON_WRONG;
}

static void skip_blanks(lis_json_line *line) {
    while (line->at < line->end && memchr(" \t\r\n", *line->at, 4))
        line->at++;
}

static bool take(lis_json_line *line, char byte) {
    skip_blanks(line);
    if (line->at == line->end || *line->at != byte) return false;
    line->at++;
    return true;
}

/* ---- strings */

static bool four_hex(const char *at, const char *end, uint32_t *out) {
    uint32_t value = 0;
    if (end - at < 4) return false;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A') + 10
                                                : 16;
        if (digit > 15) return false;
        value = value << 4 | digit;
    }
    *out = value;
    return true;
}

static char *put_utf8(char *to, uint32_t point) {
    int more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[more] | point >> 6 * more);
    while (more-- > 0)
        *to++ = (char)(0x80 | (point >> 6 * more & 0x3f));
    return to;
}

/* The four digits behind \u, and the other half of a surrogate pair; no code point 0, which would be
 * a NUL byte, and no half alone. */
static bool take_point(const char **at, const char *end, uint32_t *out) {
    uint32_t low;
    if (!four_hex(*at, end, out) || *out == 0) return false;
    *at += 4;
    if (*out < 0xd800 || *out > 0xdfff) return true;
    if (*out > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u' ||
        !four_hex(*at + 2, end, &low) || low < 0xdc00 || low > 0xdfff)
        return false;
    *at += 6;
    *out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

/* Content with escapes, which never grows: \u00e9 is six bytes and becomes two. */
static lis_json_step unescape(lis_json_line *line, lis_text raw, lis_text *out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char *copy = lis_arena_alloc(line->scratch, raw.length + LIS_NUMBER_SLACK, 1), *put = copy;
    const char *at = raw.bytes, *end = at + raw.length;
    if (!copy) return LIS_JSON_MEMORY;
    while (at < end) {
        uint32_t point;
        if (*at != '\\') {
            *put++ = *at++;
            continue;
        }
        line->at = at++; /* the closing quote was found, so something follows */
        const char *plain = *at ? strchr(from, *at) : NULL;
        if (*at == 'u') {
            at++;
            if (!take_point(&at, end, &point)) return wanted(line, "a code point as \\uXXXX");
            put = put_utf8(put, point);
        } else if (plain) {
            *put++ = to[plain - from];
            at++;
        } else {
            return wanted(line, "one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
        }
    }
    *out = (lis_text){copy, (size_t)(put - copy)};
    return LIS_JSON_MEMBER;
}

static lis_json_step take_string(lis_json_line *line, lis_text *out) {
    if (!take(line, '"')) return wanted(line, "a string in quotes");
    const char *begin = line->at, *at = begin;
    bool escapes = false;
    for (; at < line->end && *at != '"'; at++) {
        if ((unsigned char)*at < 0x20) {
            line->at = at;
            return wanted(line, "no control character inside a string");
        }
        if (*at != '\\') continue;
        escapes = true;
        if (++at == line->end) break;
    }
    if (at >= line->end) {
        line->at = begin - 1;
        return wanted(line, "a closing quote behind the string");
    }
    *out = (lis_text){begin, (size_t)(at - begin)};
    if (escapes) {
        lis_json_step step = unescape(line, *out, out);
        if (step != LIS_JSON_MEMBER) return step;
    }
    line->at = at + 1;
    return LIS_JSON_MEMBER;
}

/* ---- other values */

/* An array or object to its closing bracket; brackets inside strings do not count. */
static lis_json_step take_nested(lis_json_line *line, lis_text *out) {
    const char *begin = line->at;
    int64_t depth = 0;
    bool inside = false;
    for (const char *at = begin; at < line->end; at++) {
        if (inside) {
            if (*at == '\\' && at + 1 < line->end)
                at++;
            else if (*at == '"')
                inside = false;
            continue;
        }
        if (*at == '"') inside = true;
        if (*at == '[' || *at == '{') depth++;
        if (*at != ']' && *at != '}') continue;
        if (--depth > 0) continue;
        if ((*begin == '[') != (*at == ']')) break;
        line->at = at + 1;
        *out = (lis_text){begin, (size_t)(at + 1 - begin)};
        return LIS_JSON_MEMBER;
    }
    return wanted(line, "a closing bracket behind the list or object");
}

static bool take_word(lis_json_line *line, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(line->end - line->at) < length || memcmp(line->at, word, length) != 0)
        return false;
    line->at += length;
    return true;
}

static lis_json_step take_number(lis_json_line *line, lis_text *out) {
    const char *begin = line->at;
    while (line->at < line->end && strchr("+-.0123456789eE", *line->at) && *line->at)
        line->at++;
    *out = (lis_text){begin, (size_t)(line->at - begin)};
    if (out->length > 0 && (*begin == '-' || (*begin >= '0' && *begin <= '9')))
        return LIS_JSON_MEMBER;
    line->at = begin;
    return wanted(line, "a value");
}

static const char one[1 + LIS_NUMBER_SLACK] = "1", zero[1 + LIS_NUMBER_SLACK] = "0";

static lis_json_step take_value(lis_json_line *line, lis_json_value *value) {
    *value = (lis_json_value){.text = {"", 0}};
    skip_blanks(line);
    char first = line->at < line->end ? *line->at : '\0';
    if (first == '"') {
        value->string = true;
        return take_string(line, &value->text);
    }
    if (first == '[' || first == '{') {
        value->nested = true;
        return take_nested(line, &value->text);
    }
    if (take_word(line, "null")) return LIS_JSON_MEMBER;
    if (take_word(line, "true")) {
        value->text = (lis_text){one, 1};
        return LIS_JSON_MEMBER;
    }
    if (take_word(line, "false")) {
        value->text = (lis_text){zero, 1};
        return LIS_JSON_MEMBER;
    }
    return take_number(line, &value->text);
}

lis_json_step lis_json_next(lis_json_line *line, lis_text *key, lis_json_value *value) {
    bool first = !line->begun;
    if (first && !take(line, '{')) return wanted(line, "an object in braces");
    line->begun = true;
    if (take(line, '}')) {
        skip_blanks(line);
        return line->at == line->end ? LIS_JSON_END : wanted(line, "nothing behind the object");
    }
    if (!first && !take(line, ',')) return wanted(line, "',' or '}'");
    lis_json_step step = take_string(line, key);
    if (step != LIS_JSON_MEMBER) return step;
    if (!take(line, ':')) return wanted(line, "':' behind the key");
    return take_value(line, value);
}

lis_json_step lis_json_next_element(lis_json_line *line, lis_json_value *value) {
    bool first = !line->begun;
    if (first && !take(line, '[')) return wanted(line, "a list in brackets");
    line->begun = true;
    if (take(line, ']')) {
        skip_blanks(line);
        return line->at == line->end ? LIS_JSON_END : wanted(line, "nothing behind the list");
    }
    if (!first && !take(line, ',')) return wanted(line, "',' or ']'");
    return take_value(line, value);
}
