// SPDX-License-Identifier: MIT
// Who trains when, and who waits for whom: the rhythm of a fleet.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "fleet/exchange.h"

namespace kiln::fleet {

/// What a rhythm may have done.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual void train(int device, int steps, double now_s) = 0;
  virtual void send(const Message& message, const link::Packets& packets, double now_s) = 0;
  /// Calls Rhythm::reminded at `at_s`.
  virtual void remind(int device, std::int64_t round, double at_s) = 0;
};

struct RoundRecord {
  double begin_s = -1;       ///< its first device begins to train
  double first_ready_s = 0;  ///< its first gradient stands
  double ready_s = 0;        ///< its last gradient stands
  double end_s = 0;          ///< its last device has what it gets
  int slowest = -1;          ///< whose gradient was the last
  int members = 0;
};

/// What happened, round by round. Asynchronous fleets have no rounds.
struct History {
  std::vector<RoundRecord> rounds;
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
  virtual void trained(int device, double now_s) = 0;
  virtual void arrived(const Message& message, double now_s) = 0;
  virtual void reminded(int device, std::int64_t round, double now_s) = 0;
  virtual bool over() const = 0;
  virtual const History& history() const = 0;
};

/// All must outlive it.
std::unique_ptr<Rhythm> make_rhythm(const FleetConfig& config, const Parcels& parcels, Stage& stage);

}  // namespace kiln::fleet
