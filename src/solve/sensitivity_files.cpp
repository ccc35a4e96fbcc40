// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "output/encode.h"
#include "output/json.h"
#include "report/glossary.h"
#include "solve/answer_files.h"
#include "solve/sensitivity.h"

namespace kiln::solve {

namespace {

constexpr double kLeft = 230, kWidth = 460, kRow = 20, kTop = 46;        // pixels
constexpr const char *kLowColour = "#0072B2", *kHighColour = "#D55E00";  // Okabe & Ito 2008

/// A share of the base, or kelvins for a temperature.
std::string change(const std::optional<double>& value, double base, const std::string& unit) {
  if (!value) return "failed";
  if (unit == "degC") return fmt::format("{:+.2f} K", *value - base);
  return base == 0 ? fmt::format("{:.4g}", *value) : fmt::format("{:+.2f} %", 100 * (*value / base - 1));
}

std::string flip_text(const Inquiry& inquiry, const Sensitivity& found, const Effect& effect,
                      const Flip& flip) {
  return fmt::format("'{}' {} with {} {} {}", inquiry.verdicts[flip.verdict].text,
                     found.base_holds[flip.verdict] ? "ends to hold" : "begins to hold",
                     inquiry.factors[effect.factor].name, flip.level > 0 ? "from" : "below",
                     inquiry.factors[effect.factor].text(flip.level));
}

nlohmann::ordered_json json_of(const std::optional<double>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

std::string label(double x, double y, const std::string& text, const char* anchor) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     output::xml_text(text));
}

/// Heads, or a factor's cells, of the columns that were asked for.
std::string head_of_all(const Inquiry& inquiry) {
  return (inquiry.paths > 0 ? fmt::format(" {:>12} {:>10}", "mean effect", "spread") : "") +
         (inquiry.samples > 0 ? fmt::format(" {:>14} {:>14}", "variance alone", "in all") : "");
}
std::string cells_of_all(const Inquiry& inquiry, const Effect& effect) {
  return (inquiry.paths > 0 ? fmt::format(" {:>12.3g} {:>10.2g}", effect.mean_effect, effect.spread) : "") +
         (inquiry.samples > 0 ? fmt::format(" {:>12.1f} % {:>12.1f} %", 100 * effect.variance.alone,
                                            100 * effect.variance.total)
                              : "");
}

}  // namespace

std::string sensitivity_text(const Inquiry& inquiry, const Sensitivity& found) {
  const std::string unit = report::unit_of(inquiry.metric);
  std::string text = fmt::format("{}: {} is {:.4g} {}, validity {}\n", inquiry.file, inquiry.metric,
                                 found.base, unit, found.validity);
  text += fmt::format("  {:<26} {:>18} {:>11} {:>18} {:>11}{}\n", "", "low end", "", "high end", "",
                      head_of_all(inquiry));
  for (const Effect& effect : found.effects) {
    const Factor& factor = inquiry.factors[effect.factor];
    text += fmt::format("  {:<26} {:>18} {:>11} {:>18} {:>11}{}\n", factor.name, factor.text(-1),
                        change(effect.low, found.base, unit), factor.text(1),
                        change(effect.high, found.base, unit), cells_of_all(inquiry, effect));
    if (!effect.failure.empty()) text += fmt::format("  {:<26} {}\n", "", effect.failure);
  }
  for (std::size_t v = 0; v < inquiry.verdicts.size(); ++v) {
    const report::Condition& verdict = inquiry.verdicts[v];
    bool flips = false;
    for (const Effect& effect : found.effects)
      for (const Flip& flip : effect.flips)
        if (flip.verdict == v) {
          text += "  " + flip_text(inquiry, found, effect, flip) + "\n";
          flips = true;
        }
    if (!flips)
      text += fmt::format("  '{}' {} whatever one factor is\n", verdict.text,
                          found.base_holds[v] ? "holds" : "does not hold");
  }
  return text + fmt::format("  {} runs\n", found.runs);
}

std::string sensitivity_csv(const Inquiry& inquiry, const Sensitivity& found) {
  std::string text = fmt::format(
      "factor,low_end,high_end,{0}_low,{0}_base,{0}_high,mean_effect,spread,variance_alone,variance_total,"
      "flips\n",
      inquiry.metric);
  const auto cell = [](const std::optional<double>& value) { return value ? fmt::format("{}", *value) : ""; };
  for (const Effect& effect : found.effects) {
    const Factor& factor = inquiry.factors[effect.factor];
    std::vector<std::string> flips;
    for (const Flip& flip : effect.flips) flips.push_back(flip_text(inquiry, found, effect, flip));
    text += base::join({output::csv_cell(factor.name), output::csv_cell(factor.text(-1)),
                        output::csv_cell(factor.text(1)), cell(effect.low), fmt::format("{}", found.base),
                        cell(effect.high), fmt::format("{}", effect.mean_effect),
                        fmt::format("{}", effect.spread), fmt::format("{}", effect.variance.alone),
                        fmt::format("{}", effect.variance.total), output::csv_cell(base::join(flips, "; "))},
                       ",") +
            "\n";
  }
  return text;
}

std::string sensitivity_json(const Inquiry& inquiry, const Sensitivity& found) {
  nlohmann::ordered_json json{
      {"experiment", inquiry.file}, {"metric", inquiry.metric},   {"unit", report::unit_of(inquiry.metric)},
      {"base", found.base},         {"validity", found.validity}, {"runs", found.runs}};
  json["factors"] = nlohmann::ordered_json::array();
  for (const Effect& effect : found.effects) {
    const Factor& factor = inquiry.factors[effect.factor];
    nlohmann::ordered_json entry{{"factor", factor.name},
                                 {"low_end", factor.text(-1)},
                                 {"high_end", factor.text(1)},
                                 {"low", json_of(effect.low)},
                                 {"high", json_of(effect.high)},
                                 {"mean_effect", effect.mean_effect},
                                 {"spread", effect.spread},
                                 {"variance_alone", effect.variance.alone},
                                 {"variance_total", effect.variance.total},
                                 {"failure", effect.failure}};
    entry["flips"] = nlohmann::ordered_json::array();
    for (const Flip& flip : effect.flips)
      entry["flips"].push_back({{"verdict", inquiry.verdicts[flip.verdict].text},
                                {"at", factor.text(flip.level)},
                                {"level", flip.level}});
    json["factors"].push_back(std::move(entry));
  }
  return output::json_text(json, 2) + "\n";
}

std::string tornado_svg(const Inquiry& inquiry, const Sensitivity& found) {
  double most = 1e-300;
  for (const Effect& effect : found.effects) most = std::max(most, effect.swing(found.base));
  const double height = kTop + kRow * static_cast<double>(found.effects.size()) + 30,
               middle = kLeft + kWidth / 2;
  const auto x_of = [&](double value) { return middle + (value - found.base) / most * (kWidth / 2 - 70); };
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} "
      "{1:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kLeft + kWidth + 20, height);
  svg += label(10, 18,
               fmt::format("{} ({}), one factor at a time; blue: its low end, red: its high end",
                           inquiry.metric, report::unit_of(inquiry.metric)),
               "start");
  svg += label(middle, kTop - 8, fmt::format("{:.4g}", found.base), "middle");
  svg += fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2:.1f}\" stroke=\"#555\"/>\n",
                     middle, kTop - 4, height - 20);
  double y = kTop;
  for (const Effect& effect : found.effects) {
    svg += label(kLeft - 8, y + 14, inquiry.factors[effect.factor].name, "end");
    for (const auto& [value, colour, end] :
         {std::tuple{effect.low, kLowColour, -1.0}, {effect.high, kHighColour, 1.0}}) {
      if (!value) continue;
      const double from = std::min(middle, x_of(*value)), to = std::max(middle, x_of(*value));
      svg += fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
                         from, y + 3, std::max(0.5, to - from), kRow - 6, colour);
      const bool right = *value >= found.base;
      if (std::abs(*value - found.base) > 0.02 * most)
        svg += label(right ? to + 4 : from - 4, y + 14, inquiry.factors[effect.factor].text(end),
                     right ? "start" : "end");
    }
    y += kRow;
  }
  svg += label(x_of(found.base - most), height - 8, fmt::format("{:.4g}", found.base - most), "middle");
  svg += label(x_of(found.base + most), height - 8, fmt::format("{:.4g}", found.base + most), "middle");
  return svg + "</svg>\n";
}

}  // namespace kiln::solve
