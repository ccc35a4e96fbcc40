// SPDX-License-Identifier: MIT
// No key of a job is dead: each one, changed, moves a number of the summary.
#include <set>

#include "small_job.h"
#include "support/record_keys.h"
#include "support/scratch_folder.h"

using namespace kiln;
using testing::ChildRun;
using testing::good_job;

namespace {

struct Knob {
  std::string key, changed, metric;
  std::vector<std::string> setting = {};  ///< in which it acts
};

const std::string kBattery = "supply.battery={capacity: 20 mAh, internal_resistance: 1 Ohm}";
const std::string kCharger = "supply.charge=[{begin: 5 s, end: 20 s, power: 1 W}]";
const std::string kLong = "data.epochs=10000";

const std::string kCapacitor = "supply.capacitor={capacitance: 1 F}";

std::string trace(const std::string& name, const std::string& text) {
  static const testing::ScratchFolder scratch;
  return scratch.write(name, text);
}

/// Half a minute of sun on a cell, in a minute.
std::string sun() {
  return fmt::format(
      "supply={{capacitor: {{capacitance: 1 F}}, harvest: {{trace: {}, area: 5 cm2}}, hysteresis: 10 "
      "%, start_up: 0.1 s}}",
      trace("sun.csv", "time_s,irradiance_w_m2\n0,1000\n30,1000\n"));
}

const std::vector<Knob>& knobs() {
  static const std::vector<Knob> all = {
      {"data.samples", "2000", "finished_s"},
      {"data.epochs", "2", "finished_s"},
      {"data.validation.samples", "400", "finished_s"},
      {"data.validation.every", "100", "validations", {"data.validation={samples: 400}"}},
      {"data.cached_features", "true", "finished_s", {"experiment.training.freeze={prefix_layers: 2}"}},
      {"storage.write_rate", "1 MB/s", "finished_s"},
      {"storage.write_power", "1 W", "storage_j"},
      {"storage.read_rate",
       "1 MB/s",
       "finished_s",
       {"experiment.training.freeze={prefix_layers: 2}", "data.cached_features=true"}},
      {"storage.read_power",
       "1 W",
       "storage_j",
       {"experiment.training.freeze={prefix_layers: 2}", "data.cached_features=true"}},
      {"checkpoints.every_steps", "500", "checkpoints"},
      {"checkpoints.every", "1 s", "checkpoints"},
      {"checkpoints.optimizer_state", "false", "checkpoint_bytes"},
      {"checkpoints.at_end", "false", "written_bytes"},
      {"supply.battery", "{capacity: 100 mAh}", "charge_end", {kBattery}},
      {"supply.reserve", "50 %", "progress", {kBattery, kLong}},
      {"supply.hysteresis",
       "20 %",
       "progress",
       {kBattery, kLong, "supply.reserve=60 %", "experiment.environment.state_of_charge=65 %",
        "supply.charge=[{begin: 100 s, end: 250 s, power: 1 W}]", "time_limit=300 s"}},
      {"supply.restart",
       "50 %",
       "time_in.off_s",
       {kBattery, kLong, "experiment.environment.state_of_charge=3 %", "time_limit=300 s",
        "supply.charge=[{begin: 100 s, end: 250 s, power: 0.5 W}]"}},
      {"supply.other_load", "100 mW", "other_j"},
      {"supply.charge",
       "[{begin: 5 s, end: 10 s, power: 1 W}]",
       "battery_charged_j",
       {kBattery, kCharger, kLong}},
      {"supply.charger_efficiency", "50 %", "mains_j", {kBattery, kCharger, kLong}},
      {"supply.train", "charging", "time_in.wait_s", {kBattery, kCharger, kLong, "time_limit=60 s"}},
      {"supply.start_up",
       "5 s",
       "time_in.start_s",
       {kBattery, kLong, "experiment.environment.state_of_charge=3 %", "time_limit=300 s",
        "supply.charge=[{begin: 100 s, end: 250 s, power: 0.5 W}]"}},
      {"requests.rate", "10", "requests.arrived", {"requests={rate: 1}"}},
      {"requests.arrivals", "periodic", "requests.longest_s", {"requests={rate: 20}"}},
      {"requests.batch", "8", "time_in.infer_s", {"requests={rate: 5}"}},
      {"requests.priority", "preempt", "requests.mean_s", {"requests={rate: 20}"}},
      {"requests.deadline", "1 us", "requests.missed_share", {"requests={rate: 5}"}},
      {"requests.queue", "1", "requests.missed_share", {"requests={rate: 1000}"}},
      {"ambient", "[{at: 0 s, temperature: 40 degC}]", "hottest_c"},
      {"deadline", "1 s", "deadline_margin_s", {"deadline=1 h"}},
      {"time_limit", "1 s", "time_s"},
      {"whole", "true", "time_s", {"time_limit=100 s"}},
      {"checkpoints.at_reserve", "true", "checkpoints", {kCapacitor, kLong, "supply.reserve=80 %"}},
      {"supply.capacitor.capacitance", "2 F", "time_s", {kCapacitor, kLong}},
      {"supply.capacitor.full", "6 V", "time_s", {kCapacitor, kLong}},
      {"supply.capacitor.brown_out", "2 V", "time_s", {kCapacitor, kLong}},
      {"supply.capacitor.resistance", "500 mOhm", "battery_heat_j", {kCapacitor, kLong}},
      {"supply.harvest.trace",
       trace("half.csv", "time_s,irradiance_w_m2\n0,500\n30,500\n"),
       "harvested_j",
       {sun(), kLong, "time_limit=60 s"}},
      {"supply.harvest.area", "10 cm2", "harvested_j", {sun(), kLong, "time_limit=60 s"}},
      {"supply.harvest.efficiency", "10 %", "harvested_j", {sun(), kLong, "time_limit=60 s"}},
      {"supply.harvest.repeat", "40 s", "harvested_j", {sun(), kLong, "time_limit=60 s"}},
      {"supply.waiting",
       "off",
       "time_in.off_s",
       {sun(), kLong, "time_limit=60 s", "supply.reserve=80 %", "checkpoints.at_reserve=true"}},
      {"wear", "[{name: other, source: a test}]", "wear.other"},
      {"updates", "[{at: 0 s, image: 1 MB}]", "updates"},
      {"governors", "{slow: {policies: [{kind: powersave}]}}", "finished_s"},
  };
  return all;
}

}  // namespace

TEST_CASE("every key of a job is among those that are turned here") {
  std::set<std::string> keys, turned;
  testing::add_keys(
      *config::Value<job::JobConfig>::record(),
      {"experiment", "battery", "charge_window", "ambient_point", "governor", "job_wear", "job_update"},
      keys);
  for (const Knob& knob : knobs()) turned.insert(knob.key);
  for (const std::string& key : keys) {
    INFO(key);
    CHECK(turned.count(key) == 1);
  }
}

TEST_CASE("every key of a job moves a number") {
  for (const Knob& knob : knobs()) {
    INFO(knob.key);
    std::vector<std::string> turned = knob.setting;
    turned.push_back(knob.key + "=" + knob.changed);
    const ChildRun before = good_job(knob.setting), after = good_job(turned);
    const double old = before.numbers.count(knob.metric) > 0 ? before[knob.metric] : 0;
    CHECK(after[knob.metric] != old);
  }
}
