#include "box.h"
#include "check.h"
#include "lis/lua.h"
#include "open.h"

lis_tensor *lis_lua_tensor(lua_State *L, int at) {
    lis_tensor *tensor = lis_box_test(L, at, &lis_box_tensor);
    return tensor && tensor->data ? tensor : NULL;
}

void lis_lua_push_tensor(lua_State *L, const lis_tensor *tensor) {
    lua_getglobal(L, "require"); /* the box is registered when the core is first loaded */
    lua_pushliteral(L, "lis.core");
    lua_call(L, 1, 0);
    lis_push_view(L, tensor);
}
