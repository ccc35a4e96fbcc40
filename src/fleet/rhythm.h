// SPDX-License-Identifier: MIT
// Who trains when, and who waits for whom: the rhythm of a fleet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fleet/exchange.h"

namespace kiln::fleet {

/// What a rhythm may have done.
class Stage {
 public:
  virtual ~Stage() = default;
  /// Steps, behind the update that the one before waits with, if it does.
  virtual void train(int device, int steps, double now_s) = 0;
  /// That update alone.
  virtual void update(int device, double now_s) = 0;
  virtual void send(const Message& message, const link::Packets& packets, double now_s) = 0;
  /// Calls Rhythm::reminded at `at_s`.
  virtual void remind(int device, std::int64_t round, double at_s) = 0;
};

struct RoundRecord {
  double begin_s = -1;       ///< its first device begins to train, with an update that waited in front
  double first_ready_s = 0;  ///< its first gradient stands
  double ready_s = 0;        ///< its last gradient stands
  double end_s = 0;          ///< its last device has what it gets
  double resumed_s = 0;      ///< the last device that waited for a result begins its update
  double exchanging_s = 0;   ///< with a bucket under way that all devices have
  int slowest = -1;          ///< whose gradient was the last
  int members = 0;

  /// Of its exchange, what no backward pass hides: where updates wait for it.
  double exposed_s() const { return std::max(0.0, resumed_s - ready_s); }
};

/// A bucket of gradients over all rounds that are over, from the begin of each round on.
struct BucketRecord {
  double ready_s = 0, complete_s = 0;  ///< sums; of the last device
};

/// What happened, round by round. Asynchronous fleets have no rounds.
struct History {
  std::vector<RoundRecord> rounds;
  std::vector<BucketRecord> buckets;  ///< where updates wait for exchanges
  /// [s]: gradients that were computed on a model that s updates are missing from when they are applied. Of
  /// gossip without a barrier: how many rounds the two devices are apart.
  std::vector<std::uint64_t> staleness;
  std::vector<std::vector<std::uint64_t>> staleness_by_device;  ///< the same of each device's gradients
  std::uint64_t updates = 0;    ///< of a model: of all in a round together, of one device when asynchronous
  std::uint64_t trainings = 0;  ///< of devices, between two exchanges
  std::uint64_t dropouts = 0;

  void note_staleness(int device, std::uint64_t updates_missed);
  double mean_staleness() const;
};

class Rhythm {
 public:
  virtual ~Rhythm() = default;
  virtual void begin() = 0;
  /// The next bucket of a device's gradient stands, which is not the last.
  virtual void bucket_ready(int device, double now_s) = 0;
  /// Its gradient stands, or the last bucket of it.
  virtual void trained(int device, double now_s) = 0;
  virtual void updated(int device, double now_s) = 0;
  virtual void arrived(const Message& message, double now_s) = 0;
  virtual void reminded(int device, std::int64_t round, double now_s) = 0;
  virtual bool over() const = 0;
  virtual const History& history() const = 0;
};

/// All must outlive it.
std::unique_ptr<Rhythm> make_rhythm(const FleetConfig& config, std::span<const Parcels> buckets,
                                    Stage& stage);

}  // namespace kiln::fleet
