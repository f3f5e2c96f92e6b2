/* application.h -- asking an application about itself. It is a program of its own: it is run, never
 * loaded. Thread: one. */
#ifndef WR_APPLICATION_H
#define WR_APPLICATION_H

#include "src/base/buf.h"
#include "src/base/ptrs.h"
#include "src/conf/conf.h"
#include "tools/description.h"

struct wr_application {
    struct wr_ptrs argv; /* the program and its options; not owned, no NULL at the end */
    int64_t timeout_ms;
};

/* Run it with these words, ended by NULL, behind its own, and append what it prints to answer.
 * Fails like wr_child_run. */
WR_MUST_CHECK enum weir_code wr_application_ask(const struct wr_application *a,
                                                const char *const *words, struct wr_buf *answer,
                                                struct weir_error *err);

/* Its topology, as it describes it. */
WR_MUST_CHECK enum weir_code wr_application_describe(const struct wr_application *a,
                                                     struct wr_description **out,
                                                     struct weir_error *err);

/* Set what it has set, with the origin of a flag. A secret is not told: its name is appended to
 * secrets, as a string for wr_free(). */
WR_MUST_CHECK enum weir_code wr_application_settings(const struct wr_application *a,
                                                     struct wr_conf *conf, struct wr_ptrs *secrets,
                                                     struct weir_error *err);

#endif
