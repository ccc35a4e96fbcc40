// SPDX-License-Identifier: MIT
// The bulk tier against the exact one, on streams and on random mixes of streams.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string>

#include "base/rng.h"
#include "dram/bulk_channel.h"
#include "dram/replay.h"
#include "part.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;

namespace {

struct Outcome {
  double time_error = 0;     ///< of the end, relative
  double service_error = 0;  ///< of the time bursts spend in the channel, summed, relative
  double activate_error = 0;
  double energy_error = 0;
};

/// Serves bursts in bulk the way an SoC does, time going forward with each arrival, and compares.
Outcome audit(const DramConfig& config, const std::vector<Burst>& bursts) {
  BulkChannel bulk(config, 0);
  std::vector<Ticket> tickets;
  std::vector<Curve> curves(bursts.size());
  base::TimePs end = 0;
  // A burst is complete when its forecast, asked for at that time, is not later.
  const auto collect = [&](base::TimePs until) {
    for (std::size_t i = 0; i < tickets.size(); ++i) {
      if (curves[i].last != 0) continue;
      while (!bulk.final(tickets[i])) {
        const base::TimePs next = bulk.forecast(tickets[i]).last;
        if (next > until) return;
        bulk.settle(next);
      }
      curves[i] = bulk.forecast(tickets[i]);
      end = std::max(end, curves[i].last);
    }
  };
  for (const Burst& burst : bursts) {
    collect(burst.arrival - 1);
    bulk.settle(std::max<base::TimePs>(burst.arrival - 1, 0));
    tickets.push_back(bulk.submit(burst));
  }
  collect(base::kNever / 4);
  const Replay exact = replay(sim::Fidelity::exact, config, bursts, 0);
  double bulk_time = 0, exact_time = 0;
  for (std::size_t i = 0; i < bursts.size(); ++i) {
    bulk_time += static_cast<double>(curves[i].last - bursts[i].arrival);
    exact_time += static_cast<double>(exact.curves[i].last - bursts[i].arrival);
  }
  const CommandCounts counts = bulk.counts();
  CHECK(counts.reads == exact.counts.reads);
  return {.time_error = static_cast<double>(end) / static_cast<double>(exact.end) - 1,
          .service_error = bulk_time / exact_time - 1,
          .activate_error =
              static_cast<double>(counts.activates) / static_cast<double>(exact.counts.activates) - 1,
          .energy_error = energy(config, counts, base::to_seconds(end)).total() /
                              energy(config, exact.counts, base::to_seconds(exact.end)).total() -
                          1};
}

/// Bursts of six streams at `load` of the peak, a third of the streams written.
std::vector<Burst> random_mix(const DramConfig& config, int seed, double load) {
  base::Rng rng(static_cast<std::uint64_t>(seed), "dram", "audit");
  std::vector<Burst> bursts;
  struct Stream {
    std::uint64_t next;
    std::uint64_t bytes;
    bool write;
  };
  std::vector<Stream> streams;
  for (int i = 0; i < 6; ++i)
    streams.push_back(
        {rng.below(1 << 14) * 16384, std::uint64_t{1024} << rng.below(5), rng.uniform() < 0.33});
  double at = 0;
  for (int i = 0; i < 600; ++i) {
    Stream& stream = streams[rng.below(streams.size())];
    const double seconds =
        static_cast<double>(stream.bytes) / (peak_bytes_per_second(config, config.clock_hz) * load);
    const auto arrival = static_cast<base::TimePs>(at);
    const auto streamed = static_cast<base::TimePs>(stream.write ? seconds * 0.5e12 : 0);
    bursts.push_back({.address = stream.next,
                      .bytes = stream.bytes,
                      .write = stream.write,
                      .arrival = arrival,
                      .last_arrival = arrival + streamed});
    stream.next += stream.bytes;
    at += seconds * 1e12 * 2 * rng.uniform();
  }
  return bursts;
}

}  // namespace

TEST_CASE("One stream: bulk and exact agree within 1.7 %") {
  const std::string name = GENERATE("hbm2e_3200", "hbm2_2000", "lpddr5_6400", "lpddr4_3200", "ddr4_3200");
  const bool write = GENERATE(false, true);
  const DramConfig config = part(name);
  std::vector<Burst> bursts;
  for (std::uint64_t i = 0; i < 400; ++i)
    bursts.push_back({.address = i * 4096, .bytes = 4096, .write = write});
  const Outcome outcome = audit(config, bursts);
  INFO(name << (write ? " write " : " read ") << outcome.time_error << " " << outcome.service_error);
  CHECK(std::abs(outcome.time_error) < 0.017);
  CHECK(std::abs(outcome.activate_error) < 0.10);
}

TEST_CASE("Random mixes of streams: bulk and exact agree within 3 %") {
  const std::string name = GENERATE("hbm2e_3200", "lpddr5_6400", "ddr4_3200");
  const int seed = GENERATE(1, 2, 3);
  const double load = GENERATE(0.6, 1.5);
  const DramConfig config = part(name);
  const Outcome outcome = audit(config, random_mix(config, seed, load));
  INFO(name << " seed " << seed << " load " << load << ": end " << outcome.time_error << " service "
            << outcome.service_error << " activates " << outcome.activate_error);
  const bool ddr4 = name == "ddr4_3200";  // 64-byte accesses: fewer of them average out
  CHECK(std::abs(outcome.time_error) < 0.03);
  CHECK(std::abs(outcome.service_error) < (ddr4 ? 0.09 : 0.06));
  CHECK(std::abs(outcome.activate_error) < 0.17);
  CHECK(std::abs(outcome.energy_error) < 0.013);
}

TEST_CASE("Pseudo-channels that turn apart: bulk and exact agree within 3 %") {
  const int seed = GENERATE(1, 2, 3, 4);
  DramConfig config = part("hbm2e_3200");
  config.controller.direction_scope = DirectionScope::pseudo_channel;
  const Outcome outcome = audit(config, random_mix(config, seed, 1.5));
  INFO("seed " << seed << ": end " << outcome.time_error << " service " << outcome.service_error);
  CHECK(std::abs(outcome.time_error) < 0.03);
  CHECK(std::abs(outcome.service_error) < 0.06);
}

TEST_CASE("Refreshes that take longer than from one to the next do not pile up on one bank") {
  const int seed = GENERATE(1, 2, 3);
  DramConfig config =
      config::load<StandaloneConfig>(std::string(KILN_SOURCE_DIR) + "/configs/parts/dram/lpddr5x_8533.yaml",
                                     {"organisation.channels=1", "timing.tRFCpb=1.2 us", "refresh.rate=2"})
          .value;
  const double load = GENERATE(0.6, 3.0);
  const Outcome outcome = audit(config, random_mix(config, seed, load));
  INFO("seed " << seed << " load " << load << ": end " << outcome.time_error);
  CHECK(std::abs(outcome.time_error) < 1);  // it was without bound
}

TEST_CASE("Inline ECC costs storage, bandwidth and energy, the same in both tiers") {
  DramConfig plain = part("lpddr5_6400"), coded = plain;
  coded.ecc.kind = EccKind::inline_code;
  CHECK(channel_bytes(coded) * 9 <= channel_bytes(plain) * 8);
  std::vector<Burst> bursts;
  for (std::uint64_t i = 0; i < 400; ++i) bursts.push_back({.address = i * 4096, .bytes = 4096});
  const Replay without = replay(sim::Fidelity::exact, plain, bursts, 0),
               with = replay(sim::Fidelity::exact, coded, bursts, 0);
  // One access in the same bank group for every eight: tCCD_L on top of eight tCCD_S.
  const double longer = static_cast<double>(with.end) / static_cast<double>(without.end);
  const double expected = 1 + plain.timing.tCCD_L / (8.0 * plain.timing.tCCD_S);
  CHECK_THAT(longer, Catch::Matchers::WithinRel(expected, 0.03));
  CHECK(with.counts.check_accesses == with.counts.reads / 8);
  CHECK(energy(coded, with.counts, 1e-3).ecc > 0);
  CHECK(std::abs(audit(coded, bursts).time_error) < 0.03);
}

// The figures of README.md: `test_component_dram [measure]`.
TEST_CASE("Errors of the bulk tier on random mixes", "[.measure]") {
  const bool split = GENERATE(false, true);
  const std::string name = GENERATE("hbm2e_3200", "lpddr5x_8533", "lpddr4_3200", "ddr4_3200");
  DramConfig config = part(name);
  if (split && config.organisation.pseudo_channels == 1) return;
  if (split) config.controller.direction_scope = DirectionScope::pseudo_channel;
  for (const double load : {0.3, 0.6, 0.9, 1.5}) {
    std::array<double, 4> worst{}, mean{};
    constexpr int kSeeds = 12;
    for (int seed = 1; seed <= kSeeds; ++seed) {
      const Outcome o = audit(config, random_mix(config, seed, load));
      const std::array<double, 4> errors = {o.time_error, o.service_error, o.activate_error, o.energy_error};
      for (std::size_t i = 0; i < errors.size(); ++i) {
        if (std::abs(errors[i]) > std::abs(worst[i])) worst[i] = errors[i];
        mean[i] += errors[i] / kSeeds;
      }
    }
    fmt::print("{:14s}{} load {:.1f}:", name, split ? " split" : "", load);
    const char* names[] = {"end", "service", "activates", "energy"};
    for (std::size_t i = 0; i < 4; ++i)
      fmt::print("  {} {:+.1f} worst {:+.1f} %", names[i], 100 * mean[i], 100 * worst[i]);
    fmt::print("\n");
  }
}
