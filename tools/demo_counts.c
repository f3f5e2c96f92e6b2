/* demo_counts.c -- clicks and counts by page, and what is wrong with them. */
#include "src/base/base.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "src/base/endian.h"
#include "src/base/err.h"
#include "src/base/mem.h"
#include "tools/demo_counts.h"

void wr_demo_counts_free(struct wr_demo_counts *c)
{
    for (size_t i = 0; i < c->pages.count; i++) {
        wr_free(c->pages.entries[i].value);
    }
    wr_strmap_free(&c->pages);
    *c = (struct wr_demo_counts){0};
}

static struct wr_demo_page *page_of(struct wr_demo_counts *c, const char *name)
{
    struct wr_demo_page *page = wr_strmap_get(&c->pages, name);
    if (page == NULL) {
        page = WR_NEW(struct wr_demo_page);
        wr_strmap_put(&c->pages, name, page);
        page->name = c->pages.entries[c->pages.count - 1].name;
    }
    return page;
}

enum weir_code wr_demo_click(struct wr_demo_counts *c, struct weir_bytes json,
                             struct weir_error *err)
{
    json_error_t why;
    const char *name;
    json_t *click = json_loadb(json.data, json.len, 0, &why);
    enum weir_code code = WEIR_OK;
    if (click == NULL || json_unpack_ex(click, &why, 0, "{s:s}", "page", &name) != 0) {
        code = wr_fail(err, WEIR_EDECODE, "a click is not what was written: %s", why.text);
    } else {
        page_of(c, name)->clicks++;
        c->clicks++;
    }
    json_decref(click);
    return code;
}

enum weir_code wr_demo_update(struct wr_demo_counts *c, struct weir_bytes page,
                              struct weir_bytes count, struct weir_error *err)
{
    if (page.data == NULL || count.len != sizeof(int64_t)) {
        return wr_fail(err, WEIR_EDECODE, "something else than a page and its count was written");
    }
    char *name = wr_strndup(page.data, page.len);
    struct wr_demo_page *p = page_of(c, name);
    int64_t n = (int64_t)wr_get_be64(count.data);
    c->updates++;
    c->repeated += n <= p->counted;
    c->counted += n - p->counted;
    p->counted = n;
    wr_free(name);
    return WEIR_OK;
}

/* Greatest first, then by name. */
static bool is_before(const struct wr_demo_page *a, const struct wr_demo_page *b)
{
    return a->counted != b->counted ? a->counted > b->counted : strcmp(a->name, b->name) < 0;
}

size_t wr_demo_top(const struct wr_demo_counts *c, const struct wr_demo_page **out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < c->pages.count; i++) {
        const struct wr_demo_page *page = c->pages.entries[i].value;
        size_t at = count;
        while (at > 0 && is_before(page, out[at - 1])) {
            at--;
        }
        if (at < max) {
            count = wr_min_size(count + 1, max);
            memmove(&out[at + 1], &out[at], (count - 1 - at) * sizeof out[0]);
            out[at] = page;
        }
    }
    return count;
}

static int64_t difference(const struct wr_demo_page *page)
{
    return page->counted - page->clicks;
}

struct wr_demo_verdict wr_demo_judge(const struct wr_demo_counts *c, int64_t sent)
{
    struct wr_demo_verdict v = {
        .lost = wr_max_i64(0, sent - c->clicks),
        .duplicated = wr_max_i64(0, c->clicks - sent),
    };
    for (size_t i = 0; i < c->pages.count; i++) {
        const struct wr_demo_page *page = c->pages.entries[i].value;
        int64_t d = difference(page);
        v.lost += wr_max_i64(0, -d);
        v.duplicated += wr_max_i64(0, d);
        if (d != 0 && (v.worst == NULL || llabs(d) > llabs(difference(v.worst)))) {
            v.worst = page;
        }
    }
    v.exact = sent > 0 && v.lost == 0 && v.duplicated == 0 && c->repeated == 0;
    return v;
}
