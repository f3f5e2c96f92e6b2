/* weir.h -- everything an application includes. */
#ifndef WEIR_WEIR_H
#define WEIR_WEIR_H

#include <weir/api.h>
#include <weir/app.h>
#include <weir/bytes.h>
#include <weir/codec.h>
#include <weir/error.h>
#include <weir/processor.h>
#include <weir/record.h>
#include <weir/store.h>
#include <weir/stream.h>
#include <weir/topology.h>

#endif
