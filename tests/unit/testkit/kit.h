/* kit.h -- a topology on the driver in a test, with short ways to pipe and to look. Every call
 * fails the test if it does not work. */
#ifndef WR_KIT_H
#define WR_KIT_H

#include <check.h>
#include <weir/weir.h>

#include "testkit/driver.h"
#include "topology/dsl/blueprint.h"

enum { KIT_TEXT_MAX = 1024 };

struct kit {
    struct weir_topology *t;
    struct wr_driver *d;
    struct weir_error err;
    char text[KIT_TEXT_MAX]; /* what kit_read() and kit_row() gave last */
};

/* Build and start; application id "app". options may be NULL. */
void kit_start(struct kit *k, weir_build_fn *build, void *arg,
               const struct wr_driver_options *options);
enum weir_code kit_try_start(struct kit *k, weir_build_fn *build, void *arg,
                             const struct wr_driver_options *options); /* where it may fail */
void kit_free(struct kit *k);

/* A record of texts; NULL is null. */
void kit_pipe(struct kit *k, const char *topic, const char *key, const char *value, int64_t time);
enum weir_code kit_try_pipe(struct kit *k, const char *topic, const char *key, const char *value,
                            int64_t time);
void kit_commit(struct kit *k);

/* The next record of a topic as "key=value@time", with headers as " [name=value,name=value]"; NULL
 * if there is none. A value of 8 bytes of which the first is 0 is shown as the integer that it is:
 * no text of a test begins so. */
const char *kit_read(struct kit *k, const char *topic);

/* The row of a key as "value@time", NULL if there is none. */
const char *kit_row(struct kit *k, const char *store, const char *key);

#define ck_assert_next(k, topic, text) ck_assert_pstr_eq(kit_read((k), (topic)), (text))

#endif
