/* membership.c -- publishing group metadata. */
#include "src/base/base.h"

#include "src/run/membership.h"

void wr_membership_init(struct wr_membership *m, struct wr_clock *clock,
                        const struct wr_group_gate_limits *limits)
{
    m->gate = wr_group_gate_new(clock, limits);
    m->meta = NULL;
    wr_assert(pthread_mutex_init(&m->lock, NULL) == 0);
}

void wr_membership_free(struct wr_membership *m)
{
    wr_group_meta_unref(m->meta);
    wr_group_gate_unref(m->gate);
    pthread_mutex_destroy(&m->lock);
}

void wr_membership_publish(struct wr_membership *m, struct wr_group_meta *meta)
{
    pthread_mutex_lock(&m->lock);
    struct wr_group_meta *old = m->meta;
    m->meta = meta;
    pthread_mutex_unlock(&m->lock);
    wr_group_meta_unref(old);
    wr_group_gate_open(m->gate);
}

struct wr_group_meta *wr_membership_get(struct wr_membership *m)
{
    pthread_mutex_lock(&m->lock);
    struct wr_group_meta *meta = m->meta != NULL ? wr_group_meta_ref(m->meta) : NULL;
    pthread_mutex_unlock(&m->lock);
    return meta;
}
