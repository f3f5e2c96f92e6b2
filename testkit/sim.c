/* sim.c -- the heap of events, and chance. See sim.h. */
#include "src/base/base.h"

#include "src/base/mem.h"
#include "src/obs/log.h"
#include "testkit/sim.h"

static const char *const strike_texts[] = {
#define WR_SIM_STRIKE_TEXT(name, text) text,
    WR_SIM_STRIKES(WR_SIM_STRIKE_TEXT)
#undef WR_SIM_STRIKE_TEXT
};

const char *wr_sim_strike_text(enum wr_sim_strike s)
{
    return strike_texts[s];
}

static const char *const effect_texts[] = {
#define WR_SIM_EFFECT_TEXT(name, text) text,
    WR_SIM_EFFECTS(WR_SIM_EFFECT_TEXT)
#undef WR_SIM_EFFECT_TEXT
};

const char *wr_sim_effect_text(enum wr_sim_effect e)
{
    return effect_texts[e];
}

static struct wr_sim *sim_of(struct wr_clock *c)
{
    return WR_CONTAINER_OF(c, struct wr_sim, clock);
}

static int64_t mono(struct wr_clock *c)
{
    return sim_of(c)->now;
}

static int64_t wall(struct wr_clock *c)
{
    return wr_sim_wall(sim_of(c));
}

void wr_sim_init(struct wr_sim *s, uint64_t seed)
{
    /* Not from 0: the runtime takes 0 for "never". */
    *s = (struct wr_sim){.clock = {mono, wall}, .now = 1000};
    wr_rng_seed(&s->order, seed);
    wr_rng_seed(&s->chance, ~seed);
}

void wr_sim_fini(struct wr_sim *s)
{
    wr_assert(s->heap.count == 0);
    wr_ptrs_free(&s->heap);
    wr_free(s->done);
}

/* ---- events ---------------------------------------------------------------------------------- */

static struct wr_sim_event *event_at(const struct wr_sim *s, size_t place)
{
    return s->heap.items[place - 1];
}

static void put(struct wr_sim *s, struct wr_sim_event *e, size_t place)
{
    s->heap.items[place - 1] = e;
    e->place = place;
}

static bool before(const struct wr_sim_event *a, const struct wr_sim_event *b)
{
    return a->at != b->at ? a->at < b->at : a->tie < b->tie;
}

static void sift(struct wr_sim *s, struct wr_sim_event *e, size_t place)
{
    while (place > 1 && before(e, event_at(s, place / 2))) {
        put(s, event_at(s, place / 2), place);
        place /= 2;
    }
    for (;;) {
        size_t child = 2 * place;
        if (child > s->heap.count) {
            break;
        }
        if (child < s->heap.count && before(event_at(s, child + 1), event_at(s, child))) {
            child++;
        }
        if (!before(event_at(s, child), e)) {
            break;
        }
        put(s, event_at(s, child), place);
        place = child;
    }
    put(s, e, place);
}

static void take_out(struct wr_sim *s, struct wr_sim_event *e)
{
    size_t place = e->place;
    struct wr_sim_event *last = event_at(s, s->heap.count);
    s->heap.count--;
    e->place = 0;
    if (last != e) {
        sift(s, last, place);
    }
}

void wr_sim_at(struct wr_sim *s, struct wr_sim_event *e, int64_t at)
{
    wr_assert(!e->kept);
    e->at = wr_max_i64(at, s->now);
    e->tie = wr_rng_next(&s->order);
    if (e->place == 0) {
        wr_ptrs_push(&s->heap, e);
        e->place = s->heap.count;
    }
    sift(s, e, e->place);
}

void wr_sim_cancel(struct wr_sim *s, struct wr_sim_event *e)
{
    if (e->place != 0) {
        take_out(s, e);
    }
    if (e->kept) {
        wr_ptrs_remove(&e->process->kept, e);
        e->kept = false;
    }
}

int64_t wr_sim_next_at(const struct wr_sim *s)
{
    return s->heap.count != 0 ? event_at(s, 1)->at : INT64_MAX;
}

bool wr_sim_next(struct wr_sim *s)
{
    if (s->heap.count == 0) {
        return false;
    }
    struct wr_sim_event *e = event_at(s, 1);
    take_out(s, e);
    s->now = wr_max_i64(s->now, e->at);
    if (e->process != NULL && e->process->paused) {
        e->kept = true;
        wr_ptrs_push(&e->process->kept, e);
        return true;
    }
    s->fired++;
    e->fire(e);
    return true;
}

void wr_sim_resume(struct wr_sim *s, struct wr_sim_process *p)
{
    p->paused = false;
    for (size_t i = 0; i < p->kept.count; i++) {
        struct wr_sim_event *e = p->kept.items[i];
        e->kept = false;
        wr_sim_at(s, e, s->now + wr_sim_draw(s, 5));
    }
    p->kept.count = 0;
}

/* ---- chance ---------------------------------------------------------------------------------- */

static bool is_spared(const struct wr_sim *s, uint32_t number)
{
    for (size_t i = 0; i < s->spared_count; i++) {
        if (s->spared[i] == number) {
            return true;
        }
    }
    return false;
}

bool wr_sim_strikes(struct wr_sim *s, enum wr_sim_strike strike)
{
    if (s->calm || s->odds[strike] == 0 || wr_sim_draw_bad(s, 1000) >= s->odds[strike]) {
        return false;
    }
    uint32_t number = s->strikes++;
    if (is_spared(s, number)) {
        return false;
    }
    if (s->done_count == s->done_cap) {
        s->done_cap = 2 * s->done_cap + 32;
        s->done = wr_realloc_array(s->done, s->done_cap, sizeof *s->done);
    }
    s->done[s->done_count++] = (struct wr_sim_done){strike, s->now, number};
    wr_sim_note(s, strike_texts[strike], number, 0);
    return true;
}

void wr_sim_note(struct wr_sim *s, const char *what, int64_t a, int64_t b)
{
    const uint64_t prime = UINT64_C(0x100000001b3);
    uint64_t h = s->hash;
    for (const char *p = what; *p != '\0'; p++) {
        h = (h ^ (unsigned char)*p) * prime;
    }
    h = (h ^ (uint64_t)s->now) * prime;
    h = (h ^ (uint64_t)a) * prime;
    h = (h ^ (uint64_t)b) * prime;
    s->hash = h ^ (h >> 29);
    if (WR_UNLIKELY(s->trace)) {
        wr_log(WR_LOG_INFO, "sim", WR_I("t", s->now), WR_S("what", what), WR_I("a", a),
               WR_I("b", b), WR_END);
    }
}
