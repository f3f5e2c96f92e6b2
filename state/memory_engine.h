/* memory_engine.h -- the engine that keeps rows in memory: stores that are rebuilt from their
 * changelog at every start, the test driver, the simulator.
 */
#ifndef WR_MEMORY_ENGINE_H
#define WR_MEMORY_ENGINE_H

#include "state/bytes_store.h"

struct wr_engine *wr_memory_engine_new(void);

#endif
