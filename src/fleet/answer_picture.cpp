// SPDX-License-Identifier: MIT
// Two panels: energy at equal accuracy over the joules that a useful bit costs, time over the rate of useful
// bytes. Lines are the closed forms of the candidates, dots the simulated pairs, grey lines the links.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "fleet/answer.h"
#include "output/plotter.h"

namespace kiln::fleet {

namespace {

/// Okabe & Ito 2008: told apart by colour-blind readers.
constexpr std::array kColours = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};
constexpr int kWidth = 760, kPanelHeight = 380;

class Span {
 public:
  void add(double value) {
    if (!(value > 0) || !std::isfinite(value)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  double low() const { return low_ > high_ ? 1e-1 : low_ / 10; }
  double high() const { return low_ > high_ ? 10 : high_ * 10; }

 private:
  double low_ = std::numeric_limits<double>::infinity(), high_ = 0;
};

class Picture {
 public:
  explicit Picture(const Comparison& all) : all_(all) {}

  output::Files files() {
    std::string commands = fmt::format(
        "set multiplot layout 2,1 title {}\n"
        "set grid lc rgb '#dddddd'\nset border 3\nset tics nomirror out\nset key outside right top\n"
        "set logscale xy\nset format x '%.0e'\nset format y '%.1e'\nset samples 400\n",
        label(all_.name));
    commands += energy_panel() + time_panel() + "unset multiplot\n";
    return {{kComparePlot, output::head_of({"a comparison of Kiln", kCompareLabels, labels_.size(), kWidth,
                                            2 * kPanelHeight, kCompareImage}) +
                               commands},
            {kCompareLabels, output::label_file(labels_)}};
  }

 private:
  std::string label(const std::string& text) {
    labels_.push_back(text);
    return fmt::format("label[{}]", labels_.size());
  }

  std::string energy_panel() {
    Span span;
    for (const LinkPoint& link : all_.links) span.add(link.j_per_bit);
    for (const BreakEven& at : all_.break_evens) span.add(at.j_per_bit.value_or(0));
    return panel(
        span, "energy of a bit of gradients over the link, both ways, at one device (J/bit)",
        "J of a device for what a plain round teaches",
        [](const Candidate& c) {
          return fmt::format("{:.9g} + {:.9g} * x", c.steps() * c.alone_j, c.steps() * 8 * c.sent_bytes);
        },
        &LinkPoint::j_per_bit, &Pair::energy_j);
  }

  std::string time_panel() {
    Span span;
    for (const LinkPoint& link : all_.links) span.add(link.bytes_per_s);
    for (const BreakEven& at : all_.break_evens) span.add(at.bytes_per_s.value_or(0));
    return panel(
        span, "rate of useful bytes (B/s)", "s for what a plain round teaches",
        [](const Candidate& c) {
          return fmt::format("{:.9g} + {:.9g} / x", c.steps() * c.alone_s, c.steps() * c.path_bytes);
        },
        &LinkPoint::bytes_per_s, &Pair::time_s);
  }

  template <class Formula>
  std::string panel(const Span& span, const char* along, const char* up, const Formula& formula,
                    double LinkPoint::*place, double Pair::*height) {
    std::string text = fmt::format("set xlabel '{}'\nset ylabel '{}'\nunset arrow\nunset label\n", along, up);
    for (const LinkPoint& link : all_.links) {
      const double x = link.*place;
      if (!(x > 0) || !std::isfinite(x)) continue;
      text += fmt::format(
          "set arrow from first {0:.9g}, graph 0 to first {0:.9g}, graph 1 nohead lc rgb '#aaaaaa'\n"
          "set label {1} at first {0:.9g}, graph 0.98 rotate by 90 right offset -0.6,0 font ',8'\n",
          x, label(link.name));
    }
    std::vector<std::string> curves;
    for (std::size_t i = 0; i < all_.candidates.size(); ++i) {
      const Candidate& c = all_.candidates[i];
      const char* colour = kColours[i % kColours.size()];
      const bool answers = i == 0 || c.work.has_value();
      curves.push_back(fmt::format("{} with lines lw 1.5 dt {} lc rgb '{}' title {}", formula(c),
                                   answers ? 1 : 2, colour,
                                   label(answers ? c.name : c.name + ", step by step")));
      std::string dots;
      for (const Pair& pair : all_.pairs)
        if (pair.candidate == i && std::isfinite(all_.links[pair.link].*place))
          dots += fmt::format("{:.9g},{:.9g}\n", all_.links[pair.link].*place, pair.*height);
      if (dots.empty()) continue;
      const std::string block = fmt::format("$d{}", ++blocks_);
      text += fmt::format("{} << EOD\n{}EOD\n", block, dots);
      curves.push_back(
          fmt::format("{} using 1:2 with points pt 7 ps 0.7 lc rgb '{}' notitle", block, colour));
    }
    return text + fmt::format("plot [{:.9g}:{:.9g}] ", span.low(), span.high()) +
           base::join(curves, ", \\\n  ") + "\n";
  }

  const Comparison& all_;
  std::vector<std::string> labels_;
  int blocks_ = 0;
};

}  // namespace

output::Files comparison_plot(const Comparison& comparison) {
  return Picture(comparison).files();
}

}  // namespace kiln::fleet
