// SPDX-License-Identifier: MIT
// What a random experiment sets, gathered part by part. Internal to the drawing of experiments.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "experiment/experiment.h"
#include "support/draw.h"

namespace kiln::testing {

/// The settings of one experiment; each draws in a fixed order.
class Choices {
 public:
  using Names = std::vector<const char*>;

  explicit Choices(int number) : draw("valid", "experiments", number) {}
  Draw draw;
  std::vector<std::string> sets;  ///< as --set takes them

  template <class... Values>
  void set(fmt::format_string<Values...> text, Values&&... values) {
    sets.push_back(fmt::format(text, std::forward<Values>(values)...));
  }
  template <class... Values>
  void maybe(double probability, fmt::format_string<Values...> text, Values&&... values) {
    std::string set = fmt::format(text, std::forward<Values>(values)...);
    if (draw.with(probability)) sets.push_back(std::move(set));
  }
  const char* name(const Names& names) { return draw.one_of(names); }
};

void choose_training(Choices&);
void choose_codec(Choices&);
/// Memory, network, tiles and technology of `shipped`'s chip.
void choose_chip(Choices&, const experiment::ExperimentConfig& shipped);
/// Package, governor, room, events, horizon and fidelity.
void choose_conditions(Choices&, const experiment::ExperimentConfig& shipped);

}  // namespace kiln::testing
