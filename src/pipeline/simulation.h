// SPDX-License-Identifier: MIT
// A plan in time: samples come in, wait, are worked on, cross links. Event-driven; the same configuration and
// seed give the same numbers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/watch.h"
#include "fleet/network.h"
#include "pipeline/machine.h"
#include "pipeline/stage_graph.h"
#include "pipeline/waiting_line.h"

namespace kiln::pipeline {

/// What a stage has done.
struct StageBooks {
  std::int64_t firings = 0, steps = 0;
  std::int64_t made = 0;
  std::int64_t lost = 0;             ///< samples of sources that its full queue turned away
  std::int64_t refused = 0;          ///< made samples that do not pass its gate
  double service_s = 0;              ///< that a device, its flash or (of a source) the sensor worked for it
  double first_s = -1, last_s = -1;  ///< first and last product
  double transfer_s = 0;             ///< that its products' links were busy for, errors in the mean
  double sent_bytes = 0, delivered_bytes = 0;  ///< of products that came to it over a link
  job::Latencies ages;                         ///< of products that nobody takes: since their sample came in
};

using Machines = std::vector<std::vector<std::unique_ptr<Machine>>>;  ///< by device of the configuration

class Simulation {
 public:
  /// `machines` of a device that no stage is on may be none. The configuration must outlive it.
  Simulation(const PipelineConfig& config, const PlanConfig& plan, std::vector<Stage> stages,
             Machines machines, const base::Watch& watch);

  /// Until nothing is left to do or the time limit is reached. Throws SimError for books that do not balance,
  /// base::Stopped when the watch ends it.
  void run();

  const PipelineConfig& config() const { return config_; }
  const PlanConfig& plan() const { return plan_; }
  const std::vector<Stage>& stages() const { return stages_; }
  const StageBooks& books(std::size_t stage) const { return books_[stage]; }
  const WaitingLine& line(std::size_t stage) const { return lines_[stage]; }
  const Machines& machines() const { return machines_; }
  const std::map<std::string, fleet::Network>& networks() const { return networks_; }
  /// The device's end of a link: its place, or fleet::kServer.
  int end_of(std::size_t device, const link::LinkConfig& link) const;
  double time_s() const { return now_s_; }
  /// Why it ended before its work was done; empty: it was done.
  const std::string& ended_by() const { return ended_by_; }
  /// At the last labelled sample: its time, and how long each stage had been worked for until then.
  double labelled_s() const { return labelled_s_; }
  const std::vector<double>& service_until_labelled_s() const { return until_labelled_s_; }

 private:
  /// A stage at work on what it took.
  struct Firing {
    std::size_t stage = 0;
    std::int64_t taken = 0, made = 0, steps_left = 0;
    Lot product;
  };
  /// A machine and what it works on.
  struct Seat {
    std::size_t device = 0;
    Machine* machine = nullptr;
    std::optional<Firing> work;
    double step_began_s = 0;
    std::uint64_t version = 0;
  };
  struct Parcel {
    std::size_t from = 0, to = 0;
    Lot lot;
  };
  enum class What { machine, sample, parcel, stored };
  struct Event {
    double at_s;
    std::uint64_t order;
    What what;
    std::size_t place;
    std::uint64_t version;
  };
  struct Later {
    bool operator()(const Event& a, const Event& b) const {
      return a.at_s > b.at_s || (a.at_s == b.at_s && a.order > b.order);
    }
  };

  void push(double at_s, What what, std::size_t place, std::uint64_t version = 0);
  void expect(std::size_t seat);
  void handle(const Event& event);
  void move_seat(std::size_t seat);
  void start_sources();
  void draw_sample(std::size_t stage, double from_s);
  void take_sample(std::size_t stage);
  void dispatch();
  bool dispatch_seat(std::size_t seat);
  void dispatch_store(std::size_t stage);

  bool may_begin(std::size_t stage) const;
  bool upstream_done(std::size_t stage) const;
  bool done(std::size_t stage) const;
  bool room_behind(std::size_t stage, std::int64_t made) const;
  std::int64_t next_takes(std::size_t stage) const;
  bool can_fire(std::size_t stage) const;
  Firing fire(std::size_t stage);
  void complete(const Firing& firing);
  void hand_on(std::size_t stage, const Lot& lot);
  void send(std::size_t from, std::size_t to, const Lot& lot);
  void arrive(std::size_t from, std::size_t stage, const Lot& lot);
  void note_product(std::size_t stage, const Lot& lot);
  void finish();
  void check_books() const;

  const PipelineConfig& config_;
  const PlanConfig& plan_;
  std::vector<Stage> stages_;
  Machines machines_;
  base::Watch watch_;
  std::size_t labelled_;
  std::vector<Seat> seats_;
  std::vector<WaitingLine> lines_;
  std::vector<StageBooks> books_;
  std::vector<std::int64_t> coming_;   ///< by stage: promised to its line, being made or on their way
  std::vector<std::int64_t> at_work_;  ///< firings under way
  std::vector<std::int64_t> begun_;    ///< products of a stage that takes nothing, those under way included
  std::vector<bool> source_runs_;
  std::vector<double> sample_wait_s_;         ///< of a source, for the next sample
  std::vector<std::vector<Firing>> waiting_;  ///< begun, between two steps, by stage
  std::vector<std::optional<Firing>> storing_;
  std::vector<base::Rng> arrivals_;
  std::map<std::string, fleet::Network> networks_;
  std::priority_queue<Event, std::vector<Event>, Later> events_;
  std::vector<Parcel> parcels_;
  std::vector<std::size_t> free_parcels_;
  std::int64_t pending_ = 0;  ///< events that are more than the passing of time, and steps that run
  std::uint64_t order_ = 0;
  double now_s_ = 0, labelled_s_ = 0;
  std::vector<double> until_labelled_s_;
  std::string ended_by_;
};

}  // namespace kiln::pipeline
