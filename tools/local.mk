# tools: the `weir` command. It runs applications and reads what they say; it never loads them.

bin_PROGRAMS += tools/weir
tools_weir_SOURCES = \
	tools/weir.c tools/tool_commands.h \
	tools/cmd_demo.c \
	tools/cmd_dev.c \
	tools/demo_clicks.c tools/demo_clicks.h \
	tools/demo_counts.c tools/demo_counts.h \
	tools/demo_instance.c tools/demo_instance.h \
	tools/demo_progress.c tools/demo_progress.h \
	tools/demo_reader.c tools/demo_reader.h \
	tools/demo_recount.c tools/demo_recount.h \
	tools/demo_screen.c tools/demo_screen.h \
	tools/demo_stage.c tools/demo_stage.h \
	tools/demo_story.c tools/demo_story.h \
	tools/demo_view.c tools/demo_view.h \
	tools/application.c tools/application.h \
	tools/cluster.c tools/cluster.h \
	tools/cmd_reset.c \
	tools/cmd_state.c \
	tools/cmd_topology.c \
	tools/child.c tools/child.h \
	tools/description.c tools/description.h \
	tools/drawing.c tools/drawing.h \
	tools/listing.c tools/listing.h \
	tools/reset_plan.c tools/reset_plan.h \
	tools/reset_target.c tools/reset_target.h \
	tools/value_form.c tools/value_form.h
tools_weir_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) \
	-DBINDIR='"$(bindir)"' -DPKGLIBEXECDIR='"$(pkglibexecdir)"'
tools_weir_LDADD = libwr_disk.la libwr_wire.la libwr_broker.la $(WEIR_LAYERS) $(WEIR_LIBS)
dist_man1_MANS = tools/weir.1
