/* Feeds files to a fuzz target, once each, as TAP: so that every build and every sanitizer sees the
 * seed corpus, and an input that once broke something never does again. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static void feed(const char *path) {
    FILE *file = fopen(path, "rb");
    FUZZ_PROMISE(file && fseek(file, 0, SEEK_END) == 0);
    size_t size = (size_t)ftell(file);
    uint8_t *bytes = malloc(size + 1); /* exactly as large as the input, but for an empty one */
    rewind(file);
    FUZZ_PROMISE(bytes && fread(bytes, 1, size, file) == size);
    fclose(file);
    uint8_t *tight = size ? realloc(bytes, size) : bytes;
    LLVMFuzzerTestOneInput(tight, size);
    free(tight);
}

int main(int argc, char **argv) {
    int count = 0, most = 0;
    struct dirent **entries;
    if (argc != 2 || (most = scandir(argv[1], &entries, NULL, alphasort)) < 0) {
        fprintf(stderr, "usage: %s folder\n", argv[0]);
        return 2;
    }
    for (int i = 0; i < most; i++) {
        char path[4096];
        const char *name = entries[i]->d_name;
        snprintf(path, sizeof path, "%s/%s", argv[1], name);
        if (name[0] != '.') {
            feed(path);
            printf("ok %d - %s\n", ++count, name);
            fflush(stdout);
        }
        free(entries[i]);
    }
    free(entries);
    printf("1..%d\n", count);
    return 0;
}
