/* kit.h -- weir/testkit.h inside Check: what has to work fails the test if it does not. */
#ifndef WR_KIT_H
#define WR_KIT_H

#include <check.h>
#include <weir/testkit.h>
#include <weir/weir.h>

struct kit {
    weir_test *t;
    struct weir_error err;
};

/* options may be NULL. */
void kit_start(struct kit *k, weir_build_fn *build, void *arg,
               const struct weir_test_options *options);
void kit_free(struct kit *k);
void kit_pipe(struct kit *k, const char *topic, const char *key, const char *value, int64_t time);
void kit_commit(struct kit *k);

/* The next record of a topic; text NULL: there is none. */
#define ck_assert_next(k, topic, text)                                                             \
    ck_assert_pstr_eq(weir_test_read_text((k)->t, (topic)), (text))

#endif
