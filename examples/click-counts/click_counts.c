/* click_counts.c -- counts clicks per page.
 *
 * clicks (JSON, see generate.py) -> page-views (key: page, value: i64). A record's time is the
 * field "timestamp"; one count goes out per page and commit. The environment may name other topics.
 */
#include <stdlib.h>

#include <weir/weir.h>

static const char *topic(const char *variable, const char *name)
{
    const char *other = getenv(variable);
    return other != NULL ? other : name;
}

static void build(weir_topology *t, void *arg)
{
    (void)arg;
    struct weir_source src = WEIR_SOURCE_INIT;
    src.key = weir_string(t);
    src.value = weir_json(t);
    src.time_field = "timestamp";
    weir_stream *clicks = weir_from(t, topic("CLICKS_TOPIC", "clicks"), &src);
    weir_grouped *by_page = weir_group_by_field(clicks, "by-page", "page", weir_string(t));
    weir_table *views = weir_count(by_page, "page-views", NULL);
    weir_to(weir_changes(views), topic("PAGE_VIEWS_TOPIC", "page-views"), NULL);
}

int main(int argc, char **argv)
{
    return weir_main(argc, argv, "click-counts", build, NULL);
}
