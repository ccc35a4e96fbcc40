// SPDX-License-Identifier: MIT
#include "thermal/hotspot_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "config/load.h"
#include "thermal/table.h"

namespace kiln::thermal {
namespace {

using base::Dimension;
using config::Node;

/// Keys with HotSpot 7.0's defaults (its examples state the same).
std::map<std::string, double> defaults() {
  return {{"t_chip", 0.15e-3},    {"k_chip", 130.0},    {"p_chip", 1.6303e6},
          {"t_interface", 20e-6}, {"k_interface", 4.0}, {"p_interface", 4.0e6},
          {"s_spreader", 30e-3},  {"t_spreader", 1e-3}, {"k_spreader", 400.0},
          {"p_spreader", 3.55e6}, {"s_sink", 60e-3},    {"t_sink", 6.9e-3},
          {"k_sink", 400.0},      {"p_sink", 3.55e6},   {"r_convec", 0.1},
          {"c_convec", 140.4},    {"ambient", 318.15},  {"init_temp", 333.15},
          {"grid_rows", 64.0},    {"grid_cols", 64.0},  {"sampling_intvl", 3.333e-6},
          {"leakage_used", 0.0}};
}

/// What its other parts read (floorplanner, block model, output files, the secondary path when it is off).
constexpr std::array kLeftOut = {"init_file",
                                 "thermal_threshold",
                                 "r_convec_sec",
                                 "c_convec_sec",
                                 "n_metal",
                                 "t_metal",
                                 "t_c4",
                                 "s_c4",
                                 "n_c4",
                                 "s_sub",
                                 "t_sub",
                                 "s_solder",
                                 "t_solder",
                                 "s_pcb",
                                 "t_pcb",
                                 "steady_file",
                                 "base_proc_freq",
                                 "dtm_used",
                                 "model_type",
                                 "leakage_mode",
                                 "grid_map_mode",
                                 "grid_steady_file",
                                 "rim_thickness",
                                 "package_config_file",
                                 "grid_transient_file",
                                 "wrap_l2",
                                 "l2_label",
                                 "compact_ratio",
                                 "n_orients",
                                 "P0",
                                 "Davg",
                                 "Kmoves",
                                 "Rcool",
                                 "Rreject",
                                 "Nmax",
                                 "lambdaA",
                                 "lambdaT",
                                 "lambdaW",
                                 "f",
                                 "p",
                                 "o",
                                 "c",
                                 "d",
                                 "v"};

/// What would change the model and is not there; allowed when it is off.
constexpr std::array kRefused = {
    "model_secondary",  "use_microfluidic_cooling", "package_model_used", "grid_layer_file",
    "detailed_3D_used", "materials_file",           "block_omit_lateral", "model_rim"};

template <class List>
bool holds(const List& list, const std::string& key) {
  return std::find(list.begin(), list.end(), key) != list.end();
}

bool is_off(const std::string& value) {
  return value == "0" || value == "(null)";
}

Node map_at(const base::Place& place, std::vector<std::pair<std::string, Node>> entries) {
  Node map;
  map.kind = Node::Kind::map;
  map.place = place;
  for (auto& [key, value] : entries) map.insert(std::move(key), std::move(value), place);
  return map;
}

Node list_at(const base::Place& place, std::vector<Node> items) {
  Node list;
  list.kind = Node::Kind::list;
  list.place = place;
  list.list = std::move(items);
  return list;
}

/// The settings of one file, and the package they describe as the tree of a package in YAML: every value
/// stands where HotSpot's file has it.
class Settings {
 public:
  Settings(std::string_view text, const std::string& file) : file_{file, 0, 0}, values_(defaults()) {
    for (const Words& words : read_words(text, file)) read(words);
  }

  Node package() const {
    Node root = map_at(file_, {{"name", text("hotspot")}, {"ambient", value("ambient", " K")}});
    std::vector<std::pair<std::string, Node>> materials;
    for (const char* part : {"chip", "interface", "spreader", "sink"})
      materials.emplace_back(part, material(part));
    const auto put = [&](const char* key, Node node) { root.insert(key, std::move(node), file_); };
    put("materials", map_at(file_, std::move(materials)));
    Node sink = plate("sink", "spreader");
    sink.insert("top",
                map_at(file_, {{"resistance", quantity("r_convec", Dimension::thermal_resistance)},
                               {"heat_capacity", quantity("c_convec", Dimension::heat_capacity)}}),
                file_);
    put("bodies", list_at(file_, {die(), plate("spreader", "die"), std::move(sink)}));
    // HotSpot is compiled with this factor on every capacity (C_FACTOR of its RC model).
    put("hotspot", map_at(file_, {{"capacity_factor", text("0.333")}}));
    put("grid", map_at(file_, {{"nodes", text("lower_face")},
                               {"nx", value("grid_cols", "")},
                               {"ny", value("grid_rows", "")}}));
    if (values_.at("leakage_used") != 0.0)
      put("leakage", map_at(file_, {{"density", text("1.5e4 W/m2")},
                                    {"multiplier", text("1")},
                                    {"slope", text("0.036")},
                                    {"reference", text("383.15 K")}}));
    Node trace = map_at(file_, {{"interval", quantity("sampling_intvl", Dimension::time)}});
    if (from_file_)
      trace.insert("start_from_steady", text("true"), file_);
    else
      trace.insert("start_temperature", value("init_temp", " K"), file_);
    put("trace", std::move(trace));
    return root;
  }

 private:
  void read(const Words& words) {
    if (words.size() != 2 || words.text(0).front() != '-') words.fail("expected `-key value`");
    const std::string key = words.text(0).substr(1);
    const std::string& given = words.text(1);
    if (key.starts_with("material_") || (holds(kRefused, key) && !is_off(given)))
      words.fail("is not modelled; describe the package in a .yaml (models/thermal/README.md)");
    if (key == "init_file") from_file_ = !is_off(given);
    if (const auto found = values_.find(key); found != values_.end()) {
      found->second = words.number(1);
      places_[key] = words.place();
    } else if (!holds(kLeftOut, key) && !holds(kRefused, key)) {
      words.fail(fmt::format("is no key of HotSpot{}", suggestion(key)));
    }
  }

  std::string suggestion(const std::string& key) const {
    std::vector<std::string> keys(kLeftOut.begin(), kLeftOut.end());
    keys.insert(keys.end(), kRefused.begin(), kRefused.end());
    for (const auto& entry : values_) keys.push_back(entry.first);
    const std::string near = base::nearest_name(key, keys);
    return near.empty() ? "; remove it" : fmt::format("; did you mean '-{}'?", near);
  }

  base::Place place_of(const std::string& key) const {
    const auto written = places_.find(key);
    return written == places_.end() ? file_ : written->second;
  }
  Node text(std::string words) const {
    Node node = config::scalar_node(std::move(words));
    node.place = file_;
    return node;
  }
  Node placed(const std::string& key, std::string words) const {
    Node node = config::scalar_node(std::move(words));
    node.place = place_of(key);
    return node;
  }
  Node value(const std::string& key, const char* unit) const {
    return placed(key, fmt::format("{}{}", values_.at(key), unit));
  }
  Node quantity(const std::string& key, Dimension unit) const {
    return placed(key, base::format_quantity(values_.at(key), unit));
  }
  Node material(const std::string& part) const {
    return map_at(file_, {{"conductivity", quantity("k_" + part, Dimension::thermal_conductivity)},
                          {"heat_capacity", quantity("p_" + part, Dimension::volumetric_heat_capacity)}});
  }
  Node layer(const std::string& name, const std::string& part) const {
    return map_at(place_of("t_" + part), {{"name", text(name)},
                                          {"material", text(part)},
                                          {"thickness", quantity("t_" + part, Dimension::length)}});
  }
  Node die() const {
    Node source = layer("soc", "chip");
    source.insert("source", text("true"), file_);
    return map_at(file_, {{"name", text("die")},
                          {"layers", list_at(file_, {std::move(source), layer("interface", "interface")})}});
  }
  Node plate(const std::string& name, const std::string& on) const {
    return map_at(place_of("s_" + name), {{"name", text(name)},
                                          {"on", list_at(file_, {text(on)})},
                                          {"width", quantity("s_" + name, Dimension::length)},
                                          {"length", quantity("s_" + name, Dimension::length)},
                                          {"layers", list_at(file_, {layer(name, name)})}});
  }

  base::Place file_;
  std::map<std::string, double> values_;
  std::map<std::string, base::Place> places_;  ///< of the keys that are written
  bool from_file_ = false;
};

}  // namespace

Node package_from_hotspot(std::string_view text, const std::string& path) {
  return Settings(text, path).package();
}

StandaloneConfig load_package(const std::string& path, const std::vector<std::string>& overrides) {
  if (!path.ends_with(".config")) return config::load<StandaloneConfig>(path, overrides).value;
  Node tree = package_from_hotspot(base::read_file(path), path);
  for (const std::string& assignment : overrides) config::apply_override(tree, assignment);
  return config::read_tree<StandaloneConfig>(tree, path).value;
}

}  // namespace kiln::thermal
