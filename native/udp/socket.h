/** A non-blocking UDP socket that receives and sends many datagrams per system call, in memory given by the caller. No libuv, no JavaScript. */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "record.h"

namespace udp {

/** Which system call failed and its errno; `code` 0 is success. */
struct Failure {
  int code = 0;
  const char* call = "";
};

struct Options {
  std::string address;  // numeric
  uint16_t port = 0;    // 0: any free one
  bool reusePort = false;
  int receiveBufferBytes = 4 << 20;
  bool timestamps = false;  // SO_TIMESTAMPNS
};

/** Slabs and tables, owned by the caller and alive until `close`. */
struct Memory {
  uint8_t* rx = nullptr;  // `batch` slots of `slotBytes`
  size_t slotBytes = 0;
  size_t maxBytes = 0;  // of a slot, for a datagram: what is longer is cut
  Record* rxRecords = nullptr;
  uint32_t batch = 0;
  uint8_t* tx = nullptr;
  size_t txBytes = 0;
  Record* txRecords = nullptr;
  uint32_t txCapacity = 0;
  Record* errors = nullptr;
  uint32_t errorCapacity = 0;
  Control* control = nullptr;
};

class Socket {
 public:
  Socket() = default;
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  Failure open(const Options& options, const Memory& memory);
  void close();
  int fd() const { return fd_; }
  /** Where it is bound, as a record (`address`, `port`, `family`). */
  Record local() const;

  /** Reads up to `batch` datagrams into the slots; returns how many. */
  uint32_t receive();
  /** Sends what is queued. False when the kernel's buffer is full and something stays queued: call again when writable. */
  bool flush();
  /** Moves ICMP errors of earlier sends (RFC 1122 §4.1.3.3) to the error table, as far as there is room. */
  void readErrors();
  /** Entries in the error table since the last call. */
  uint32_t takeErrors();

 private:
  static constexpr unsigned kSendBatch = 64;
  static constexpr size_t kControlBytes = 128;

  Failure configure(const Options& options, int family, bool wildcard);
  void prepareReceive();
  void noteControl(Record& record, msghdr& header);
  unsigned prepareSend(uint32_t head);
  void addSource(const Record& record, msghdr& header, uint8_t* control);
  void addError(const Record& record, int code);

  int fd_ = -1;
  Memory memory_;
  uint32_t errorCount_ = 0;
  std::vector<mmsghdr> rxHeaders_, txHeaders_;
  std::vector<iovec> rxVectors_, txVectors_;
  std::vector<sockaddr_storage> rxPeers_, txPeers_;
  std::vector<uint8_t> rxControl_, txControl_;
};

}  // namespace udp
