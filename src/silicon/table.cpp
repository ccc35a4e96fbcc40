// SPDX-License-Identifier: MIT
#include "silicon/table.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "output/encode.h"
#include "output/json.h"
#include "silicon/left_out.h"

namespace kiln::silicon {

namespace {

const Comparison* worst_of(const std::vector<Comparison>& all) {
  const auto found = std::max_element(all.begin(), all.end(), [](const Comparison& a, const Comparison& b) {
    return (a.failure.empty() ? a.distance() : 1e3) < (b.failure.empty() ? b.distance() : 1e3);
  });
  return found == all.end() ? nullptr : &*found;
}

std::string verdict(const Comparison& c) {
  if (!c.failure.empty()) return "FAILED: " + c.failure;
  if (c.anchor->kind == AnchorKind::bound) return c.distance() == 0 ? "holds" : "outside the bound";
  return c.within(kNear) ? "" : c.within(kFar) ? "beyond 30 %" : "BEYOND 2 x";
}

std::string published_text(const AnchorConfig& a) {
  std::string text = fmt::format("{:.4g}", a.published);
  if (a.low || a.high)
    text += fmt::format(" [{:.4g}, {:.4g}]", a.low.value_or(a.published), a.high.value_or(a.published));
  return text;
}

/// Relative half width of the printed band.
double half_width(const Estimate& e) {
  return e.value > 0 ? (e.high - e.low) / (2 * e.value) : 0;
}

}  // namespace

Tally tally(const std::vector<Comparison>& all) {
  Tally t;
  std::vector<double> widths;
  for (const Comparison& c : all) {
    ++t.anchors;
    if (!c.failure.empty()) {
      ++t.failed;
      continue;
    }
    const bool inside = c.anchor->kind == AnchorKind::bound && c.distance() == 0;
    t.inside += inside;
    t.near += !inside && c.within(kNear);
    t.far += !c.within(kFar);
    t.covered += c.anchor->kind == AnchorKind::bound ? c.distance() == 0 || c.covers() : c.covers();
    widths.push_back(half_width(c.simulated));
  }
  if (!widths.empty()) {
    std::nth_element(widths.begin(), widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2),
                     widths.end());
    t.median_half_width = widths[widths.size() / 2];
  }
  return t;
}

std::string table_text(const std::vector<Comparison>& all) {
  std::string text = fmt::format("{:<22}{:<34}{:>26} {:>22} {:<9}{:>6}  {}\n", "chip", "what", "simulated",
                                 "published", "unit", "ratio", "largest part of its energy");
  for (const Comparison& c : all) {
    const std::string simulated =
        c.failure.empty()
            ? fmt::format("{:.3g} [{:.3g}, {:.3g}]", c.simulated.value, c.simulated.low, c.simulated.high)
            : "-";
    text += fmt::format("{:<22}{:<34}{:>26} {:>22} {:<9}{:>6}  {}{}{}\n", c.job, c.anchor->what, simulated,
                        published_text(*c.anchor), c.anchor->unit,
                        c.failure.empty() ? fmt::format("{:.2f}", c.ratio()) : "-", c.component,
                        verdict(c).empty() ? "" : "; ", verdict(c));
  }
  const Tally t = tally(all);
  text += fmt::format(
      "{} of {} anchors within 30 %, {} more inside published bounds, {} beyond a factor of 2, {} failed; "
      "published value inside the printed band: {}; median half width of the bands {:.0f} %\n",
      t.near, t.anchors, t.inside, t.far, t.failed, t.covered, 100 * t.median_half_width);
  text += left_out_text(left_out(all));
  if (const Comparison* worst = worst_of(all))
    text += fmt::format("worst: {}, {}{}\n", worst->job, worst->anchor->what,
                        worst->failure.empty()
                            ? fmt::format(", {:.2f} of what was published; most of its energy: {}",
                                          worst->ratio(), worst->component)
                            : "");
  return text;
}

std::string table_csv(const std::vector<Comparison>& all) {
  std::string text =
      "chip,what,figure,kind,simulated,simulated_low,simulated_high,published,published_low,published_high,"
      "unit,"
      "ratio,evidence,source,failure\n";
  for (const Comparison& c : all) {
    const AnchorConfig& a = *c.anchor;
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", output::csv_cell(c.job), output::csv_cell(a.what),
        a.figure, config::enum_name(a.kind), c.simulated.value, c.simulated.low, c.simulated.high,
        a.published, a.low.value_or(a.published), a.high.value_or(a.published), output::csv_cell(a.unit),
        c.ratio(), config::enum_name(a.evidence), output::csv_cell(a.source), output::csv_cell(c.failure));
  }
  return text;
}

std::string table_json(const std::vector<Comparison>& all) {
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  for (const Comparison& c : all) {
    nlohmann::ordered_json line = {{"chip", c.job},
                                   {"what", c.anchor->what},
                                   {"figure", c.anchor->figure},
                                   {"unit", c.anchor->unit},
                                   {"published", c.anchor->published},
                                   {"kind", std::string(config::enum_name(c.anchor->kind))}};
    if (c.failure.empty()) {
      line["simulated"] = c.simulated.value;
      line["low"] = c.simulated.low;
      line["high"] = c.simulated.high;
      line["ratio"] = c.ratio();
      line["within_30_percent"] = c.within(kNear);
      line["covers"] = c.covers();
    } else {
      line["failure"] = c.failure;
    }
    lines.push_back(std::move(line));
  }
  nlohmann::ordered_json chips = nlohmann::ordered_json::array();
  for (const LeftOut& chip : left_out(all))
    chips.push_back({{"quantity", name(chip.quantity)},
                     {"chip", chip.chip},
                     {"ratio", chip.own},
                     {"others", chip.others},
                     {"left_out", chip.error()}});
  const Tally t = tally(all);
  return output::json_text(nlohmann::ordered_json{{"anchors", t.anchors},
                                                  {"within_30_percent", t.near},
                                                  {"inside_bounds", t.inside},
                                                  {"beyond_2", t.far},
                                                  {"failed", t.failed},
                                                  {"covered", t.covered},
                                                  {"median_half_width", t.median_half_width},
                                                  {"left_out", std::move(chips)},
                                                  {"lines", std::move(lines)}},
                           2) +
         "\n";
}

}  // namespace kiln::silicon
