/* client_id.h -- what an instance says of itself in client.id and transactional.id.
 *
 *     client.id         weir;v=0.1.0;p=PROCESS;n=NONCE;t=THREADS;http=HOST:PORT
 *     transactional.id  APPLICATION-INSTANCE-THREAD
 *
 * PROCESS is the persisted identity of the state directory, NONCE is made at each start; they are
 * for people and tools, which see them in the described group. INSTANCE is group.instance.id, which
 * is PROCESS unless it is given. By that instances know each other: when a static member comes
 * back, Kafka goes on showing the client.id of its first process.
 */
#ifndef WR_CLIENT_ID_H
#define WR_CLIENT_ID_H

#include "src/base/buf.h"

void wr_client_id_make(struct wr_buf *out, const char *process_id, const char *nonce, int threads,
                       const char *http);

void wr_transactional_id_make(struct wr_buf *out, const char *application_id,
                              const char *instance_id, int thread);
bool wr_transactional_id_is_of(const char *transactional_id, const char *application_id,
                               const char *instance_id);

#endif
