// SPDX-License-Identifier: MIT
#include "thermal/hotspot_config.h"

#include <fmt/format.h>

#include <map>

#include "base/file.h"
#include "base/units.h"
#include "config/load.h"
#include "thermal/table.h"

namespace kiln::thermal {
namespace {

/// Keys with HotSpot 7.0's defaults (its examples state the same).
std::map<std::string, double> defaults() {
  return {{"t_chip", 0.15e-3},   {"k_chip", 130.0},      {"p_chip", 1.6303e6},  {"t_interface", 20e-6},
          {"k_interface", 4.0},  {"p_interface", 4.0e6}, {"s_spreader", 30e-3}, {"t_spreader", 1e-3},
          {"k_spreader", 400.0}, {"p_spreader", 3.55e6}, {"s_sink", 60e-3},     {"t_sink", 6.9e-3},
          {"k_sink", 400.0},     {"p_sink", 3.55e6},     {"r_convec", 0.1},     {"c_convec", 140.4},
          {"ambient", 318.15},   {"grid_rows", 64.0},    {"grid_cols", 64.0},   {"sampling_intvl", 3.333e-6},
          {"leakage_used", 0.0}};
}

bool is_off(const std::string& value) {
  return value == "0" || value == "(null)";
}

/// What would change the model and is not there.
bool refused(const std::string& key, const std::string& value) {
  if (key.starts_with("material_")) return true;
  return !is_off(value) &&
         (key == "model_secondary" || key == "use_microfluidic_cooling" || key == "package_model_used" ||
          key == "grid_layer_file" || key == "detailed_3D_used");
}

class Settings {
 public:
  Settings(std::string_view text, const std::string& place) : values_(defaults()) {
    for (const Words& words : read_words(text, place)) {
      if (words.size() != 2 || words.text(0).front() != '-') words.fail("expected `-key value`");
      const std::string key = words.text(0).substr(1);
      if (refused(key, words.text(1)))
        words.fail("is not modelled; describe the package in a .yaml (models/thermal/README.md)");
      if (key == "init_file") from_file_ = !is_off(words.text(1));
      if (const auto found = values_.find(key); found != values_.end()) found->second = words.number(1);
    }
  }

  bool from_file() const { return from_file_; }
  double number(const char* key) const { return values_.at(key); }
  std::string text(const std::string& key, base::Dimension unit) const {
    return base::format_quantity(values_.at(key), unit);
  }
  std::string material(const std::string& part) const {
    return fmt::format("  {}: {{conductivity: {}, heat_capacity: {}}}\n", part,
                       text("k_" + part, base::Dimension::thermal_conductivity),
                       text("p_" + part, base::Dimension::volumetric_heat_capacity));
  }
  std::string length(const std::string& key) const { return text(key, base::Dimension::length); }
  std::string plate(const std::string& name, const std::string& on) const {
    return fmt::format(
        "  - name: {0}\n    on: [{1}]\n    width: {2}\n    length: {2}\n"
        "    layers: [{{name: {0}, material: {0}, thickness: {3}}}]\n",
        name, on, length("s_" + name), length("t_" + name));
  }

 private:
  std::map<std::string, double> values_;
  bool from_file_ = false;
};

}  // namespace

std::string package_from_hotspot(std::string_view text, const std::string& place) {
  using base::Dimension;
  const Settings set(text, place);
  std::string yaml = fmt::format("name: hotspot\nambient: {} K\nmaterials:\n", set.number("ambient"));
  for (const char* part : {"chip", "interface", "spreader", "sink"}) yaml += set.material(part);
  yaml += fmt::format(
      "bodies:\n  - name: die\n    layers:\n"
      "      - {{name: soc, material: chip, thickness: {}, source: true}}\n"
      "      - {{name: interface, material: interface, thickness: {}}}\n",
      set.length("t_chip"), set.length("t_interface"));
  yaml += set.plate("spreader", "die") + set.plate("sink", "spreader");
  yaml += fmt::format("    top: {{resistance: {}, heat_capacity: {}}}\n",
                      set.text("r_convec", Dimension::thermal_resistance),
                      set.text("c_convec", Dimension::heat_capacity));
  // HotSpot is compiled with this factor on every capacity (C_FACTOR of its RC model).
  yaml += "hotspot: {capacity_factor: 0.333}\n";
  yaml += fmt::format("grid: {{nodes: lower_face, nx: {:.0f}, ny: {:.0f}}}\n", set.number("grid_cols"),
                      set.number("grid_rows"));
  if (set.number("leakage_used") != 0.0)
    yaml += "leakage: {density: 1.5e4 W/m2, multiplier: 1, slope: 0.036, reference: 383.15 K}\n";
  yaml += fmt::format("trace: {{interval: {}, start_from_steady: {}}}\n",
                      set.text("sampling_intvl", Dimension::time), set.from_file());
  return yaml;
}

PackageConfig load_package(const std::string& path, const std::vector<std::string>& overrides) {
  if (!path.ends_with(".config")) return config::load<PackageConfig>(path, overrides).value;
  config::Node tree = config::parse_yaml(path, package_from_hotspot(base::read_file(path), path));
  for (const std::string& assignment : overrides) config::apply_override(tree, assignment);
  return config::read_tree<PackageConfig>(tree, path).value;
}

}  // namespace kiln::thermal
