/*
 * A node in a ROS 2 graph, in C: serialized messages go in and out, everything else is names and numbers.
 *
 * Messages are CDR behind its header of four bytes. Names are ROS names, absolute and remapped: "/camera/image",
 * "sensor_msgs/msg/Image". Hashes are those of ROS Enhancement Proposal 2016, "RIHS01_...", or empty.
 *
 * Functions that return a pointer return NULL where they fail, those that return a number a negative one; graph_error() then says
 * why in a sentence. No function throws. All may be called from several threads, but an endpoint or node must not be in use when
 * it is closed.
 */
#ifndef FLOWMATCHING_GRAPH_H
#define FLOWMATCHING_GRAPH_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct graph_node graph_node;
typedef struct graph_endpoint graph_endpoint;

/* How far nodes are looked for, as ROS_AUTOMATIC_DISCOVERY_RANGE names it. */
enum { GRAPH_SUBNET = 0, GRAPH_LOCALHOST = 1, GRAPH_OFF = 2, GRAPH_SYSTEM_DEFAULT = 3 };

/* Who asked, so that the answer finds its way back; opaque but for its size. */
typedef struct graph_request {
  int64_t sequence;   /* the request's number; in a reply the number that graph_call returned */
  uint8_t asker[16];  /* GUID that a reply names */
  uint8_t writer[16]; /* GUID that the request came from */
  uint8_t header[16]; /* what stands before request and reply where the asker wants it so */
  int32_t has_header;
  int32_t reserved;
} graph_request;

/* Takes one message; `sample` is gone when it returns. */
typedef void (*graph_receiver)(const uint8_t *sample, int32_t size);

/* What went wrong in the last call on this thread that failed. */
const char *graph_error(void);

/*
 * Joins the graph as a new node.
 *   name_space    "/" or "/left/arm"
 *   name          "policy"
 *   domain        ROS_DOMAIN_ID
 *   range         one of the constants above
 *   static_peers  addresses separated by ";", where nodes are looked for besides
 */
graph_node *graph_join(const char *name_space, const char *name, int32_t domain, int32_t range, const char *static_peers);

/*
 * Joins as a node that another library of this process has made over rcl: `rcl_node` is its rcl_node_t. Leaving leaves that node as
 * it is; it must live until then. NULL where nodes are not rcl's.
 */
graph_node *graph_join_as(void *rcl_node);

/* Leaves the graph and closes what is still open. */
void graph_leave(graph_node *node);

/*
 * Opens a publisher or subscription that keeps the last `depth` messages. `reliable` and `transient_local` are 0 or 1.
 */
graph_endpoint *graph_advertise(graph_node *node, const char *topic, const char *type, const char *hash, int32_t depth,
                                int32_t reliable, int32_t transient_local);
graph_endpoint *graph_subscribe(graph_node *node, const char *topic, const char *type, const char *hash, int32_t depth,
                                int32_t reliable, int32_t transient_local);

/* Opens the answering or the asking end of a service. */
graph_endpoint *graph_serve(graph_node *node, const char *service, const char *type, const char *request_hash,
                            const char *response_hash);
graph_endpoint *graph_client(graph_node *node, const char *service, const char *type, const char *request_hash,
                             const char *response_hash);

void graph_close(graph_endpoint *endpoint);

/* Sends a message; 0, or negative where it could not be queued. */
int32_t graph_publish(graph_endpoint *publisher, const uint8_t *sample, int32_t size);

/* Sends a request and returns its number, which is positive. */
int64_t graph_call(graph_endpoint *client, const uint8_t *sample, int32_t size);

/* Answers `request`; 0, or negative where the asker cannot be reached. Waits 100 ms at most for an asker that is still joining. */
int32_t graph_reply(graph_endpoint *server, const graph_request *request, const uint8_t *sample, int32_t size);

/*
 * Waits until a subscription, server or client has something, at most `milliseconds`, and returns it; NULL where nothing came or
 * graph_wake() was called. Take from it until nothing is left: it is returned once for several messages.
 */
graph_endpoint *graph_wait(graph_node *node, int32_t milliseconds);
void graph_wake(graph_node *node);

/*
 * Hands the oldest message to `receive`, on this thread, before it returns. 1 where there was one, 0 where there is none.
 *   request  filled for servers and clients, else unused and may be NULL
 */
int32_t graph_take(graph_endpoint *endpoint, graph_receiver receive, graph_request *request);

/* Counterparts connected now: subscriptions, publishers, clients; for a client the servers whose two ends are connected. */
int32_t graph_connected(const graph_endpoint *endpoint);

/* Messages that were malformed below the level of CDR, and messages that were sent after the first one taken but never came here. */
int64_t graph_refused(const graph_endpoint *endpoint);
int64_t graph_lost(const graph_endpoint *endpoint);

/* Grows whenever the graph changes: nodes, endpoints. */
int64_t graph_version(const graph_node *node);

/*
 * Writes what is known of the graph, this node included, as lines of words separated by tabs:
 *   node  NAMESPACE  NAME
 *   publisher|subscription|server|client  NAME  TYPE  HASH  reliable|best_effort  transient_local|volatile  FULL_NODE_NAME
 * Unknown words are empty. Returns the bytes that it needs, without a terminator; nothing is written where `capacity` is less.
 */
int32_t graph_describe(const graph_node *node, char *text, int32_t capacity);

#ifdef __cplusplus
}
#endif

#endif
