# data: codecs, field paths and the JSON reader of the record path.

noinst_LTLIBRARIES += libwr_data.la
libwr_data_la_CFLAGS = $(AM_CFLAGS)
libwr_data_la_SOURCES = \
	src/data/codec_json.c \
	src/data/codec_plain.c \
	src/data/codec_struct.c \
	src/data/codecs.c src/data/codecs.h src/data/codec_kinds.h \
	src/data/field_path.c src/data/field_path.h \
	src/data/json_number.c src/data/json_number.h \
	src/data/json_scan.c src/data/json_scan.h \
	src/data/json_text.c src/data/json_text.h
