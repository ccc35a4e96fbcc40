// SPDX-License-Identifier: MIT
#include "sweep/row_numbers.h"

namespace kiln::sweep {

RowNumbers::RowNumbers(const Numbers& numbers) {
  std::vector<std::string> names;
  names.reserve(numbers.size());
  values_.reserve(numbers.size());
  for (const auto& [name, value] : numbers) {
    names.push_back(name);
    values_.push_back(value);
  }
  names_ = std::make_shared<const std::vector<std::string>>(std::move(names));
}

void RowNumbers::add(const std::string& name, double value) {
  std::vector<std::string> names = *names_;
  names.push_back(name);
  names_ = std::make_shared<const std::vector<std::string>>(std::move(names));
  values_.push_back(value);
}

void RowNumbers::share_names(const RowNumbers& other) {
  if (names_ != other.names_ && *names_ == *other.names_) names_ = other.names_;
}

}  // namespace kiln::sweep
