/* Reading one line from a person: with libedit on a terminal (history, completion), plain else. */
#ifndef LIS_HOST_LINE_H
#define LIS_HOST_LINE_H

#include <lua.h>

typedef enum lis_line_end {
    LIS_LINE_READ,        /* a line was pushed, without its newline */
    LIS_LINE_EOF,         /* end of input: nothing pushed */
    LIS_LINE_INTERRUPTED, /* Ctrl-C: nothing pushed */
} lis_line_end;

/* Prepares the terminal and loads the history; L is asked for completions (lis.util.complete). */
void lis_line_open(lua_State *L);

/* Shows the prompt (only to a terminal) and reads. The line joins the history. */
lis_line_end lis_line_read(lua_State *L, const char *prompt);

/* Gives the terminal back. */
void lis_line_close(void);

#endif
