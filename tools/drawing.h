/* drawing.h -- a described topology as text for people. */
#ifndef WR_DRAWING_H
#define WR_DRAWING_H

#include "src/base/buf.h"
#include "tools/description.h"

/* Append the sub-topologies as trees, then the stores and the internal topics. A description is
 * drawn once: its nodes remember it. */
void wr_draw_topology(struct wr_description *d, struct wr_buf *out);

#endif
