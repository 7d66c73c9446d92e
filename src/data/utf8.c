#include "utf8.h"

#include <stdint.h>
#include <string.h>

size_t lis_utf8_character(const char *text, size_t n) {
    const unsigned char *t = (const unsigned char *)text;
    if (t[0] < 0x80) return 1;
    size_t length = t[0] >= 0xf0 ? 4 : t[0] >= 0xe0 ? 3 : 2;
    if (t[0] < 0xc2 || t[0] > 0xf4 || n < length) return 0;
    /* The second byte's range shuts out overlong forms, surrogates and what lies past U+10FFFF. */
    unsigned low = t[0] == 0xe0 ? 0xa0 : t[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = t[0] == 0xed ? 0x9f : t[0] == 0xf4 ? 0x8f : 0xbf;
    if (t[1] < low || t[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if (t[i] < 0x80 || t[i] > 0xbf) return 0;
    return length;
}

size_t lis_utf8_valid(const char *text, size_t n) {
    size_t at = 0;
    while (at < n) {
        uint64_t eight;
        if (n - at >= sizeof eight) {
            memcpy(&eight, text + at, sizeof eight);
            if (!(eight & UINT64_C(0x8080808080808080))) {
                at += sizeof eight;
                continue;
            }
        }
        size_t whole = lis_utf8_character(text + at, n - at);
        if (whole == 0) return at;
        at += whole;
    }
    return n;
}

size_t lis_utf8_from_latin1(char *to, const char *text, size_t n) {
    char *put = to;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x80) *put++ = (char)(0xc0 | c >> 6);
        *put++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    return (size_t)(put - to);
}
