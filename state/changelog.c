/* changelog.c -- changelog records of the kinds of stores there are. */
#include "src/base/base.h"

#include "state/changelog.h"

bool wr_changelog_next(struct weir_kv *kv, size_t *cursor, struct wr_changelog_record *out)
{
    struct wr_kv_change change;
    if (!wr_kv_next_change(kv, cursor, &change)) {
        return false;
    }
    *out = (struct wr_changelog_record){change.key, change.value, change.time};
    return true;
}
