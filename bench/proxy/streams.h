/* The caller's connections to the proxy, where it calls by TCP, TLS or WebSocket. RFC 3261 §18.3, RFC 7118 §5. */
#pragma once

#include <netinet/in.h>
#include <poll.h>

enum { MOST_LANES = 64 };

/* Opens `count` connections, handshakes included, or ends the program and says why. `kind` is tcp, tls or ws. */
void openStreams(const char *kind, const struct sockaddr_in *proxy, int count);
/* One message for a lane; it leaves with `flushStreams`. 0 when the lane has no room. */
int sendByStream(int lane, const char *bytes, int length);
void flushStreams(void);
/* Gives each message that has come, with a NUL behind it. Returns how many bytes came. */
int readStreams(void (*message)(const char *text));
/* What to wait for; returns how many. */
int watchStreams(struct pollfd *items);
