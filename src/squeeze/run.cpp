// SPDX-License-Identifier: MIT
// A squeezing from its configuration to its result.
#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "experiment/identity.h"
#include "experiment/prepare.h"
#include "squeeze/result.h"
#if KILN_HAS_LEARNING
#include "squeeze/lessons.h"
#endif

namespace kiln::squeeze {

namespace {

/// Simulated steps; equal experiments are one.
class Chip {
 public:
  explicit Chip(const SqueezeOptions& options) : options_(options) {}

  /// A step that will be asked for.
  void want(const experiment::ExperimentConfig& experiment, const std::string& what) {
    const std::string key = experiment::identify(experiment).hash;
    if (places_.emplace(key, wanted_.size()).second) wanted_.push_back({experiment, what});
  }

  void simulate() {
    outcomes_ = batch::run_all(
        wanted_.size(),
        [&](std::size_t i) { return batch::run_for_numbers(wanted_[i].experiment, options_.batch.cache); },
        options_.batch,
        [&](std::size_t done, std::size_t) {
          if (options_.progress)
            options_.progress(fmt::format("{} of {} steps on the chip", done, wanted_.size()));
        });
    for (std::size_t i = 0; i < wanted_.size(); ++i)
      if (outcomes_[i].failed())
        throw base::SimError(fmt::format("{}: {}", wanted_[i].what, outcomes_[i].failure));
  }

  ChipRun of(const experiment::ExperimentConfig& experiment) const {
    const batch::Outcome& outcome = outcomes_[places_.at(experiment::identify(experiment).hash)];
    const batch::Estimate joules = *outcome.number("energy_j");
    return {outcome.number("step_time_s")->value,
            joules.value,
            {joules.low, joules.high},
            outcome.validity,
            outcome.finding};
  }

 private:
  struct Wanted {
    experiment::ExperimentConfig experiment;
    std::string what;
  };
  const SqueezeOptions& options_;
  std::map<std::string, std::size_t> places_;
  std::vector<Wanted> wanted_;
  std::vector<batch::Outcome> outcomes_;
};

experiment::ExperimentConfig training_of(const Prefix& prefix) {
  experiment::ExperimentConfig training = prefix.experiment;
  training.learning.reset();
  training.run.rate_samples_per_s.reset();
  return training;
}

bool learns(const Prefix& prefix) {
  return prefix.last != nullptr && prefix.last->epochs > 0;
}

/// A quantisation behind the training looks at samples.
bool calibrates(const Prefix& prefix) {
  return prefix.last != nullptr && prefix.last->quantise && prefix.last->epochs == 0;
}

/// Seconds and joules of the last step alone.
void add_step_cost(const Prefix& prefix, const std::vector<Prefix>& prefixes, const Chip& chip,
                   std::int64_t batch, double steps_per_epoch, SqueezedRow& row) {
  double steps = 0;
  ChipRun run;
  if (learns(prefix)) {
    steps = prefix.last->epochs * steps_per_epoch;
    run = chip.of(training_of(prefix));
  } else if (calibrates(prefix)) {
    steps = std::ceil(static_cast<double>(prefix.last->calibration) / static_cast<double>(batch));
    run = chip.of(inference_of(prefixes[static_cast<std::size_t>(prefix.before)], batch));
  }
  row.squeeze_s += steps * run.time_s;
  row.squeeze_j += steps * run.energy_j;
  row.squeeze_band_j.low += steps * run.band_j.low;
  row.squeeze_band_j.high += steps * run.band_j.high;
}

std::vector<SqueezedRow> rows_of(const std::vector<Prefix>& prefixes, const Chip& chip, std::int64_t batch,
                                 double steps_per_epoch) {
  std::vector<SqueezedRow> rows;
  for (const Prefix& prefix : prefixes) {
    SqueezedRow row;
    row.steps = prefix.steps;
    row.name = prefix.name();
    row.model_bytes = model_bytes(prefix, batch);
    row.inference = chip.of(inference_of(prefix, batch));
    if (prefix.before >= 0) {
      row.squeeze_s = rows[static_cast<std::size_t>(prefix.before)].squeeze_s;
      row.squeeze_j = rows[static_cast<std::size_t>(prefix.before)].squeeze_j;
      row.squeeze_band_j = rows[static_cast<std::size_t>(prefix.before)].squeeze_band_j;
    }
    add_step_cost(prefix, prefixes, chip, batch, steps_per_epoch, row);
    rows.push_back(std::move(row));
  }
  return rows;
}

double steps_per_epoch_of(const SqueezeConfig& config) {
  const auto batch = static_cast<double>(config.experiment.training.batch);
  return config.samples ? std::ceil(static_cast<double>(*config.samples) / batch) : 0;
}

#if KILN_HAS_LEARNING

/// Returns the steps of an epoch.
double add_lessons(const std::vector<Prefix>& prefixes, const SqueezeOptions& options,
                   std::vector<Lesson>& lessons, std::string& data) {
  Lessons all = learn(prefixes, options.batch.watch, [&](const std::string& what) {
    if (options.progress) options.progress(what);
  });
  lessons = std::move(all.of_prefix);
  data = all.data;
  return all.steps_per_epoch;
}

#else

struct Lesson {
  double accuracy = 0, low = 0, high = 0, zero_share = 0;
  int diverged = 0;
};

double add_lessons(const std::vector<Prefix>&, const SqueezeOptions&, std::vector<Lesson>&, std::string&) {
  throw base::ConfigError({}, "experiment.learning",
                          "this program was built without oneDNN or OpenMP, which learning needs; run "
                          "scripts/bootstrap --learning and build again, or remove the section");
}

#endif

}  // namespace

report::Validity Result::validity() const {
  report::Validity all;
  for (const SqueezedRow& row : rows) {
    if (row.inference.validity == "ok") continue;
    const bool invalid = row.inference.validity == "invalid";
    all.add("network", invalid ? report::Severity::invalid : report::Severity::warn, 0, 0, row.name,
            row.inference.finding);
  }
  all.sort();
  return all;
}

Result run_squeeze(const SqueezeConfig& config, const SqueezeOptions& options) {
  const std::vector<Prefix> prefixes = prefixes_of(config);
  Result result;
  result.name = config.name;
  result.batch = config.batch;
  double steps_per_epoch = steps_per_epoch_of(config);
  std::vector<Lesson> lessons;
  if (config.experiment.learning) steps_per_epoch = add_lessons(prefixes, options, lessons, result.data);

  Chip chip(options);
  for (const Prefix& prefix : prefixes) {
    chip.want(inference_of(prefix, config.batch), "inference, " + prefix.name());
    if (learns(prefix)) chip.want(training_of(prefix), "training, " + prefix.name());
  }
  const experiment::ExperimentConfig plain = inference_of(prefixes.front(), config.batch);
  if (config.formats) {
    for (const FormatSupport& support : supports_of(config.experiment.soc.npu))
      result.formats.push_back({support, {}});
    for (const FormatRow& row : result.formats)
      if (row.support.possible)
        chip.want(in_format(plain, row.support),
                  fmt::format("inference in {}", config::enum_name(row.support.format)));
  }
  chip.simulate();
  result.rows = rows_of(prefixes, chip, config.batch, steps_per_epoch);
  for (std::size_t i = 0; i < lessons.size(); ++i) {
    result.rows[i].accuracy = lessons[i].accuracy;
    result.rows[i].accuracy_low = lessons[i].low;
    result.rows[i].accuracy_high = lessons[i].high;
    result.rows[i].zero_share = lessons[i].zero_share;
    if (lessons[i].diverged == 0) continue;
    result.rows[i].inference.validity = "invalid";
    result.rows[i].inference.finding =
        fmt::format("learning diverged ({} of its seeds)", lessons[i].diverged);
  }
  for (FormatRow& row : result.formats)
    if (row.support.possible) row.inference = chip.of(in_format(plain, row.support));
  for (const auto& [name, steps] : config.chains) result.chains.emplace_back(name, place_of(prefixes, steps));
  for (const auto& [name, scenario] : config.scenarios)
    result.scenarios.push_back(scenario_of(name, scenario, result));
  return result;
}

std::string validate_squeeze(const SqueezeConfig& config) {
  const std::vector<Prefix> prefixes = prefixes_of(config);
  std::string text;
  for (const Prefix& prefix : prefixes) {
    experiment::prepare(inference_of(prefix, config.batch));
    if (learns(prefix)) experiment::prepare(training_of(prefix));
  }
  return fmt::format("{}: {} chains, {} networks{}\n", config.name, config.chains.size(), prefixes.size(),
                     config.experiment.learning ? ", learnt on numbers" : "");
}

}  // namespace kiln::squeeze
