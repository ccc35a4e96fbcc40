// SPDX-License-Identifier: MIT
// HotSpot's files of one value a line: materials and stacks of layers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "thermal/table.h"

namespace kiln::thermal {

/// The values of a file, one line after the other; blank lines and `#` comments do not count.
class Entries {
 public:
  Entries(std::string_view text, const std::string& file);

  bool done() const { return next_ == lines_.size(); }
  /// The next line, which is one word. Throws ConfigError with file:line where the file ends or the line
  /// holds more; `what` is what was expected.
  const Words& next(const std::string& what);
  /// The next line as a number above 0.
  double positive(const std::string& what);

 private:
  std::string file_;
  std::vector<Words> lines_;
  std::size_t next_ = 0;
};

}  // namespace kiln::thermal
