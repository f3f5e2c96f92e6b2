/* base_tests.c -- the unit tests of src/base. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *actor_suite(void);
Suite *arena_suite(void);
Suite *base64_suite(void);
Suite *broken_suite(void);
Suite *buf_suite(void);
Suite *clock_suite(void);
Suite *endian_suite(void);
Suite *err_suite(void);
Suite *failpoint_suite(void);
Suite *fs_suite(void);
Suite *fsm_suite(void);
Suite *hash_suite(void);
Suite *linkmap_suite(void);
Suite *mailbox_suite(void);
Suite *mem_suite(void);
Suite *num_suite(void);
Suite *options_suite(void);
Suite *ptrs_suite(void);
Suite *rng_suite(void);
Suite *strmap_suite(void);
Suite *thread_suite(void);
Suite *timers_suite(void);
Suite *timestamp_suite(void);
Suite *utf8_suite(void);
Suite *wake_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        actor_suite,   arena_suite,   base64_suite,    broken_suite, buf_suite,       clock_suite,
        endian_suite,  err_suite,     failpoint_suite, fs_suite,     fsm_suite,       hash_suite,
        linkmap_suite, mailbox_suite, mem_suite,       num_suite,    options_suite,   ptrs_suite,
        rng_suite,     strmap_suite,  thread_suite,    timers_suite, timestamp_suite, utf8_suite,
        wake_suite,    NULL,
    };
    return wr_run_suites(make);
}
