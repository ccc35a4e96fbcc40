// SPDX-License-Identifier: MIT
// What a foreign file holds beyond what is read here: an error, or skipped and named.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kiln::base {

/// Keys, columns and lines of another simulator's file that have no meaning here. A strict reader ends at the
/// first; a lenient one skips them and keeps their names, so that nothing is left out in silence.
class Unknowns {
 public:
  enum class Reading { strict, lenient };

  explicit Unknowns(Reading reading = Reading::strict) : reading_(reading) {}

  bool lenient() const { return reading_ == Reading::lenient; }
  /// Strict: throws ConfigError with `what` and `remedy`. Lenient: keeps `what` with its first place; the
  /// same of the same key is counted. Of a long file at most `kMostNamed` are kept apart.
  void meet(const Place& place, const std::string& key, const std::string& what, std::string_view remedy);
  /// "file:line:col: key: what (3 times)", in the order they were met.
  std::vector<std::string> skipped() const;

 private:
  static constexpr std::size_t kMostNamed = 100;

  struct Skipped {
    Problem first;
    std::uint64_t times = 1;
  };

  Reading reading_;
  std::vector<Skipped> skipped_;
  std::uint64_t unnamed_ = 0;  ///< beyond kMostNamed
};

}  // namespace kiln::base
