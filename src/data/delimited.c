#include "lis/data/delimited.h"

#include "reading.h"
#include "source.h"

lis_status lis_delimited_parse(lis_ctx *ctx, lis_table *out, const char *path, const char *bytes,
                               size_t size, const lis_delimited_options *options, lis_error *err) {
    *out = (lis_table){0};
    lis_schema schema = {0};
    lis_status status = lis_schema_open(&schema, path, bytes, size, options, err);
    if (status == LIS_OK) status = lis_reading_run(ctx, out, &schema, options->shard_bytes, err);
    lis_schema_free(&schema);
    return status;
}

lis_status lis_delimited_read(lis_ctx *ctx, lis_table *out, const char *path,
                              const lis_delimited_options *options, lis_error *err) {
    lis_source source;
    *out = (lis_table){0};
    LIS_TRY(lis_source_open(ctx, &source, path, options->unpack_max, err));
    lis_status status = options->latin1 ? lis_source_from_latin1(&source, err) : LIS_OK;
    if (status == LIS_OK)
        status = lis_delimited_parse(ctx, out, path, source.bytes, source.size, options, err);
    lis_source_close(&source);
    return status;
}
