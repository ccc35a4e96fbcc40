// SPDX-License-Identifier: MIT
// Patrol scrubbing: its traffic, what it costs streams, and that both tiers agree on it.
#include <cmath>
#include <string>

#include "base/error.h"
#include "dram/bulk_channel.h"
#include "dram/exact_channel.h"
#include "dram/replay.h"
#include "part.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::dram;

namespace {

/// A part whose patrol takes `share` of the peak bandwidth of its channel.
DramConfig scrubbed(const std::string& name, double share) {
  DramConfig config = part(name);
  config.ecc.kind = EccKind::side_band;
  if (share > 0)
    config.ecc.scrub_interval_s =
        static_cast<double>(channel_bytes(config)) / (share * peak_bytes_per_second(config, config.clock_hz));
  return config;
}

std::vector<Burst> stream(std::uint64_t bursts, bool write) {
  std::vector<Burst> all;
  for (std::uint64_t i = 0; i < bursts; ++i)
    all.push_back({.address = (1 << 24) + i * 4096, .bytes = 4096, .write = write});
  return all;
}

struct Served {
  double end_s = 0;
  CommandCounts counts;
};

Served bulk(const DramConfig& config, const std::vector<Burst>& bursts) {
  BulkChannel channel(config, 0);
  std::vector<Ticket> tickets;
  for (const Burst& burst : bursts) tickets.push_back(channel.submit(burst));
  base::TimePs end = 0;
  for (const Ticket ticket : tickets) {
    while (!channel.final(ticket)) channel.settle(channel.forecast(ticket).last);
    end = std::max(end, channel.forecast(ticket).last);
  }
  return {base::to_seconds(end), channel.counts()};
}

Served exact(const DramConfig& config, const std::vector<Burst>& bursts) {
  const Replay run = replay(sim::Fidelity::exact, config, bursts, 0);
  return {base::to_seconds(run.end), run.counts};
}

}  // namespace

TEST_CASE("Patrol reads all of the memory once per period and slows streams by its share") {
  const std::string name = GENERATE("hbm2e_3200", "lpddr5x_8533", "lpddr4_3200", "ddr4_3200");
  const bool write = GENERATE(false, true);
  const double share = GENERATE(0.003, 0.01);
  const std::vector<Burst> bursts = stream(3000, write);
  const DramConfig off = scrubbed(name, 0), on = scrubbed(name, share);
  CHECK_THAT(scrub_share(on), Catch::Matchers::WithinRel(share, 1e-9));
  const Served plain = exact(off, bursts), patrolled = exact(on, bursts);
  CHECK(plain.counts.scrub_reads == 0);
  const auto bytes = [&](const Served& run) {
    return static_cast<double>(run.counts.scrub_reads) * on.organisation.access_bytes;
  };
  const double expected = static_cast<double>(channel_bytes(on)) / on.ecc.scrub_interval_s;
  CHECK_THAT(bytes(patrolled) / patrolled.end_s, Catch::Matchers::WithinRel(expected, 0.02));
  INFO(name << (write ? " write " : " read ") << share << ": slower by "
            << patrolled.end_s / plain.end_s - 1);
  // By the data at least; row conflicts and turns of the bus come on top.
  CHECK(patrolled.end_s > plain.end_s * (1 + 0.9 * share));

  const Served bulk_plain = bulk(off, bursts), bulk_patrolled = bulk(on, bursts);
  CHECK(bulk_plain.counts.scrub_reads == 0);
  CHECK_THAT(bytes(bulk_patrolled) / bulk_patrolled.end_s, Catch::Matchers::WithinRel(expected, 0.02));
  INFO("bulk slower by " << bulk_patrolled.end_s / bulk_plain.end_s - 1);
  // HBM2E reads at 1 % are 5.9 % late in bulk: README.md.
  CHECK_THAT(bulk_patrolled.end_s, Catch::Matchers::WithinRel(patrolled.end_s, share > 0.005 ? 0.06 : 0.02));
  CHECK(energy(on, patrolled.counts, patrolled.end_s).total() >
        energy(off, plain.counts, plain.end_s).total());
}

TEST_CASE("Patrol goes on while nobody asks, and writes back what it finds wrong") {
  const DramConfig config = scrubbed("lpddr5x_8533", 0.01);
  constexpr double kWrongBits = 1e-4;
  const double seconds = 1e-3;
  const double reads = static_cast<double>(channel_bytes(config)) / config.organisation.access_bytes *
                       seconds / config.ecc.scrub_interval_s;
  const double words = 8.0 * config.organisation.access_bytes / config.ecc.data_bits;
  const double wrong = 1 - std::pow(1 - kWrongBits, words * (config.ecc.data_bits + config.ecc.check_bits));
  BulkChannel bulk_channel(config, 0);
  bulk_channel.set_bit_error_rate(kWrongBits);
  bulk_channel.settle(base::from_seconds(seconds));
  ExactChannel exact_channel(config);
  exact_channel.set_bit_error_rate(kWrongBits);
  const auto end = static_cast<Cycle>(seconds * config.clock_hz);
  while (exact_channel.step(end) != kNeverCycle) {
  }
  for (const CommandCounts& counts : {bulk_channel.counts(), exact_channel.counts(end)}) {
    CHECK_THAT(static_cast<double>(counts.scrub_reads), Catch::Matchers::WithinRel(reads, 0.01));
    CHECK(std::abs(static_cast<double>(counts.scrub_writes) - wrong * reads) < 2);
    CHECK(counts.reads + counts.writes == 0);
  }
}

TEST_CASE("On-die codes scrub inside the device; a period that cannot be kept is refused") {
  DramConfig config = scrubbed("lpddr5x_8533", 0.05);
  config.ecc.kind = EccKind::on_die;
  CHECK(scrub_share(config) == 0);
  const Served run = exact(config, stream(300, false));
  CHECK(run.counts.scrub_reads == 0);
  CHECK(energy(config, run.counts, 1).ecc > 0);
  const std::string path = std::string(KILN_SOURCE_DIR) + "/configs/parts/dram/lpddr5x_8533.yaml";
  CHECK_THROWS_AS(config::load<DramConfig>(path, {"ecc={kind: side_band, scrub_interval: 10 ms}"}),
                  base::ConfigError);
}
