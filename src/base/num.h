/* num.h -- doubles as text, the same in every locale.
 *
 * An application may have called setlocale(); what Weir reads and writes never has a decimal comma.
 * Thread: any. Not for the record path: these are slow.
 */
#ifndef WR_NUM_H
#define WR_NUM_H

#include "src/base/base.h"

enum { WR_F64_TEXT_MAX = 32 };

/* The double nearest to a decimal number (infinite if it is too large); text is one. */
double wr_parse_f64(const char *text);

/* The shortest decimal number that reads back as v. v is finite. */
void wr_format_f64(char out[WR_F64_TEXT_MAX], double v);

#endif
