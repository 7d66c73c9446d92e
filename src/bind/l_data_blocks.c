/* core.data: files of rows that are read in blocks. */
#include "lis/data/blocks.h"

#include "check.h"
#include "l_data.h"
#include "open.h"

enum { BLOCK_BYTES = 32 << 20 };

static void release_blocks(void *object) {
    lis_blocks_close(*(lis_blocks **)object);
}

static lis_blocks *self_blocks(lua_State *L) {
    lis_blocks *blocks = *(lis_blocks **)lis_box_check(L, 1, &lis_box_blocks, "self");
    if (!blocks) lis_arg_fail(L, "self", "the blocks were closed");
    return blocks;
}

static int open_blocks(lua_State *L, bool json) {
    const char *path = lis_check_text(L, 1, "path", NULL);
    lis_delimited_options options = json ? lis_data_jsonl_options(L) : lis_data_table_options(L);
    lis_error error;
    lis_blocks **out = lis_box_new(L, &lis_box_blocks);
    lis_bind_check(L, lis_blocks_open(lis_bind_ctx(L), out, path, json, &options, &error), &error);
    return 1;
}

/* data.table_blocks(path, options as of read_table) -> blocks */
static int data_table_blocks(lua_State *L) {
    return open_blocks(L, false);
}

/* data.jsonl_blocks(path, options as of read_jsonl) -> blocks */
static int data_jsonl_blocks(lua_State *L) {
    return open_blocks(L, true);
}

/* blocks:next(bytes = 32 MiB) -> table, nil behind the last one */
static int blocks_next(lua_State *L) {
    lis_blocks *blocks = self_blocks(L);
    int64_t bytes =
        lua_isnoneornil(L, 2) ? BLOCK_BYTES : lis_check_integer(L, 2, "bytes", 1, INT64_MAX);
    lis_error error;
    lis_table *out = lis_box_new(L, &lis_box_table);
    lis_bind_check(L, lis_blocks_next(lis_bind_ctx(L), blocks, bytes, out, &error), &error);
    if (!out->column) lua_pushnil(L);
    return 1;
}

/* blocks:line(i) -> the line of the file on which row i of the latest table, from 1, begins */
static int blocks_line(lua_State *L) {
    const lis_blocks *blocks = self_blocks(L);
    int64_t row = lis_check_index(L, 2, INT64_MAX, "i");
    lua_pushinteger(L, lis_blocks_line(blocks, row));
    return 1;
}

/* blocks:names() -> list of all the file's columns, in its order */
static int blocks_names(lua_State *L) {
    const lis_blocks *blocks = self_blocks(L);
    int64_t n = lis_blocks_columns(blocks);
    lua_createtable(L, (int)n, 0);
    for (int64_t c = 0; c < n; c++) {
        lua_pushstring(L, lis_blocks_name(blocks, c));
        lua_rawseti(L, -2, c + 1);
    }
    return 1;
}

/* blocks:delimiter() -> string, nil for JSON lines */
static int blocks_delimiter(lua_State *L) {
    lua_pushstring(L, lis_blocks_delimiter(self_blocks(L)));
    return 1;
}

/* blocks:progress() -> bytes of the file that were read, its size */
static int blocks_progress(lua_State *L) {
    int64_t read, size;
    lis_blocks_progress(self_blocks(L), &read, &size);
    lua_pushinteger(L, read);
    lua_pushinteger(L, size);
    return 2;
}

static const luaL_Reg blocks_methods[] = {
    {"next", blocks_next},           {"line", blocks_line},         {"names", blocks_names},
    {"delimiter", blocks_delimiter}, {"progress", blocks_progress}, {NULL, NULL},
};

const lis_box_type lis_box_blocks = {.name = "lis.tableblocks",
                                     .size = sizeof(lis_blocks *),
                                     .release = release_blocks,
                                     .methods = blocks_methods};

void lis_data_add_blocks(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"table_blocks", data_table_blocks},
        {"jsonl_blocks", data_jsonl_blocks},
        {NULL, NULL},
    };
    lis_box_register(L, &lis_box_blocks);
    luaL_setfuncs(L, functions, 0);
}
