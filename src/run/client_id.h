/* client_id.h -- what an instance says of itself in client.id and transactional.id.
 *
 *     client.id         weir;v=0.1.0;p=PROCESS;n=NONCE;t=THREADS;http=HOST:PORT
 *     transactional.id  APPLICATION-PROCESS-THREAD
 *
 * PROCESS is the persisted identity of the state directory, NONCE is made at each start. Other
 * instances read them from the described group: no other channel between them is needed.
 */
#ifndef WR_CLIENT_ID_H
#define WR_CLIENT_ID_H

#include "src/base/buf.h"

enum { WR_PROCESS_ID_MAX = 40 };

void wr_client_id_make(struct wr_buf *out, const char *process_id, const char *nonce, int threads,
                       const char *http);

/* The process, or the nonce, of a client.id; false if it is not one of Weir's. */
bool wr_client_id_process(const char *client_id, char out[WR_PROCESS_ID_MAX]);
bool wr_client_id_nonce(const char *client_id, char out[WR_PROCESS_ID_MAX]);

void wr_transactional_id_make(struct wr_buf *out, const char *application_id,
                              const char *process_id, int thread);
bool wr_transactional_id_is_of(const char *transactional_id, const char *application_id,
                               const char *process_id);

#endif
