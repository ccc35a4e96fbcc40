// SPDX-License-Identifier: MIT
#include "job/session.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/units.h"
#include "config/load.h"
#include "experiment/identity.h"
#include "job/bands.h"
#include "job/job_report.h"
#include "job/judge.h"
#include "job/metrics.h"
#include "job/timeline.h"
#include "output/manifest.h"
#include "run/guard_band.h"

namespace kiln::job {

namespace {

/// Straight lines between the points, as events of the room.
void add_ambient_events(JobConfig& job) {
  const std::vector<AmbientPoint>& points = job.ambient;
  if (points.empty()) return;
  job.experiment.environment.ambient_c = points.front().celsius;
  std::vector<thermal::EventConfig>& events = job.experiment.events;
  for (std::size_t i = 1; i < points.size(); ++i) {
    thermal::EventConfig event;
    event.at_s = points[i - 1].at_s;
    event.ambient =
        thermal::AmbientEvent{.to_c = points[i].celsius, .over_s = points[i].at_s - points[i - 1].at_s};
    events.push_back(event);
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const auto& a, const auto& b) { return a.at_s < b.at_s; });
}

/// The job with what it says of the device written into its experiment.
JobConfig completed(JobConfig job, const base::Watch& watch) {
  if (job.supply.battery) job.experiment.soc.battery = job.supply.battery;
  if (job.supply.capacitor) job.experiment.soc.battery = job.supply.capacitor->battery();
  if (!job.experiment.soc.battery && (!job.supply.charge.empty() || job.supply.harvest))
    throw base::ConfigError(
        {}, job.supply.harvest ? "supply.harvest" : "supply.charge",
        "charges a battery, but none of supply.battery, supply.capacitor and soc.battery is given");
  add_ambient_events(job);
  job.experiment = run::with_guard_band(job.experiment, watch);
  return job;
}

experiment::ExperimentConfig under(const JobConfig& job, const governor::GovernorConfig& governor) {
  experiment::ExperimentConfig experiment = job.experiment;
  experiment.governor = governor;
  return experiment;
}

std::map<std::string, governor::GovernorConfig> governors_of(const JobConfig& job) {
  if (!job.governors.empty()) return job.governors;
  return {{"", job.experiment.governor}};
}

std::string manifest(const JobConfig& job, const JobIdentity& identity, const JobOptions& options) {
  output::Json json = output::manifest_of(job.name, identity.hash, job.experiment.run.seed);
  json["compiler"] = __VERSION__;
  json["files"] = options.files;
  json["not_in_hash"] = {{"command_line", options.command_line}};
  return output::json_text(json, 2) + "\n";
}

}  // namespace

std::vector<std::string> data_files(const JobConfig& job) {
  std::vector<std::string> files = experiment::data_files(job.experiment);
  if (job.supply.harvest) files.push_back(job.supply.harvest->trace.path);
  return files;
}

JobIdentity identify(const JobConfig& job) {
  std::string data = experiment::identify(job.experiment).hash;
  if (job.supply.harvest) data += base::content_hash(base::read_file(job.supply.harvest->trace.path));
  const std::string keys = config::keys_and_values(job);
  return {config::file_head<JobConfig>() + keys, base::content_hash(keys + data)};
}

bool JobResult::invalid() const {
  return std::any_of(outcomes.begin(), outcomes.end(),
                     [](const Outcome& outcome) { return outcome.validity.invalid(); });
}

JobResult run_job(const JobConfig& written, const JobOptions& options) {
  const JobConfig job = completed(written, options.monitor.watch);
  JobSteps steps(job, options.monitor, options.cache);
  JobResult result;
  for (const auto& [name, governor] : governors_of(job)) {
    const experiment::ExperimentConfig experiment = under(job, governor);
    Timeline timeline(job, experiment, steps, options.monitor);
    Outcome outcome = timeline.run();
    outcome.bands = bands_of(job, experiment, steps, timeline.device(), outcome, options.monitor);
    outcome.governor = name;
    outcome.validity = judge(job, experiment, steps.prepared().plan, outcome);
    result.outcomes.push_back(std::move(outcome));
  }
  result.numbers = numbers_of(result.outcomes.front());
  if (result.outcomes.size() > 1)
    for (const Outcome& outcome : result.outcomes)
      for (const auto& [key, value] : numbers_of(outcome))
        result.numbers.emplace_back(fmt::format("governors.{}.{}", outcome.governor, key), value);

  const JobIdentity identity = identify(written);
  result.files["config.effective.yaml"] = identity.effective;
  result.files["summary.json"] = summary_json(job, result.outcomes);
  result.files["summary.txt"] = summary_text(job, result.outcomes);
  result.files["epochs.csv"] = epochs_csv(result.outcomes);
  result.files["series.csv"] = series_csv(result.outcomes);
  result.files["wear.csv"] = wear_csv(result.outcomes);
  result.files[kJobScript] = job_script(job, result.outcomes);
  result.files[kJobLabels] = job_labels(job, result.outcomes);
  result.files["manifest.json"] = manifest(written, identity, options);
  return result;
}

std::string validate_job(const JobConfig& written) {
  const run::Monitor nobody;
  const JobConfig job = completed(written, nobody.watch);
  JobSteps steps(job, nobody, {}, Mapping::first);
  for (const auto& entry : governors_of(job)) {
    const experiment::ExperimentConfig experiment = under(job, entry.second);
    const Timeline fits(job, experiment, steps, nobody);
  }
  const Plan plan = plan_of(job, steps);
  return fmt::format("{}: {} epochs of {} steps, checkpoint of {}{}\n", job.name, plan.epochs,
                     plan.steps_per_epoch,
                     base::display_quantity(plan.checkpoint_bytes, base::Dimension::bytes),
                     job.requests ? ", requests" : "");
}

}  // namespace kiln::job
