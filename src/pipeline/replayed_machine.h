// SPDX-License-Identifier: MIT
// A chip with its package and governor that replays the simulated steps of several stages.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "fleet/replayed_device.h"
#include "pipeline/machine.h"

namespace kiln::pipeline {

class ReplayedMachine : public Machine {
 public:
  /// `kinds`: by stage; null where the stage is none of this device's. They must outlive it. At least one is
  /// there.
  explicit ReplayedMachine(std::vector<fleet::DeviceKind*> kinds);

  void start(std::size_t stage, double now_s) override;
  double next_s() const override { return replay_->next_s(); }
  bool move_on(double now_s) override { return replay_->move_on(now_s) == fleet::Reached::gradient; }
  void finish(double now_s) override { replay_->finish(now_s); }
  const fleet::WorkerBooks& books() const override { return replay_->books(); }
  double joules(std::size_t stage) const override;
  const device::Device& device() const { return *device_; }

 private:
  std::vector<fleet::DeviceKind*> kinds_;
  std::unique_ptr<device::Device> device_;
  std::optional<fleet::ReplayedDevice> replay_;
};

}  // namespace kiln::pipeline
