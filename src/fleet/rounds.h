// SPDX-License-Identifier: MIT
// Rounds with a barrier: strict, or with a bound on the exchanges that a device may be behind.
#pragma once

#include <map>
#include <memory>

#include "fleet/rhythm.h"

namespace kiln::fleet {

/// A device begins round k when it has trained its last one and, with a bound of s, holds the result of
/// exchange k - 1 - s; strict is s = 0. Of partial participation a server sends the model to the members of a
/// round before it.
class Rounds : public Rhythm, private Post {
 public:
  Rounds(const FleetConfig& config, const Parcels& parcels, Stage& stage);

  void begin() override;
  void trained(int device, double now_s) override;
  void arrived(const Message& message, double now_s) override;
  void reminded(int device, std::int64_t round, double now_s) override;
  bool over() const override { return rounds_over_ == config_.rounds; }
  const History& history() const override { return history_; }

 private:
  struct Round {
    std::vector<bool> drops;  ///< by place among the members
    Members members;
    std::unique_ptr<Exchange> exchange;
    std::size_t complete = 0;
  };
  struct Device {
    std::int64_t next = 0;       ///< round it begins next, or is in
    std::int64_t complete = -1;  ///< last round whose result it has
    std::int64_t before = -1;    ///< round it took part in before `next`
    std::int64_t version = 0;    ///< exchanges in the model it trains on
    bool trains = false;
  };

  void send(const Message& message, const link::Packets& packets, double now_s) override;
  void complete(std::int64_t round, int device, double now_s) override;

  bool everybody() const { return config_.exchange.participation >= 1; }
  std::vector<int> drawn(std::int64_t round) const;
  Round& round_at(std::int64_t round);
  bool drops(std::int64_t round, int device);
  /// The round whose result the device needs before it may begin `next`.
  std::int64_t needed(const Device& device) const;
  void find_next(int device, std::int64_t from);
  void begin_if_possible(int device, double now_s);
  void sweep();

  const FleetConfig& config_;
  const Parcels& parcels_;
  Stage& stage_;
  std::int64_t bound_;
  std::vector<Device> devices_;
  std::map<std::int64_t, Round> rounds_;
  std::vector<std::int64_t> finished_;  ///< to be forgotten
  std::int64_t rounds_over_ = 0;
  History history_;
};

}  // namespace kiln::fleet
