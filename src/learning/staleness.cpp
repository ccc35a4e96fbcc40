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

std::vector<double> histogram_in(const config::InputFile& file) {
  const output::Json json = output::parse_json(base::read_file(file.path), file.place);
  const auto found = json.is_object() ? json.find("staleness") : json.end();
  std::vector<double> counts;
  if (json.is_object() && found != json.end() && found->is_array())
    for (const output::Json& count : *found) counts.push_back(count.is_number() ? count.get<double>() : -1);
  if (!is_histogram(counts))
    throw base::ConfigError(file.place, "learning.staleness.fleet",
                            fmt::format("'{}' holds no list 'staleness' of 1 to {} counts; name the "
                                        "fleet.json of a run of `kiln fleet`",
                                        file.path, kMostMissed));
  return counts;
}

}  // namespace

std::vector<double> shares_of(const StalenessConfig& config) {
  std::vector<double> shares = config.fleet.empty() ? config.missed : histogram_in(config.fleet);
  const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (double& share : shares) share /= all;
  return shares;
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
          .field("fleet", &C::fleet,
                 {.doc = "fleet.json of a run of `kiln fleet`, whose histogram takes the place of `missed`",
                  .source = "none"})
          .field("critical", &C::critical,
                 {.doc = "Layers, by name or pattern, whose weights are always today's: their updates are "
                         "waited for",
                  .source = "none"})
          .check([](const C& c, config::Checker& check) {
            if (c.fleet.empty() == c.missed.empty())
              check.fail("missed", "give either `missed` or `fleet`");
            else if (c.fleet.empty() && !is_histogram(c.missed))
              check.fail("missed", fmt::format("must be 1 to {} numbers, one of them above 0", kMostMissed));
          });
  return record;
}

}  // namespace kiln::learning
