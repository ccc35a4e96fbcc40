// SPDX-License-Identifier: MIT
#include "thermal/hotspot_stack.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "base/file.h"
#include "base/text.h"
#include "thermal/entries.h"

namespace kiln::thermal {
namespace {

constexpr int kMostLayers = 1000;

bool yes(const Words& word) {
  const std::string lower = base::to_lower(word.text(0));
  if (lower == "y" || lower == "yes") return true;
  if (lower != "n" && lower != "no") word.fail("is neither Y nor N");
  return false;
}

int layer_number(const Words& word) {
  const double number = word.number(0);
  if (number != std::floor(number) || number < 0 || number >= kMostLayers)
    word.fail(fmt::format("is no number of a layer, 0 to {}", kMostLayers - 1));
  return static_cast<int>(number);
}

bool is_number(const std::string& word) {
  return word.find_first_of("0123456789") != std::string::npos &&
         word.find_first_not_of("0123456789+-.eE") == std::string::npos;
}

HotspotLayer parse_layer(Entries& entries) {
  const Words& number = entries.next("a layer's number");
  HotspotLayer layer;
  layer.place = number.place();
  layer.number = layer_number(number);
  layer.lateral = yes(entries.next("lateral heat flow, Y or N"));
  layer.dissipates = yes(entries.next("power dissipation, Y or N"));
  const Words& heat = entries.next("a heat capacity in J/m3K or a material's name");
  if (is_number(heat.text(0))) {
    layer.heat_capacity_j_m3k = heat.number(0);
    if (layer.heat_capacity_j_m3k <= 0.0) heat.fail("is no heat capacity above 0");
    layer.resistivity_mk_w = entries.positive("the resistivity in mK/W");
  } else {
    layer.material = heat.text(0);
    layer.material_place = heat.place();
  }
  layer.thickness_m = entries.positive("the thickness in m");
  const Words& plan = entries.next("a floorplan");
  layer.plan = plan.text(0);
  layer.plan_place = plan.place();
  return layer;
}

/// In the order of their numbers, which count from 0 without a gap.
void sort(std::vector<HotspotLayer>& layers) {
  std::ranges::stable_sort(layers, {}, &HotspotLayer::number);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].number == static_cast<int>(i)) continue;
    const bool twice = i > 0 && layers[i].number == layers[i - 1].number;
    throw base::ConfigError(
        layers[i].place, "layer",
        twice ? fmt::format("number {} comes twice", layers[i].number)
              : fmt::format("number {} comes where {} is missing; count from 0", layers[i].number, i));
  }
}

void check_same_size(const Rectangle& first, const Rectangle& box, const HotspotLayer& layer) {
  constexpr double kRounding_m = 2e-6;  // as blocks may reach out of their die
  if (std::abs(first.width_m() - box.width_m()) <= kRounding_m &&
      std::abs(first.height_m() - box.height_m()) <= kRounding_m)
    return;
  throw base::ConfigError(
      layer.plan_place, layer.plan,
      fmt::format("is {:.6g} x {:.6g} mm, but the layers below are {:.6g} x {:.6g} mm; "
                  "all layers of a stack have one size",
                  box.width_m() * 1e3, box.height_m() * 1e3, first.width_m() * 1e3, first.height_m() * 1e3));
}

}  // namespace

std::string HotspotLayer::name() const {
  return fmt::format("layer_{}", number);
}

std::vector<HotspotLayer> parse_lcf(std::string_view text, const std::string& file) {
  Entries entries(text, file);
  std::vector<HotspotLayer> layers;
  while (!entries.done()) layers.push_back(parse_layer(entries));
  sort(layers);
  const auto heated = [](const HotspotLayer& layer) { return layer.dissipates && !layer.channels(); };
  if (std::ranges::none_of(layers, heated))
    throw base::ConfigError({file, 1, 1}, "stack", "has no layer that dissipates; set its power to Y");
  return layers;
}

std::string named_file(const std::string& name, const std::string& from) {
  const std::filesystem::path beside = std::filesystem::path(from).parent_path() / name;
  std::error_code ignored;
  return std::filesystem::exists(beside, ignored) ? beside.string() : name;
}

Floorplan stack_floorplan(const std::vector<HotspotLayer>& layers, base::Unknowns& unknowns) {
  Floorplan all;
  std::optional<Rectangle> size;
  for (const HotspotLayer& layer : layers) {
    if (layer.channels()) continue;
    const std::string file = named_file(layer.plan, layer.plan_place.file);
    if (const std::string why = base::why_unreadable(file); !why.empty())
      throw base::ConfigError(layer.plan_place, layer.plan, why);
    Floorplan plan = parse_flp(base::read_file(file), file, {}, unknowns);
    const Rectangle box = bounding_box(plan, "");
    if (!size) size = box;
    check_same_size(*size, box, layer);
    for (Block& block : plan.blocks) {
      block.passive = !layer.dissipates;
      block.traced_as = block.name;
      block.name = fmt::format("{}_{}", layer.name(), block.name);
      block.body = layer.name();
      all.blocks.push_back(std::move(block));
    }
  }
  return all;
}

}  // namespace kiln::thermal
