// SPDX-License-Identifier: MIT
// Rounds with a barrier: strict, or with a bound on the exchanges that a device may be behind.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <span>

#include "fleet/rhythm.h"

namespace kiln::fleet {

/// A device begins round k when it has trained its last one and, with a bound of s, holds the result of
/// exchange k - 1 - s; strict is s = 0. In data-parallel training that begins with the update of its last
/// one. Buckets of a gradient follow one another: around a ring and on a tree a device joins the exchange of
/// one when it has the result of the one before, as collectives of one stream do. Of partial participation a
/// server sends the model to the members of a round before it.
class Rounds : public Rhythm, private Post {
 public:
  /// `buckets` of each device's gradient.
  Rounds(const FleetConfig& config, std::span<const Parcels> buckets, Stage& stage);

  void begin() override;
  void bucket_ready(int device, double now_s) override;
  void trained(int device, double now_s) override;
  void updated(int device, double now_s) override;
  void arrived(const Message& message, double now_s) override;
  void reminded(int device, std::int64_t round, double now_s) override;
  bool over() const override { return rounds_over_ == config_.rounds && updating_ == 0; }
  const History& history() const override { return history_; }

 private:
  /// A bucket in a round.
  struct Part {
    std::unique_ptr<Exchange> exchange;
    std::size_t complete = 0;            ///< devices that have its result
    double ready_s = 0, complete_s = 0;  ///< of the last device
  };
  struct Round {
    std::vector<bool> drops;  ///< by place among the members
    Members members;
    std::vector<Part> parts;
    std::vector<std::size_t> received;  ///< parts, by device
    std::size_t complete = 0;
  };
  struct Bucket {
    std::int64_t round;
    std::size_t part;
  };
  struct Device {
    std::int64_t next = 0;       ///< round it begins next, or is in
    std::int64_t complete = -1;  ///< last round whose result it has
    std::int64_t before = -1;    ///< round it took part in before `next`
    std::int64_t version = 0;    ///< exchanges in the model it trains on
    bool trains = false;
    bool holds = false;               ///< its update waits for a result
    std::size_t ready = 0;            ///< buckets of the gradient under way that stand
    std::deque<Bucket> waiting;       ///< for the one in front, which is under way
    std::vector<std::int64_t> early;  ///< rounds whose result it has behind one that it has not
  };

  void send(const Message& message, const link::Packets& packets, double now_s) override;
  void complete(std::int64_t round, int bucket, int device, double now_s) override;
  void note_result(std::int64_t round, Device& state);
  void complete_round(std::int64_t round, int device, double now_s);

  bool everybody() const { return config_.exchange.participation >= 1; }
  std::vector<int> drawn(std::int64_t round) const;
  Round& round_at(std::int64_t round);
  bool drops(std::int64_t round, int device);
  /// The round whose result the device needs before it may begin `next`.
  std::int64_t needed(const Device& device) const;
  void find_next(int device, std::int64_t from);
  void begin_if_possible(int device, double now_s);
  void resume(int device, double now_s);
  void exchange(std::int64_t round, std::size_t part, int device, double now_s);
  void start_exchange(const Bucket& bucket, int device, double now_s);
  void note_exchange(const Round& round, RoundRecord& record);
  void sweep();

  const FleetConfig& config_;
  std::span<const Parcels> buckets_;
  Stage& stage_;
  std::int64_t bound_;
  bool in_turn_;  ///< a device is in the exchange of one bucket at a time
  std::vector<Device> devices_;
  std::map<std::int64_t, Round> rounds_;
  std::vector<std::int64_t> finished_;  ///< to be forgotten
  std::int64_t rounds_over_ = 0;
  std::size_t updating_ = 0;  ///< devices whose last update is under way or waits
  History history_;
};

}  // namespace kiln::fleet
