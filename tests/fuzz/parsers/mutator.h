// SPDX-License-Identifier: MIT
// Damages texts as slips of the pen, broken disks and enemies do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "fuzz/parsers/table.h"

namespace kiln::fuzz {

/// Input `number` of a parser: it depends on nothing else, so that a number is enough to see it again.
class Mutator {
 public:
  Mutator(std::uint64_t seed, std::string_view parser, std::uint64_t number);

  /// One of the seeds, damaged one to four times; at most 256 KiB.
  Seed mutant(const std::vector<Seed>& seeds);

 private:
  void damage(std::string& text, const std::vector<Seed>& seeds);
  void flip(std::string& text);
  void replace_token(std::string& text);
  void splice(std::string& text, const std::vector<Seed>& seeds);
  void repeat_line(std::string& text);
  void repeat_often(std::string& text);
  std::string_view word();
  std::size_t below(std::size_t bound);

  base::Rng rng_;
};

}  // namespace kiln::fuzz
