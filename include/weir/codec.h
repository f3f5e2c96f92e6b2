/* codec.h -- codecs give meaning to the bytes of keys and values.
 *
 * Values stay bytes from topic to topic: a codec is asked only where something looks inside. A
 * codec belongs to the topology it was made for and lives as long. Making one never fails: a wrong
 * argument becomes a finding of the topology (topology.h). Thread: the one that builds the
 * topology.
 *
 * Byte formats are those of Kafka's own serializers where one exists.
 */
#ifndef WEIR_CODEC_H
#define WEIR_CODEC_H

#include <stdint.h>

#include <weir/bytes.h>
#include <weir/error.h>

WEIR_BEGIN_DECLS

typedef struct weir_topology weir_topology;
typedef struct weir_codec weir_codec;
typedef struct weir_field weir_field;

WEIR_API weir_codec *weir_byte_array(weir_topology *t); /* any bytes */
WEIR_API weir_codec *weir_string(weir_topology *t); /* UTF-8; broken UTF-8 is passed on as it is */
WEIR_API weir_codec *weir_i32(weir_topology *t);    /* 4 bytes, big-endian, two's complement */
WEIR_API weir_codec *weir_i64(weir_topology *t);    /* 8 bytes, big-endian, two's complement */
WEIR_API weir_codec *weir_f64(weir_topology *t);    /* 8 bytes, big-endian, IEEE 754 */
WEIR_API weir_codec *weir_json(weir_topology *t);   /* one JSON text (RFC 8259), UTF-8 */

/* A C structure as a value, for the state of an aggregate. The bytes are the version and the size
 * (4 bytes each, big-endian) and then the structure as it lies in memory, so it must hold no
 * pointers and all instances must run on the same architecture. A stored value of another version
 * or size is not read as this one: it is an error that names both. Use WEIR_STRUCT for the last
 * four arguments. */
WEIR_API weir_codec *weir_struct_codec(weir_topology *t, const char *name, uint32_t version,
                                       size_t size, size_t align);

/* WEIR_STRUCT(stats, 1): structure "stats", version 1; for weir_struct_codec and weir_edit. */
#ifdef __cplusplus
#define WEIR_STRUCT(tag, version) #tag, version, sizeof(struct tag), alignof(struct tag)
#else
#define WEIR_STRUCT(tag, version) #tag, version, sizeof(struct tag), _Alignof(struct tag)
#endif

/* ---- one value out of a structured key or value ---------------------------------------------- */

enum weir_type {
    WEIR_TYPE_NULL,
    WEIR_TYPE_BOOL,
    WEIR_TYPE_I64,
    WEIR_TYPE_F64,
    WEIR_TYPE_STRING,
    WEIR_TYPE_RAW
};

/* A scalar read from bytes. STRING is UTF-8 with escapes resolved; RAW is the unparsed text of a
 * JSON object or array, or the bytes of a byte-array value. Views live as long as the bytes they
 * were read from and the scratch memory of the callback (processor.h), whichever is shorter. */
struct weir_scalar {
    enum weir_type type;
    union {
        bool b;
        int64_t i;
        double f;
        struct weir_bytes s;
    } u;
};

/* Compile a path into values of codec: "a.b", "items[2].price"; a name with other characters than
 * letters, digits, '_' and '-' is written in brackets, "['odd name']"; "" is the whole value. Only
 * JSON has structure; for the scalar codecs the path must be "". A path that cannot be read is a
 * finding. */
WEIR_API weir_field *weir_field_of(weir_topology *t, weir_codec *codec, const char *path);

WEIR_END_DECLS

#endif
