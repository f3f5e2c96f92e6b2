/* state_help.h -- what the tests of the state layer share. */
#ifndef WR_STATE_HELP_H
#define WR_STATE_HELP_H

#include <check.h>
#include <string.h>

#include "src/base/base.h"
#include "src/base/clock.h"
#include "src/base/rng.h"
#include "state/bytes_store.h"
#include "state/task_state.h"

/* Under a sanitizer or valgrind: tests with many cases leave most of them out. */
bool test_is_slow(void);

/* A directory for one test, removed at its end: for tcase_add_checked_fixture. */
void test_dir_make(void);
void test_dir_remove(void);
const char *test_dir(void);
char *test_path(const char *name); /* in it; for wr_free */

static inline struct weir_bytes str(const char *s)
{
    return weir_str(s);
}

/* len bytes that are all alike; lives until the test ends. */
struct weir_bytes filled(size_t len, char with);

/* The bytes are the text. */
#define ck_assert_bytes_eq(bytes, text)                                                            \
    do {                                                                                           \
        struct weir_bytes got_ = (bytes);                                                          \
        ck_assert_msg(weir_equal(got_, weir_str(text)), "got \"%.*s\" for \"%s\"", (int)got_.len,  \
                      (const char *)got_.data, (const char *)(text));                              \
    } while (0)

/* The call worked. */
#define ck_assert_ok(call)                                                                         \
    do {                                                                                           \
        enum weir_code code_ = (call);                                                             \
        ck_assert_msg(code_ == WEIR_OK, "%s: %s", weir_code_name(code_), test_err.text);           \
    } while (0)
#define ck_assert_code(call, expected)                                                             \
    do {                                                                                           \
        enum weir_code code_ = (call);                                                             \
        ck_assert_msg(code_ == (expected), "%s instead of %s: %s", weir_code_name(code_),          \
                      weir_code_name(expected), test_err.text);                                    \
    } while (0)
extern struct weir_error test_err;

/* The state directory of application "app" in the test's directory. */
extern struct wr_clock_manual test_clock;
struct wr_state_dir *test_state_dir(void);

/* Options of task 0_0 with these stores, small and in `dir` (NULL: in memory). */
struct wr_task_state_options test_options(struct wr_state_dir *dir,
                                          const struct wr_store_spec *stores, size_t count);

/* Open; fails the test unless the stores were set aside for that reason. */
struct wr_task_state *test_open(const struct wr_task_state_options *options,
                                enum wr_quarantine_reason expected);

#endif
