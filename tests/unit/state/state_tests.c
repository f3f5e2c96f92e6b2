/* state_tests.c -- the unit tests of the state layer. */
#include "src/base/base.h"

#include "tests/unit/suite.h"

Suite *changelog_suite(void);
Suite *crash_suite(void);
Suite *engines_suite(void);
Suite *full_disk_suite(void);
Suite *key_codec_suite(void);
Suite *key_sort_suite(void);
Suite *kv_scan_suite(void);
Suite *kv_store_suite(void);
Suite *lmdb_check_suite(void);
Suite *lmdb_env_suite(void);
Suite *memory_tree_suite(void);
Suite *model_suite(void);
Suite *row_suite(void);
Suite *slab_suite(void);
Suite *state_dir_suite(void);
Suite *state_view_suite(void);
Suite *table_suite(void);
Suite *task_state_suite(void);

int main(void)
{
    static Suite *(*const make[])(void) = {
        changelog_suite,
        crash_suite,
        engines_suite,
        full_disk_suite,
        key_codec_suite,
        key_sort_suite,
        kv_scan_suite,
        kv_store_suite,
        lmdb_check_suite,
        lmdb_env_suite,
        memory_tree_suite,
        model_suite,
        row_suite,
        slab_suite,
        state_dir_suite,
        state_view_suite,
        table_suite,
        task_state_suite,
        NULL,
    };
    return wr_run_suites(make);
}
