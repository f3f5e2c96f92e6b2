/* case_overrides.c -- reading the overrides and putting them into cases. */
#include "src/base/base.h"

#include <stdio.h>

#include "src/base/mem.h"
#include "tests/conformance/case_files.h"
#include "tests/conformance/case_overrides.h"

static const char *text(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static void add(json_t *json, void *arg)
{
    struct case_overrides *o = arg;
    const char *id = text(json, "case");
    bool whole = id != NULL && json_array_size(json_object_get(json, "tags")) > 0 &&
                 json_is_object(json_object_get(json, "expect_weir"));
    if (whole && !wr_strmap_has(&o->items, id)) {
        wr_strmap_put(&o->items, id, json_incref(json));
    } else {
        fprintf(stderr, "the override of \"%s\" needs a case of its own, tags and expect_weir\n",
                id != NULL ? id : "?");
        o->bad = true;
    }
}

bool case_overrides_read(struct case_overrides *o, const char *path)
{
    *o = (struct case_overrides){0};
    return case_files_each(path, add, o) && !o->bad;
}

void case_overrides_free(struct case_overrides *o)
{
    for (size_t i = 0; i < o->items.count; i++) {
        json_decref(o->items.entries[i].value);
    }
    wr_strmap_free(&o->items);
}

bool case_overrides_apply(const struct case_overrides *o, json_t *json)
{
    char *id = wr_asprintf("%s/%s", text(json, "area"), text(json, "name"));
    json_t *override = wr_strmap_get(&o->items, id);
    wr_free(id);
    if (override == NULL) {
        return false;
    }
    json_object_set(json, "tags", json_object_get(override, "tags"));
    json_object_set(json, "expect_weir", json_object_get(override, "expect_weir"));
    return true;
}
