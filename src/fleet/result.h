// SPDX-License-Identifier: MIT
// What a simulated fleet comes to: numbers, books that must balance, and whether it may be used.
#pragma once

#include <string>
#include <vector>

#include "fleet/devices.h"
#include "fleet/simulation.h"
#include "report/uncertainty.h"
#include "report/validity.h"

namespace kiln::fleet {

struct Number {
  std::string key, unit, meaning;
  double value = 0;
};

/// One device over the whole time.
struct DeviceRow {
  int device = 0;
  std::size_t kind = 0;
  double ambient_c = 0;
  WorkerBooks books;
  link::EndEnergy link;
  Traffic sent;
  std::uint64_t received_bytes = 0;
  std::vector<device::PeriodRecord> series;  ///< of a die that shares its package
};

/// A bucket of gradients that are exchanged together; times from the begin of a round, means over rounds.
struct BucketRow {
  std::vector<std::string> layers;  ///< in the order in which their gradients stand
  std::uint64_t bytes = 0;          ///< of one device's gradients as they are coded
  double ready_s = 0;               ///< on the last device
  double complete_s = 0;            ///< the last device has the sum
};

struct Result {
  std::string name, link_name;
  double time_s = 0;
  std::uint64_t events = 0;  ///< of the simulation
  bool one_package = false;  ///< that all devices are dies of
  std::vector<Number> numbers;
  std::vector<DeviceRow> devices;
  std::vector<BucketRow> buckets;  ///< where updates wait for exchanges, of more than one device
  History history;
  report::Validity validity;
  /// Between what a number lies when the chips' constants do between their bounds, by key; others are exact
  /// to them (bands.h).
  report::Bands bands;
  std::int64_t band_rounds = 0;  ///< simulated again for them, the first ones; numbers move as theirs do

  bool has(const std::string& key) const;
  double number(const std::string& key) const;  ///< throws SimError for a key that is none
};

/// Of a simulation that has run. Throws SimError when bytes, seconds or joules do not balance.
Result result_of(const Simulation& simulation, const Devices& devices);
/// The books alone: bytes sent are received or on their way, the states of every end fill the time, and
/// joules by state are those of the messages and of waking, tails and idling. Throws SimError.
void check_books(const Simulation& simulation);

std::string result_text(const Result& result);
std::string result_json(const Result& result);
/// A row for every round; empty for asynchronous fleets.
std::string rounds_csv(const Result& result);
std::string devices_csv(const Result& result);
/// Temperature, power and clock over time of dies that share their package; of other fleets no rows.
std::string dies_csv(const Result& result);

}  // namespace kiln::fleet
