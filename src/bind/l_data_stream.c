/* core.data: histories of a log that is read block after block. */
#include "check.h"
#include "l_data.h"
#include "lis/data/history_stream.h"
#include "open.h"

static void release_stream(void *object) {
    lis_history_stream_free(*(lis_history_stream **)object);
}

static lis_history_stream *self_stream(lua_State *L) {
    lis_history_stream *stream =
        *(lis_history_stream **)lis_box_check(L, 1, &lis_box_stream, "self");
    if (!stream) lis_arg_fail(L, "self", "the stream was closed");
    return stream;
}

/* data.history_stream(users, max) -> stream */
static int data_history_stream(lua_State *L) {
    int64_t users = lis_check_integer(L, 1, "users", 0, INT32_MAX);
    int64_t max = lis_check_integer(L, 2, "max", 1, INT32_MAX / 2);
    lis_error error;
    lis_history_stream **out = lis_box_new(L, &lis_box_stream);
    lis_bind_check(L, lis_history_stream_new(out, users, max, &error), &error);
    return 1;
}

/* The columns of a block at 2 to 5: user, item, time, engaged. */
static lis_history_source check_block(lua_State *L) {
    const lis_tensor *user = lis_check_tensor_1d(L, 2, "user", LIS_I32, -1);
    int64_t rows = user->shape[0];
    return (lis_history_source){.rows = rows,
                                .user = lis_i32(user),
                                .item = lis_i32(lis_check_tensor_1d(L, 3, "item", LIS_I32, rows)),
                                .time = lis_i64(lis_check_tensor_1d(L, 4, "time", LIS_I64, rows)),
                                .engaged =
                                    lis_u8(lis_check_tensor_1d(L, 5, "engaged", LIS_U8, rows))};
}

/* stream:next(user, item, time, engaged) -> history of the block's rows */
static int stream_next(lua_State *L) {
    lis_history_stream *stream = self_stream(L);
    lis_history_source source = check_block(L);
    lis_error error;
    lis_history *out = lis_box_new(L, &lis_box_history);
    lis_bind_check(L, lis_history_stream_next(stream, out, &source, &error), &error);
    return 1;
}

/* stream:pass(user, item, time, engaged): the same for a block whose rows nobody asks about */
static int stream_pass(lua_State *L) {
    lis_history_stream *stream = self_stream(L);
    lis_history_source source = check_block(L);
    lis_error error;
    lis_bind_check(L, lis_history_stream_next(stream, NULL, &source, &error), &error);
    return 0;
}

static const luaL_Reg stream_methods[] = {
    {"next", stream_next}, {"pass", stream_pass}, {NULL, NULL}};

const lis_box_type lis_box_stream = {.name = "lis.historystream",
                                     .size = sizeof(lis_history_stream *),
                                     .release = release_stream,
                                     .methods = stream_methods};

void lis_data_add_stream(lua_State *L) {
    lis_box_register(L, &lis_box_stream);
    lua_pushcfunction(L, data_history_stream);
    lua_setfield(L, -2, "history_stream");
}
