// SPDX-License-Identifier: MIT
// A link between devices, or between dies of a package: what its standard and its transceivers say of it.
#pragma once

#include <optional>
#include <string>

#include "config/record.h"

namespace kiln::link {

/// Who may send at a time.
enum class Access {
  full,   ///< every end sends while it receives
  half,   ///< an end sends or receives
  shared  ///< one sender at a time among all devices: one radio channel
};
std::span<const config::EnumName<Access>> enum_names(const Access*);

/// How bytes get from one device to another.
enum class Path {
  direct,  ///< over the link once
  relayed  ///< up to an access point or base station, and down from it
};
std::span<const config::EnumName<Path>> enum_names(const Path*);

/// What is sent again after a packet with an error.
enum class Recovery {
  selective,  ///< that packet
  go_back_n   ///< it and all that were sent after it: `window` packets
};
std::span<const config::EnumName<Recovery>> enum_names(const Recovery*);

struct PacketConfig {
  std::uint64_t payload_bytes = 0;  ///< at most, in one packet
  std::uint64_t header_bytes = 0;   ///< preamble, framing, addresses, checks: with every packet
  int burst = 1;                    ///< packets that share a gap and an acknowledgement
  double gap_s = 0;                 ///< per burst, both ends listening: spacing, contention, turnaround
  double acknowledgement_s = 0;     ///< per burst, sent back
};

struct ErrorConfig {
  double bit_error_rate = 0;
  double packet_loss = 0;  ///< besides: fading, collisions
  Recovery recovery = Recovery::selective;
  int window = 1;  ///< packets in flight, of go_back_n
};

/// A regulation's limit on the time an end sends.
struct DutyConfig {
  double limit = 1;
  double window_s = 3600;
};

/// Of one end, by what it does.
struct EndPowerConfig {
  double wake_s = 0, wake_w = 0;         ///< from idle until the first bit
  double busy_w = 0;                     ///< while it sends, receives or listens, once for all of these
  double transmit_w = 0, receive_w = 0;  ///< besides, while it sends; while it receives or listens
  double transmit_j_per_bit = 0, receive_j_per_bit = 0;  ///< besides, for every bit of payload and header
  double tail_s = 0, tail_w = 0;                         ///< after the last activity, before it idles again
  double idle_w = 0;                                     ///< connected, asleep
};

struct LinkConfig {
  std::string name;
  Access access = Access::full;
  Path path = Path::direct;
  double rate_bytes_per_s = 0;                    ///< of a lane, before its line code
  std::optional<double> down_rate_bytes_per_s{};  ///< relayed: from the network to a device; absent: as up
  int lanes = 1;
  double line_code = 1;  ///< share of the rate left by the line code: 128/130
  double latency_s = 0;  ///< from a bit sent to the bit received, one way, from end to end
  PacketConfig packet;
  ErrorConfig errors;
  DutyConfig duty;
  EndPowerConfig power;
  config::Bands bands;  ///< of the figures above
};

const config::Record<PacketConfig>& describe(const PacketConfig*);
const config::Record<ErrorConfig>& describe(const ErrorConfig*);
const config::Record<DutyConfig>& describe(const DutyConfig*);
const config::Record<EndPowerConfig>& describe(const EndPowerConfig*);
const config::Record<LinkConfig>& describe(const LinkConfig*);

}  // namespace kiln::link
