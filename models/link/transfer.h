// SPDX-License-Identifier: MIT
// Closed forms of a transfer: packets, what is sent again, air time, and the joules of both ends.
#pragma once

#include <cstdint>

#include "link/link_config.h"

namespace kiln::link {

enum class Direction {
  up,   ///< from a device: to another one, or to the network
  down  ///< from the network to a device
};

/// A message cut into packets. Several cuts add up to one message.
struct Packets {
  std::uint64_t payload_bytes = 0;  ///< the user's
  std::uint64_t count = 0;
  std::uint64_t wire_bytes = 0;  ///< with headers and stamps, each packet once
  double expected_repeats = 0;   ///< packets sent again, in the mean
  double expected_repeat_bytes = 0;

  Packets& operator+=(const Packets& other);
};

/// What is on the link for one message.
struct Transfer {
  double packets = 0, repeats = 0;          ///< sent first and again
  double wire_bytes = 0, repeat_bytes = 0;  ///< of all packets; of it, sent again
  double air_s = 0;                         ///< the sender sends
  double gap_s = 0, acknowledgement_s = 0;

  double busy_s() const { return air_s + gap_s + acknowledgement_s; }
};

class Link {
 public:
  explicit Link(const LinkConfig& config) : config_(config) {}
  const LinkConfig& config() const { return config_; }

  /// Payload bytes per second while a lane group sends, without headers and gaps.
  double rate_bytes_per_s(Direction direction) const;
  /// Probability that a packet of so many bytes on the link does not arrive whole.
  double packet_error(double wire_bytes) const;
  /// Packets sent again for each that arrives, when one fails with probability p.
  double repeats_per_packet(double p) const;

  /// `stamp_bytes` of every packet's payload are not the user's. Throws ConfigError when nothing is left.
  Packets cut(std::uint64_t bytes, std::uint64_t stamp_bytes = 0) const;
  /// The mean over all errors.
  Transfer expected(const Packets& packets, Direction direction) const;
  /// With so many errors; of go_back_n each sends a window of packets again.
  Transfer with_errors(const Packets& packets, std::uint64_t errors, Direction direction) const;
  /// Errors of a message, drawn by a number uniform in [0, 1): negative binomial by inversion, normal where
  /// more than a hundred are expected.
  std::uint64_t draw_errors(const Packets& packets, double uniform) const;

 private:
  Transfer timed(Transfer transfer, Direction direction) const;
  /// Packets sent again by one error.
  double repeats_of_error() const;

  LinkConfig config_;
};

/// The time that an end may send, over many transfers. A window begins with the first sending after the last
/// one is over.
class DutyMeter {
 public:
  explicit DutyMeter(const DutyConfig& duty) : duty_(duty) {}
  /// When `air_s` of sending that begin at `begin_s`, not before the last ones ended, are over.
  double send(double begin_s, double air_s);

 private:
  DutyConfig duty_;
  double window_ends_s_ = 0, left_s_ = 0;
};

/// Time from the first to the last moment of sending `air_s` when an end may send limit * window in each
/// window, as early as it can.
double time_under_duty(const DutyConfig& duty, double air_s);

}  // namespace kiln::link
