/* case_formats.c -- one function for each layout: what Weir makes of the members "given", in the
 * members that the fact has. What is read back is held to be what was given. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/data/codecs.h"
#include "src/kproto/murmur2.h"
#include "src/kproto/offset_metadata.h"
#include "tests/conformance/case_formats.h"
#include "tests/conformance/case_value.h"
#include "topology/dsl/blueprint.h"

/* The bytes of a string or a long, by the codec of that type. */
static json_t *basic_serdes(const json_t *given)
{
    struct wr_topology_options options = {.application_id = "app"};
    struct weir_topology *t = wr_topology_new(&options);
    const json_t *value = json_object_get(given, "long");
    const weir_codec *codec = value != NULL ? weir_i64(t) : weir_string(t);
    value = value != NULL ? value : json_object_get(given, "string");
    struct wr_buf bytes = {0};
    struct wr_buf back = {0};
    struct weir_error err;
    char *written = json_dumps(value, JSON_ENCODE_ANY);
    bool ok = codec->ops->from_json(codec, weir_str(written), &bytes, &err) == WEIR_OK &&
              codec->ops->validate(codec, wr_buf_view(&bytes), &err) == WEIR_OK;
    codec->ops->to_json(codec, wr_buf_view(&bytes), &back);
    json_t *again = json_loadb(back.data, back.len, JSON_DECODE_ANY, NULL);
    ok = ok && json_equal(value, again);
    json_t *out = json_pack("{s:o}", "hex", ok ? case_hex(wr_buf_view(&bytes)) : json_null());
    json_decref(again);
    free(written);
    wr_buf_free(&bytes);
    wr_buf_free(&back);
    wr_topology_free(t);
    return out;
}

static json_t *partitioner(const json_t *given)
{
    static const int32_t counts[] = {1, 2, 3, 4, 7, 12, 50, 128};
    struct wr_buf buffer = {0};
    struct weir_bytes key = case_unhex(json_object_get(given, "key_hex"), &buffer);
    json_t *partitions = json_object();
    for (size_t i = 0; i < WR_ARRAY_LEN(counts); i++) {
        char *count = wr_asprintf("%d", (int)counts[i]);
        json_object_set_new(partitions, count, json_integer(wr_partition_of(key, counts[i])));
        wr_free(count);
    }
    json_t *out = json_pack("{s:i,s:o}", "murmur2", wr_murmur2(key), "partition_of", partitions);
    wr_buf_free(&buffer);
    return out;
}

static bool metadata_reads_back(const char *text, const struct wr_offset_metadata *m)
{
    struct wr_arena arena;
    struct wr_offset_metadata again;
    wr_arena_init(&arena, 1024);
    bool same = wr_offset_metadata_decode(text, &arena, &again) && again.count == m->count &&
                again.partition_time == m->partition_time;
    for (size_t i = 0; same && i < m->count; i++) {
        same = weir_equal(again.entries[i].name, m->entries[i].name) &&
               again.entries[i].number == m->entries[i].number;
    }
    wr_arena_free(&arena);
    return same;
}

static json_t *offset_metadata(const json_t *given)
{
    enum { ENTRIES_MAX = 8 };
    struct wr_offset_entry entries[ENTRIES_MAX];
    struct wr_offset_metadata m = {
        .partition_time = json_integer_value(json_object_get(given, "partition_time")),
        .entries = entries,
    };
    const char *name;
    json_t *number;
    json_object_foreach(json_object_get(given, "processor_metadata"), name, number)
    {
        wr_assert(m.count < ENTRIES_MAX);
        entries[m.count++] = (struct wr_offset_entry){weir_str(name), json_integer_value(number)};
    }
    struct wr_buf text = {0};
    wr_offset_metadata_encode(&m, &text);
    const char *base64 = wr_buf_cstr(&text);
    json_t *out = json_pack("{s:o}", "base64",
                            metadata_reads_back(base64, &m) ? json_string(base64) : json_null());
    wr_buf_free(&text);
    return out;
}

static const struct layout {
    const char *name;
    json_t *(*make)(const json_t *given);
} layouts[] = {
    {"basic-serdes", basic_serdes},
    {"partitioner", partitioner},
    {"offset-metadata", offset_metadata},
};

static const struct layout *find(const json_t *json)
{
    const char *name = json_string_value(json_object_get(json, "name"));
    for (size_t i = 0; i < WR_ARRAY_LEN(layouts); i++) {
        if (strcmp(layouts[i].name, name) == 0) {
            return &layouts[i];
        }
    }
    return NULL;
}

bool case_format_is_built(const json_t *json)
{
    return find(json) != NULL;
}

char *case_format_check(const json_t *json)
{
    size_t i;
    json_t *fact;
    char *failure = NULL;
    const struct layout *layout = find(json);
    json_array_foreach(json_object_get(json, "facts"), i, fact)
    {
        json_t *came = layout->make(json_object_get(fact, "given"));
        json_object_set(came, "given", json_object_get(fact, "given"));
        if (failure == NULL && !json_equal(fact, came)) {
            char *wanted = json_dumps(fact, JSON_COMPACT | JSON_SORT_KEYS);
            char *got = json_dumps(came, JSON_COMPACT | JSON_SORT_KEYS);
            failure = wr_asprintf("expected:\n  %s\ncame:\n  %s\n", wanted, got);
            free(wanted);
            free(got);
        }
        json_decref(came);
    }
    return failure;
}
