/* fake_kv.h -- making and inspecting the stores of fake_kv.c. */
#ifndef WR_FAKE_KV_H
#define WR_FAKE_KV_H

#include "state/kv_store.h"

weir_kv *fake_kv_new(const char *name); /* name must live as long */
void fake_kv_free(weir_kv *kv);

/* The open transaction was committed. */
void fake_kv_committed(weir_kv *kv);

/* The next get or put fails. */
void fake_kv_fail_next(weir_kv *kv, enum weir_code code);

size_t fake_kv_prefetched(const weir_kv *kv);

#endif
