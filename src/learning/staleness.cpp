// SPDX-License-Identifier: MIT
#include "learning/staleness.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/file.h"
#include "output/json.h"

namespace kiln::learning {

namespace {

constexpr std::size_t kMostMissed = 4096;

bool is_histogram(const std::vector<double>& counts) {
  const auto counted = [](double count) { return std::isfinite(count) && count >= 0; };
  return !counts.empty() && counts.size() <= kMostMissed &&
         std::all_of(counts.begin(), counts.end(), counted) &&
         std::any_of(counts.begin(), counts.end(), [](double count) { return count > 0; });
}

std::string histogram_rule() {
  return fmt::format("must be 1 to {} numbers, one of them above 0", kMostMissed);
}

bool is_list(const output::Json& json, const char* key) {
  return json.is_object() && json.find(key) != json.end() && json.find(key)->is_array();
}

std::vector<double> counts_of(const output::Json& list) {
  std::vector<double> counts;
  for (const output::Json& count : list) counts.push_back(count.is_number() ? count.get<double>() : -1);
  return counts;
}

[[noreturn]] void refuse_file(const config::InputFile& file, const char* list) {
  throw base::ConfigError(file.place, "learning.staleness.fleet",
                          fmt::format("'{}' holds no list '{}' of 1 to {} counts; name the fleet.json of a "
                                      "run of `kiln fleet`",
                                      file.path, list, kMostMissed));
}

/// Of all devices together, or device by device.
std::vector<Shares> histograms_in(const config::InputFile& file, bool by_device) {
  const output::Json json = output::parse_json(base::read_file(file.path), file.place);
  const char* key = by_device ? "staleness_by_device" : "staleness";
  if (!is_list(json, key)) refuse_file(file, key);
  std::vector<Shares> histograms;
  if (!by_device) histograms.push_back(counts_of(*json.find(key)));
  for (const output::Json& device : by_device ? *json.find(key) : output::Json::array())
    histograms.push_back(device.is_array() ? counts_of(device) : Shares{});
  if (histograms.empty() || !std::all_of(histograms.begin(), histograms.end(), is_histogram))
    refuse_file(file, key);
  return histograms;
}

}  // namespace

std::vector<Shares> shares_of(const StalenessConfig& config, int workers) {
  std::vector<Shares> all;
  if (!config.fleet.empty())
    all = histograms_in(config.fleet, config.per_worker);
  else if (config.workers.empty())
    all.assign(config.per_worker ? static_cast<std::size_t>(workers) : 1, config.missed);
  for (const WorkerStalenessConfig& worker : config.workers) all.push_back(worker.missed);
  const bool each = config.per_worker || !config.workers.empty();
  if (each && all.size() != static_cast<std::size_t>(workers))
    throw base::ConfigError(config.fleet.place,
                            config.fleet.empty() ? "learning.staleness.workers" : "learning.staleness.fleet",
                            fmt::format("tells the staleness of {} workers, but {} learn; give "
                                        "learning.workers: {}",
                                        all.size(), workers, all.size()));
  for (Shares& shares : all) {
    const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
    for (double& share : shares) share /= sum;
  }
  return all;
}

StalenessConfig without_file(const StalenessConfig& config, int workers) {
  std::vector<Shares> all = shares_of(config, workers);
  StalenessConfig plain = config;
  plain.fleet = {};
  plain.missed.clear();
  plain.workers.clear();
  if (!config.per_worker && config.workers.empty())
    plain.missed = std::move(all.front());
  else
    for (Shares& shares : all) plain.workers.push_back({std::move(shares)});
  return plain;
}

const config::Record<WorkerStalenessConfig>& describe(const WorkerStalenessConfig*) {
  using C = WorkerStalenessConfig;
  static const auto record =
      config::Record<C>("worker_staleness", "How many updates the gradients of one worker miss")
          .field("missed", &C::missed,
                 {.doc = "Shares or counts of its gradients that miss 0, 1, 2, ... updates",
                  .min = 0,
                  .max = 1e15,
                  .required = true})
          .check([](const C& c, config::Checker& check) {
            if (!is_histogram(c.missed)) check.fail("missed", histogram_rule());
          });
  return record;
}

const config::Record<StalenessConfig>& describe(const StalenessConfig*) {
  using C = StalenessConfig;
  static const auto record =
      config::Record<C>(
          "staleness",
          "Gradients of weights that have missed updates, as behind a fleet's barrier that lets "
          "devices run on; updates and their order only, times are those of one device")
          .field("missed", &C::missed,
                 {.doc = "Shares or counts of the gradients that miss 0, 1, 2, ... updates: [0, 0, 1] is two "
                         "updates always",
                  .min = 0,
                  .max = 1e15,
                  .source = "none"})
          .field(
              "workers", &C::workers,
              {.doc = "In place of `missed`: of each worker its own, so that a step has gradients of several "
                      "versions of the weights",
               .source = "none"})
          .field(
              "per_worker", &C::per_worker,
              {.doc =
                   "Each worker draws for itself, of `missed` or of its device in the fleet's file (worker "
                   "1 the first device); else all workers of a step miss as many",
               .source = "off"})
          .field("fleet", &C::fleet,
                 {.doc = "fleet.json of a run of `kiln fleet`, whose histogram takes the place of `missed`",
                  .source = "none"})
          .field("critical", &C::critical,
                 {.doc = "Layers, by name or pattern, whose weights are always today's: their updates are "
                         "waited for",
                  .source = "none"})
          .check([](const C& c, config::Checker& check) {
            const int given = !c.fleet.empty() + !c.missed.empty() + !c.workers.empty();
            if (given != 1)
              check.fail("missed", "give either `missed`, `workers` or `fleet`");
            else if (!c.missed.empty() && !is_histogram(c.missed))
              check.fail("missed", histogram_rule());
          });
  return record;
}

}  // namespace kiln::learning
