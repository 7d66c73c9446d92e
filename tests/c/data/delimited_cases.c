#include "delimited_cases.h"

#define TEXT(literal) literal, sizeof(literal) - 1

static const lis_column_want item_text[] = {{.name = "item", .type = LIS_COLUMN_TEXT}};
static const lis_column_want user_string[] = {{.name = "user", .type = LIS_COLUMN_STRING}};
static const lis_column_want rating_f32[] = {{.name = "rating", .type = LIS_COLUMN_F32}};
static const lis_column_want time_i64[] = {{.name = "time", .type = LIS_COLUMN_I64}};
static const lis_column_want time_mind[] = {
    {.name = "time", .type = LIS_COLUMN_I64, .time = "%m/%d/%Y %I:%M:%S %p"}};
static const lis_column_want item_list[] = {{.name = "item", .type = LIS_COLUMN_LIST}};
static const lis_column_want item_bars[] = {
    {.name = "item", .type = LIS_COLUMN_LIST, .separator = '|'}};
static const lis_column_want item_marks[] = {
    {.name = "item", .type = LIS_COLUMN_LIST, .mark = '-'}};
static const lis_column_want time_odd[] = {{.name = "time", .type = LIS_COLUMN_I64, .time = "%Q"}};
static const lis_column_want rating_f64[] = {{.name = "rating", .type = LIS_COLUMN_F64}};
static const char *const two_names[] = {"user", "item"};
static const char *const item_only[] = {"item"};
static const char *const rating_name[] = {"raitng"};
static const char *const time_name[] = {"timestamp"};

const struct accepted accepted[] = {
    {TEXT("user,item\na,x\nb,y\na,x\n"), {0}, "user:string=a,b,a;item:string=x,y,x"},
    {TEXT("user,item\na,x\nb,y"), {0}, "user:string=a,b;item:string=x,y"},
    {TEXT("user,item\r\na,x\r\nb,y\r\n"), {0}, "user:string=a,b;item:string=x,y"},
    {TEXT("user,item\r\na,x\nb,y\r\n"), {0}, "user:string=a,b;item:string=x,y"},
    {TEXT("\xef\xbb\xbfuser,item\na,x\n"), {0}, "user:string=a;item:string=x"},
    {TEXT("\n\nuser,item\n\na,x\n\r\n\nb,y\n\n"), {0}, "user:string=a,b;item:string=x,y"},
    {TEXT("user\titem\na\tx\n"), {0}, "user:string=a;item:string=x"},
    {TEXT("user|item\na|x\n"), {0}, "user:string=a;item:string=x"},
    {TEXT("user;item\na;x,y\n"), {0}, "user:string=a;item:string=x,y"},
    {TEXT("user::item\na::x:y\n"), {0}, "user:string=a;item:string=x:y"},
    {TEXT("user::item\na:::x\n"), {0}, "user:string=a;item:string=:x"},
    {TEXT("user##item\na###-x\n"), {.delimiter = "##"}, "user:string=a;item:string=#-x"},
    {TEXT("1::2\n3::4\n"), {.names = two_names, .name_count = 2}, "user:i64=1,3;item:i64=2,4"},
    {TEXT("1::2\n3::4\n"), {.header = LIS_NO}, "column_1:i64=1,3;column_2:i64=2,4"},
    {TEXT("a,b\n3,4\n"),
     {.header = LIS_YES, .names = two_names, .name_count = 2},
     "user:i64=3;item:i64=4"},
    {TEXT("item\nx\ny\n"), {0}, "item:string=x,y"},
    {TEXT(",b\n1,2\n"), {0}, "column_1:i64=1;b:i64=2"},
    {TEXT("user,item\n\"a\",\"x,y\"\n\"b\nc\",\"say \"\"hi\"\"\"\n"),
     {0},
     "user:string=a,b\nc;item:string=x,y,say \"hi\""},
    {TEXT("\"user\",\"it\"\"em\"\n\"\",x\n"), {0}, "user:f64=nan;it\"em:string=x"},
    {TEXT("user\titem\na\t\"x\n"), {0}, "user:string=a;item:string=\"x"},
    {TEXT("user,item\na,b\"c\n"), {.quote = LIS_NO}, "user:string=a;item:string=b\"c"},
    {TEXT("user,item\na,\n,y\n"), {0}, "user:string=a,-;item:string=-,y"},
    {TEXT("user,item\na,x\n,\n"),
     {.types = item_text, .type_count = 1},
     "user:string=a,-;item:text=x,"},
    {TEXT("n\n1\n2.5\n"), {0}, "n:f64=1,2.5"},
    {TEXT("n\n1\nx\n"), {0}, "n:string=1,x"},
    {TEXT("n,m\n1,1\n,2\n"), {0}, "n:f64=1,nan;m:i64=1,2"},
    {TEXT("zip\n00501\n12345\n"), {0}, "zip:string=00501,12345"},
    {TEXT("user,rating\n1,5\n"),
     {.types = user_string, .type_count = 1},
     "user:string=1;rating:i64=5"},
    {TEXT("user,rating\n1,5\n2,\n"),
     {.types = rating_f32, .type_count = 1},
     "user:i64=1,2;rating:f32=5,nan"},
    {TEXT("time\n881250949.0\n1e3\n"),
     {.types = time_i64, .type_count = 1},
     "time:i64=881250949,1000"},
    {TEXT("user_id:token\trating:float\ttags:token_seq\tage:float_seq\n1\t3\ta b\t1 2\n"),
     {0},
     "user_id:string=1;rating:f64=3;tags:text=a b;age:text=1 2"},
    {TEXT("user_id:token,rating\n1,3\n"), {0}, "user_id:token:i64=1;rating:i64=3"},
    {TEXT("user_id:token,rating\n1,3\n"), {.recbole = LIS_YES}, "user_id:string=1;rating:i64=3"},
    {TEXT("user_id:token\n1\n"), {.recbole = LIS_NO}, "user_id:token:i64=1"},
    {TEXT("user,item,n\na,x,1\n"), {.only = item_only, .only_count = 1}, "item:string=x"},
    {TEXT("user,item\nJos\xc3\xa9,\xe2\x82\xac\n"),
     {0},
     "user:string=Jos\xc3\xa9;item:string=\xe2\x82\xac"},
    {TEXT("time\n11/14/2019 2:14:46 AM\n\"1/1/1970 12:00:01 PM\"\n"),
     {.types = time_mind, .type_count = 1, .delimiter = ","},
     "time:i64=1573697686,43201"},
    {TEXT("item,n\nx y x,1\n,2\n  z   x ,3\n\"q\"\" r\",4\n"),
     {.types = item_list, .type_count = 1},
     "item:list=[x y x],[],[z x],[q\" r];n:i64=1,2,3,4"},
    {TEXT("item,n\nx y|z,1\n|,2\n"),
     {.types = item_bars, .type_count = 1},
     "item:list=[x y z],[];n:i64=1,2"},
    {TEXT("item,n\na-1 b-c-0.5 a-0,1\n,2\n"),
     {.types = item_marks, .type_count = 1},
     "item:list=[a=1 b-c=0.5 a=0],[];n:i64=1,2"},
    {TEXT("a\rb,c\n1,2\n"), {0}, "a\rb:i64=1;c:i64=2"},
};

const size_t accepted_count = sizeof accepted / sizeof *accepted;

const struct refused refused[] = {
    {TEXT(""), {0}, LIS_EFORMAT, {"log.csv: the file is empty"}},
    {TEXT("\xef\xbb\xbf"), {0}, LIS_EFORMAT, {"the file is empty"}},
    {TEXT("\n\r\n\n"), {0}, LIS_EFORMAT, {"the file is empty"}},
    {TEXT("user,item\n"), {0}, LIS_EFORMAT, {"has no rows"}},
    {TEXT("user,item"), {0}, LIS_EFORMAT, {"has no rows"}},
    {TEXT("user,item\n\n\n"), {0}, LIS_EFORMAT, {"has no rows"}},
    {TEXT("user,item\na,x\nb\nc,z\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:3: the row has 1 field where the file has 2 columns ('user', 'item')", "'b'"}},
    {TEXT("user,item\na,x\nb,y,z\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:3: the row has 3 fields", "'b,y,z'"}},
    {TEXT("user::item\na:x\n"), {0}, LIS_EFORMAT, {"log.csv:2: the row has 1 field", "than '::'"}},
    {TEXT("user,rating\na,1\nb,x7\n"),
     {.types = rating_f64, .type_count = 1},
     LIS_EFORMAT,
     {"log.csv:3: column 'rating' (2) is f64 but holds 'x7'", "declare the column a string"}},
    {TEXT("time\n1\n2.5\n"),
     {.types = time_i64, .type_count = 1},
     LIS_EFORMAT,
     {"log.csv:3: column 'time' (1) is i64 but holds '2.5'", "whole number"}},
    {TEXT("time,n\n1,2\n,3\n"),
     {.types = time_i64, .type_count = 1},
     LIS_EFORMAT,
     {"log.csv:3: column 'time' (1) is i64 but empty here", "declare it f64"}},
    {TEXT("time\n11/14/2019 2:14:46 AM\n2019-11-14\n"),
     {.types = time_mind, .type_count = 1},
     LIS_EFORMAT,
     {"log.csv:3: column 'time' (1) is a time written as \"%m/%d/%Y %I:%M:%S %p\" but holds "
      "'2019-11-14'"}},
    {TEXT("time\n1\n"), {.types = time_odd, .type_count = 1}, LIS_EARG, {"'%Q' is unknown"}},
    {TEXT("item,n\na-1 b-0,1\na-1 bc,2\n"),
     {.types = item_marks, .type_count = 1},
     LIS_EFORMAT,
     {"log.csv:3: column 'item' (1) is a list whose elements end with '-' and a number, but holds "
      "'bc'"}},
    {TEXT("item,n\n-1,1\n"),
     {.types = item_marks, .type_count = 1},
     LIS_EFORMAT,
     {"but holds '-1'"}},
    {TEXT("item,n\na-x,1\n"),
     {.types = item_marks, .type_count = 1},
     LIS_EFORMAT,
     {"but holds 'a-x'"}},
    {TEXT("r:float\n1\nhigh\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:3: column 'r' (1) is f64 but holds 'high'"}},
    {TEXT("user,item\na,x\nb,y\0z\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:3: column 'item' (2) holds a NUL byte", "'y\\x00z'"}},
    {TEXT("user,item\na,x\nb,caf\xe9\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:3: column 'item' (2) is not valid UTF-8 at 'caf\\xe9'", "latin1"}},
    {TEXT("us\xe9r,item\na,x\n"), {0}, LIS_EFORMAT, {"log.csv:1: column name 1", "not UTF-8"}},
    {TEXT("us\0r,item\na,x\n"), {0}, LIS_EFORMAT, {"log.csv:1: column name 1"}},
    {TEXT("user,item\na,x\nb,\"y\nc,z\nd,w\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:3: column 'item' (2) opens a quote that is never closed", "quote = false"}},
    {TEXT("user,item\na,\"x\"y\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:2: column 'item' (2) begins '\"x\"y'", "behind its closing quote"}},
    {TEXT("user,item\na,\"x\" \n"), {0}, LIS_EFORMAT, {"behind its closing quote"}},
    {TEXT("user,item\na,x\"y\"\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:2: column 'item' (2) has a quote inside"}},
    {TEXT("user,item\na,x\"y\nb,z\"w\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:2: column 'item' (2) has a quote inside"}},
    {TEXT("user,\"item\na,x\n"), {0}, LIS_EFORMAT, {"log.csv:1: the first line opens a quote"}},
    {TEXT("user,i\"tem\"\na,x\n"),
     {0},
     LIS_EFORMAT,
     {"log.csv:1: column name 2", "quote out of place"}},
    {TEXT("user,item,user\na,x,b\n"), {0}, LIS_EFORMAT, {"columns 1 and 3 are both named 'user'"}},
    {TEXT("\xff\xfeu\0s\0"), {0}, LIS_EFORMAT, {"UTF-16"}},
    {TEXT("PK\3\4zzzz"), {0}, LIS_EFORMAT, {"zip"}},
    {TEXT("PAR1zzzz"), {0}, LIS_EFORMAT, {"Parquet"}},
    {TEXT("user,rating\na,1\n"),
     {.require = rating_name, .require_count = 1},
     LIS_EARG,
     {"log.csv: no column 'raitng'", "the file has 'user', 'rating'", "did you mean 'rating'?"}},
    {TEXT("user,rating\na,1\n"),
     {.require = time_name, .require_count = 1},
     LIS_EARG,
     {"no column 'timestamp', which is required; the file has 'user', 'rating'"}},
    {TEXT("user,n\na,1\n"),
     {.types = rating_f64, .type_count = 1},
     LIS_EARG,
     {"no column 'rating', whose type is declared"}},
    {TEXT("user,n\na,1\n"), {.only = item_only, .only_count = 1}, LIS_EARG, {"no column 'item'"}},
    {TEXT("1,2,3\n"), {.names = two_names, .name_count = 2}, LIS_EFORMAT, {"3 fields but 2 names"}},
    {TEXT("a,b\n1,2\n"), {.delimiter = ""}, LIS_EARG, {"delimiter ''"}},
    {TEXT("a,b\n1,2\n"), {.delimiter = "\n"}, LIS_EARG, {"delimiter '\\x0a'"}},
    {TEXT("a,b\n1,2\n"), {.delimiter = "0123456789abcdef"}, LIS_EARG, {"1 to 15 bytes"}},
    {TEXT("a,b\n1,2\n123456789,2\n"),
     {.line_max = 8},
     LIS_EFORMAT,
     {"log.csv:3: the line is 11 bytes long, more than the 8"}},
    {TEXT("abcdefghi,b\n1,2\n"),
     {.line_max = 8},
     LIS_EFORMAT,
     {"log.csv:1: the first line is too long"}},
};

const size_t refused_count = sizeof refused / sizeof *refused;

/* ---- made files ---- */

static void random_field(lis_rng *rng, text_buffer *text, bool quotes, const char *delimiter) {
    static const char *const pieces[] = {"a", "bc", "7", "\xc3\xa9", "u_", ":", "-"};
    bool quoted = quotes && lis_rng_below(rng, 4) == 0;
    if (quoted) text_add(text, "\"", 1);
    for (uint64_t k = 1 + lis_rng_below(rng, 4); k > 0; k--) {
        uint64_t kind = quoted ? lis_rng_below(rng, 10) : lis_rng_below(rng, 7);
        const char *piece = kind < 7    ? pieces[kind]
                            : kind == 7 ? "\"\""
                            : kind == 8 ? "\n"
                                        : delimiter;
        if (delimiter[0] == ':' && piece[0] == ':') piece = "k"; /* would make a delimiter */
        text_add(text, piece, strlen(piece));
    }
    if (quoted) text_add(text, "\"", 1);
}

text_buffer random_file(lis_rng *rng, const char *delimiter, bool quotes, int rows) {
    text_buffer text = {0};
    text_print(&text, "one%stwo%sthree\n", delimiter, delimiter);
    for (int r = 0; r < rows; r++) {
        if (lis_rng_below(rng, 10) == 0) text_print(&text, "\n");
        for (int c = 0; c < 3; c++) {
            random_field(rng, &text, quotes, delimiter);
            if (c < 2) text_print(&text, "%s", delimiter);
        }
        if (r + 1 < rows || lis_rng_below(rng, 2))
            text_print(&text, "%s", lis_rng_below(rng, 3) ? "\n" : "\r\n");
    }
    return text;
}
