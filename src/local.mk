# The layers below and above state and topology, lowest first (scripts/layers.txt has the whole order).

include src/base/local.mk
include src/kproto/local.mk
include src/obs/local.mk
include src/conf/local.mk
include src/data/local.mk
include src/kafka/local.mk
include src/run/local.mk
include src/query/local.mk
include src/http/local.mk
include src/app/local.mk
