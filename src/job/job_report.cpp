// SPDX-License-Identifier: MIT
#include "job/job_report.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/quantity_text.h"
#include "job/metrics.h"
#include "job/time_text.h"
#include "output/encode.h"
#include "output/json.h"
#include "report/band_text.h"
#include "report/validity_json.h"

namespace kiln::job {

namespace {

using base::bytes_text;
using base::Dimension;
using base::energy_text;

std::string cell(double value) {
  return std::isnan(value) ? std::string() : fmt::format("{}", value);
}

std::string governor_name(const Outcome& outcome) {
  return outcome.governor.empty() ? "experiment" : outcome.governor;
}

/// "a.b" becomes {"a": {"b": ...}}.
void place(nlohmann::ordered_json& json, const std::string& key, double value) {
  const std::size_t dot = key.find('.');
  if (dot == std::string::npos)
    json[key] = value;
  else
    json[key.substr(0, dot)][key.substr(dot + 1)] = value;
}

void add(const Outcome& outcome, nlohmann::ordered_json& json) {
  for (const auto& [key, value] : numbers_of(outcome)) place(json, key, value);
  for (std::size_t i = 0; i < outcome.worn.size(); ++i)
    json["wear"][outcome.mechanisms[i].name] = {
        {"consumed", outcome.worn[i].nominal}, {"low", outcome.worn[i].low}, {"high", outcome.worn[i].high}};
  for (const auto& [key, interval] : outcome.bands)
    json["band"][key] = {{"low", interval.low}, {"high", interval.high}};
  json["ended_by"] = outcome.ended_by;
  json["hottest_block"] = outcome.hottest_block;
  json["validity"] = report::to_json(outcome.validity);
}

void training_lines(const Outcome& o, std::string& text) {
  const Plan& plan = o.plan;
  if (plan.epochs == 0) return;
  text += fmt::format("  training        {} of {} steps in {} epochs", o.done, plan.steps(), plan.epochs);
  text += o.finished_s ? fmt::format(", done after {}\n", time_text(*o.finished_s))
                       : fmt::format(", not done: {}\n", o.ended_by);
  if (o.deadline_s)
    text +=
        fmt::format("  deadline        {} {}\n", time_text(*o.deadline_s),
                    o.met_deadline() ? fmt::format("met, {} before", time_text(*o.deadline_s - *o.finished_s))
                                     : std::string("missed"));
  if (o.steps.validations > 0)
    text +=
        fmt::format("  validations     {} of {} steps each\n", o.steps.validations, plan.validation_steps);
  text += fmt::format("  storage         {} written, {} read; checkpoint {}, {} made\n",
                      bytes_text(o.steps.written_bytes), bytes_text(o.steps.read_bytes),
                      bytes_text(plan.checkpoint_bytes), o.steps.checkpoints);
  if (o.steps.starts > 0 || o.steps.lost > 0)
    text += fmt::format("  losses          {:.4g} steps lost, {} starts\n", o.steps.lost, o.steps.starts);
}

void energy_lines(const Outcome& o, std::string& text) {
  const EnergyBooks& e = o.energy;
  text += fmt::format("  drawn           {}{}, {} on average: chip and memory {}{}, board {}",
                      energy_text(e.drawn_j), report::band_text(o.bands, "drawn_j", e.drawn_j),
                      base::display_quantity(o.time_s > 0 ? e.drawn_j / o.time_s : 0, Dimension::power),
                      energy_text(e.chip_j), report::band_text(o.bands, "energy_j", e.chip_j),
                      energy_text(e.board_j));
  const std::pair<double, const char*> others[] = {
      {e.cooling_j, "cooling"}, {e.storage_j, "storage"}, {e.link_j, "link"}, {e.other_j, "others"}};
  for (const auto& [joules, what] : others)
    if (joules > 0) text += fmt::format(", {} {}", what, energy_text(joules));
  text += "\n";
  if (!o.has_battery) return;
  text +=
      fmt::format("  battery         {:.1f} % to {:.1f} %, at least {:.1f} %: gave {}, took {}, lost {}\n",
                  100 * o.charge_begin, 100 * o.charge_end, 100 * o.charge_lowest, energy_text(e.given_j),
                  energy_text(e.charged_j), energy_text(e.battery_heat_j));
  if (o.harvests)
    text += fmt::format("  harvest         {} used or stored, {} spilled\n", energy_text(e.harvested_j),
                        energy_text(e.spilled_j));
  if (o.mains_j) text += fmt::format("  charger         {} from the mains\n", energy_text(*o.mains_j));
}

void time_line(const Outcome& o, std::string& text) {
  text += "  time            ";
  const char* comma = "";
  for (int i = 0; i < kActivities; ++i) {
    const double seconds = o.work.time_s[static_cast<std::size_t>(i)];
    if (seconds <= 0) continue;
    text += fmt::format("{}{} {} ({:.1f} %)", comma, name(static_cast<Activity>(i)), time_text(seconds),
                        100 * seconds / o.time_s);
    comma = ", ";
  }
  text += "\n";
}

void request_line(const JobConfig& job, const Outcome& o, std::string& text) {
  if (!o.requests) return;
  const Latencies& l = o.latencies;
  text += fmt::format("  requests        {} came, {} answered: mean {}, 95 % {}, 99 % {}, longest {}",
                      o.requests->arrived, l.count(), time_text(l.mean_s()), time_text(l.percentile_s(0.95)),
                      time_text(l.percentile_s(0.99)), time_text(l.longest_s()));
  text += job.requests->deadline_s || o.missed_share > 0
              ? fmt::format("; {:.3g} % missed\n", 100 * o.missed_share)
              : "\n";
}

void wear_line(const Outcome& o, std::string& text) {
  constexpr double kYear_s = 365.25 * 86400;
  if (o.worn.empty()) return;
  text += "  wear            ";
  const char* comma = "";
  for (std::size_t i = 0; i < o.worn.size(); ++i) {
    const auto years = [&](double share) { return share > 0 ? o.time_s / share / kYear_s : 0; };
    text += fmt::format("{}{} {:.3g} years of this use ({:.3g} to {:.3g})", comma, o.mechanisms[i].name,
                        years(o.worn[i].nominal), years(o.worn[i].high), years(o.worn[i].low));
    comma = ", ";
  }
  text += "\n";
}

void outcome_text(const JobConfig& job, const Outcome& o, std::string& text) {
  training_lines(o, text);
  time_line(o, text);
  energy_lines(o, text);
  const run::Observed& seen = o.observed;
  text += fmt::format("  heat            {} at most {:.1f} degC", o.hottest_block, hottest_c(o).value_or(0));
  if (seen.peak_skin_c > -273) text += fmt::format(", skin {:.1f} degC", seen.peak_skin_c);
  text += seen.throttled_s > 0 ? fmt::format("; throttled for {}\n", time_text(seen.throttled_s))
                               : "; never throttled\n";
  request_line(job, o, text);
  wear_line(o, text);
  text += fmt::format("  validity        {}\n", o.validity.state());
  for (const report::ValidityFinding& finding : o.validity.findings)
    text += fmt::format("    {:<15} {}\n", name(finding.severity), finding.text);
}

}  // namespace

std::string epochs_csv(const std::vector<Outcome>& outcomes) {
  std::string out =
      "governor,epoch,begin_s,end_s,time_s,steps,energy_j,drawn_j,hottest_c,memory_c,skin_c,frequency_hz,"
      "throttled_s,charge\n";
  for (const Outcome& outcome : outcomes)
    for (const EpochRow& e : outcome.epochs)
      out += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                         output::csv_cell(governor_name(outcome)), e.epoch, e.begin_s, e.end_s,
                         e.end_s - e.begin_s, e.steps, e.chip_j, e.drawn_j, e.hottest_c, e.memory_c,
                         e.skin_c > -273 ? cell(e.skin_c) : "", e.frequency_hz, e.throttled_s, e.charge);
  return out;
}

std::string series_csv(const std::vector<Outcome>& outcomes) {
  std::string out =
      "governor,case,time_s,chip_w,drawn_w,source_w,frequency_hz,hottest_c,memory_c,skin_c,ambient_c,charge,"
      "progress,queue\n";
  auto end = std::back_inserter(out);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const std::string governor = output::csv_cell(governor_name(outcomes[i]));
    for (const JobRow& r : outcomes[i].series.rows())
      fmt::format_to(end, "{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", governor, i, r.time_s,
                     r.chip_j / r.dt_s, r.drawn_j / r.dt_s, r.source_j / r.dt_s, r.frequency_hz(),
                     r.hottest_c, r.memory_c, cell(r.skin_c), r.ambient_c, r.charge, r.progress, r.queue);
  }
  return out;
}

std::string wear_csv(const std::vector<Outcome>& outcomes) {
  std::string out = "governor,mechanism,consumed,consumed_low,consumed_high,years_of_this_use,source\n";
  constexpr double kYear_s = 365.25 * 86400;
  for (const Outcome& outcome : outcomes)
    for (std::size_t i = 0; i < outcome.worn.size(); ++i) {
      const WornPart& worn = outcome.worn[i];
      out += fmt::format("{},{},{},{},{},{},{}\n", output::csv_cell(governor_name(outcome)),
                         output::csv_cell(outcome.mechanisms[i].name), worn.nominal, worn.low, worn.high,
                         worn.nominal > 0 ? outcome.time_s / worn.nominal / kYear_s : 0,
                         output::csv_cell(outcome.mechanisms[i].source));
    }
  return out;
}

std::string summary_json(const JobConfig& job, const std::vector<Outcome>& outcomes) {
  nlohmann::ordered_json json;
  json["name"] = job.name;
  add(outcomes.front(), json);
  if (outcomes.size() > 1)
    for (const Outcome& outcome : outcomes) add(outcome, json["governors"][outcome.governor]);
  return output::json_text(json, 2) + "\n";
}

std::string summary_text(const JobConfig& job, const std::vector<Outcome>& outcomes) {
  std::string text = job.name + "\n";
  for (const Outcome& outcome : outcomes) {
    if (!outcome.governor.empty()) text += fmt::format("governor {}\n", outcome.governor);
    outcome_text(job, outcome, text);
  }
  return text;
}

}  // namespace kiln::job
