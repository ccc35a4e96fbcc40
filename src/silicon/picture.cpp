// SPDX-License-Identifier: MIT
// Simulated over published, one line per anchor, on a logarithmic axis.
#include <algorithm>
#include <cmath>

#include "output/encode.h"
#include "silicon/table.h"

namespace kiln::silicon {

namespace {

constexpr double kWidth = 520, kLine = 18, kTop = 40, kLetter = 6.2;  // in pixels; a letter on average
constexpr double kLeast = 0.25, kMost = 4;                            // of the axis

/// Ratios on a logarithmic axis.
struct Axis {
  double left;  ///< pixels before it

  double x(double ratio) const {
    const double share = std::log(std::clamp(ratio, kLeast, kMost) / kLeast) / std::log(kMost / kLeast);
    return left + kWidth * share;
  }
  std::string bar(double from, double to, double y, const char* colour, double height) const {
    return fmt::format("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n",
                       x(from), y - height / 2, std::max(1.0, x(to) - x(from)), height, colour);
  }
};

std::string name_of(const Comparison& c) {
  return c.job + ": " + c.anchor->what;
}

std::string label(double x, double y, const std::string& text, const char* anchor) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     output::xml_text(text));
}

}  // namespace

std::string picture_svg(const std::vector<Comparison>& all) {
  const double height = kTop + kLine * static_cast<double>(all.size()) + 30;
  std::size_t longest = 0;
  for (const Comparison& c : all) longest = std::max(longest, name_of(c).size());
  const Axis axis{kLetter * static_cast<double>(longest) + 20};
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
      "font-family=\"sans-serif\" "
      "font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      axis.left + kWidth + 60, height);
  svg += axis.bar(1 / kNear, kNear, (kTop + height - 20) / 2 - 5, "#e4efe4", height - kTop - 20);
  for (const double tick : {0.25, 0.5, 1 / kNear, 1.0, kNear, 2.0, 4.0})
    svg +=
        fmt::format("<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" stroke=\"#bbb\"/>\n",
                    axis.x(tick), kTop - 8, height - 22) +
        label(axis.x(tick), height - 8, fmt::format("{:.2g}", tick), "middle");
  svg += label(axis.left, 18,
               "simulated over published: dot and blue bar, its band; grey: band of what was published",
               "start");
  double y = kTop;
  for (const Comparison& c : all) {
    svg += label(axis.left - 8, y + 4, name_of(c), "end");
    const double published = c.anchor->published;
    if (c.anchor->low || c.anchor->high)
      svg += axis.bar(c.anchor->low.value_or(published) / published,
                      c.anchor->high.value_or(published) / published, y, "#cccccc", 10);
    if (c.failure.empty()) {
      svg += axis.bar(c.simulated.low / published, c.simulated.high / published, y, "#7aa6d8", 4);
      svg +=
          fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"/>\n", axis.x(c.ratio()), y,
                      c.within(kNear)  ? "#1b6e2c"
                      : c.within(kFar) ? "#c77700"
                                       : "#b00020");
    }
    y += kLine;
  }
  return svg + "</svg>\n";
}

}  // namespace kiln::silicon
