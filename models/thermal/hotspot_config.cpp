// SPDX-License-Identifier: MIT
#include "thermal/hotspot_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>

#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "config/load.h"
#include "thermal/hotspot_channels.h"
#include "thermal/hotspot_materials.h"
#include "thermal/hotspot_stack.h"

namespace kiln::thermal {
namespace {

using base::Dimension;
using config::Node;
using Entry = std::pair<std::string, Node>;

// What stands for no conduction at all in the plane of a layer.
constexpr double kNoConductivity_w_mk = 1e-6;

Node map_at(const base::Place& place, std::vector<Entry> entries) {
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

Node text_at(const base::Place& place, std::string words) {
  Node node = config::scalar_node(std::move(words));
  node.place = place;
  return node;
}

Node quantity_at(const base::Place& place, double value, Dimension unit) {
  return text_at(place, base::format_quantity(value, unit));
}

/// Builds the package that the keys of one file describe, as the tree of a package in YAML.
class Builder {
 public:
  Builder(const HotspotKeys& keys, base::Unknowns& unknowns) : keys_(keys), unknowns_(unknowns) {
    if (keys_.on("materials_file")) {
      const std::string file = open("materials_file");
      materials_.add(base::read_file(file), file);
    }
    if (keys_.on("grid_layer_file")) {
      const std::string file = open("grid_layer_file");
      layers_ = parse_lcf(base::read_file(file), file);
      result_.floorplan = stack_floorplan(layers_, unknowns_);
      for (const HotspotLayer& layer : layers_) result_.files.push_back(plan_of(layer));
    }
    if (keys_.on("init_file")) result_.start_file = open("init_file");
    check_channels();
    note_aggregation();
  }

  HotspotPackage build() && {
    const base::Place& file = keys_.file();
    Node root = map_at(file, {{"name", text("hotspot")}, {"ambient", value("ambient", " K")}});
    const auto put = [&](const char* key, Node node) { root.insert(key, std::move(node), file); };
    Node bodies = list_at(file, {die(), plate("spreader", "die"), sink()});
    put("materials", map_at(file, std::move(materials_used_)));
    put("bodies", std::move(bodies));
    // HotSpot is compiled with this factor on every capacity (C_FACTOR of its RC model).
    put("hotspot", map_at(file, {{"capacity_factor", text("0.333")}}));
    put("grid", map_at(file, {{"nodes", text("lower_face")},
                              {"nx", value("grid_cols", "")},
                              {"ny", value("grid_rows", "")}}));
    if (keys_.number("leakage_used") != 0.0)
      put("leakage", map_at(file, {{"density", text("1.5e4 W/m2")},
                                   {"multiplier", text("1")},
                                   {"slope", text("0.036")},
                                   {"reference", text("383.15 K")}}));
    put("trace", map_at(file, {{"interval", quantity("sampling_intvl", Dimension::time)},
                               {"start_temperature", value("init_temp", " K")}}));
    result_.tree = std::move(root);
    return std::move(result_);
  }

 private:
  /// The file that a key names. Throws ConfigError at the key if it cannot be read.
  std::string open(const std::string& key) {
    const base::Place place = keys_.place(key);
    std::string file = named_file(keys_.word(key), place.file);
    if (const std::string why = base::why_unreadable(file); !why.empty())
      throw base::ConfigError(place, "-" + key, fmt::format("{}: {}", file, why));
    result_.files.push_back(file);
    return file;
  }

  static std::string plan_of(const HotspotLayer& layer) {
    return named_file(layer.plan, layer.plan_place.file);
  }

  void check_channels() const {
    if (std::ranges::any_of(layers_, &HotspotLayer::channels)) return;
    for (const char* key : {"use_microchannels", "use_microfluidic_cooling"})
      if (keys_.on(key))
        throw base::ConfigError(keys_.place(key), std::string("-") + key,
                                "is on, but no layer has a network of channels (a .csv in the layer file); "
                                "set it to 0, or name the layer file");
  }

  void note_aggregation() {
    const std::string mode = keys_.word("grid_map_mode");
    if (!mode.empty() && mode != "avg")
      result_.notes.push_back(fmt::format("-grid_map_mode {}: blocks are given by their means", mode));
  }

  Node text(std::string words) const { return text_at(keys_.file(), std::move(words)); }
  Node value(const std::string& key, const char* unit) const {
    return text_at(keys_.place(key), fmt::format("{}{}", keys_.number(key), unit));
  }
  Node quantity(const std::string& key, Dimension unit) const {
    return quantity_at(keys_.place(key), keys_.number(key), unit);
  }

  /// Adds a material to the package. A layer without `lateral` flow conducts across only.
  void add_material(const std::string& name, const HotspotMaterial& figures, bool lateral = true) {
    const double plane_w_mk = lateral ? figures.conductivity_w_mk : kNoConductivity_w_mk;
    const auto conductivity = [&](double k) {
      return quantity_at(figures.place, k, Dimension::thermal_conductivity);
    };
    Node material =
        map_at(figures.place, {{"conductivity", conductivity(plane_w_mk)},
                               {"heat_capacity", quantity_at(figures.place, figures.heat_capacity_j_m3k,
                                                             Dimension::volumetric_heat_capacity)}});
    if (!lateral)
      material.insert("through_conductivity", conductivity(figures.conductivity_w_mk), figures.place);
    materials_used_.emplace_back(name, std::move(material));
  }

  /// The material of that name, with a note where it is Kiln's own.
  HotspotMaterial named(const std::string& name, const base::Place& user) {
    const HotspotMaterial figures = materials_.at(name, user);
    const std::string note =
        fmt::format("material '{}' is in no materials file: Kiln's own, {:g} W/mK and {:g} J/m3K", name,
                    figures.conductivity_w_mk, figures.heat_capacity_j_m3k);
    if (!materials_.holds(name) && std::ranges::find(result_.notes, note) == result_.notes.end())
      result_.notes.push_back(note);
    return figures;
  }

  /// The material of a part: named, else by k_ and p_.
  HotspotMaterial material_of(const std::string& part) {
    const std::string key = "material_" + part;
    if (keys_.on(key)) return named(keys_.word(key), keys_.place(key));
    return {.place = keys_.place("k_" + part),
            .conductivity_w_mk = keys_.number("k_" + part),
            .heat_capacity_j_m3k = keys_.number("p_" + part)};
  }

  Node layer(const std::string& name, const std::string& part) {
    add_material(part, material_of(part));
    return map_at(keys_.place("t_" + part), {{"name", text(name)},
                                             {"material", text(part)},
                                             {"thickness", quantity("t_" + part, Dimension::length)}});
  }

  Node die() {
    std::vector<Node> layers;
    if (layers_.empty()) {
      layers.push_back(layer("soc", "chip"));
      layers.back().insert("source", text("true"), keys_.file());
      layers.push_back(layer("interface", "interface"));
    }
    for (const HotspotLayer& one : layers_) layers.push_back(stacked(one));
    return map_at(keys_.file(), {{"name", text("die")}, {"layers", list_at(keys_.file(), layers)}});
  }

  /// A layer of the stack. One without power is a source as well: that is where its blocks lie.
  Node stacked(const HotspotLayer& layer) {
    add_material(layer.name(), layer.channels() ? walls() : material_of(layer), layer.lateral);
    Node node =
        map_at(layer.place, {{"name", text_at(layer.place, layer.name())},
                             {"material", text_at(layer.place, layer.name())},
                             {"thickness", quantity_at(layer.place, layer.thickness_m, Dimension::length)}});
    if (layer.channels())
      node.insert("channels", channels(layer), layer.plan_place);
    else
      node.insert("source", text_at(layer.place, "true"), layer.place);
    return node;
  }

  HotspotMaterial material_of(const HotspotLayer& layer) {
    if (!layer.material.empty()) return named(layer.material, layer.material_place);
    return {.place = layer.place,
            .conductivity_w_mk = 1.0 / layer.resistivity_mk_w,
            .heat_capacity_j_m3k = layer.heat_capacity_j_m3k};
  }

  HotspotMaterial walls() {
    if (keys_.on("wall_material")) return named(keys_.word("wall_material"), keys_.place("wall_material"));
    return {.place = keys_.place("wall_res"),
            .conductivity_w_mk = 1.0 / keys_.number("wall_res"),
            .heat_capacity_j_m3k = keys_.number("wall_capac")};
  }

  HotspotMaterial coolant() const {
    if (keys_.on("coolant_material"))
      return materials_.fluid_at(keys_.word("coolant_material"), keys_.place("coolant_material"));
    return {.place = keys_.place("coolant_res"),
            .conductivity_w_mk = 1.0 / keys_.number("coolant_res"),
            .heat_capacity_j_m3k = keys_.number("coolant_capac"),
            .viscosity_pa_s = keys_.number("coolant_visc")};
  }

  Node channels(const HotspotLayer& layer) {
    if (keys_.number("pump_internal_res") != 0.0)
      unknowns_.meet(keys_.place("pump_internal_res"), "-pump_internal_res", "is not modelled",
                     "set it to 0 and lower -pumping_pressure by what falls off in the pump");
    const std::string file = plan_of(layer);
    if (const std::string why = base::why_unreadable(file); !why.empty())
      throw base::ConfigError(layer.plan_place, layer.plan, why);
    const ChannelsConfig lanes =
        parse_channel_network(base::read_file(file), file,
                              bounding_box(*result_.floorplan, result_.floorplan->blocks.front().body));
    const base::Place& at = layer.plan_place;
    const HotspotMaterial fluid = coolant();
    Node liquid = map_at(
        fluid.place,
        {{"heat_capacity",
          quantity_at(fluid.place, fluid.heat_capacity_j_m3k, Dimension::volumetric_heat_capacity)},
         {"conductivity", quantity_at(fluid.place, fluid.conductivity_w_mk, Dimension::thermal_conductivity)},
         {"viscosity", quantity_at(fluid.place, fluid.viscosity_pa_s, Dimension::viscosity)}});
    return map_at(at, {{"count", text_at(at, fmt::format("{}", lanes.count))},
                       {"width", quantity_at(at, lanes.width_m, Dimension::length)},
                       {"wall", quantity_at(at, lanes.wall_m, Dimension::length)},
                       {"along", text_at(at, lanes.along == Direction::x ? "x" : "y")},
                       {"pressure", quantity("pumping_pressure", Dimension::pressure)},
                       {"inlet", value("inlet_temperature", " K")},
                       {"wall_coefficient", quantity("htc", Dimension::heat_transfer_coefficient)},
                       {"coolant", std::move(liquid)}});
  }

  Node plate(const std::string& name, const std::string& on) {
    return map_at(keys_.place("s_" + name), {{"name", text(name)},
                                             {"on", list_at(keys_.file(), {text(on)})},
                                             {"width", quantity("s_" + name, Dimension::length)},
                                             {"length", quantity("s_" + name, Dimension::length)},
                                             {"layers", list_at(keys_.file(), {layer(name, name)})}});
  }

  Node sink() {
    Node sink = plate("sink", "spreader");
    sink.insert("top",
                map_at(keys_.file(), {{"resistance", quantity("r_convec", Dimension::thermal_resistance)},
                                      {"heat_capacity", quantity("c_convec", Dimension::heat_capacity)}}),
                keys_.file());
    return sink;
  }

  const HotspotKeys& keys_;
  base::Unknowns& unknowns_;
  HotspotMaterials materials_;
  std::vector<HotspotLayer> layers_;
  std::vector<Entry> materials_used_;
  HotspotPackage result_;
};

}  // namespace

HotspotPackage read_hotspot(std::string_view text, const std::string& path, const HotspotFiles& given,
                            base::Unknowns& unknowns) {
  return Builder(HotspotKeys(text, path, given, unknowns), unknowns).build();
}

config::Node package_from_hotspot(std::string_view text, const std::string& path) {
  base::Unknowns strict;
  return read_hotspot(text, path, {}, strict).tree;
}

bool is_hotspot_configuration(std::string_view text) {
  for (const std::string& line : base::split(base::without_byte_order_mark(text), '\n')) {
    const std::string_view words = base::trim(line);
    if (words.empty() || words.front() == '#') continue;
    return words.size() > 1 && words.front() == '-' &&
           std::isalpha(static_cast<unsigned char>(words[1])) != 0;
  }
  return false;
}

LoadedPackage load_package(const std::string& path, const std::vector<std::string>& overrides,
                           const HotspotFiles& given, base::Unknowns& unknowns) {
  LoadedPackage loaded;
  // What cannot be read is for config::load to say, which knows supplied names as well.
  const bool named = path.ends_with(".config");
  const std::string text = named || base::why_unreadable(path).empty() ? base::read_file(path) : "";
  if (named || is_hotspot_configuration(text)) {
    HotspotPackage read = read_hotspot(text, path, given, unknowns);
    for (const std::string& assignment : overrides) config::apply_override(read.tree, assignment);
    loaded = {.package = config::read_tree<StandaloneConfig>(read.tree, path).value,
              .floorplan = std::move(read.floorplan),
              .start_file = std::move(read.start_file),
              .files = std::move(read.files),
              .notes = std::move(read.notes)};
  } else {
    if (!given.layers.empty() || !given.materials.empty())
      throw base::ConfigError({path, 0, 0}, given.layers.empty() ? "--materials" : "--layers",
                              "belongs to a HotSpot .config; layers and materials of a .yaml stand in it");
    loaded.package = config::load<StandaloneConfig>(path, overrides).value;
    loaded.start_file = given.start;
  }
  loaded.files.push_back(path);
  return loaded;
}

}  // namespace kiln::thermal
