/* word_count.c -- counts the words of lines of text.
 *
 * lines (text) -> word-counts (key: word, value: i64). Splitting does not change keys; grouping by
 * the word does, so the words go through the internal topic word-count-by-word-repartition.
 */
#include <weir/weir.h>

/* Forwards one record for each word of a line. */
static enum weir_code split(weir_ctx *c, const struct weir_record *line, void *state)
{
    (void)state;
    struct weir_record word = *line;
    const char *at = line->value.data;
    size_t left = line->value.len;
    enum weir_code code = WEIR_OK;
    while (left != 0 && code == WEIR_OK) {
        const char *space = memchr(at, ' ', left);
        word.value = weir_view(at, space != NULL ? (size_t)(space - at) : left);
        code = word.value.len != 0 ? weir_forward(c, &word) : WEIR_OK;
        size_t taken = word.value.len + (space != NULL);
        at += taken;
        left -= taken;
    }
    return code;
}

static void build(weir_topology *t, void *arg)
{
    (void)arg;
    struct weir_source text = WEIR_SOURCE_INIT;
    text.value = weir_string(t);
    struct weir_node words = WEIR_NODE_INIT;
    words.value = weir_string(t);
    weir_stream *stream = weir_flat_map_values(weir_from(t, "lines", &text), split, &words);
    weir_grouped *by_word = weir_group_by_field(stream, "by-word", "", weir_string(t));
    weir_to(weir_changes(weir_count(by_word, "counts", NULL)), "word-counts", NULL);
}

int main(int argc, char **argv)
{
    return weir_main(argc, argv, "word-count", build, NULL);
}
