/* group_meta.c -- group metadata: an immutable, counted copy of a membership.
 *
 * The control thread publishes it, stream threads commit with it. Thread: any.
 */
#include "src/base/base.h"

#include <stdatomic.h>

#include "src/base/mem.h"
#include "src/kafka/kafka_ops.h"

struct wr_group_meta {
    atomic_int refs;
    struct wr_group_stamp stamp; /* its texts are owned */
};

struct wr_group_meta *wr_group_meta_new(const struct wr_group_stamp *m)
{
    if (m->generation < 0 || m->member == NULL || m->member[0] == '\0') {
        return NULL;
    }
    struct wr_group_meta *meta = WR_NEW(struct wr_group_meta);
    atomic_init(&meta->refs, 1);
    meta->stamp = (struct wr_group_stamp){
        .group = wr_strdup(m->group),
        .generation = m->generation,
        .member = wr_strdup(m->member),
        .instance = wr_strdup(m->instance),
    };
    return meta;
}

const struct wr_group_stamp *wr_group_meta_stamp(const struct wr_group_meta *m)
{
    return &m->stamp;
}

struct wr_group_meta *wr_group_meta_ref(struct wr_group_meta *m)
{
    atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
    return m;
}

void wr_group_meta_unref(struct wr_group_meta *m)
{
    if (m == NULL || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) > 1) {
        return;
    }
    wr_free((char *)m->stamp.group);
    wr_free((char *)m->stamp.member);
    wr_free((char *)m->stamp.instance);
    wr_free(m);
}

int32_t wr_group_meta_generation(const struct wr_group_meta *m)
{
    return m->stamp.generation;
}

const char *wr_group_meta_member(const struct wr_group_meta *m)
{
    return m->stamp.member;
}
