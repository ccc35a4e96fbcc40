// SPDX-License-Identifier: MIT
// What a run gave that was made for its numbers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace kiln::batch {

/// One number of a run: what it is and between what it may lie.
struct Estimate {
  double value = 0, low = 0, high = 0;
};

struct Outcome {
  std::map<std::string, Estimate> numbers;  ///< by key of summary.json
  std::string validity = "ok";              ///< or "warn", "invalid"
  std::string finding;                      ///< the worst one, as a sentence
  std::string failure;                      ///< why there are no numbers

  bool failed() const { return !failure.empty(); }
  bool invalid() const { return validity == "invalid"; }
  /// A number; for a group of numbers (peak_temperature_c) its largest.
  std::optional<Estimate> number(std::string_view key) const;
};

/// Through the pipe of a process and back.
std::string to_text(const Outcome& outcome);
/// A text that is no outcome is a failure.
Outcome parse_outcome(std::string_view text);

}  // namespace kiln::batch
