// SPDX-License-Identifier: MIT
// Nobody waits for others: a device trains, exchanges with the server or a peer, and goes on.
#pragma once

#include "base/rng.h"
#include "fleet/rhythm.h"

namespace kiln::fleet {

/// Ends when as many gradients are applied as there would be in `rounds` rounds of all devices; fast devices
/// give more of them than slow ones. Server: each gradient is an update, and its sender gets what it missed
/// (Dean et al., NIPS 2012). Gossip: a device sends to one peer drawn at random, which answers with its own
/// (Lian et al., ICML 2018).
class Asynchronous : public Rhythm {
 public:
  Asynchronous(const FleetConfig& config, const Parcels& parcels, Stage& stage);

  void begin() override;
  void bucket_ready(int, double) override {}  // refused, as updates that wait
  void trained(int device, double now_s) override;
  void updated(int, double) override {}
  void arrived(const Message& message, double now_s) override;
  void reminded(int, std::int64_t, double) override {}
  bool over() const override { return history_.updates >= wanted_; }
  const History& history() const override { return history_; }

 private:
  struct Device {
    std::uint64_t version = 0;   ///< updates in the model it trains on
    std::int64_t trainings = 0;  ///< that it has ended
  };
  void train(int device, double now_s);
  void update(int device, std::uint64_t missed);

  const FleetConfig& config_;
  const Parcels& parcels_;
  Stage& stage_;
  std::uint64_t wanted_;
  std::vector<Device> devices_;
  base::Rng peers_;
  History history_;
};

}  // namespace kiln::fleet
