// SPDX-License-Identifier: MIT
// What of a foreign file is not known: refused, or skipped and named.
#include "base/unknowns.h"

#include "support/catch.h"

using kiln::base::ConfigError;
using kiln::base::Unknowns;

TEST_CASE("a strict reader ends at the first unknown, with place, remedy and the way around") {
  Unknowns unknowns;
  try {
    unknowns.meet({"a.flp", 3, 1}, "A", "column 8", "remove it");
    FAIL("was accepted");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()) == "a.flp:3:1: A: column 8; remove it (--lenient skips it)");
  }
  CHECK(unknowns.skipped().empty());
}

TEST_CASE("a lenient reader names each unknown once, and counts the same ones and those beyond a hundred") {
  Unknowns unknowns(Unknowns::Reading::lenient);
  for (int line = 1; line <= 3; ++line) unknowns.meet({"t", line, 1}, "trace", "'NOP'", "-");
  unknowns.meet({"t", 9, 1}, "trace", "'x'", "-");
  CHECK(unknowns.skipped() == std::vector<std::string>{"t:1:1: trace: 'NOP' (3 times)", "t:9:1: trace: 'x'"});
  for (int line = 0; line < 200; ++line) unknowns.meet({"t", line, 1}, std::to_string(line), "", "-");
  CHECK(unknowns.skipped().size() == 101);
  CHECK(unknowns.skipped().back() == "and 102 others");
}
