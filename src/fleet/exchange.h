// SPDX-License-Identifier: MIT
// One exchange of a round: which messages follow from gradients that are ready and messages that arrived.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "fleet/fleet_config.h"
#include "fleet/payload.h"

namespace kiln::fleet {

struct Message {
  int from = 0, to = 0;
  std::int64_t round = 0;
  int part = 0;    ///< which one of its sender's, in the order of the topology
  int bucket = 0;  ///< of the gradient
};

/// What an exchange may do.
class Post {
 public:
  virtual ~Post() = default;
  virtual void send(const Message& message, const link::Packets& packets, double now_s) = 0;
  /// The device has all that it gets of this bucket of the round.
  virtual void complete(std::int64_t round, int bucket, int device, double now_s) = 0;
};

/// Who takes part in a round.
struct Members {
  std::int64_t round = 0;
  int bucket = 0;
  std::vector<int> senders;    ///< that have a gradient, in ascending order
  std::vector<int> receivers;  ///< that get the result; as the senders but for a server
};

/// Packets of what is sent of a bucket of gradients, cut once: every round sends the same.
class Parcels {
 public:
  Parcels(const Payload& payload, const link::Link& link, std::uint64_t stamp_bytes, int devices,
          Topology topology, std::size_t bucket = 0);
  /// The sum of so many devices' gradients.
  const link::Packets& update(int merged) const;
  /// Chunk `chunk` of a ring of all devices.
  const link::Packets& chunk(int merged, int chunk) const;
  const link::Packets& model() const { return model_; }

 private:
  std::size_t sums_ = 1;  ///< different lengths that sums have
  int devices_;
  std::vector<link::Packets> updates_;  ///< by devices merged
  std::vector<link::Packets> chunks_;   ///< [merged][chunk]
  link::Packets model_;
};

class Exchange {
 public:
  virtual ~Exchange() = default;
  /// The gradient of `device` stands ready.
  virtual void ready(int device, double now_s) = 0;
  /// `device` will not send in this round.
  virtual void absent(int device, double now_s) = 0;
  virtual void arrived(const Message& message, double now_s) = 0;
};

/// `post` and `parcels` must outlive it. `seed` draws the peers of gossip.
std::unique_ptr<Exchange> make_exchange(const ExchangeConfig& config, Members members, const Parcels& parcels,
                                        Post& post, std::uint64_t seed);

/// The peers of each of `count` members in a round of gossip: each sends to `peers` others and hears from as
/// many. [member] lists places of members.
std::vector<std::vector<int>> draw_peers(int count, int peers, std::uint64_t seed, std::int64_t round);

}  // namespace kiln::fleet
