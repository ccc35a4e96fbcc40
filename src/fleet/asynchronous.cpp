// SPDX-License-Identifier: MIT
#include "fleet/asynchronous.h"

#include <algorithm>
#include <cstdlib>

#include "fleet/network.h"

namespace kiln::fleet {

namespace {

constexpr int kGradient = 0, kAnswer = 1;  // parts of messages

}  // namespace

Asynchronous::Asynchronous(const FleetConfig& config, const Parcels& parcels, Stage& stage)
    : config_(config),
      parcels_(parcels),
      stage_(stage),
      wanted_(static_cast<std::uint64_t>(config.rounds) * static_cast<std::uint64_t>(config.device_count())),
      devices_(static_cast<std::size_t>(config.device_count())),
      peers_(config.seed, "fleet", "peers") {}

void Asynchronous::begin() {
  for (std::size_t device = 0; device < devices_.size(); ++device) train(static_cast<int>(device), 0);
}

void Asynchronous::train(int device, double now_s) {
  if (over()) return;
  ++history_.trainings;
  stage_.train(device, config_.exchange.local_steps, now_s);
}

void Asynchronous::update(int device, std::uint64_t missed) {
  if (over()) return;  // on its way when the last one was applied
  history_.note_staleness(device, missed);
  ++history_.updates;
}

void Asynchronous::trained(int device, double now_s) {
  Device& state = devices_[static_cast<std::size_t>(device)];
  const std::int64_t round = state.trainings++;
  int to = kServer;
  if (config_.exchange.topology == Topology::gossip) {
    to = static_cast<int>(peers_.below(devices_.size() - 1));
    if (to >= device) ++to;
  }
  stage_.send({device, to, round, kGradient}, parcels_.update(1), now_s);
}

void Asynchronous::arrived(const Message& message, double now_s) {
  if (message.part == kAnswer) {
    if (message.from == kServer) devices_[static_cast<std::size_t>(message.to)].version = history_.updates;
    train(message.to, now_s);
    return;
  }
  Device& sender = devices_[static_cast<std::size_t>(message.from)];
  int merged = 1;
  if (message.to == kServer) {
    update(message.from, history_.updates - sender.version);
    // What it missed, its own gradient included, as one sum.
    merged = static_cast<int>(std::min<std::uint64_t>(history_.updates - sender.version, devices_.size()));
  } else {
    const std::int64_t apart = devices_[static_cast<std::size_t>(message.to)].trainings - (message.round + 1);
    update(message.from, static_cast<std::uint64_t>(std::abs(apart)));
  }
  stage_.send({message.to, message.from, message.round, kAnswer}, parcels_.update(std::max(1, merged)),
              now_s);
}

}  // namespace kiln::fleet
