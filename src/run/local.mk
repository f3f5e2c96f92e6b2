# run: tasks, inputs, commit, threads, membership, restore.

noinst_LTLIBRARIES += libwr_run.la
libwr_run_la_SOURCES = \
	src/run/client_id.c src/run/client_id.h \
	src/run/collector.c src/run/collector.h \
	src/run/control.c src/run/control.h \
	src/run/control_group.c \
	src/run/control_impl.h \
	src/run/control_tasks.c \
	src/run/dead_letter.c src/run/dead_letter.h \
	src/run/feed.h \
	src/run/fence.c src/run/fence.h \
	src/run/group_watch.c src/run/group_watch.h \
	src/run/mail.h \
	src/run/membership.c src/run/membership.h \
	src/run/outlet.h \
	src/run/plan.c src/run/plan.h \
	src/run/restore.c src/run/restore.h \
	src/run/restore_job.c src/run/restore_job.h \
	src/run/restore_read.c src/run/restore_read.h \
	src/run/run_settings.h \
	src/run/settings.c src/run/settings.h \
	src/run/spared.c src/run/spared.h \
	src/run/startup.c src/run/startup.h \
	src/run/stats.c src/run/stats.h \
	src/run/stream_commit.c \
	src/run/stream_impl.h \
	src/run/stream_tasks.c \
	src/run/stream_thread.c src/run/stream_thread.h \
	src/run/task.c src/run/task.h \
	src/run/task_input.c src/run/task_input.h \
	src/run/task_map.c src/run/task_map.h \
	src/run/task_metadata.c src/run/task_metadata.h \
	src/run/task_registry.c src/run/task_registry.h \
	src/run/txn.c src/run/txn.h \
	src/run/watchdog.c src/run/watchdog.h
