// SPDX-License-Identifier: MIT
#include "thermal/entries.h"

#include <fmt/core.h>

namespace kiln::thermal {

Entries::Entries(std::string_view text, const std::string& file)
    : file_(file), lines_(read_words(text, file)) {}

const Words& Entries::next(const std::string& what) {
  if (done())
    throw base::ConfigError(lines_.empty() ? base::Place{file_, 1, 1} : lines_.back().place(), "end of file",
                            fmt::format("comes where {} is expected; is the file cut off?", what));
  const Words& words = lines_[next_++];
  if (words.size() != 1) words.fail(fmt::format("{} words where {} alone is expected", words.size(), what));
  return words;
}

double Entries::positive(const std::string& what) {
  const Words& words = next(what);
  const double value = words.number(0);
  if (!(value > 0.0)) words.fail(fmt::format("is not above 0, but is {}", what));
  return value;
}

}  // namespace kiln::thermal
