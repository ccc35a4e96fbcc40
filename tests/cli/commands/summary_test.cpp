// SPDX-License-Identifier: MIT
// What people read of the first experiments, held against approved texts. `KILN_APPROVE=1` takes today's
// texts as the approved ones; the difference is then read and committed.
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/file.h"
#include "kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

/// The time that the run took and the hash of its configuration, in which every new key takes part.
std::string without_volatile_figures(const std::string& summary) {
  static const std::regex run("\n  run  .*");
  return std::regex_replace(summary, run, "\n  run         (masked)");
}

std::string summary_of(const std::string& experiment) {
  const ScratchFolder scratch;
  const ProcessResult result = run_kiln({"run", source("configs/experiments/" + experiment + ".yaml"),
                                         "--quiet", "--out", (scratch.path() / "result").string()});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return without_volatile_figures(scratch.read("result/summary.txt"));
}

void check_lines(const std::string& approved, const std::string& now) {
  std::istringstream before(approved), after(now);
  std::string expected, got;
  while (true) {
    const bool more = static_cast<bool>(std::getline(before, expected));
    if (more != static_cast<bool>(std::getline(after, got)))
      FAIL("one text has more lines: " + expected + got);
    if (!more) return;
    CHECK(got == expected);
  }
}

}  // namespace

TEST_CASE("summaries read as approved") {
  for (const char* experiment : {"quickstart", "passive_edge", "wearable_kws"}) {
    const std::string path = source(fmt::format("tests/cli/approved/{}.txt", experiment));
    const std::string now = summary_of(experiment);
    if (std::getenv("KILN_APPROVE") != nullptr) {
      std::ofstream(path) << now;
      continue;
    }
    INFO(path << "; if the change is meant: KILN_APPROVE=1 ctest -R 'summaries read', and commit the text");
    check_lines(kiln::base::read_file(path), now);
  }
}
