/* identity.c -- the canonical description of a sub-topology's state and inputs. */
#include "src/base/base.h"

#include "src/data/codecs.h"
#include "topology/graph/identity.h"

static void begin_word(struct wr_buf *out, size_t start)
{
    if (out->len > start) {
        wr_buf_char(out, ' ');
    }
}

static void add_codec(struct wr_buf *out, const char *what, const struct weir_codec *codec)
{
    wr_buf_printf(out, ",%s=", what);
    for (const char *p = codec->name; *p != '\0'; p++) {
        wr_buf_char(out, *p == ' ' ? '_' : *p);
    }
}

static void add_input(struct wr_buf *out, const struct wr_gtopic *t)
{
    wr_buf_printf(out, "input=%s", t->name);
    if (t->internal) {
        wr_buf_printf(out, ",internal,partitions=%d", (int)t->partitions);
    }
}

static void add_store(struct wr_buf *out, const struct wr_gstore *s)
{
    wr_buf_printf(out, "store=%s,%s", s->name, wr_store_type_name(s->type));
    add_codec(out, "key", s->key);
    add_codec(out, "value", s->value);
    if (s->source_changelog != NULL) {
        wr_buf_printf(out, ",changelog=topic:%s", s->source_changelog->name);
    } else {
        wr_buf_str(out, s->logged ? ",changelog=own" : ",changelog=none");
    }
}

void wr_identity_text(const struct wr_subtopology *s, struct wr_buf *out)
{
    size_t start = out->len;
    for (size_t i = 0; i < s->inputs.count; i++) {
        begin_word(out, start);
        add_input(out, s->inputs.items[i]);
    }
    for (size_t i = 0; i < s->stores.count; i++) {
        begin_word(out, start);
        add_store(out, s->stores.items[i]);
    }
}
