#include "array_name.h"

#include <string.h>

#include "lis/base/mem.h"
#include "message.h"
#include "utf8.h"

lis_status lis_array_name_add(lis_dict *names, const char *path, lis_text name, lis_error *err) {
    char shown[LIS_EXCERPT];
    int32_t code;
    int64_t before = lis_dict_size(names);
    if (name.length == 0 || memchr(name.bytes, '\0', name.length) ||
        lis_utf8_valid(name.bytes, name.length) < name.length)
        return lis_fail(err, LIS_EFORMAT, "%s: %s is no name for an array: it must be UTF-8 text",
                        path, lis_excerpt(shown, name.bytes, name.length));
    LIS_TRY(lis_dict_add(names, &name, 1, &code, err));
    if (code == before) return LIS_OK;
    return lis_fail(err, LIS_EFORMAT, "%s: two arrays are named %s", path,
                    lis_excerpt(shown, name.bytes, name.length));
}

/* All names as C strings, in one block. */
static const char **c_names(const lis_dict *names) {
    int64_t n = lis_dict_size(names);
    size_t size = (size_t)n * sizeof(char *);
    for (int32_t c = 0; c < n; c++)
        size += lis_dict_text(names, c).length + 1;
    const char **list = lis_alloc(size, 1);
    char *put = list ? (char *)(list + n) : NULL;
    for (int32_t c = 0; c < n && list; c++) {
        lis_text text = lis_dict_text(names, c);
        memcpy(put, text.bytes, text.length);
        put[text.length] = '\0';
        list[c] = put;
        put += text.length + 1;
    }
    return list;
}

static lis_status no_such(const lis_dict *names, const char *path, const char *wanted,
                          lis_error *err) {
    int64_t n = lis_dict_size(names);
    char list[LIS_NAME_LIST], shown[LIS_EXCERPT], near_shown[LIS_EXCERPT];
    const char **all = c_names(names);
    if (!all) return lis_fail_nomem(err, "names of arrays", (double)n * 16);
    lis_name_list(list, all, n);
    const char *near = wanted ? lis_name_nearest(wanted, all, n) : NULL;
    if (near) lis_excerpt(near_shown, near, strlen(near));
    if (wanted)
        lis_fail(err, LIS_EARG, "%s: no array %s; the file has %s%s%s%s", path,
                 lis_excerpt(shown, wanted, strlen(wanted)), list, near ? " (did you mean " : "",
                 near ? near_shown : "", near ? "?)" : "");
    else
        lis_fail(err, LIS_EARG, "%s: the file has %lld arrays: name one of %s", path, (long long)n,
                 list);
    lis_free(all);
    return LIS_EARG;
}

lis_status lis_array_name_choose(lis_text *out, const lis_dict *names, const char *path,
                                 const char *wanted, lis_error *err) {
    int64_t n = lis_dict_size(names);
    if (n == 0) return lis_fail(err, LIS_EFORMAT, "%s: the file holds no arrays", path);
    int32_t code = 0;
    if (wanted)
        code = lis_dict_find(names, (lis_text){wanted, strlen(wanted)});
    else if (n > 1)
        code = -1;
    if (code < 0) return no_such(names, path, wanted, err);
    *out = lis_dict_text(names, code);
    return LIS_OK;
}
