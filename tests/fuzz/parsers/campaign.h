// SPDX-License-Identifier: MIT
// Many inputs to one parser in a process of its own, so that a crash or a hang is a finding like others.
#pragma once

#include <cstdint>
#include <string>

#include "fuzz/parsers/table.h"

namespace kiln::fuzz {

struct Findings {
  std::uint64_t inputs = 0;
  std::uint64_t refused = 0;
  std::string fault;  ///< the first, with its input; empty: none
};

/// Mutants 0 to `inputs` - 1 of the parser's seeds. Stops at the first fault: a broken contract, a signal,
/// more than 10 s for one input or more than 1 GiB of memory.
Findings try_mutants(const Parser& parser, std::uint64_t seed, std::uint64_t inputs);
/// The seeds as they are.
Findings try_seeds(const Parser& parser);

}  // namespace kiln::fuzz
