/* fuzz_json.c -- the JSON reader under libFuzzer: no bytes may break it, and a text that it takes
 * can be read, shown and judged again.
 */
#include "src/base/base.h"

#include "src/data/codecs.h"

static const char *const paths[] = {"", "a", "a.b", "[0]", "a[1].b", "['']", "['\"']"};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct weir_codec *json = wr_codec_builtin(WR_CODEC_JSON);
    struct weir_bytes text = weir_view(data, size);
    struct weir_error err;
    struct wr_arena arena;
    struct wr_buf shown = {0};
    wr_arena_init(&arena, 4096);
    bool valid = json->ops->validate(json, text, &err) == WEIR_OK;
    for (size_t i = 0; i < WR_ARRAY_LEN(paths); i++) {
        struct weir_field *field = NULL;
        struct weir_scalar v;
        wr_assert(wr_field_compile(&arena, json, paths[i], &field, &err) == WEIR_OK);
        enum weir_code code = json->ops->get(field, text, &arena, &v, &err);
        /* Of a valid text only a number beyond a double cannot be read. */
        wr_assert(!valid || code != WEIR_EDECODE || memchr(data, 'e', size) != NULL ||
                  memchr(data, 'E', size) != NULL || size > 300);
    }
    if (valid) {
        json->ops->to_json(json, text, &shown);
        wr_assert(json->ops->validate(json, wr_buf_view(&shown), &err) == WEIR_OK);
    }
    wr_buf_free(&shown);
    wr_arena_free(&arena);
    return 0;
}
