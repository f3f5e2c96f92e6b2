pkgincludedir = $(includedir)/weir
pkginclude_HEADERS = \
	include/weir/api.h \
	include/weir/app.h \
	include/weir/bytes.h \
	include/weir/codec.h \
	include/weir/error.h \
	include/weir/processor.h \
	include/weir/record.h \
	include/weir/store.h \
	include/weir/stream.h \
	include/weir/testkit.h \
	include/weir/topology.h \
	include/weir/weir.h
