// SPDX-License-Identifier: MIT
#include "thermal/temperature_map.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "output/encode.h"

namespace kiln::thermal {
namespace {

constexpr double kWidth = 640.0, kLeft = 20.0, kTop = 44.0, kScaleWidth = 18.0, kScaleGap = 16.0,
                 kLabelWidth = 84.0;

struct Colour {
  double red, green, blue;
};

// Inferno-like ramp, dark to bright, readable without colour vision (after van der Walt & Smith 2015).
constexpr std::array<Colour, 6> kRamp{
    {{20, 11, 52}, {85, 15, 109}, {159, 42, 99}, {217, 76, 60}, {246, 145, 30}, {250, 228, 110}}};

std::string colour_at(double share) {
  const double at = std::clamp(share, 0.0, 1.0) * (kRamp.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(at), kRamp.size() - 2);
  const double f = at - static_cast<double>(low);
  const auto mix = [&](double Colour::*part) {
    return static_cast<int>(std::lround(kRamp[low].*part + f * (kRamp[low + 1].*part - kRamp[low].*part)));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", mix(&Colour::red), mix(&Colour::green), mix(&Colour::blue));
}

/// From metres on the die to pixels, y upwards.
struct View {
  double x0_m, y1_m, scale;
  double x(double at_m) const { return kLeft + (at_m - x0_m) * scale; }
  double y(double at_m) const { return kTop + (y1_m - at_m) * scale; }
};

std::string scale_bar(double low_c, double high_c, double height) {
  constexpr int kSteps = 48;
  const double left = kLeft + kWidth + kScaleGap;
  std::string svg;
  for (int i = 0; i < kSteps; ++i)
    svg += fmt::format("<rect x='{:.1f}' y='{:.2f}' width='{}' height='{:.2f}' fill='{}'/>\n", left,
                       kTop + height * i / kSteps, kScaleWidth, height / kSteps + 0.5,
                       colour_at(1.0 - (i + 0.5) / kSteps));
  for (int i = 0; i <= 4; ++i)
    svg += fmt::format("<text x='{:.1f}' y='{:.1f}' font-size='12'>{:.1f} °C</text>\n",
                       left + kScaleWidth + 5, kTop + height * i / 4 + 4, high_c + (low_c - high_c) * i / 4);
  return svg;
}

}  // namespace

std::vector<std::string> temperature_colours() {
  std::vector<std::string> colours;
  for (std::size_t i = 0; i < kRamp.size(); ++i)
    colours.push_back(colour_at(static_cast<double>(i) / static_cast<double>(kRamp.size() - 1)));
  return colours;
}

std::string temperature_map_svg(const ThermalModel& model, const State& state, const std::string& title,
                                const std::string& die) {
  const std::string layer = die.empty() ? die_names(model.package()).front() : die;
  const ThermalModel::LayerMap map = model.layer_map(state, layer);
  const auto [low, high] = std::minmax_element(map.temperature_c.begin(), map.temperature_c.end());
  const double low_c = *low, high_c = std::max(*high, *low + 0.1);
  const double width_m = map.x_lines_m.back() - map.x_lines_m.front(),
               height_m = map.y_lines_m.back() - map.y_lines_m.front();
  const View view{map.x_lines_m.front(), map.y_lines_m.back(), kWidth / width_m};
  const double height = height_m * view.scale;

  std::string svg = fmt::format(
      "<svg xmlns='http://www.w3.org/2000/svg' width='{0:.0f}' height='{1:.0f}' viewBox='0 0 {0:.0f} "
      "{1:.0f}' font-family='sans-serif'>\n"
      "<rect width='100%' height='100%' fill='white'/>\n<text x='{2}' y='26' font-size='15'>{3}</text>\n",
      kLeft + kWidth + kScaleGap + kScaleWidth + kLabelWidth, kTop + height + 20, kLeft,
      output::xml_text(title));
  svg += "<g shape-rendering='crispEdges'>\n";
  const std::size_t nx = map.x_lines_m.size() - 1;
  for (std::size_t j = 0; j + 1 < map.y_lines_m.size(); ++j)
    for (std::size_t i = 0; i < nx; ++i)
      svg += fmt::format("<rect x='{:.2f}' y='{:.2f}' width='{:.2f}' height='{:.2f}' fill='{}'/>\n",
                         view.x(map.x_lines_m[i]), view.y(map.y_lines_m[j + 1]),
                         (map.x_lines_m[i + 1] - map.x_lines_m[i]) * view.scale,
                         (map.y_lines_m[j + 1] - map.y_lines_m[j]) * view.scale,
                         colour_at((map.temperature_c[j * nx + i] - low_c) / (high_c - low_c)));
  svg += "</g>\n";
  for (int block = 0; block < model.block_count(); ++block) {
    const Block& b = model.floorplan().blocks[block];
    if (b.body != layer) continue;
    const Rectangle box = bounding_box(model.floorplan(), layer);
    const double x_m = b.x_m - box.x0_m + map.x_lines_m.front(),
                 y_m = b.y_m - box.y0_m + map.y_lines_m.front();
    const double w = b.width_m * view.scale, h = b.height_m * view.scale;
    svg += fmt::format(
        "<g><title>{} {:.2f} °C</title><rect x='{:.2f}' y='{:.2f}' width='{:.2f}' height='{:.2f}' "
        "fill='none' stroke='white' stroke-opacity='0.8'/>",
        output::xml_text(b.name), model.block_mean_c(state, block), view.x(x_m), view.y(y_m + b.height_m), w,
        h);
    const double size = std::min(
        13.0, std::min(h * 0.35, 1.6 * w / static_cast<double>(std::max<std::size_t>(b.name.size(), 5))));
    if (size >= 5.0)
      svg += fmt::format(
          "<text x='{0:.2f}' y='{1:.2f}' font-size='{2:.1f}' text-anchor='middle' fill='white' "
          "stroke='black' stroke-width='2' paint-order='stroke'>"
          "{3}<tspan x='{0:.2f}' dy='1.15em'>{4:.1f}</tspan></text>",
          view.x(x_m) + w / 2, view.y(y_m + b.height_m) + h / 2 - size * 0.1, size, output::xml_text(b.name),
          model.block_mean_c(state, block));
    svg += "</g>\n";
  }
  return svg + scale_bar(low_c, high_c, height) + "</svg>\n";
}

}  // namespace kiln::thermal
