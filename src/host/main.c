/* lisrun [options] [recipe.lua [recipe options]] */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind/nearest.h"
#include "host.h"
#include "host_config.h"

static const char help_text[] =
    "usage: lisrun [options] [recipe.lua [recipe options]]\n"
    "\n"
    "Runs a recipe: a Lua program that measures the Leakage Impact Score of preference data.\n"
    "Without a recipe it opens a prompt, or reads a program from standard input.\n"
    "\n"
    "options (before the recipe):\n"
    "  -e CODE       run CODE, then the recipe if one is given\n"
    "  -i            open a prompt after the recipe, with its globals, also after an error\n"
    "  --threads N   worker threads (default: the processors granted to this process)\n"
    "  --loose       let the recipe read and write undeclared globals\n"
    "  -h, --help    show this and leave; 'lisrun recipe.lua --help' shows a recipe's options\n"
    "  --version     show the version and leave\n"
    "  -             read the recipe from standard input\n"
    "\n"
    "exit status: 0 all went well, 1 an error in the recipe, 2 wrong usage, 130 interrupted\n"
    "environment: LIS_LUA_PATH  a folder with lis/*.lua, used before the modules built in\n";

static const char *const option_names[] = {"-e",     "-i",        "--threads", "--loose", "-h",
                                           "--help", "--version", "-",         NULL};

typedef struct command {
    int argc;
    char **argv;
    lis_ctx *ctx;
    int script; /* index in argv, 0: none */
    int threads;
    bool has_code, interactive, strict, help, version;
    int exit_code;
} command;

static int unknown_option(const char *given) {
    const char *nearest = lis_nearest(given, option_names);
    fprintf(stderr, "lisrun: unknown option '%s'", given);
    fprintf(stderr, nearest ? "; did you mean '%s'?\n" : "\n", nearest);
    return LIS_EXIT_USAGE;
}

static int usage_error(const char *message, const char *given) {
    fprintf(stderr, "lisrun: %s", message);
    fprintf(stderr, given ? ", got '%s'\n" : "\n", given);
    return LIS_EXIT_USAGE;
}

/* The value of "--name VALUE" or "--name=VALUE" at *at, or NULL where argv[*at] is another option;
 * "" where the value is missing. */
static const char *option_value(const command *c, int *at, const char *name) {
    const char *given = c->argv[*at];
    size_t length = strlen(name);
    if (strncmp(given, name, length) != 0) return NULL;
    if (given[length] == '=') return given + length + 1;
    if (given[length] != '\0') return NULL;
    return *at + 1 < c->argc ? c->argv[++*at] : "";
}

static int parse_threads(command *c, const char *text) {
    char *end;
    long n = strtol(text, &end, 10);
    if (end == text || *end || n < 1 || n > LIS_THREADS_MAX)
        return usage_error("--threads wants a number from 1 to 256", text);
    c->threads = (int)n;
    return LIS_EXIT_OK;
}

/* Fills the command; returns an exit code other than 0 after telling what is wrong. */
static int parse(command *c) {
    for (int i = 1; i < c->argc; i++) {
        const char *given = c->argv[i], *value;
        if (given[0] != '-' || strcmp(given, "-") == 0) {
            c->script = i;
            return LIS_EXIT_OK;
        }
        if (strcmp(given, "-e") == 0) {
            if (++i == c->argc) return usage_error("-e wants a piece of Lua code", NULL);
            c->has_code = true;
        } else if (strcmp(given, "-i") == 0) {
            c->interactive = true;
        } else if (strcmp(given, "--loose") == 0) {
            c->strict = false;
        } else if (strcmp(given, "-h") == 0 || strcmp(given, "--help") == 0) {
            c->help = true;
        } else if (strcmp(given, "--version") == 0) {
            c->version = true;
        } else if ((value = option_value(c, &i, "--threads"))) {
            int code = parse_threads(c, value);
            if (code) return code;
        } else {
            return unknown_option(given);
        }
    }
    return LIS_EXIT_OK;
}

/* The global `arg`: the recipe (or else lisrun) at 0, the recipe's options from 1, lisrun's own
 * options below 0. */
static void set_arg(lua_State *L, const command *c) {
    int zero = c->script ? c->script : c->argc;
    lua_createtable(L, c->argc, zero);
    for (int i = 0; i < c->argc; i++) {
        lua_pushstring(L, c->argv[i]);
        lua_rawseti(L, -2, i - zero);
    }
    if (!c->script) {
        lua_pushstring(L, c->argv[0]);
        lua_rawseti(L, -2, 0);
    }
    lua_setglobal(L, "arg");
}

/* require in a recipe finds the files beside it. */
static void add_recipe_folder(lua_State *L, const char *path) {
    const char *slash = strrchr(path, '/');
    if (!slash) return;
    lua_getglobal(L, "package");
    lua_pushlstring(L, path, (size_t)(slash - path));
    lua_pushliteral(L, "/?.lua;");
    lua_getfield(L, -3, "path");
    lua_concat(L, 3);
    lua_setfield(L, -2, "path");
    lua_pop(L, 1);
}

static int run_codes(lua_State *L, const command *c) {
    int last = c->script ? c->script : c->argc;
    for (int i = 1; i < last; i++) {
        if (strcmp(c->argv[i], "-e") != 0) continue;
        int code = lis_run_text(L, c->argv[++i], "=(command line)");
        if (code) return code;
    }
    return LIS_EXIT_OK;
}

static void set_global_lis(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis");
    lua_call(L, 1, 1);
    lua_setglobal(L, "lis");
}

static int execute(lua_State *L, command *c) {
    if (c->help) {
        fputs(help_text, stdout);
        return LIS_EXIT_OK;
    }
    if (c->version) {
        printf("lisrun %s (%s)\n", LIS_VERSION, LUA_RELEASE);
        return LIS_EXIT_OK;
    }
    set_arg(L, c);
    bool prompt = c->interactive || (!c->script && !c->has_code && isatty(STDIN_FILENO));
    if (c->has_code || prompt) set_global_lis(L);
    int code = run_codes(L, c);
    if (code == LIS_EXIT_OK && c->script) {
        add_recipe_folder(L, c->argv[c->script]);
        code = lis_run_file(L, c->argv[c->script], c->strict && !c->interactive);
    } else if (code == LIS_EXIT_OK && !c->has_code && !prompt) {
        code = lis_run_file(L, "-", c->strict);
    }
    return prompt ? lis_repl(L) : code;
}

/* Runs protected: an allocation that fails out here must not end in abort. */
static int protected_main(lua_State *L) {
    command *c = lua_touserdata(L, 1);
    lis_host_open(L, c->ctx);
    lis_interrupt_install(L, c->ctx);
    c->exit_code = execute(L, c);
    return 0;
}

int main(int argc, char **argv) {
    lis_environment_settle(argv);
    static lis_ctx ctx; /* outlives the state: finalisers may still ask for it */
    command c = {.argc = argc, .argv = argv, .ctx = &ctx, .strict = true};
    c.exit_code = parse(&c);
    if (c.exit_code) return c.exit_code;
    lis_ctx_init(&ctx, c.threads);
    lua_State *L = luaL_newstate();
    if (!L) {
        fputs("lisrun: not enough memory for a Lua state\n", stderr);
        return LIS_EXIT_ERROR;
    }
    lua_pushcfunction(L, protected_main);
    lua_pushlightuserdata(L, &c);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        fprintf(stderr, "lisrun: %s\n", lua_tostring(L, -1));
        c.exit_code = LIS_EXIT_ERROR;
    }
    lua_close(L);
    if ((fflush(stdout) != 0 || ferror(stdout)) && c.exit_code == LIS_EXIT_OK) {
        fputs("lisrun: not everything could be written to standard output\n", stderr);
        c.exit_code = LIS_EXIT_ERROR;
    }
    return c.exit_code;
}
