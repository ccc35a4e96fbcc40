// SPDX-License-Identifier: MIT
#include "job/metrics.h"

#include <algorithm>

namespace kiln::job {

namespace {

using Number = std::optional<double>;

double time_in(const Outcome& o, Activity activity) {
  return o.work.time_s[static_cast<std::size_t>(activity)];
}

double dynamic_in(const Outcome& o, StepKind kind) {
  return o.work.dynamic_j[static_cast<std::size_t>(kind)];
}

Number if_battery(const Outcome& o, double value) {
  return o.has_battery ? Number(value) : std::nullopt;
}

Number if_requests(const Outcome& o, double value) {
  return o.requests ? Number(value) : std::nullopt;
}

Number battery_share(const Outcome& o) {
  return if_battery(o, (o.energy.given_j + o.energy.battery_heat_j) / o.battery_full_j);
}

Number margin_s(const Outcome& o) {
  if (!o.deadline_s) return std::nullopt;
  return *o.deadline_s - o.finished_s.value_or(std::max(o.time_s, o.time_limit_s));
}

Number met(const Outcome& o) {
  if (!o.deadline_s) return std::nullopt;
  return o.met_deadline() ? 1 : 0;
}

Number mains_j(const Outcome& o) {
  return o.mains_j;
}

Number latency(const Outcome& o, double share) {
  return if_requests(o, o.latencies.percentile_s(share));
}

constexpr Metric kMetrics[] = {
    {"time_s", "s", "Device time that was simulated", [](const Outcome& o) -> Number { return o.time_s; }},
    {"finished_s", "s", "Device time at which training was done, its last checkpoint included",
     [](const Outcome& o) -> Number { return o.finished_s; }},
    {"deadline_met", "", "1: training was done by the deadline", met},
    {"deadline_margin_s", "s", "From the end of training to the deadline; not done: from the time limit",
     margin_s},
    {"progress", "", "Training steps done over those planned",
     [](const Outcome& o) -> Number {
       return o.plan.steps() > 0 ? Number(static_cast<double>(o.done) / static_cast<double>(o.plan.steps()))
                                 : std::nullopt;
     }},
    {"steps", "", "Training steps that count",
     [](const Outcome& o) -> Number { return static_cast<double>(o.done); }},
    {"steps_lost", "", "Training steps lost with the power, in fractions",
     [](const Outcome& o) -> Number { return o.steps.lost; }},
    {"validations", "", "Validations made",
     [](const Outcome& o) -> Number { return static_cast<double>(o.steps.validations); }},
    {"energy_j", "J", "Of chip and memory", [](const Outcome& o) -> Number { return o.energy.chip_j; }},
    {"board_j", "J", "Losses of regulators, and what the board always draws",
     [](const Outcome& o) -> Number { return o.energy.board_j; }},
    {"cooling_j", "J", "Of fans, pumps, thermoelectric devices",
     [](const Outcome& o) -> Number { return o.energy.cooling_j; }},
    {"storage_j", "J", "Of storage beyond what it idles at",
     [](const Outcome& o) -> Number { return o.energy.storage_j; }},
    {"other_j", "J", "Of the other load on the supply",
     [](const Outcome& o) -> Number { return o.energy.other_j; }},
    {"link_j", "J", "Of the link, and of storage that writes what it brings",
     [](const Outcome& o) -> Number { return o.updates ? Number(o.energy.link_j) : std::nullopt; }},
    {"drawn_j", "J", "All of these: what the supply gave",
     [](const Outcome& o) -> Number { return o.energy.drawn_j; }},
    {"drawn_power_w", "W", "Drawn from the supply, on average",
     [](const Outcome& o) -> Number { return o.time_s > 0 ? o.energy.drawn_j / o.time_s : 0; }},
    {"peak_power_w", "W", "Of chip and memory over a control period, the highest",
     [](const Outcome& o) -> Number { return o.observed.peak_power_w; }},
    {"mains_j", "J", "Taken from the mains", mains_j},
    {"harvested_j", "J", "Harvested and used or stored",
     [](const Outcome& o) -> Number { return o.harvests ? Number(o.energy.harvested_j) : std::nullopt; }},
    {"spilled_j", "J", "That charger and harvester could have given besides",
     [](const Outcome& o) -> Number { return if_battery(o, o.energy.spilled_j); }},
    {"battery_given_j", "J", "Out of the battery's terminals",
     [](const Outcome& o) -> Number { return if_battery(o, o.energy.given_j); }},
    {"battery_charged_j", "J", "Into the battery's terminals",
     [](const Outcome& o) -> Number { return if_battery(o, o.energy.charged_j); }},
    {"battery_heat_j", "J", "Lost in the battery's resistance",
     [](const Outcome& o) -> Number { return if_battery(o, o.energy.battery_heat_j); }},
    {"battery_share", "", "What it gave and lost over the energy of a full battery", battery_share},
    {"charge_end", "", "State of charge at the end",
     [](const Outcome& o) -> Number { return if_battery(o, o.charge_end); }},
    {"charge_lowest", "", "Lowest state of charge",
     [](const Outcome& o) -> Number { return if_battery(o, o.charge_lowest); }},
    {"hottest_c", "degC", "Hottest block of chip or memory, its highest mean",
     [](const Outcome& o) -> Number { return hottest_c(o); }},
    {"skin_c", "degC", "Outside of the device, the highest",
     [](const Outcome& o) -> Number {
       return o.observed.peak_skin_c > -273 ? Number(o.observed.peak_skin_c) : std::nullopt;
     }},
    {"throttled_s", "s", "Below the highest operating point, with memory slowed, or off",
     [](const Outcome& o) -> Number { return o.observed.throttled_s; }},
    {"transitions", "", "Changes of operating point",
     [](const Outcome& o) -> Number { return o.observed.transitions; }},
    {"mean_frequency_hz", "Hz", "Core clock, mean over time",
     [](const Outcome& o) -> Number { return o.time_s > 0 ? o.observed.frequency_time / o.time_s : 0; }},
    {"time_in.train_s", "s", "Training",
     [](const Outcome& o) -> Number { return time_in(o, Activity::train); }},
    {"time_in.validate_s", "s", "Validating",
     [](const Outcome& o) -> Number { return time_in(o, Activity::validate); }},
    {"time_in.infer_s", "s", "Answering requests",
     [](const Outcome& o) -> Number { return time_in(o, Activity::infer); }},
    {"time_in.storage_s", "s", "Checkpoints",
     [](const Outcome& o) -> Number { return time_in(o, Activity::storage); }},
    {"time_in.start_s", "s", "Installing updates and starting, the checkpoint read: nobody is there",
     [](const Outcome& o) -> Number { return time_in(o, Activity::start); }},
    {"time_in.wait_s", "s", "Idle, clock-gated",
     [](const Outcome& o) -> Number { return time_in(o, Activity::wait); }},
    {"time_in.off_s", "s", "Off", [](const Outcome& o) -> Number { return time_in(o, Activity::off); }},
    {"dynamic_in.train_j", "J", "Dynamic energy of training steps",
     [](const Outcome& o) -> Number {
       return dynamic_in(o, StepKind::train) + dynamic_in(o, StepKind::train_cached);
     }},
    {"dynamic_in.validate_j", "J", "Dynamic energy of validations",
     [](const Outcome& o) -> Number { return dynamic_in(o, StepKind::validate); }},
    {"dynamic_in.infer_j", "J", "Dynamic energy of requests",
     [](const Outcome& o) -> Number { return dynamic_in(o, StepKind::infer); }},
    {"checkpoints", "", "Checkpoints written, without the last one",
     [](const Outcome& o) -> Number { return static_cast<double>(o.steps.checkpoints); }},
    {"checkpoint_bytes", "B", "Size of one: trained parameters and optimizer state",
     [](const Outcome& o) -> Number { return o.plan.checkpoint_bytes; }},
    {"written_bytes", "B", "Written to storage",
     [](const Outcome& o) -> Number {
       return o.steps.written_bytes + (o.updates ? o.updates->written_bytes : 0);
     }},
    {"read_bytes", "B", "Read from storage", [](const Outcome& o) -> Number { return o.steps.read_bytes; }},
    {"starts", "", "Starts after the power was gone",
     [](const Outcome& o) -> Number { return static_cast<double>(o.steps.starts); }},
    {"updates", "", "Images installed",
     [](const Outcome& o) -> Number {
       return o.updates ? Number(static_cast<double>(o.updates->installed)) : std::nullopt;
     }},
    {"requests.arrived", "", "Requests that came",
     [](const Outcome& o) -> Number {
       return o.requests ? Number(static_cast<double>(o.requests->arrived)) : std::nullopt;
     }},
    {"requests.answered", "", "Requests that were answered",
     [](const Outcome& o) -> Number { return if_requests(o, static_cast<double>(o.latencies.count())); }},
    {"requests.missed_share", "", "Late, turned away or lost, over those that came",
     [](const Outcome& o) -> Number { return if_requests(o, o.missed_share); }},
    {"requests.mean_s", "s", "From arrival to answer, mean",
     [](const Outcome& o) -> Number { return if_requests(o, o.latencies.mean_s()); }},
    {"requests.p50_s", "s", "Median latency", [](const Outcome& o) -> Number { return latency(o, 0.5); }},
    {"requests.p95_s", "s", "Latency that 95 % do not exceed",
     [](const Outcome& o) -> Number { return latency(o, 0.95); }},
    {"requests.p99_s", "s", "Latency that 99 % do not exceed",
     [](const Outcome& o) -> Number { return latency(o, 0.99); }},
    {"requests.longest_s", "s", "Longest latency",
     [](const Outcome& o) -> Number { return if_requests(o, o.latencies.longest_s()); }},
};

}  // namespace

std::optional<double> hottest_c(const Outcome& outcome) {
  const std::vector<JobRow>& rows = outcome.series.rows();  // merged rows keep the highest
  if (rows.empty()) return std::nullopt;
  return std::max_element(rows.begin(), rows.end(),
                          [](const JobRow& a, const JobRow& b) { return a.hottest_c < b.hottest_c; })
      ->hottest_c;
}

std::span<const Metric> metrics() {
  return kMetrics;
}

std::vector<std::pair<std::string, double>> numbers_of(const Outcome& outcome) {
  std::vector<std::pair<std::string, double>> numbers;
  for (const Metric& metric : kMetrics)
    if (const Number value = metric.read(outcome)) numbers.emplace_back(metric.key, *value);
  for (std::size_t i = 0; i < outcome.worn.size(); ++i)
    numbers.emplace_back("wear." + outcome.mechanisms[i].name, outcome.worn[i].nominal);
  return numbers;
}

}  // namespace kiln::job
