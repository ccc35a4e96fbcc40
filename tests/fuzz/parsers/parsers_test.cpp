// SPDX-License-Identifier: MIT
// Whatever bytes a parser is given, it reads them or refuses them with a reason.
#include <cstdlib>

#include "fuzz/parsers/campaign.h"
#include "support/catch.h"
#include "support/long_tests.h"

using namespace kiln;

namespace {

/// KILN_FUZZ_SEED tries other mutants than those of every day.
std::uint64_t seed() {
  const char* given = std::getenv("KILN_FUZZ_SEED");
  return given == nullptr ? 20 : std::strtoull(given, nullptr, 10);
}

}  // namespace

TEST_CASE("the files of every parser's corpus are read or refused") {
  for (const fuzz::Parser& parser : fuzz::parsers()) {
    const fuzz::Findings findings = fuzz::try_seeds(parser);
    INFO(parser.name << " " << findings.fault);
    CHECK(findings.fault.empty());
    CHECK(findings.refused < findings.inputs);  // a mutant of a good file goes deeper
  }
}

TEST_CASE("no damaged input crashes, hangs or fools a parser") {
  const std::uint64_t total = testing::count_of(20'000, 1'000'000);
  std::uint64_t shares = 0, inputs = 0, refused = 0;
  for (const fuzz::Parser& parser : fuzz::parsers()) shares += static_cast<std::uint64_t>(parser.share);
  const char* only = std::getenv("KILN_FUZZ_PARSER");  // as for libFuzzer
  for (const fuzz::Parser& parser : fuzz::parsers()) {
    if (only != nullptr && parser.name != only) continue;
    const std::uint64_t count = total * static_cast<std::uint64_t>(parser.share) / shares + 1;
    const fuzz::Findings findings = fuzz::try_mutants(parser, seed(), count);
    INFO(findings.fault);
    CHECK(findings.fault.empty());
    inputs += findings.inputs;
    refused += findings.refused;
    if (testing::long_tests())
      WARN(parser.name << ": " << findings.inputs << " inputs, " << findings.refused << " refused");
  }
  CHECK((only != nullptr || inputs >= total));
  CHECK(refused > inputs / 4);
  CHECK(refused < inputs);
}
