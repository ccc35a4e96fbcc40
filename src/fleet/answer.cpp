// SPDX-License-Identifier: MIT
#include "fleet/answer.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace kiln::fleet {

namespace {

/// A link that takes no time and no energy.
link::LinkConfig free_link(const link::LinkConfig& like) {
  link::LinkConfig config;
  config.name = "free";
  config.access = like.access;
  config.path = like.path;
  config.rate_bytes_per_s = 1e18;
  config.packet.payload_bytes = like.packet.payload_bytes;
  return config;
}

/// One that does nothing but carry bytes, so slowly that nothing else counts.
link::LinkConfig slow_link(const link::LinkConfig& like, double bytes_per_s) {
  link::LinkConfig config = free_link(like);
  config.name = "slow";
  config.rate_bytes_per_s = bytes_per_s;
  return config;
}

/// The fleet's configuration with every device's gradients coded so.
FleetConfig with_codec(const FleetConfig& config, const experiment::CompressionConfig& compression) {
  FleetConfig coded = config;
  coded.rounds = config.compare.rounds;
  for (DevicesConfig& group : coded.devices) group.experiment.compression = compression;
  return coded;
}

std::vector<CodecChoice> choices(const FleetConfig& config) {
  std::vector<CodecChoice> all = {{"plain", {}}};
  all.insert(all.end(), config.compare.codecs.begin(), config.compare.codecs.end());
  return all;
}

std::vector<link::LinkConfig> links(const FleetConfig& config) {
  std::vector<link::LinkConfig> all = {config.link};
  all.insert(all.end(), config.compare.links.begin(), config.compare.links.end());
  return all;
}

/// Steps for one at this ratio, by a curve of this very codec; else nothing, and why.
std::optional<experiment::StepsForOne> work_of(const experiment::CompressionConfig& compression, double ratio,
                                               std::string& note) {
  constexpr double kBeyond = 1.05;  // codes of other gradients differ by some per cent
  const experiment::WorkToAccuracyConfig& work = compression.work_to_accuracy;
  if (!compression.enabled || work.curve.empty()) {
    note = "no curve";
  } else if (!work.codec.empty() && work.codec != compression::family_text(compression.codec)) {
    note = "another codec's";
  } else if (ratio > kBeyond * work.curve.back().ratio) {
    note = "beyond its curve";
  } else {
    return experiment::steps_for_one(work, ratio);
  }
  return {};
}

Candidate candidate(const CodecChoice& choice, const FleetConfig& config, Devices& devices,
                    const FleetOptions& options) {
  Candidate c;
  c.name = choice.name;
  c.ratio = devices.payload().ratio();
  c.gradient_bytes = static_cast<double>(sum(devices.payload().layers(1)));
  c.work = work_of(choice.compression, c.ratio, c.no_work);
  FleetConfig bare = config;
  bare.exchange.stamp_bytes = 0;
  const Result alone = run_over(bare, free_link(config.link), devices, options);
  c.alone_s = alone.number("round_time_s");
  c.alone_j = alone.number("energy_j");
  c.sent_bytes = alone.number("sent_bytes");
  // A rate at which a round takes some thousand times as long: what it adds is its bytes.
  const double rate = std::max(1.0, c.gradient_bytes / (1e3 * std::max(c.alone_s, 1e-9)));
  FleetConfig few = bare;
  few.rounds = 2;
  const Result slow = run_over(few, slow_link(config.link, rate), devices, options);
  c.path_bytes = (slow.number("round_time_s") - c.alone_s) * rate;
  return c;
}

}  // namespace

BreakEven break_even(const Candidate& plain, const Candidate& coded) {
  BreakEven at;
  const double m = coded.steps();
  const double more_j = m * coded.alone_j - plain.alone_j;
  const double fewer_bits = 8 * (plain.sent_bytes - m * coded.sent_bytes);
  if (more_j <= 0 && fewer_bits >= 0)
    at.energy = "always";
  else if (more_j >= 0 && fewer_bits <= 0)
    at.energy = "never";
  else
    at.j_per_bit = more_j / fewer_bits;
  const double more_s = m * coded.alone_s - plain.alone_s;
  const double fewer_bytes = plain.path_bytes - m * coded.path_bytes;
  if (more_s <= 0 && fewer_bytes >= 0)
    at.time = "always";
  else if (more_s >= 0 && fewer_bytes <= 0)
    at.time = "never";
  else
    at.bytes_per_s = fewer_bytes / more_s;
  return at;
}

Comparison compare(const FleetConfig& config, const FleetOptions& options) {
  Comparison all;
  all.name = config.name;
  const std::vector<link::LinkConfig> over = links(config);
  for (const link::LinkConfig& link : over) all.links.push_back({link.name, 0, 0});
  for (const CodecChoice& choice : choices(config)) {
    options.report(fmt::format("{}: a step of each kind of device", choice.name));
    const FleetConfig coded = with_codec(config, choice.compression);
    Devices devices(coded, options.batch);
    all.candidates.push_back(candidate(choice, coded, devices, options));
    const Candidate& c = all.candidates.back();
    for (std::size_t l = 0; l < over.size(); ++l) {
      options.report(fmt::format("{} over {}", choice.name, over[l].name));
      const Result result = run_over(coded, over[l], devices, options);
      Pair pair{all.candidates.size() - 1,
                l,
                result.number("round_time_s"),
                result.number("energy_j"),
                result.number("link_energy_j"),
                0,
                0,
                result.validity.state()};
      pair.time_s = c.steps() * pair.round_s;
      pair.energy_j = c.steps() * pair.round_j;
      if (pair.candidate == 0) {
        all.links[l].j_per_bit = c.sent_bytes > 0 ? pair.link_j / (8 * c.sent_bytes) : 0;
        const double more_s = pair.round_s - c.alone_s;
        all.links[l].bytes_per_s =
            more_s > 0 ? c.path_bytes / more_s : std::numeric_limits<double>::infinity();
      }
      all.pairs.push_back(pair);
    }
  }
  for (const Candidate& c : all.candidates) all.break_evens.push_back(break_even(all.candidates[0], c));
  return all;
}

const Pair& Comparison::best(std::size_t link, double Pair::*figure, bool all) const {
  const Pair* best = nullptr;
  for (const Pair& pair : pairs) {
    if (pair.link != link || pair.validity == "invalid") continue;
    if (!all && pair.candidate > 0 && !candidates[pair.candidate].work) continue;
    if (best == nullptr || pair.*figure < best->*figure) best = &pair;
  }
  if (best == nullptr) throw base::SimError("no codec gives a valid result over " + links[link].name);
  return *best;
}

}  // namespace kiln::fleet
