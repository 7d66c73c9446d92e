#include "command.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind/nearest.h"
#include "host.h"

static int usage_error(const char *message, const char *given) {
    fprintf(stderr, "lisrun: %s", message);
    fprintf(stderr, given ? ", got '%s'\n" : "\n", given);
    return LIS_EXIT_USAGE;
}

bool lis_command_size(const char *text, int64_t *bytes) {
    static const char units[] = "kmgt";
    char *end;
    double value = strtod(text, &end);
    if (end == text || !isdigit((unsigned char)text[0])) return false;
    const char *unit = *end ? strchr(units, tolower((unsigned char)*end)) : NULL;
    if (unit) {
        value = ldexp(value, 10 * (int)(unit - units + 1));
        end++;
        if (*end == 'i') end++;
    }
    if (tolower((unsigned char)*end) == 'b') end++;
    if (*end || !(value >= 1 << 20) || value > 1e18) return false;
    *bytes = (int64_t)value;
    return true;
}

static int set_threads(lis_command *c, const char *text) {
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > LIS_THREADS_MAX)
        return usage_error("--threads wants a number from 1 to 256", text);
    c->threads = (int)n;
    return LIS_EXIT_OK;
}

static int set_max_memory(lis_command *c, const char *text) {
    if (lis_command_size(text, &c->max_memory)) return LIS_EXIT_OK;
    return usage_error("--max-memory wants a size such as 512M or 4G", text);
}

static int set_seed(lis_command *c, const char *text) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] || digits > 18)
        return usage_error("--seed wants a whole number, 0 or more", text);
    c->seed = text;
    return LIS_EXIT_OK;
}

static int set_out(lis_command *c, const char *text) {
    if (!*text) return usage_error("--out wants a folder", text);
    c->out = text;
    return LIS_EXIT_OK;
}

typedef struct flag {
    const char *name;
    size_t field; /* offset of a bool */
    bool value;
} flag;

static const flag flags[] = {
    {"-i", offsetof(lis_command, prompt), true},
    {"--loose", offsetof(lis_command, strict), false},
    {"--quiet", offsetof(lis_command, quiet), true},
    {"--json", offsetof(lis_command, json), true},
    {"--safe", offsetof(lis_command, safe), true},
    {"-h", offsetof(lis_command, help), true},
    {"--help", offsetof(lis_command, help), true},
    {"--version", offsetof(lis_command, version), true},
};

typedef struct option {
    const char *name;
    int (*set)(lis_command *, const char *value); /* NULL: a piece of code, to be run later */
    const char *missing;
} option;

static const option options[] = {
    {"-e", NULL, "-e wants a piece of Lua code"},
    {"--threads", set_threads, "--threads wants a number from 1 to 256"},
    {"--seed", set_seed, "--seed wants a whole number"},
    {"--out", set_out, "--out wants a folder"},
    {"--max-memory", set_max_memory, "--max-memory wants a size such as 512M or 4G"},
};

enum { FLAGS = sizeof flags / sizeof flags[0], OPTIONS = sizeof options / sizeof options[0] };

static int unknown_option(const char *given) {
    const char *names[FLAGS + OPTIONS + 1];
    int count = 0;
    for (int i = 0; i < FLAGS; i++)
        names[count++] = flags[i].name;
    for (int i = 0; i < OPTIONS; i++)
        names[count++] = options[i].name;
    names[count] = NULL;
    const char *nearest = lis_nearest(given, names);
    fprintf(stderr, "lisrun: unknown option '%s'", given);
    fprintf(stderr, nearest ? "; did you mean '%s'?\n" : "\n", nearest);
    return LIS_EXIT_USAGE;
}

static bool set_flag(lis_command *c, const char *given) {
    for (int i = 0; i < FLAGS; i++) {
        if (strcmp(given, flags[i].name) != 0) continue;
        *(bool *)((char *)c + flags[i].field) = flags[i].value;
        return true;
    }
    return false;
}

/* "--name VALUE" or "--name=VALUE" at *at, which moves to the last word read. */
static int set_option(lis_command *c, int *at) {
    const char *given = c->argv[*at];
    for (int i = 0; i < OPTIONS; i++) {
        const option *o = &options[i];
        size_t length = strlen(o->name);
        if (strncmp(given, o->name, length) != 0) continue;
        if (given[length] == '=' && o->set) return o->set(c, given + length + 1);
        if (given[length]) continue;
        if (++*at == c->argc) return usage_error(o->missing, NULL);
        if (o->set) return o->set(c, c->argv[*at]);
        c->codes[c->code_count++] = *at;
        return LIS_EXIT_OK;
    }
    return unknown_option(given);
}

/* `run` and `repl` change what lisrun does with the recipe; every other command is a module. */
static bool take_own_word(lis_command *c, const char *given) {
    bool repl = strcmp(given, "repl") == 0;
    if (c->run || !(repl || strcmp(given, "run") == 0)) return false;
    c->run = true;
    c->prompt = c->prompt || repl;
    return true;
}

int lis_command_parse(lis_command *c, int argc, char **argv) {
    c->argc = argc;
    c->argv = argv;
    c->strict = true;
    c->codes = malloc((size_t)(argc + 1) * sizeof *c->codes);
    if (!c->codes) return usage_error("not enough memory", NULL);
    for (int i = 1; i < argc; i++) {
        bool is_option = argv[i][0] == '-' && argv[i][1];
        if (!is_option) {
            if (take_own_word(c, argv[i])) continue;
            c->word = i;
            return LIS_EXIT_OK;
        }
        if (set_flag(c, argv[i])) continue;
        int code = set_option(c, &i);
        if (code) return code;
    }
    if (c->run && !c->prompt && !c->help) return usage_error("run wants a recipe", NULL);
    return LIS_EXIT_OK;
}

void lis_command_release(lis_command *c) {
    free(c->codes);
    c->codes = NULL;
}
