/* kit.c -- see kit.h. */
#include "src/base/base.h"

#include "tests/unit/testkit/kit.h"

void kit_start(struct kit *k, weir_build_fn *build, void *arg,
               const struct weir_test_options *options)
{
    enum weir_code code = weir_test_new(&k->t, build, arg, options, &k->err);
    ck_assert_msg(code == WEIR_OK, "%s", k->err.text);
}

void kit_free(struct kit *k)
{
    weir_test_free(k->t);
    k->t = NULL;
}

void kit_pipe(struct kit *k, const char *topic, const char *key, const char *value, int64_t time)
{
    enum weir_code code = weir_test_pipe_text(k->t, topic, key, value, time, &k->err);
    ck_assert_msg(code == WEIR_OK, "%s", k->err.text);
}

void kit_commit(struct kit *k)
{
    ck_assert_msg(weir_test_commit(k->t, &k->err) == WEIR_OK, "%s", k->err.text);
}
