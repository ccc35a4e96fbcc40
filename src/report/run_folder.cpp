// SPDX-License-Identifier: MIT
#include "report/run_folder.h"

#include <sys/resource.h>
#include <systemc>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "experiment/settings.h"
#include "output/manifest.h"
#include "output/plotter.h"
#include "report/accuracy_picture.h"
#include "report/contracts.h"
#include "report/curves.h"
#include "report/delivery.h"
#include "report/findings.h"
#include "report/layers.h"
#include "report/memory_use.h"
#include "report/metric_table.h"
#include "run/detailed.h"
#include "run/guard_band.h"
#include "run/replay.h"
#include "run/steady.h"
#include "stats/perfetto.h"
#include "thermal/temperature_map.h"

namespace kiln::report {

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

constexpr std::size_t kMostSettings = 500;  // that are told

std::string manifest(const RunResult& result, const RunOptions& options, const std::string& name,
                     std::uint64_t seed, double wall_s, double cpu_s) {
  output::Json json = output::manifest_of(name, result.config_hash, seed);
  json["systemc"] = sc_core::sc_version();
  json["compiler"] = __VERSION__;
  json["files"] = options.files;
  json["settings"] = output::Json::array();
  const std::string& effective = result.files.at("config.effective.yaml");
  if (!options.base.empty() && options.base != effective)
    json["settings"] = experiment::differences(
        {experiment::Settings(options.base), experiment::Settings(effective)}, kMostSettings);
  json["not_in_hash"] = {
      {"command_line", options.command_line}, {"wall_time_s", wall_s}, {"cpu_time_s", cpu_s}};
  return output::json_text(json, 2) + "\n";
}

}  // namespace

double RunResult::number(std::string_view key) const {
  std::vector<std::string> keys;
  for (const auto& [name, value] : numbers) {
    if (name == key) return value;
    keys.push_back(name);
  }
  throw base::SimError(fmt::format("no result '{}'{}", key, base::suggestion(key, keys)));
}

namespace {

run::Observed observe(const experiment::ExperimentConfig& experiment, run::StepStore& steps,
                      device::Device& device) {
  run::Observed observed;
  switch (experiment.run.horizon) {
    case experiment::Horizon::steady:
      observed = run::steady_state_or(
          steps, device, "simulate a burst from cold, which needs none: run.horizon duration or steps");
      break;
    case experiment::Horizon::steps:
      observed = run::detailed_run(steps, device, experiment.run.steps);
      break;
    case experiment::Horizon::duration:
      observed = run::Replay(steps, device).run(steps, experiment.run.duration_s);
      break;
  }
  KILN_CHECK(observed.heat_balance < thermal::HeatBalance::kTolerance,
             "heat in is not stored plus out: off by {:.2e} of it", observed.heat_balance);
  return observed;
}

using NamedTexts = std::vector<std::pair<const char*, std::function<std::string()>>>;

std::map<std::string, std::string> all_of(const NamedTexts& contents) {
  std::map<std::string, std::string> files;
  for (const auto& [name, text] : contents) files[name];
  base::for_each_in_parallel(std::size(contents),
                             [&](std::size_t i) { files.at(contents[i].first) = contents[i].second(); });
  return files;
}

/// The figures of `kSummaryFiles`.
NamedTexts summary_files(const Findings& f, const std::vector<MeasuredNumber>& numbers) {
  return {{"stats.json", [&] { return stats_json(f, numbers); }},
          {"summary.json", [&] { return summary_json(f, numbers); }}};
}

/// All files but the configuration, the printed summary and the manifest.
/// Each is a function of the findings alone.
std::map<std::string, std::string> files_of(const Findings& f, const std::vector<MeasuredNumber>& numbers,
                                            const std::vector<LayerRow>& layers, WantedFiles wanted) {
  if (wanted == WantedFiles::summary) return all_of(summary_files(f, numbers));
  const auto temperature_svg = [&] {
    const device::Heat& heat = f.device.heat();
    return thermal::temperature_map_svg(heat.model(), heat.hottest_state(),
                                        fmt::format("{}: hottest moment, {} at {:.1f} °C", f.experiment.name,
                                                    heat.hottest_block(), heat.hottest_c()));
  };
  const stats::Trace trace = step_trace(f);
  NamedTexts contents = {
      {"trace.json", [&] { return trace.to_json(); }},  // the longest first
      {"trace.pftrace", [&] { return stats::perfetto_trace(trace); }},
      {"windows.csv", [&] { return windows_csv(f); }},
      {"temperature.svg", temperature_svg},
      {"package_heat.json", [&] { return package_heat_json(f); }},
      {"power.ptrace", [&] { return power_ptrace(f); }},
      {"thermal.ttrace", [&] { return thermal_ttrace(f); }},
      {"energies.csv", [&] { return energies_csv(f); }},
      {"area.csv", [&] { return area_csv(f); }},
      {"memory.csv", [&] { return memory_csv(f); }},
      {"layers.csv", [&] { return layers_csv(layers); }},
      {"series.csv", [&] { return series_csv(f.observed); }},
      {kCurvesScript, [&] { return curves_script(f.observed, f.device.met_events()); }},
      {kCurvesLabels,
       [&] { return output::label_file(curves_labels(f.experiment.name, f.device.met_events())); }},
      {"floorplan.flp", [&] { return thermal::write_flp(f.prepared.plan.floorplan); }}};
  if (f.device.supply().delivery()) contents.emplace_back("delivery.csv", [&] { return delivery_csv(f); });
  if (has_accuracy_curve(f)) {
    contents.emplace_back(kAccuracyData, [&] { return accuracy_csv(f); });
    contents.emplace_back(kAccuracyScript, [] { return accuracy_script(); });
    contents.emplace_back(kAccuracyLabels, [&] { return output::label_file(accuracy_labels(f)); });
  }
  for (auto& file : summary_files(f, numbers)) contents.push_back(std::move(file));
  return all_of(contents);
}

RunResult simulate(const experiment::ExperimentConfig& written, const RunOptions& options) {
  const auto wall_begin = std::chrono::steady_clock::now();
  const double cpu_begin = cpu_seconds();
  const run::Monitor& monitor = options.monitor;
  monitor.report(0, "lowering");
  experiment::ExperimentConfig experiment = run::with_guard_band(written, monitor.watch);
  std::optional<experiment::Prepared> own;
  if (options.prepared == nullptr) own = experiment::prepare(experiment, monitor.watch);
  experiment::Prepared& prepared = own ? *own : *options.prepared;
  monitor.report(0, "building the package");
  std::optional<device::Device> built;
  const auto build = [&] {
    built.emplace(experiment, prepared.plan, monitor.watch);
    built->set_context(prepared.compression.ratio(), prepared.frozen_fraction);
    if (experiment.run.horizon == experiment::Horizon::steady)
      built->heat().expect_steady(built->control_period_s());
  };
  build();
  device::Device& device = *built;
  run::StepStore steps(experiment, prepared, device.power(), device.top_point().frequency_hz, monitor,
                       options.cache);
  const run::MappingChoice mapping =
      run::choose_mapping(experiment, prepared, steps, device, options.cache, monitor.watch);
  if (run::adapt_guard_band(experiment, steps, device)) build();
  const run::Observed observed = observe(experiment, steps, device);
  monitor.watch.check();  // a run that was told to end reports nothing

  Findings findings = findings_of(experiment, prepared, mapping, observed, steps, device);
  findings.audit = steps.audit(observed.point);
  findings.validity = judge(findings);
  if (options.bands_wanted) find_uncertainty(findings, steps, monitor);
  const std::vector<LayerRow> layers = layer_rows(findings);
  check_cuts(findings, layers);
  findings.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_begin).count();
  findings.cpu_s = cpu_seconds() - cpu_begin;

  RunResult result;
  result.validity = findings.validity;
  result.uncertainty = findings.uncertainty;
  const std::vector<MeasuredNumber> numbers = measure(findings);
  for (const MeasuredNumber& number : numbers) result.numbers.emplace_back(number.key, number.value);
  if (options.files_wanted == WantedFiles::none) return result;
  const experiment::Identity identity = options.identity ? *options.identity : experiment::identify(written);
  result.config_hash = identity.hash;
  result.files = files_of(findings, numbers, layers, options.files_wanted);
  result.files["config.effective.yaml"] = identity.effective;
  result.files["summary.txt"] = summary_text(findings, result.config_hash);
  if (options.files_wanted == WantedFiles::everything)
    result.files["manifest.json"] =
        manifest(result, options, experiment.name, experiment.run.seed, findings.wall_s, findings.cpu_s);
  return result;
}

/// What may be asked of a run that takes too long.
std::string_view remedy(experiment::Horizon horizon) {
  switch (horizon) {
    case experiment::Horizon::steady:
      return "take a smaller network, batch or package grid";
    case experiment::Horizon::steps:
      return "lower run.steps or take a smaller network or batch";
    case experiment::Horizon::duration:
      return "shorten run.duration or take a smaller network or batch";
  }
  return "";
}

}  // namespace

RunResult run_experiment(const experiment::ExperimentConfig& experiment, const RunOptions& options) {
  double share = 0;
  std::string doing = "lowering";
  RunOptions noted = options;
  noted.monitor.progress = [&](double fraction, std::string_view what) {
    share = fraction;
    doing = what;
    options.monitor.report(fraction, what);
  };
  try {
    return simulate(experiment, noted);
  } catch (const base::TimeLimitReached& limit) {
    throw base::TimeLimitReached(
        limit.limit_s(), fmt::format(", {:.0f} % through '{}'; raise --time-limit, or {}", 100 * share, doing,
                                     remedy(experiment.run.horizon)));
  }
}

}  // namespace kiln::report
