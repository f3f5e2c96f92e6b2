# topology: graph (nodes, names, describe), op (operators), dsl (the language).

noinst_LTLIBRARIES += libwr_topology.la
libwr_topology_la_SOURCES = \
	topology/graph/describe.c topology/graph/describe.h \
	topology/graph/describe_json.c \
	topology/graph/findings.c topology/graph/findings.h \
	topology/graph/graph.c topology/graph/graph.h \
	topology/graph/identity.c topology/graph/identity.h \
	topology/graph/subtopology.c \
	topology/graph/internal_topics.c topology/graph/internal_topics.h \
	topology/op/calls.c topology/op/calls.h \
	topology/op/ctx.c \
	topology/op/node.c topology/op/node.h \
	topology/op/op_aggregate.c \
	topology/op/op_branch.c \
	topology/op/op_filter.c \
	topology/op/op_key_field.c \
	topology/op/op_map.c \
	topology/op/op_pass.c \
	topology/op/op_peek.c \
	topology/op/op_process.c \
	topology/op/op_sink.c \
	topology/op/op_source.c \
	topology/op/op_table_filter.c \
	topology/op/op_table_map.c \
	topology/op/op_table_source.c \
	topology/op/ops.h \
	topology/op/table_out.c topology/op/table_out.h \
	topology/dsl/blueprint.c topology/dsl/blueprint.h \
	topology/dsl/codec_new.c \
	topology/dsl/dnode.c topology/dsl/dsl.h \
	topology/dsl/groups.c \
	topology/dsl/low_level.c \
	topology/dsl/names.c \
	topology/dsl/optimise.c \
	topology/dsl/streams.c \
	topology/dsl/tables.c \
	topology/dsl/write.c

EXTRA_DIST += topology/README.md
