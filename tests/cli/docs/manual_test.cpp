// SPDX-License-Identifier: MIT
// The manual has every page, key and result, and its links lead somewhere.
#include <regex>
#include <set>

#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

std::set<std::string> all_of(const std::string& page, const std::regex& what) {
  std::set<std::string> found;
  for (std::sregex_iterator at(page.begin(), page.end(), what), end; at != end; ++at)
    found.insert((*at)[1].str());
  return found;
}

}  // namespace

TEST_CASE("explain knows the words of results and messages, and has everything for a page") {
  CHECK_THAT(run_kiln({"explain", "audit"}).out, contains("simulated once more at flit and command level"));
  const std::string all = run_kiln({"explain", "--all"}).out;
  for (const char* part : {"\"soc.noc.virtual_channels\"", "\"step_time_s\"", "\"layers.csv\"", "\"launch\""})
    CHECK_THAT(all, contains(part));
  CHECK(run_kiln({"explain"}).exit_code == 2);
  CHECK(run_kiln({"explain", "--all", "audit"}).exit_code == 2);
}

TEST_CASE("scripts/manual makes one page of everything, whose links lead into it") {
  const std::string python = python_with("markdown");
  if (python.empty()) {
    WARN("no python3 with markdown here (scripts/bootstrap --python): the manual is not made");
    return;
  }
  const ScratchFolder scratch;
  const std::string out = (scratch.path() / "manual.html").string();
  const ProcessResult result =
      run_process({python, source("scripts/manual"), "--kiln", KILN_BINARY, "--out", out});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const std::string page = scratch.read("manual.html");
  const std::set<std::string> places = all_of(page, std::regex("\\bid=\"([^\"]+)\""));
  for (const std::string& link : all_of(page, std::regex("href=\"#([^\"]+)\""))) {
    INFO(link);
    CHECK(places.count(link) == 1);
  }
  for (const char* part : {"src/solve/README.md", "models/dram/README.md", "soc.noc.virtual_channels",
                           "energy_by_component_j", "kiln sensitivity", "data:image/svg+xml;base64,"})
    CHECK_THAT(page, contains(part));
  CHECK(page.find("src=\"http") == std::string::npos);
  CHECK(page.size() < 3'000'000);
}
