// SPDX-License-Identifier: MIT
// The fleet in time: devices that train, messages that travel, the rhythm that ties them. Event-driven; the
// same configuration and seed give the same numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

#include "base/watch.h"
#include "fleet/network.h"
#include "fleet/rhythm.h"
#include "fleet/worker.h"

namespace kiln::fleet {

class Simulation : private Stage {
 public:
  /// A worker for each device of the configuration, which, as the payload, must outlive the call.
  Simulation(const FleetConfig& config, const link::LinkConfig& link, const Payload& payload,
             std::vector<std::unique_ptr<Worker>> workers, const base::Watch& watch);

  /// Until all rounds are over, or a device whose battery is empty holds up the others. Throws SimError when
  /// nothing can happen any more, and base::Stopped when the watch ends it.
  void run();

  double time_s() const { return now_s_; }
  const FleetConfig& config() const { return config_; }
  const Network& network() const { return network_; }
  const History& history() const { return rhythm_->history(); }
  int devices() const { return static_cast<int>(workers_.size()); }
  const Worker& worker(int device) const { return *workers_[static_cast<std::size_t>(device)]; }
  /// Bytes of messages that are on their way at the end: an asynchronous fleet ends at its last update.
  std::uint64_t bytes_in_flight() const { return in_flight_bytes_; }
  /// A device that will not train again before the end; -1: none.
  int ended_device() const { return ended_device_; }
  std::uint64_t events() const { return events_; }

 private:
  enum class What { worker, message, reminder };
  struct Event {
    double at_s;
    std::uint64_t order;  ///< of two at the same time, the earlier made comes first
    What what;
    int device;
    std::uint64_t number;  ///< of worker: its version; of message: its place; of reminder: the round
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.at_s > b.at_s || (a.at_s == b.at_s && a.order > b.order);
    }
  };
  struct Travelling {
    Message message;
    const link::Packets* packets = nullptr;
  };

  void train(int device, int steps, double now_s) override;
  void update(int device, double now_s) override;
  void send(const Message& message, const link::Packets& packets, double now_s) override;
  void remind(int device, std::int64_t round, double at_s) override;

  void push(double at_s, What what, int device, std::uint64_t number);
  void expect(int device);
  void handle(const Event& event);
  void move_worker(int device);
  bool all_off() const;
  /// Dies of one package hear what their ends of the link have drawn: it warms them.
  void tell_links();
  void deliver(std::size_t place);

  FleetConfig config_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::uint64_t> versions_;  ///< of workers: events of former ones are void
  Network network_;
  std::vector<Parcels> buckets_;
  std::unique_ptr<Rhythm> rhythm_;
  base::Watch watch_;
  std::priority_queue<Event, std::vector<Event>, Later> events_ahead_;
  std::vector<Travelling> travelling_;
  std::vector<std::size_t> free_places_;
  std::uint64_t in_flight_bytes_ = 0;
  std::uint64_t order_ = 0, events_ = 0;
  double now_s_ = 0;
  int ended_device_ = -1;
};

}  // namespace kiln::fleet
