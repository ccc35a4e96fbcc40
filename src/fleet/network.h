// SPDX-License-Identifier: MIT
// The links of all devices and of the server: who may send when, what arrives, and what it costs.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "fleet/calendar.h"
#include "fleet/fleet_config.h"
#include "link/end_meter.h"

namespace kiln::fleet {

/// The server among the ends of a network.
inline constexpr int kServer = -1;

/// What has gone over links, each hop by itself.
struct Traffic {
  std::uint64_t messages = 0;
  std::uint64_t payload_bytes = 0;  ///< codes of gradients and models
  double packets = 0, repeats = 0;  ///< sent first and again
  double wire_bytes = 0, repeat_bytes = 0;
  Traffic& operator+=(const Traffic& other);
};

class Network {
 public:
  Network(const link::LinkConfig& config, const ExchangeConfig& exchange, int devices, std::uint64_t seed);

  /// From the beginning on drawn_j is asked for.
  void follow();

  /// Sends a message when its way is free, from `now_s` on; returns when it has arrived. Between devices of a
  /// relayed link it goes up and down. Calls follow one another in time.
  double send(int from, int to, const link::Packets& packets, double now_s);
  /// A message has arrived, or will not be waited for.
  void receive(int to, const link::Packets& packets);
  /// The end of all: tails and idle time up to `now_s`.
  void finish(double now_s);

  const link::Link& link() const { return link_; }
  int devices() const { return devices_; }
  /// A device's radio or port.
  const link::EndMeter& end(int device) const { return ends_[static_cast<std::size_t>(device)].meter; }
  /// The server's, where it has a link as the devices; of a relayed link nothing: it is the network's.
  const link::EndMeter& server() const { return ends_.back().meter; }
  /// What a device's end has drawn by `now_s`; for a network that was made to be asked.
  double drawn_j(int device, double now_s) const { return end(device).drawn_j(now_s); }
  const Traffic& sent_by(int device) const { return ends_[static_cast<std::size_t>(device)].sent; }
  std::uint64_t received_by(int device) const {
    return ends_[static_cast<std::size_t>(device)].received_bytes;
  }
  Traffic sent() const;  ///< by all
  std::uint64_t received_bytes() const;
  /// Joules of single messages as they were sent, without waking, tails and idling.
  double message_j() const { return message_j_; }

 private:
  struct End {
    End(const link::LinkConfig& config, int channels)
        : meter(config.power),
          duty(config.duty),
          sending(static_cast<std::size_t>(channels)),
          receiving(static_cast<std::size_t>(channels)) {}
    link::EndMeter meter;
    link::DutyMeter duty;
    std::vector<Calendar> sending,
        receiving;  ///< by channel; one that cannot do both at a time has `sending`
    Traffic sent;
    std::uint64_t received_bytes = 0;
  };
  End& at(int device) { return device == kServer ? ends_.back() : ends_[static_cast<std::size_t>(device)]; }
  /// One hop, not before `now_s`; an end that is null is the network's own. Returns when its last byte is
  /// over.
  double hop(End* from, End* to, const link::Transfer& transfer, double now_s);
  /// The channel of an end that is free first.
  static Calendar& first_free(std::vector<Calendar>& channels, double from_s, double length_s);
  void settle(End& end, double now_s);
  link::Transfer drawn(const link::Packets& packets, link::Direction direction);
  bool infrastructure() const { return link_.config().path == link::Path::relayed; }

  link::Link link_;
  int devices_;
  std::vector<End> ends_;  ///< the server's is the last
  Calendar channel_;       ///< of shared access
  double message_j_ = 0;
  std::vector<Calendar*> used_;  ///< by the hop under way
  base::Rng rng_;
};

}  // namespace kiln::fleet
