#include "support.h"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

void assert_holds(const char *message, const char *piece) {
    if (!strstr(message, piece)) fail_msg("no \"%s\" in \"%s\"", piece, message);
}

void check_allocations(made *make, void (*drop)(void *arg), void *arg) {
    for (int64_t successes = 0;; successes++) {
        lis_error error = {0};
        int64_t before = lis_mem_read().live_blocks;
        lis_mem_fail_after(successes);
        lis_status status = make(arg, &error);
        lis_mem_fail_after(-1);
        if (status == LIS_OK) {
            drop(arg);
            assert_int_equal(lis_mem_read().live_blocks, before);
            assert_true(successes > 0);
            return;
        }
        if (status != LIS_ENOMEM)
            fail_msg("allocation %lld: %s", (long long)successes, error.message);
        assert_true(error.message[0] != '\0');
        assert_int_equal(lis_mem_read().live_blocks, before);
        assert_true(successes < 100000);
    }
}

const char *test_path(const char *name) {
    static char folder[64], path[256];
    if (!folder[0]) {
        strcpy(folder, "/tmp/lis-data-XXXXXX");
        assert_non_null(mkdtemp(folder));
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void write_file(const char *path, const void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void text_add(text_buffer *text, const char *bytes, size_t n) {
    if (text->size + n + 1 > text->capacity) {
        text->capacity = 2 * (text->size + n + 1);
        text->bytes = realloc(text->bytes, text->capacity);
        assert_non_null(text->bytes);
    }
    memcpy(text->bytes + text->size, bytes, n);
    text->size += n;
    text->bytes[text->size] = '\0';
}

void text_print(text_buffer *text, const char *format, ...) {
    char piece[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    assert_true(length >= 0 && (size_t)length < sizeof piece);
    text_add(text, piece, (size_t)length);
}

void text_free(text_buffer *text) {
    free(text->bytes);
    *text = (text_buffer){0};
}

text_buffer pack_gzip(const char *bytes, size_t size) {
    text_buffer out = {.bytes = malloc(size + 1000), .capacity = size + 1000};
    z_stream stream = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (unsigned)size};
    stream.next_out = (unsigned char *)out.bytes;
    stream.avail_out = (unsigned)out.capacity;
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.size = stream.total_out;
    deflateEnd(&stream);
    return out;
}

text_buffer pack_zstd(const char *bytes, size_t size) {
    size_t room = ZSTD_compressBound(size);
    text_buffer out = {.bytes = malloc(room + 1), .capacity = room};
    out.size = ZSTD_compress(out.bytes, room, bytes, size, 3);
    assert_false(ZSTD_isError(out.size));
    return out;
}

static void render_value(text_buffer *out, const lis_column *column, int64_t r) {
    lis_text text;
    switch (column->type) {
    case LIS_COLUMN_STRING:
        if (lis_i32(&column->values)[r] < 0) {
            text_print(out, "-");
            return;
        }
        text = lis_dict_text(column->dict, lis_i32(&column->values)[r]);
        text_add(out, text.bytes, text.length);
        return;
    case LIS_COLUMN_TEXT:
        text = lis_column_text(column, r);
        text_add(out, text.bytes, text.length);
        return;
    case LIS_COLUMN_F64:
        text_print(out, "%.17g", lis_f64(&column->values)[r]);
        return;
    case LIS_COLUMN_F32:
        text_print(out, "%.9g", (double)lis_f32(&column->values)[r]);
        return;
    case LIS_COLUMN_LIST:
        text_add(out, "[", 1);
        for (int64_t k = lis_i64(&column->values)[r]; k < lis_i64(&column->values)[r + 1]; k++) {
            text = lis_dict_text(column->dict, lis_i32(&column->items)[k]);
            text_add(out, " ", k > lis_i64(&column->values)[r]);
            text_add(out, text.bytes, text.length);
            if (column->marks.data) text_print(out, "=%g", (double)lis_f32(&column->marks)[k]);
        }
        text_add(out, "]", 1);
        return;
    case LIS_COLUMN_I64:
        text_print(out, "%lld", (long long)lis_i64(&column->values)[r]);
        return;
    }
}

char *render_table(const lis_table *table) {
    text_buffer out = {0};
    for (int64_t c = 0; c < table->columns; c++) {
        const lis_column *column = &table->column[c];
        text_print(&out, "%s%s:%s=", c ? ";" : "", column->name,
                   lis_column_type_name(column->type));
        for (int64_t r = 0; r < table->rows; r++) {
            if (r) text_add(&out, ",", 1);
            render_value(&out, column, r);
        }
    }
    return out.bytes;
}
