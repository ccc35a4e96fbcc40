// SPDX-License-Identifier: MIT
// What `kiln dram` does with traces, temperatures and options of the path, apart from the peers' rows.
#include <string>

#include "base/error.h"
#include "config/load.h"
#include "part/dram.h"
#include "support/catch.h"
#include "support/scratch_folder.h"

using namespace kiln;
using kiln::testing::contains;

namespace {

part::DramRun stream(const std::string& part) {
  part::DramRun run;
  run.config = config::load<dram::StandaloneConfig>(std::string(KILN_SOURCE_DIR) + "/configs/parts/dram/" +
                                                    part + ".yaml")
                   .value;
  run.requests = 20000;
  return run;
}

std::string refusal(const std::string& trace) {
  const kiln::testing::ScratchFolder scratch;
  part::DramRun run = stream("ddr4_3200");
  run.trace = scratch.write("requests.trace", trace);
  try {
    part::run_dram(run);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A bad trace is refused with the line and what is wanted") {
  CHECK_THAT(refusal("0x0 READ 0\n0xFFFFFFFFFFFF READ 0\n"), contains("requests.trace:2:"));
  CHECK_THAT(refusal("0x0 READ 0\n0xFFFFFFFFFFFF READ 0\n"), contains("past the end"));
  CHECK_THAT(refusal("0x0 READ 9\n\n# note\n0x40 WRITE 8\n"), contains("requests.trace:4:"));
  CHECK_THAT(refusal("0x0 READ 9\n0x40 WRITE 8\n"), contains("must not fall"));
  CHECK_THAT(refusal("0x0 FETCH 0\n"), contains("neither READ nor WRITE"));
  CHECK_THAT(refusal("0xZZ READ 0\n"), contains("no hexadecimal address"));
  CHECK_THAT(refusal("-64 READ 0\n"), contains("no hexadecimal address"));
  CHECK_THAT(refusal("0x0 READ -1\n"), contains("no cycle"));
  CHECK_THAT(refusal("0x0 READ 0\n0x40 READ\n"), contains("0xADDRESS READ|WRITE CYCLE"));
  CHECK_THAT(refusal("0x0 READ 0 more\n"), contains("0xADDRESS READ|WRITE CYCLE"));
  CHECK_THAT(refusal(std::string("\0\1\2\3 x\n", 7)), contains("requests.trace:1:"));
  CHECK(refusal("0x0 READ 0\n0x40 WRITE 0\n0x80 READ 100\n").empty());
}

TEST_CASE("The same requests in the forms of four simulators are the same run") {
  const kiln::testing::ScratchFolder scratch;
  const auto cycles = [&](const std::string& name, const std::string& text) {
    part::DramRun run = stream("ddr4_3200");
    run.trace = scratch.write(name, text);
    const part::DramResult result = part::run_dram(run);
    CHECK(result.requests == 3);
    CHECK(result.commands.writes == 1);
    return result.cycles;
  };
  const auto at_once = cycles("a.trace", "0x0 READ 0\n0x40000 WRITE 0\n0x80 READ 0\n");
  CHECK(cycles("b.trace", "0x0 R\n0x40000 W\n0x80 R\n") == at_once);
  CHECK(cycles("c.trace", "LD 0x0\nST 0x40000\nLD 0x80\n") == at_once);
  CHECK(cycles("d.trace", "LD 0\nST 262144\nLD 128\n") == at_once);
  const auto timed = cycles("e.trace",
                            "\xEF\xBB\xBF"
                            "0x0 READ 10\n0x40000 WRITE 500\n0x80 READ 900\n");
  CHECK(timed > at_once);
  CHECK(cycles("f.stl", "# comment\n10: read 0x0\n500:\twrite\t0x40000\tdeadbeef\n900: read 0x80\n") ==
        timed);
  CHECK(cycles("g.rstl", "10: read 0x0\n490: write 0x40000\n400: read 0x80\n") == timed);
}

TEST_CASE("A trace of a foreign form is refused with what is known, a mixed one with its own form") {
  CHECK_THAT(refusal("3 0x0 0x40\n"), contains("instruction trace") && contains("0xADDRESS R|W"));
  CHECK_THAT(refusal("3 0x0 0x40 0x80\n"), contains("neither READ nor WRITE") && contains("CYCLE: "));
  CHECK_THAT(refusal("LD 0x0\n0x40 READ 0\n"),
             contains("requests.trace:2:") && contains("`LD|ST 0xADDRESS`"));
  CHECK_THAT(refusal("R 0,0,1,2,3\n"), contains("coordinates"));
  CHECK_THAT(refusal("12: fetch 0x0\n"), contains("neither READ nor WRITE"));
  CHECK_THAT(refusal("1x: read 0x0\n"), contains("no cycle"));
}

TEST_CASE("Each channel refreshes and forgets by its own temperature") {
  part::DramRun run = stream("lpddr5_6400");
  const auto channels = static_cast<std::size_t>(run.config.organisation.channels);
  run.temperatures_c.assign(channels, 60);
  const part::DramResult cool = part::run_dram(run);
  run.temperatures_c.back() = 96;
  const part::DramResult mixed = part::run_dram(run);
  REQUIRE(mixed.retention.size() == channels);
  CHECK(mixed.retention.front().refresh_rate == 1);
  CHECK(mixed.retention.front().bit_error_rate == 0);
  CHECK(mixed.retention.back().refresh_rate == 4);
  CHECK(mixed.retention.back().bit_error_rate > 0);
  CHECK(mixed.commands.refreshes_per_bank > cool.commands.refreshes_per_bank);
  run.temperatures_c = {60, 60, 60, 60, 60};
  CHECK_THROWS_AS(part::run_dram(run), base::ConfigError);
}

TEST_CASE("AES on the path costs latency, pace and energy") {
  part::DramRun run = stream("lpddr5_6400");
  run.injection = part::parse_injection("idle");
  run.config.refresh.policy = dram::RefreshPolicy::none;
  run.pattern = dram::Pattern::idle_closed;
  run.requests = 16;
  const part::DramResult plain = part::run_dram(run);
  run.config.encryption.enabled = true;
  const part::DramResult coded = part::run_dram(run);
  CHECK(coded.mean_read_latency_cycles ==
        plain.mean_read_latency_cycles + run.config.encryption.latency_cycles);
  CHECK(coded.energy.encryption > 0);
  run = stream("lpddr5_6400");
  run.config.encryption.enabled = true;
  run.config.encryption.throughput_bytes_per_s = 4e9;  // by channel, slower than its bus
  const part::DramResult slow = part::run_dram(run);
  CHECK(slow.bandwidth_gb_per_s < 4.0 * run.config.organisation.channels);
  CHECK(slow.bandwidth_gb_per_s > 3.5 * run.config.organisation.channels);
}
