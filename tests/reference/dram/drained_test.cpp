// SPDX-License-Identifier: MIT
// Runs of our own parts end when the data of every request was moved: no bandwidth above the peak, all
// requests in counts and energy; and refresh costs about the same by bank and by all banks.
#include <algorithm>
#include <string>

#include "config/load.h"
#include "part/dram.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;

namespace {

const std::string kParts[] = {"ddr4_3200",  "hbm2_2000",   "hbm2_2000_b", "hbm2_2000_c", "hbm2e_3200",
                              "hbm2e_3600", "lpddr4_3200", "lpddr4_4266", "lpddr5_6400", "lpddr5x_8533"};

part::DramRun of_part(const std::string& part) {
  part::DramRun run;
  run.config = config::load<dram::StandaloneConfig>(std::string(KILN_SOURCE_DIR) + "/configs/parts/dram/" +
                                                    part + ".yaml")
                   .value;
  return run;
}

void check_drained(const part::DramRun& run) {
  const part::DramResult result = part::run_dram(run);
  INFO(run.config.name << ", pattern " << static_cast<int>(run.pattern) << ", " << run.requests
                       << " requests: " << result.bandwidth_gb_per_s << " of " << result.peak_gb_per_s
                       << " GB/s");
  CHECK(result.percent_of_peak <= 100);
  CHECK(result.percent_of_peak > 0);
  CHECK(result.writes_pending == 0);
  CHECK(result.commands.reads + result.commands.writes + result.reads_forwarded == result.requests);
}

}  // namespace

TEST_CASE("No part moves data faster than its peak, however few the requests") {
  const std::string part = GENERATE(from_range(std::begin(kParts), std::end(kParts)));
  part::DramRun run = of_part(part);
  for (const auto& pattern : enum_names(static_cast<const dram::Pattern*>(nullptr)))
    for (const auto& mapping : enum_names(static_cast<const dram::WalkMapping*>(nullptr)))
      for (const std::uint64_t requests : {1, 2, 7, 33, 200, 3000}) {
        run.pattern = pattern.value;
        run.mapping = mapping.value;
        run.requests = requests;
        check_drained(run);
      }
}

TEST_CASE("Every policy drains: batched writes do not wait for more, nor do writes of an idle run") {
  part::DramRun run = of_part("hbm2e_3200");
  run.pattern = dram::Pattern::rand_mix21;
  const std::string variant = GENERATE("two-stage", "by bank", "idle", "paced", "power-down", "patrol");
  if (variant == "two-stage") {
    run.config.controller.queue = dram::QueueKind::two_stage;
    run.config.controller.arbitration = dram::Arbitration::round_robin;
    run.config.controller.direction = dram::DirectionPolicy::drain_when_full;
  }
  if (variant == "by bank") {
    run.config.controller.queue = dram::QueueKind::bank;
    run.config.controller.direction = dram::DirectionPolicy::interleaved;
  }
  if (variant == "idle") run.injection = part::parse_injection("idle:0");
  if (variant == "paced") run.injection = part::parse_injection("paced:900");
  if (variant == "power-down") run.config.power_states.enabled = true;
  if (variant == "patrol") {
    run.config.ecc.kind = dram::EccKind::side_band;
    run.config.ecc.scrub_interval_s = 10;
  }
  INFO(variant);
  for (const std::uint64_t requests : {1, 5, 60, 1000}) {
    run.requests = requests;
    check_drained(run);
  }
}

TEST_CASE("Reads served from the write queue are no traffic of the bus") {
  const kiln::testing::ScratchFolder scratch;
  part::DramRun run = of_part("ddr4_3200");
  std::string lines = "0x0 WRITE 0\n";
  for (int i = 0; i < 40; ++i) lines += "0x0 READ 0\n";
  run.trace = scratch.write("forwarded.trace", lines);
  check_drained(run);
  CHECK(part::run_dram(run).reads_forwarded > 0);
}

TEST_CASE("A run that ends with the last completion says what it left queued") {
  part::DramRun run = of_part("hbm2e_3200");
  run.pattern = dram::Pattern::seq_write;
  run.requests = 200;
  const part::DramResult drained = part::run_dram(run);
  run.config.run_ends = dram::RunEnds::completed;
  const part::DramResult completed = part::run_dram(run);
  CHECK(drained.commands.writes == 200);
  CHECK(completed.writes_pending > 0);
  CHECK(completed.commands.writes + completed.writes_pending == 200);
  CHECK(completed.cycles < drained.cycles);
  CHECK(completed.energy.write < drained.energy.write);
}

TEST_CASE("Refresh by bank takes about the power of refresh by all banks") {
  const std::string part = GENERATE(from_range(std::begin(kParts), std::end(kParts)));
  if (part == "ddr4_3200") return;  // has no per-bank refresh
  part::DramRun run = of_part(part);
  run.requests = 20;
  run.injection = part::parse_injection("idle:1e8");
  const auto power = [&](dram::RefreshPolicy policy) {
    run.config.refresh.policy = policy;
    const part::DramResult result = part::run_dram(run);
    return result.energy.refresh / result.time_ns;
  };
  const double ratio = power(dram::RefreshPolicy::per_bank) / power(dram::RefreshPolicy::all_bank);
  INFO(part << ": " << ratio);
  CHECK(ratio >= 0.8);
  CHECK(ratio <= 1.5);
}

TEST_CASE("Idle cycles up to the bound are free") {
  part::DramRun run = of_part("lpddr4_4266");
  run.requests = 2;
  run.injection = part::parse_injection("idle:1e15");
  const part::DramResult result = part::run_dram(run);
  CHECK(result.cycles > 1'000'000'000'000'000);
  CHECK(result.wall_s < 1);
  CHECK(result.commands.refreshes_per_bank / 4 ==
        static_cast<std::uint64_t>(result.cycles) /
            static_cast<std::uint64_t>(dram::cycles_at(run.config, run.config.clock_hz).tREFIpb));
}
