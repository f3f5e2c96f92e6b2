/* control_impl.h -- the inside of the control thread, shared by control.c (states), control_group.c
 * (the group) and control_tasks.c (tasks, threads and mail). */
#ifndef WR_CONTROL_IMPL_H
#define WR_CONTROL_IMPL_H

#include "src/run/control.h"
#include "src/run/group_watch.h"
#include "src/run/task_registry.h"

enum { WR_FATALS_REMEMBERED = 3 };

struct wr_stream_slot {
    struct wr_stream_thread *thread; /* NULL: not running */
    int64_t restart_at_ms;
    int failures;
};

struct wr_control {
    struct wr_control_options o;
    struct wr_fsm fsm;
    struct wr_actor actor;
    struct wr_mailbox inbox;
    _Atomic int stop_requested;
    struct weir_error why; /* code WEIR_OK: a clean stop */

    struct wr_consumer *admin;
    struct wr_startup startup;
    const struct wr_plan *plan; /* startup's */
    struct wr_membership membership;
    struct wr_registry registry;

    struct wr_ptrs input_topics; /* const char *, of the plan */
    struct wr_ptrs output_topics;
    struct wr_ptrs log_topics; /* changelogs and inputs, for the restore thread */
    struct wr_arena arena;
    struct wr_stream_slot *streams;
    struct wr_restorer *restore;
    bool restore_running;

    struct wr_group *group;
    bool answer_due; /* a REVOKE or LOST waits for tasks to come back */
    bool fatal;      /* the group handle is dead; a new one is opened when all tasks are back */
    bool map_again;  /* an unknown task was assigned */
    bool map_reading;
    int64_t fatals_ms[WR_FATALS_REMEMBERED];
    int64_t twin_at_ms;      /* when to look whether somebody else has our instance id; -1: not */
    int twin_looks;          /* so many more, if there is somebody each time */
    struct wr_call *members; /* who has it? */
    int rebalances;
    struct wr_group_watch watch;

    struct wr_call *purge;
    struct wr_call *recheck; /* partition counts of the inputs */
    int64_t recheck_at_ms;
    int64_t clean_at_ms;
    int64_t housekeeping_ms;
    int64_t stop_deadline_ms;

    /* transactions of threads that this configuration does not have any more (R11) */
    int retired;
    struct wr_producer *retired_producer;
    struct wr_call *retired_call;

    pthread_mutex_t status_lock;
    struct wr_control_status status;
};

/* ---- control.c ---- */

/* Begin to stop because of an error; the first one counts. */
void wr_control_give_up(struct wr_control *c, const struct weir_error *why);

/* ---- control_group.c ---- */

/* The name of this instance, which outlives its process: in the group, and in its transactional
 * ids. */
const char *wr_control_instance_id(const struct wr_control *c);

WR_MUST_CHECK enum weir_code wr_control_join_group(struct wr_control *c, struct weir_error *err);

/* Take and deal with group events. */
void wr_control_group(struct wr_control *c, int64_t now_ms);

/* The same while the threads commit for the last time: the membership is kept up, so that they can;
 * what is asked is answered when they have ended. */
void wr_control_group_stopping(struct wr_control *c);

/* ---- control_tasks.c ---- */

WR_MUST_CHECK enum weir_code wr_control_start_threads(struct wr_control *c, struct weir_error *err);
void wr_control_mail(struct wr_control *c, int64_t now_ms);

/* Restart threads whose back-off is over. */
void wr_control_restart(struct wr_control *c, int64_t now_ms);

/* A task of this number is ours: make it and send it to be restored, unless it is there. */
void wr_control_begin_task(struct wr_control *c, int32_t number);

/* Ask tasks back from their owners: revoked (commit first) or lost. numbers NULL: all. */
void wr_control_ask_back(struct wr_control *c, const int32_t *numbers, size_t count, bool lost,
                         int64_t now_ms);

/* Tell every thread to end. */
void wr_control_stop_threads(struct wr_control *c);
bool wr_control_threads_ended(const struct wr_control *c);

#endif
