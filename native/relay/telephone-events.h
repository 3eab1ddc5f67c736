// Finds the ends of telephone events among the packets of a stream: one of each, however often its end is repeated. RFC 4733 §2.5.1.4.
#pragma once
#include <cstddef>
#include <cstdint>

#include "../rtp/packet.h"

namespace relay {

class TelephoneEvents {
 public:
  static constexpr uint8_t NONE = 255;
  // The payload type of the events; `NONE` where there are none.
  void expect(uint8_t payloadType) { payloadType_ = payloadType; }
  bool expected() const { return payloadType_ != NONE; }
  uint8_t payloadType() const { return payloadType_; }

  struct Ended {
    bool is = false;
    uint8_t event = 0;
    // In units of the timestamp.
    uint16_t duration = 0;
  };
  // Of a packet that is RTP.
  Ended receive(const uint8_t* data, size_t bytes) {
    if (!expected() || rtp::RtpHeader::payloadType::get(data) != payloadType_) return {};
    rtp::Packet packet;
    if (packet.point(data, bytes) != rtp::Fault::none || packet.payloadBytes() < rtp::TelephoneEvent::bytes) return {};
    const uint8_t* event = data + packet.payloadOffset();
    if (!rtp::TelephoneEvent::end::get(event)) return {};
    // All packets of an event have the timestamp of its beginning.
    if (begun_ && packet.timestamp() == last_) return {};
    begun_ = true;
    last_ = packet.timestamp();
    return {true, static_cast<uint8_t>(rtp::TelephoneEvent::event::get(event)), static_cast<uint16_t>(rtp::TelephoneEvent::duration::get(event))};
  }

 private:
  uint8_t payloadType_ = NONE;
  bool begun_ = false;
  uint32_t last_ = 0;
};

}  // namespace relay
