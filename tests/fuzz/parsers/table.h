// SPDX-License-Identifier: MIT
// Every parser of Kiln that is given bytes from outside.
#pragma once

#include <string>
#include <vector>

#include "fuzz/parsers/contract.h"

namespace kiln::fuzz {

struct Seed {
  std::string path;
  std::string text;
  bool shipped = false;  ///< a file of configs/
};

struct Parser {
  std::string name;
  std::vector<std::string> corpora;  ///< folders in tests/fuzz/corpus
  Parse parse;
  int share = 10;  ///< of all inputs, in parts: less for slow ones
};

/// The parsers of files of configurations, kind by kind, then all others.
const std::vector<Parser>& parsers();
/// The files that mutants of a parser begin with: those of its corpora and the shipped ones of its name.
std::vector<Seed> seeds_of(const Parser& parser);

}  // namespace kiln::fuzz
