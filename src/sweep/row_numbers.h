// SPDX-License-Identifier: MIT
// The numbers of one point of a sweep. Points of like experiments have numbers of the same names, some
// hundred each: they share the list of them, so that a hundred thousand points fit into memory.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kiln::sweep {

using Numbers = std::vector<std::pair<std::string, double>>;

class RowNumbers {
 public:
  RowNumbers() : names_(std::make_shared<const std::vector<std::string>>()) {}
  explicit RowNumbers(const Numbers& numbers);
  RowNumbers(std::initializer_list<Numbers::value_type> numbers) : RowNumbers(Numbers(numbers)) {}

  std::size_t size() const { return values_.size(); }
  const std::vector<std::string>& names() const { return *names_; }
  double value(std::size_t index) const { return values_[index]; }
  void add(const std::string& name, double value);

  /// Takes the other's list of names if it is the same.
  void share_names(const RowNumbers& other);
  bool shares_names(const RowNumbers& other) const { return names_ == other.names_; }

 private:
  std::shared_ptr<const std::vector<std::string>> names_;
  std::vector<double> values_;
};

}  // namespace kiln::sweep
