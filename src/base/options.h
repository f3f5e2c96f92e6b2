/* options.h -- options structures of the public headers: each begins with its size, so that it can
 * grow while programs stay compiled against an older one.
 *
 * Thread: any.
 */
#ifndef WR_OPTIONS_H
#define WR_OPTIONS_H

#include "src/base/base.h"

/* Copy what the caller gave over *out, which has the defaults and is size bytes long; members that
 * the caller does not know keep them. given NULL changes nothing. WEIR_EINVAL ("its options ...")
 * if what it says of its size cannot be, or if it has members set that are not known here; *out is
 * then unchanged. */
WR_MUST_CHECK enum weir_code wr_options_take(void *out, size_t size, const void *given,
                                             struct weir_error *err);

#endif
