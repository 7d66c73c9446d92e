/* lisrun [options] [recipe.lua [recipe options]] */
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bind/nearest.h"
#include "command.h"
#include "embed.h"
#include "host.h"
#include "host_config.h"
#include "lis/base/confine.h"

static const char help_head[] =
    "usage: lisrun [options] [recipe.lua [recipe options]]\n"
    "       lisrun [options] COMMAND [...]\n"
    "\n"
    "Runs a recipe: a Lua program that measures the Leakage Impact Score of preference data.\n"
    "Without a recipe it opens a prompt, or reads a program from standard input.\n"
    "\n"
    "commands ('lisrun COMMAND --help' tells more):\n"
    "  run RECIPE    runs it; 'run' may be left out\n"
    "  repl [RECIPE] opens a prompt, with what the recipe made\n";

static const char help_tail[] =
    "\n"
    "options (before the recipe or the command):\n"
    "  -e CODE            run CODE, then the recipe if one is given\n"
    "  -i                 open a prompt after the recipe, with what it made, also after an error\n"
    "  --threads N        worker threads (default: the processors granted to this process)\n"
    "  --seed N           the recipe's default for its option --seed\n"
    "  --out DIR          the recipe's default for its option --out\n"
    "  --max-memory SIZE  an error, such as 'out of memory', beyond SIZE: 512M, 4G\n"
    "  --safe             for a recipe of someone else: it can start no programs, load no C\n"
    "                     libraries, and write only below --out (default: runs)\n"
    "  --quiet            no progress on the way\n"
    "  --json             print the value that the recipe returns, and errors, as JSON\n"
    "  --loose            let the recipe read and write undeclared globals\n"
    "  -h, --help         show this and leave; 'lisrun recipe.lua --help' shows a recipe's "
    "options\n"
    "  --version          show the version and leave\n"
    "  -                  read the recipe from standard input\n"
    "\n"
    "exit status: 0 all went well, 1 an error in the recipe, 2 wrong usage, 130 interrupted\n"
    "environment: LIS_LUA_PATH  a folder with lis/*.lua, used before the modules built in\n"
    "manual: man lisrun\n";

/* ---- commands: the Lua modules lis.command.NAME */

static const char command_prefix[] = "lis.command.";

/* "check" for the module "lis.command.check", NULL for other modules. */
static const char *command_name(const lis_embedded_module *module) {
    size_t length = sizeof command_prefix - 1;
    if (strncmp(module->name, command_prefix, length) != 0) return NULL;
    return strchr(module->name + length, '.') ? NULL : module->name + length;
}

static bool is_command(lua_State *L, const char *word) {
    if (strpbrk(word, "./")) return false;
    const char *module = lua_pushfstring(L, "%s%s", command_prefix, word);
    bool known = lis_embed_has(L, module);
    lua_pop(L, 1);
    return known;
}

/* Pushes the module, or reports why it cannot be had. */
static int push_command(lua_State *L, const char *word) {
    lua_getglobal(L, "require");
    lua_pushfstring(L, "%s%s", command_prefix, word);
    return lis_run_call(L, 1, 1);
}

static int print_help(lua_State *L) {
    fputs(help_head, stdout);
    for (const lis_embedded_module *m = lis_embedded_modules; m->name; m++) {
        const char *name = command_name(m);
        if (!name) continue;
        int code = push_command(L, name);
        if (code) return code;
        lua_getfield(L, -1, "arguments");
        lua_getfield(L, -2, "summary");
        const char *head = lua_pushfstring(L, "%s %s", name, lua_tostring(L, -2));
        printf("  %-13s %s\n", head, lua_tostring(L, -2));
        lua_pop(L, 4);
    }
    fputs(help_tail, stdout);
    return LIS_EXIT_OK;
}

/* Calls the command's `run` with the words behind its name; what it returns is the exit code. */
static int run_command(lua_State *L, const lis_command *c) {
    int code = push_command(L, c->argv[c->word]);
    if (code) return code;
    lua_getfield(L, -1, "run");
    lua_createtable(L, c->argc, 0);
    for (int i = c->word + 1; i < c->argc; i++) {
        lua_pushstring(L, c->argv[i]);
        lua_rawseti(L, -2, i - c->word);
    }
    code = lis_run_call(L, 1, 1);
    return code ? code : (int)lua_tointeger(L, -1);
}

/* A word that is neither a command nor a file. */
static int unknown_word(const char *word) {
    const char *names[64] = {"run", "repl"};
    int count = 2;
    for (const lis_embedded_module *m = lis_embedded_modules; m->name && count < 63; m++)
        if (command_name(m)) names[count++] = command_name(m);
    const char *nearest = lis_nearest(word, names);
    fprintf(stderr, "lisrun: '%s' is no command and no file", word);
    fprintf(stderr, nearest ? "; did you mean '%s'?\n" : " (--help lists the commands)\n", nearest);
    return LIS_EXIT_USAGE;
}

/* ---- the recipe */

/* The global `arg`: the recipe (or else lisrun) at 0, the recipe's options from 1, lisrun's own
 * options below 0. */
static void set_arg(lua_State *L, const lis_command *c) {
    int zero = c->word ? c->word : c->argc;
    lua_createtable(L, c->argc, zero);
    for (int i = 0; i < c->argc; i++) {
        lua_pushstring(L, c->argv[i]);
        lua_rawseti(L, -2, i - zero);
    }
    if (!c->word) {
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

static int set_global_lis(lua_State *L) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis");
    int code = lis_run_call(L, 1, 1);
    if (code == LIS_EXIT_OK) lua_setglobal(L, "lis");
    return code;
}

static void set_field(lua_State *L, const char *name, const char *value) {
    if (!value) return;
    lua_pushstring(L, value);
    lua_setfield(L, -2, name);
}

static void set_flag_field(lua_State *L, const char *name, bool value) {
    lua_pushboolean(L, value);
    lua_setfield(L, -2, name);
}

/* Tells the Lua side what the command line said. */
static int apply_settings(lua_State *L, const lis_command *c) {
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis.util.settings");
    int code = lis_run_call(L, 1, 1);
    if (code) return code;
    set_flag_field(L, "quiet", c->quiet);
    set_flag_field(L, "json", c->json);
    set_flag_field(L, "safe", c->safe);
    set_field(L, "out", c->out);
    set_field(L, "line_editor", LIS_LINE_EDITOR);
    if (c->seed) {
        lua_pushinteger(L, strtoll(c->seed, NULL, 10));
        lua_setfield(L, -2, "seed");
    }
    lua_pop(L, 1);
    lis_run_json(c->json);
    return LIS_EXIT_OK;
}

/* The folder that a recipe may write to: lisrun's --out, or else the recipe's own, or else "runs". */
static const char *writable_folder(const lis_command *c) {
    static const char name[] = "--out";
    if (c->out) return c->out;
    for (int i = c->word ? c->word + 1 : c->argc; i < c->argc; i++) {
        if (strncmp(c->argv[i], name, sizeof name - 1) != 0) continue;
        const char *end = c->argv[i] + sizeof name - 1;
        if (*end == '=') return end + 1;
        if (!*end && i + 1 < c->argc) return c->argv[i + 1];
    }
    return "runs";
}

/* --safe */
static int close_doors(lua_State *L, const lis_command *c) {
    lis_error error;
    if (lis_confine_writes(writable_folder(c), &error) != LIS_OK) {
        fprintf(stderr, "lisrun: %s\n", error.message);
        return LIS_EXIT_USAGE;
    }
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lis.util.safe");
    int code = lis_run_call(L, 1, 1);
    if (code) return code;
    lua_getfield(L, -1, "close_doors");
    return lis_run_call(L, 0, 0);
}

static int run_codes(lua_State *L, const lis_command *c) {
    int code = c->code_count || c->prompt ? set_global_lis(L) : LIS_EXIT_OK;
    for (int i = 0; code == LIS_EXIT_OK && i < c->code_count; i++)
        code = lis_run_text(L, c->argv[c->codes[i]], "=(command line)");
    return code;
}

static int run_recipe(lua_State *L, const lis_command *c, const char *path) {
    if (!c->run && !strpbrk(path, "./-") && access(path, F_OK) != 0) return unknown_word(path);
    add_recipe_folder(L, path);
    return lis_run_file(L, path,
                        c->prompt   ? LIS_RUN_LANDING
                        : c->strict ? LIS_RUN_STRICT
                                    : LIS_RUN_LOOSE);
}

static int execute(lua_State *L, lis_command *c) {
    if (c->help) return print_help(L);
    if (c->version) {
        printf("lisrun %s (%s)\n", LIS_VERSION, LUA_RELEASE);
        return LIS_EXIT_OK;
    }
    const char *word = c->word ? c->argv[c->word] : NULL;
    set_arg(L, c);
    int code = apply_settings(L, c);
    if (code == LIS_EXIT_OK && c->safe) code = close_doors(L, c);
    if (code) return code;
    if (word && !c->run && is_command(L, word)) return run_command(L, c);
    if (!word && !c->code_count && isatty(STDIN_FILENO)) c->prompt = true;
    code = run_codes(L, c);
    if (code == LIS_EXIT_OK && word)
        code = run_recipe(L, c, word);
    else if (code == LIS_EXIT_OK && !c->code_count && !c->prompt)
        code = lis_run_file(L, "-", c->strict ? LIS_RUN_STRICT : LIS_RUN_LOOSE);
    return c->prompt ? lis_repl(L) : code;
}

typedef struct session {
    lis_command command;
    lis_ctx *ctx;
    int exit_code;
} session;

/* Runs protected: an allocation that fails out here must not end in abort. */
static int protected_main(lua_State *L) {
    session *s = lua_touserdata(L, 1);
    lis_host_open(L, s->ctx);
    lis_interrupt_install(L, s->ctx);
    s->exit_code = execute(L, &s->command);
    return 0;
}

static void run_session(session *s) {
    lua_State *L = luaL_newstate();
    if (!L) {
        fputs("lisrun: not enough memory for a Lua state\n", stderr);
        s->exit_code = LIS_EXIT_ERROR;
        return;
    }
    lis_memory_limit(L, s->command.max_memory);
    lua_pushcfunction(L, protected_main);
    lua_pushlightuserdata(L, s);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        fprintf(stderr, "lisrun: %s\n", lua_tostring(L, -1));
        s->exit_code = LIS_EXIT_ERROR;
    }
    lua_close(L);
}

int main(int argc, char **argv) {
    lis_environment_settle(argv);
    static lis_ctx ctx; /* outlives the state: finalisers may still ask for it */
    session s = {.ctx = &ctx};
    s.exit_code = lis_command_parse(&s.command, argc, argv);
    if (s.exit_code == LIS_EXIT_OK) {
        lis_ctx_init(&ctx, s.command.threads);
        run_session(&s);
    }
    lis_command_release(&s.command);
    if ((fflush(stdout) != 0 || ferror(stdout)) && s.exit_code == LIS_EXIT_OK) {
        fputs("lisrun: not everything could be written to standard output\n", stderr);
        s.exit_code = LIS_EXIT_ERROR;
    }
    return s.exit_code;
}
