// An RTP packet in somebody's buffer, checked and read in place. RFC 3550 §5.1, §5.3.1, §A.1.
#pragma once
#include "fault.h"
#include "layout.h"

namespace rtp {

// Points at bytes that stay somebody else's. Only what `point` said `none` to may be read.
class Packet {
 public:
  // `Fault::none` for a packet, else what is wrong, and the view stays where it was.
  Fault point(const std::uint8_t* data, std::size_t bytes) {
    if (bytes < RtpHeader::bytes) return Fault::tooShort;
    if (RtpHeader::version::get(data) != 2) return Fault::version;
    // Marker and payload type of a sender or receiver report.
    if ((data[1] & 0xfe) == 200) return Fault::rtcp;
    std::size_t payload = RtpHeader::bytes + 4 * RtpHeader::csrcCount::get(data);
    if (payload > bytes) return Fault::csrcs;
    if (RtpHeader::extension::get(data)) {
      if (payload + RtpExtension::bytes > bytes) return Fault::extension;
      payload += RtpExtension::bytes + 4 * RtpExtension::words::get(data + payload);
      if (payload > bytes) return Fault::extension;
    }
    const std::size_t padding = RtpHeader::padding::get(data) ? data[bytes - 1] : 0;
    if (RtpHeader::padding::get(data) && (padding == 0 || payload + padding > bytes)) return Fault::padding;
    data_ = data;
    bytes_ = bytes;
    payloadOffset_ = payload;
    paddingBytes_ = padding;
    return Fault::none;
  }

  const std::uint8_t* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  bool marker() const { return RtpHeader::marker::get(data_) != 0; }
  std::uint8_t payloadType() const { return static_cast<std::uint8_t>(RtpHeader::payloadType::get(data_)); }
  std::uint16_t sequence() const { return static_cast<std::uint16_t>(RtpHeader::sequence::get(data_)); }
  std::uint32_t timestamp() const { return RtpHeader::timestamp::get(data_); }
  std::uint32_t ssrc() const { return RtpHeader::ssrc::get(data_); }
  std::size_t csrcCount() const { return RtpHeader::csrcCount::get(data_); }
  // `index` is below `csrcCount`.
  std::uint32_t csrc(std::size_t index) const { return Field<0, 32>::get(data_ + RtpHeader::bytes + 4 * index); }
  std::size_t payloadOffset() const { return payloadOffset_; }
  // Without padding.
  std::size_t payloadBytes() const { return bytes_ - paddingBytes_ - payloadOffset_; }
  std::size_t paddingBytes() const { return paddingBytes_; }

 private:
  const std::uint8_t* data_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t payloadOffset_ = 0;
  std::size_t paddingBytes_ = 0;
};

}  // namespace rtp
