#include "lis/data/cache_writer.h"

#include <stddef.h>
#include <string.h>

#include "cache_frame.h"
#include "lis/base/file.h"
#include "lis/base/hash.h"
#include "lis/base/mem.h"
#include "lis/base/parallel.h"

enum { LEVEL_MAX = 19, FRAMES_A_WORKER = 2 };

/* An array while it is being written. */
typedef struct column {
    char *name;
    lis_dtype dtype;
    int kind;
    int64_t length;
    unsigned char *buffer; /* elements that fill no frame yet */
    int64_t buffered;
    lis_frame_record *frame;
    int64_t frames, room;
    bool whole; /* it was put at once and takes no more */
} column;

typedef struct note {
    char *key, *text;
    size_t key_bytes, text_bytes;
} note;

struct lis_cache_writer {
    lis_file file;
    int level;
    int64_t frame; /* elements */
    uint64_t at;   /* where the next byte of the file goes */
    bool broken;   /* an earlier call failed, or it was committed */
    column *column;
    int64_t columns, column_room;
    note *note;
    int64_t notes, note_room;
};

/* Room for one more element of an array that doubles. */
static lis_status reserve(void **array, int64_t count, int64_t *room, size_t size, lis_error *err) {
    if (count < *room) return LIS_OK;
    int64_t wanted = *room ? 2 * *room : 8;
    void *grown = lis_realloc(*array, (size_t)wanted, size);
    if (!grown) return lis_fail_nomem(err, "a cache's directory", (double)wanted * (double)size);
    *array = grown;
    *room = wanted;
    return LIS_OK;
}

static char *copy_of(const char *bytes, size_t length) {
    char *copy = lis_alloc(length + 1, 1);
    if (!copy) return NULL;
    memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static lis_status put(lis_cache_writer *w, const void *bytes, size_t length, lis_error *err) {
    w->at += length;
    return lis_file_write(&w->file, bytes, length, err);
}

/* ---- beginning and ending */

static lis_status check_options(const lis_cache_options *options, lis_error *err) {
    if (options->level < 0 || options->level > LEVEL_MAX)
        return lis_fail(err, LIS_EARG, "'level' is %d, wanted 1 to %d", options->level, LEVEL_MAX);
    if (options->frame < 0 || options->frame > LIS_CACHE_FRAME_MAX)
        return lis_fail(err, LIS_EARG, "'frame' is %lld elements, wanted 1 to %d",
                        (long long)options->frame, LIS_CACHE_FRAME_MAX);
    return LIS_OK;
}

lis_status lis_cache_create(lis_cache_writer **out, const char *path,
                            const lis_cache_options *options, lis_error *err) {
    static const lis_cache_options defaults;
    static const lis_cache_head nothing;
    *out = NULL;
    if (!options) options = &defaults;
    LIS_TRY(check_options(options, err));
    lis_cache_writer *w = lis_calloc(1, sizeof *w);
    if (!w) return lis_fail_nomem(err, "a cache's writer", (double)sizeof *w);
    w->level = options->plain ? 0 : options->level ? options->level : 1;
    w->frame = options->frame ? options->frame : LIS_CACHE_FRAME;
    lis_status status = lis_file_create(&w->file, path, err);
    if (status == LIS_OK) status = put(w, &nothing, sizeof nothing, err);
    if (status == LIS_OK)
        *out = w;
    else
        lis_cache_discard(w);
    return status;
}

void lis_cache_discard(lis_cache_writer *w) {
    if (!w) return;
    lis_file_abort(&w->file);
    for (int64_t c = 0; c < w->columns; c++) {
        lis_free(w->column[c].name);
        lis_free(w->column[c].buffer);
        lis_free(w->column[c].frame);
    }
    for (int64_t k = 0; k < w->notes; k++) {
        lis_free(w->note[k].key);
        lis_free(w->note[k].text);
    }
    lis_free(w->column);
    lis_free(w->note);
    lis_free(w);
}

static lis_status check_whole(const lis_cache_writer *w, lis_error *err) {
    if (!w->broken) return LIS_OK;
    return lis_fail(err, LIS_ESTATE, "this cache was committed, or writing it failed: begin anew");
}

/* ---- arrays */

int64_t lis_cache_added(const lis_cache_writer *w, const char *name) {
    for (int64_t c = 0; c < w->columns; c++)
        if (strcmp(w->column[c].name, name) == 0) return c;
    return -1;
}

lis_dtype lis_cache_added_type(const lis_cache_writer *w, int64_t index) {
    return w->column[index].dtype;
}

lis_status lis_cache_add(lis_cache_writer *w, const char *name, lis_dtype dtype, int kind,
                         int64_t *index, lis_error *err) {
    size_t length = strlen(name);
    LIS_TRY(check_whole(w, err));
    if (length == 0 || length > LIS_CACHE_NAME_MAX)
        return lis_fail(err, LIS_EARG, "an array's name has 1 to %d bytes, not %zu",
                        LIS_CACHE_NAME_MAX, length);
    if (lis_cache_added(w, name) >= 0)
        return lis_fail(err, LIS_EARG, "there is an array '%s' already", name);
    if (w->columns >= LIS_CACHE_ARRAYS_MAX)
        return lis_fail(err, LIS_EARG, "a cache holds at most %d arrays", LIS_CACHE_ARRAYS_MAX);
    LIS_TRY(reserve((void **)&w->column, w->columns, &w->column_room, sizeof *w->column, err));
    char *copy = copy_of(name, length);
    if (!copy) return lis_fail_nomem(err, "a name", (double)length);
    *index = w->columns;
    w->column[w->columns++] = (column){.name = copy, .dtype = dtype, .kind = kind};
    return LIS_OK;
}

/* Frames of one array, packed in parallel, a slot each. */
typedef struct batch {
    const lis_cache_writer *writer;
    const column *column;
    const unsigned char *values;
    int64_t n; /* elements in all */
    lis_frame_scratch *slot;
    lis_frame_record *record;
} batch;

static lis_status encode_one(void *arg, lis_shard shard, lis_error *err) {
    const batch *b = arg;
    size_t size = lis_dtype_size(b->column->dtype);
    return lis_frame_encode(&b->slot[shard.index], &b->record[shard.index], b->column->dtype,
                            b->values + (size_t)shard.begin * size, shard.end - shard.begin,
                            b->writer->level, err);
}

static lis_status keep_frame(lis_cache_writer *w, column *c, const lis_frame_scratch *slot,
                             lis_frame_record record, lis_error *err) {
    static const unsigned char zeros[LIS_ALIGN];
    LIS_TRY(reserve((void **)&c->frame, c->frames, &c->room, sizeof *c->frame, err));
    if (w->level == 0) LIS_TRY(put(w, zeros, (size_t)(-w->at & (LIS_ALIGN - 1)), err));
    record.at = w->at;
    c->frame[c->frames++] = record;
    return put(w, slot->stored, record.stored, err);
}

/* Writes n elements as frames of their own. */
static lis_status write_frames(lis_ctx *ctx, lis_cache_writer *w, column *c,
                               const unsigned char *values, int64_t n, lis_error *err) {
    int64_t slots = (int64_t)ctx->threads * FRAMES_A_WORKER, frames = lis_shard_count(n, w->frame);
    if (slots > frames) slots = frames;
    lis_frame_scratch *slot = lis_calloc((size_t)slots, sizeof *slot);
    lis_frame_record *record = lis_calloc((size_t)slots, sizeof *record);
    lis_status status = LIS_OK;
    if (!slot || !record) status = lis_fail_nomem(err, "frames", (double)slots * sizeof *slot);
    size_t size = lis_dtype_size(c->dtype);
    for (int64_t done = 0; status == LIS_OK && done < n;) {
        int64_t piece = n - done < slots * w->frame ? n - done : slots * w->frame;
        batch b = {.writer = w,
                   .column = c,
                   .values = values + (size_t)done * size,
                   .n = piece,
                   .slot = slot,
                   .record = record};
        status = lis_parallel_for(ctx, piece, w->frame, encode_one, &b, err);
        for (int64_t k = 0; status == LIS_OK && k < lis_shard_count(piece, w->frame); k++)
            status = keep_frame(w, c, &slot[k], record[k], err);
        done += piece;
    }
    for (int64_t k = 0; slot && k < slots; k++)
        lis_frame_scratch_close(&slot[k]);
    lis_free(slot);
    lis_free(record);
    return status;
}

/* Moves up to a frame's rest into the buffer; how many elements. */
static int64_t fill_buffer(const lis_cache_writer *w, column *c, const void *values, int64_t n) {
    size_t size = lis_dtype_size(c->dtype);
    int64_t taken = w->frame - c->buffered < n ? w->frame - c->buffered : n;
    memcpy(c->buffer + (size_t)c->buffered * size, values, (size_t)taken * size);
    c->buffered += taken;
    return taken;
}

static lis_status flush_buffer(lis_ctx *ctx, lis_cache_writer *w, column *c, lis_error *err) {
    if (c->buffered == 0) return LIS_OK;
    LIS_TRY(write_frames(ctx, w, c, c->buffer, c->buffered, err));
    c->buffered = 0;
    return LIS_OK;
}

static lis_status append(lis_ctx *ctx, lis_cache_writer *w, column *c, const unsigned char *values,
                         int64_t n, lis_error *err) {
    size_t size = lis_dtype_size(c->dtype);
    if (!c->buffer) c->buffer = lis_alloc((size_t)w->frame, size);
    if (!c->buffer) return lis_fail_nomem(err, "a frame", (double)w->frame * (double)size);
    c->length += n;
    int64_t done = 0;
    if (c->buffered > 0) {
        done = fill_buffer(w, c, values, n);
        if (c->buffered == w->frame) LIS_TRY(flush_buffer(ctx, w, c, err));
    }
    int64_t whole = (n - done) / w->frame * w->frame;
    if (whole > 0) LIS_TRY(write_frames(ctx, w, c, values + (size_t)done * size, whole, err));
    done += whole;
    if (done < n) fill_buffer(w, c, values + (size_t)done * size, n - done);
    return LIS_OK;
}

lis_status lis_cache_append(lis_ctx *ctx, lis_cache_writer *w, int64_t index, const void *values,
                            int64_t n, lis_error *err) {
    LIS_TRY(check_whole(w, err));
    if (w->column[index].whole)
        return lis_fail(err, LIS_EARG, "column '%s' was put whole and takes no more",
                        w->column[index].name);
    if (n == 0) return LIS_OK;
    lis_status status = append(ctx, w, &w->column[index], values, n, err);
    w->broken = status != LIS_OK;
    return status;
}

lis_status lis_cache_put(lis_ctx *ctx, lis_cache_writer *w, const char *name, lis_dtype dtype,
                         int kind, const void *values, int64_t n, lis_error *err) {
    int64_t index;
    LIS_TRY(lis_cache_add(w, name, dtype, kind, &index, err));
    LIS_TRY(lis_cache_append(ctx, w, index, values, n, err));
    lis_status status = flush_buffer(ctx, w, &w->column[index], err);
    w->column[index].whole = true;
    w->broken = status != LIS_OK;
    return status;
}

/* ---- notes */

lis_status lis_cache_set_note(lis_cache_writer *w, const char *key, lis_text text, lis_error *err) {
    LIS_TRY(check_whole(w, err));
    size_t key_bytes = strlen(key);
    if (key_bytes == 0 || key_bytes > LIS_CACHE_NAME_MAX || text.length > INT32_MAX)
        return lis_fail(err, LIS_EARG, "a note has a key of 1 to %d bytes and up to 2 GiB of text",
                        LIS_CACHE_NAME_MAX);
    note fresh = {.key = copy_of(key, key_bytes),
                  .text = copy_of(text.bytes, text.length),
                  .key_bytes = key_bytes,
                  .text_bytes = text.length};
    int64_t k = 0;
    while (k < w->notes && strcmp(w->note[k].key, key) != 0)
        k++;
    lis_status status = LIS_OK;
    if (!fresh.key || !fresh.text)
        status = lis_fail_nomem(err, "a note", (double)(key_bytes + text.length));
    else
        status = reserve((void **)&w->note, w->notes, &w->note_room, sizeof *w->note, err);
    if (status != LIS_OK) {
        lis_free(fresh.key);
        lis_free(fresh.text);
        return status;
    }
    if (k < w->notes) {
        lis_free(w->note[k].key);
        lis_free(w->note[k].text);
    } else {
        w->notes++;
    }
    w->note[k] = fresh;
    return LIS_OK;
}

/* ---- the directory */

/* The directory while it is put together: records first, then the text they point into. */
typedef struct directory {
    unsigned char *bytes;
    size_t size, text_at; /* text_at: where the next text goes */
    size_t text_begin;
} directory;

static uint32_t add_text(directory *d, const char *text, size_t length) {
    uint32_t place = (uint32_t)(d->text_at - d->text_begin);
    memcpy(d->bytes + d->text_at, text, length + 1);
    d->text_at += length + 1;
    return place;
}

static void fill_arrays(const lis_cache_writer *w, directory *d, lis_cache_array_record *array,
                        lis_frame_record *frame) {
    uint64_t first = 0;
    for (int64_t i = 0; i < w->columns; i++) {
        const column *c = &w->column[i];
        array[i] = (lis_cache_array_record){.name_at = add_text(d, c->name, strlen(c->name)),
                                            .name_bytes = (uint32_t)strlen(c->name),
                                            .dtype = (uint32_t)c->dtype,
                                            .kind = c->kind,
                                            .length = (uint64_t)c->length,
                                            .first_frame = first,
                                            .frame = (uint32_t)w->frame};
        if (c->frames) memcpy(frame + first, c->frame, (size_t)c->frames * sizeof *frame);
        first += (uint64_t)c->frames;
    }
}

static void fill_notes(const lis_cache_writer *w, directory *d, lis_cache_note_record *record) {
    for (int64_t k = 0; k < w->notes; k++) {
        const note *n = &w->note[k];
        uint32_t key = add_text(d, n->key, n->key_bytes);
        record[k] = (lis_cache_note_record){.key_at = key,
                                            .key_bytes = (uint32_t)n->key_bytes,
                                            .text_at = add_text(d, n->text, n->text_bytes),
                                            .text_bytes = (uint32_t)n->text_bytes};
    }
}

/* The head but for its own checksum, and the directory; d->bytes is the caller's to free. */
static lis_status make_directory(const lis_cache_writer *w, directory *d, lis_cache_head *head,
                                 lis_error *err) {
    size_t frames = 0, text = 0;
    for (int64_t i = 0; i < w->columns; i++) {
        frames += (size_t)w->column[i].frames;
        text += strlen(w->column[i].name) + 1;
    }
    for (int64_t k = 0; k < w->notes; k++)
        text += w->note[k].key_bytes + w->note[k].text_bytes + 2;
    if (text > UINT32_MAX) return lis_fail(err, LIS_EARG, "a cache's notes exceed 4 GiB");
    size_t arrays_bytes = (size_t)w->columns * sizeof(lis_cache_array_record);
    size_t frames_bytes = frames * sizeof(lis_frame_record);
    size_t notes_bytes = (size_t)w->notes * sizeof(lis_cache_note_record);
    d->text_begin = d->text_at = arrays_bytes + frames_bytes + notes_bytes;
    d->size = d->text_begin + text;
    d->bytes = lis_alloc(d->size, 1);
    if (!d->bytes) return lis_fail_nomem(err, "a cache's directory", (double)d->size);
    fill_arrays(w, d, (lis_cache_array_record *)(void *)d->bytes,
                (lis_frame_record *)(void *)(d->bytes + arrays_bytes));
    fill_notes(w, d, (lis_cache_note_record *)(void *)(d->bytes + arrays_bytes + frames_bytes));
    *head = (lis_cache_head){.version = LIS_CACHE_VERSION,
                             .order = LIS_CACHE_ORDER,
                             .file_bytes = w->at + d->size,
                             .directory_at = w->at,
                             .directory_bytes = d->size,
                             .directory_hash = lis_hash(d->bytes, d->size, 0),
                             .arrays = (uint32_t)w->columns,
                             .notes = (uint32_t)w->notes,
                             .frames = frames,
                             .text_bytes = text};
    memcpy(head->magic, LIS_CACHE_MAGIC, sizeof head->magic);
    return LIS_OK;
}

static lis_status write_directory(lis_cache_writer *w, lis_error *err) {
    static const unsigned char zeros[8];
    LIS_TRY(put(w, zeros, (size_t)(-w->at & 7), err));
    directory d = {0};
    lis_cache_head head;
    LIS_TRY(make_directory(w, &d, &head, err));
    lis_status status = put(w, d.bytes, d.size, err);
    lis_free(d.bytes);
    LIS_TRY(status);
    head.head_hash = lis_hash(&head, offsetof(lis_cache_head, head_hash), 0);
    LIS_TRY(lis_file_rewind(&w->file, err));
    return lis_file_write(&w->file, &head, sizeof head, err);
}

lis_status lis_cache_commit(lis_ctx *ctx, lis_cache_writer *w, lis_error *err) {
    LIS_TRY(check_whole(w, err));
    lis_status status = LIS_OK;
    for (int64_t c = 0; status == LIS_OK && c < w->columns; c++)
        status = flush_buffer(ctx, w, &w->column[c], err);
    w->broken = true;
    LIS_TRY(status);
    LIS_TRY(write_directory(w, err));
    return lis_file_commit(&w->file, err);
}
