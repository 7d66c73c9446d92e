/* The command line of lisrun: what stands before the recipe or the command's own arguments. */
#ifndef LIS_HOST_COMMAND_H
#define LIS_HOST_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

typedef struct lis_command {
    int argc;
    char **argv; /* as main got it */
    int word;    /* index in argv of the recipe or of the command's name; 0: none */
    int *codes;  /* indices in argv of the arguments of -e, in order; malloc */
    int code_count;
    bool prompt;        /* -i, repl */
    bool run;           /* the word is a recipe whatever it looks like: after `run` and `repl` */
    bool strict;        /* no --loose */
    bool help;          /* --help */
    bool version;       /* --version */
    bool quiet;         /* --quiet */
    bool json;          /* --json */
    bool safe;          /* --safe */
    int threads;        /* 0: not given */
    int64_t max_memory; /* bytes; 0: no limit */
    const char *seed, *out; /* NULL: not given; digits, a folder */
} lis_command;

/* Fills a zeroed command. Returns LIS_EXIT_OK, or another exit code after telling on stderr what is
 * wrong. */
int lis_command_parse(lis_command *command, int argc, char **argv);
void lis_command_release(lis_command *command);

/* "512M", "4G", "1.5GiB", "2e9": bytes, of 1024s. False where the text is no size of at least 1 MiB. */
bool lis_command_size(const char *text, int64_t *bytes);

#endif
