// SPDX-License-Identifier: MIT
#include "silicon/left_out.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "base/statistics.h"
#include "report/glossary.h"

namespace kiln::silicon {

namespace {

struct Sort {
  Quantity quantity;
  bool turned_over = false;  ///< more is less energy
};

std::optional<Sort> sort_of(const AnchorConfig& anchor) {
  if (anchor.kind != AnchorKind::value || !anchor.over.empty()) return {};
  const report::GlossaryEntry* entry = report::find_glossary_entry(anchor.figure);
  if (entry == nullptr) return {};
  if (entry->unit == "s") return Sort{Quantity::time};
  if (entry->unit == "m2") return Sort{Quantity::area};
  if (entry->unit == "J" || entry->unit == "W" || entry->unit == "J/bit") return Sort{Quantity::energy};
  if (entry->unit.ends_with("/J")) return Sort{Quantity::energy, true};
  return {};
}

double distance(const LeftOut& chip) {
  return std::abs(std::log(chip.error()));
}

/// |ln| as a percentage of the smaller of both.
double percent(double distance) {
  return 100 * (std::exp(distance) - 1);
}

}  // namespace

const char* name(Quantity quantity) {
  switch (quantity) {
    case Quantity::energy:
      return "energies and powers";
    case Quantity::time:
      return "times";
    case Quantity::area:
      return "areas";
  }
  return "";
}

std::vector<LeftOut> left_out(const std::vector<Comparison>& all) {
  using Logs = std::vector<double>;
  std::map<Quantity, std::vector<std::pair<std::string, Logs>>> kinds;
  for (const Comparison& c : all) {
    const std::optional<Sort> sort = sort_of(*c.anchor);
    if (!sort || !c.failure.empty() || c.ratio() <= 0) continue;
    auto& chips = kinds[sort->quantity];
    auto found =
        std::find_if(chips.begin(), chips.end(), [&](const auto& chip) { return chip.first == c.chip; });
    if (found == chips.end()) found = chips.insert(chips.end(), {c.chip, {}});
    found->second.push_back((sort->turned_over ? -1 : 1) * std::log(c.ratio()));
  }
  std::vector<LeftOut> result;
  for (const auto& [quantity, chips] : kinds) {
    for (const auto& [chip, own] : chips) {
      Logs others;
      for (const auto& other : chips)
        if (other.first != chip) others.push_back(base::mean_of(other.second));
      if (!others.empty())
        result.push_back({quantity, chip, std::exp(base::mean_of(own)), std::exp(base::mean_of(others))});
    }
  }
  return result;
}

std::string left_out_text(const std::vector<LeftOut>& chips) {
  std::map<Quantity, std::vector<LeftOut>> kinds;
  for (const LeftOut& chip : chips) kinds[chip.quantity].push_back(chip);
  std::string text;
  for (auto& [quantity, of_kind] : kinds) {
    std::sort(of_kind.begin(), of_kind.end(),
              [](const LeftOut& a, const LeftOut& b) { return distance(a) < distance(b); });
    std::vector<double> common;
    for (const LeftOut& chip : of_kind) common.push_back(std::log(chip.own));
    const LeftOut& worst = of_kind.back();
    text += fmt::format(
        "{} of {} chips: {:.2f} of what was published on the whole; each chip corrected by the others alone: "
        "median error {:.0f} %, worst {:.0f} % ({})\n",
        name(quantity), of_kind.size(), std::exp(base::mean_of(common)),
        percent(distance(of_kind[of_kind.size() / 2])), percent(distance(worst)), worst.chip);
  }
  return text;
}

}  // namespace kiln::silicon
