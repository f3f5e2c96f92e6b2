/* codec_kinds.h -- what the files of the codecs share. */
#ifndef WR_CODEC_KINDS_H
#define WR_CODEC_KINDS_H

#include "src/base/base.h"
#include "src/base/err.h"
#include "src/data/codecs.h"

extern const struct wr_codec_ops wr_bytes_ops;
extern const struct wr_codec_ops wr_string_ops;
extern const struct wr_codec_ops wr_i32_ops;
extern const struct wr_codec_ops wr_i64_ops;
extern const struct wr_codec_ops wr_f64_ops;
extern const struct wr_codec_ops wr_json_ops;
extern const struct wr_codec_ops wr_struct_ops;

/* Byte arrays and structures as JSON: base64 in a string. */
void wr_base64_to_json(const struct weir_codec *c, struct weir_bytes b, struct wr_buf *out);
enum weir_code wr_base64_from_json(const struct weir_codec *c, struct weir_bytes text,
                                   struct wr_buf *out, struct weir_error *err);

#endif
