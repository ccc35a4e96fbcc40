// SPDX-License-Identifier: MIT
#include "thermal/package_config.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "thermal/package_rules.h"

namespace kiln::thermal {

using base::Dimension;
using config::Checker;
using config::Record;

std::vector<std::string> die_names(const PackageConfig& package) {
  std::vector<std::string> names;
  for (const BodyConfig& body : package.bodies)
    for (const LayerConfig& layer : body.layers)
      if (layer.source) names.push_back(layer.name);
  return names;
}

bool is_die(const BodyConfig& body) {
  return std::any_of(body.layers.begin(), body.layers.end(),
                     [](const LayerConfig& layer) { return layer.source; });
}

double BoundaryConfig::coefficient_now_w_m2k(double face_m2) const {
  const double full = coefficient_w_m2k ? *coefficient_w_m2k : 1.0 / (resistance_k_w.value() * face_m2);
  const double bare = forced ? forced->strength() * full : full;
  return cover_m2k_w > 0.0 ? 1.0 / (1.0 / bare + cover_m2k_w) : bare;
}

Material material_of(const PackageConfig& package, const std::string& name) {
  const auto own = package.materials.find(name);
  if (own != package.materials.end()) return own->second;
  if (const Material* built_in = find_material(name)) return *built_in;
  std::vector<std::string> known = material_names();
  for (const auto& entry : package.materials) known.push_back(entry.first);
  throw base::SimError(fmt::format("material '{}' is not known{}", name, base::suggestion(name, known)));
}

std::span<const config::EnumName<PropertyLaw>> enum_names(const PropertyLaw*) {
  static constexpr std::array<config::EnumName<PropertyLaw>, 2> names{
      {{PropertyLaw::constant, "constant"}, {PropertyLaw::silicon, "silicon"}}};
  return names;
}

std::span<const config::EnumName<Side>> enum_names(const Side*) {
  static constexpr std::array<config::EnumName<Side>, 4> names{
      {{Side::left, "left"}, {Side::right, "right"}, {Side::below, "below"}, {Side::above, "above"}}};
  return names;
}

std::span<const config::EnumName<TimeMethod>> enum_names(const TimeMethod*) {
  static constexpr std::array<config::EnumName<TimeMethod>, 2> names{
      {{TimeMethod::tr_bdf2, "tr_bdf2"}, {TimeMethod::backward_euler, "backward_euler"}}};
  return names;
}

std::span<const config::EnumName<Statistic>> enum_names(const Statistic*) {
  static constexpr std::array<config::EnumName<Statistic>, 2> names{
      {{Statistic::mean, "mean"}, {Statistic::maximum, "maximum"}}};
  return names;
}

std::span<const config::EnumName<NodePlacement>> enum_names(const NodePlacement*) {
  static constexpr std::array<config::EnumName<NodePlacement>, 3> names{
      {{NodePlacement::centre, "centre"},
       {NodePlacement::lower_face, "lower_face"},
       {NodePlacement::outer_face, "outer_face"}}};
  return names;
}

const Record<Material>& describe(const Material*) {
  static const auto record =
      Record<Material>("material", "Thermal material of a layer")
          .field("conductivity", &Material::conductivity_w_mk,
                 {.doc = "Conductivity in the plane of the layer",
                  .unit = Dimension::thermal_conductivity,
                  .min = 1e-6,
                  .max = 1e4,
                  .required = true})
          .field("through_conductivity", &Material::through_conductivity_w_mk,
                 {.doc = "Conductivity across the layer; 0 W/mK: the same",
                  .unit = Dimension::thermal_conductivity,
                  .min = 0.0,
                  .max = 1e4,
                  .source = "none: absent unless given"})
          .field("heat_capacity", &Material::heat_capacity_j_m3k,
                 {.doc = "Volumetric heat capacity",
                  .unit = Dimension::volumetric_heat_capacity,
                  .min = 1.0,
                  .max = 1e8,
                  .required = true})
          .field("law", &Material::law,
                 {.doc = "How both follow temperature; silicon: figures hold at 300 K"});
  return record;
}

const Record<LayerConfig>& describe(const LayerConfig*) {
  static const auto record =
      Record<LayerConfig>("body_layer", "One layer of a body")
          .field("name", &LayerConfig::name,
                 {.doc = "Name of the layer; of the die, if blocks dissipate in it", .required = true})
          .field("material", &LayerConfig::material,
                 {.doc = "One of the package's or the built-in materials", .required = true})
          .field("thickness", &LayerConfig::thickness_m,
                 {.doc = "Thickness", .unit = Dimension::length, .min = 1e-8, .max = 1.0, .required = true})
          .field("divisions", &LayerConfig::divisions,
                 {.doc = "Cells through the thickness", .min = 1, .max = 200})
          .field("source", &LayerConfig::source, {.doc = "Blocks of the floorplan dissipate in this layer"})
          .field("contact", &LayerConfig::contact_m2k_w,
                 {.doc = "Areal resistance of the interface below",
                  .unit = Dimension::areal_thermal_resistance,
                  .min = 0.0,
                  .max = 1.0,
                  .source = "none: absent unless given"})
          .field("channels", &LayerConfig::channels, {.doc = "Micro-channels cut through this layer"})
          .check([](const LayerConfig& layer, Checker& check) {
            if (layer.channels && layer.divisions != 1)
              check.fail("divisions", "must be 1 in a layer with channels");
            if (layer.channels && layer.source)
              check.fail("source", "blocks cannot dissipate in a layer with channels");
          });
  return record;
}

const Record<BoundaryConfig>& describe(const BoundaryConfig*) {
  static const auto record =
      Record<BoundaryConfig>("boundary", "Convection from the free part of a face")
          .field("coefficient", &BoundaryConfig::coefficient_w_m2k,
                 {.doc = "Heat transfer coefficient",
                  .unit = Dimension::heat_transfer_coefficient,
                  .min = 0.1,   // polished metal radiates more
                  .max = 2e5})  // jets and boiling stay below; beyond, rounding outweighs the heat of a step
          .field("resistance", &BoundaryConfig::resistance_k_w,
                 {.doc = "Resistance of the whole free face instead",
                  .unit = Dimension::thermal_resistance,
                  .min = 1e-6,
                  .max = 1e6,
                  .source = "none: absent unless given"})
          .field(
              "fluid", &BoundaryConfig::fluid,
              {.doc = "Fluid temperature: fixed by a chiller (20 degC), or as warm as a radiator lets it be "
                      "(ambient + 5 K)",
               .unit = Dimension::temperature,
               .min = -270.0,
               .max = 500.0,
               .source = "the ambient"})
          .field("heat_capacity", &BoundaryConfig::heat_capacity_j_k,
                 {.doc = "Capacity of fins or fluid film, spread over the face",
                  .unit = Dimension::heat_capacity,
                  .min = 0.0,
                  .max = 1e5,  // 100 kg of aluminium; beyond, rounding outweighs the heat of a step
                  .source = "none: absent unless given"})
          .field("forced", &BoundaryConfig::forced,
                 {.doc = "Fan or pump of this face, whose strength is meant at full speed"})
          .field("cover", &BoundaryConfig::cover_m2k_w,
                 {.doc = "Areal resistance of what covers the face: a sleeve, cloth, dust",
                  .unit = Dimension::areal_thermal_resistance,
                  .min = 0.0,
                  .max = 10.0,
                  .source = "none: absent unless given"})
          .field("absorbed", &BoundaryConfig::absorbed_w_m2,
                 {.doc = "Heat that the face takes up from the sun or a lamp, per area",
                  .unit = Dimension::power_density,
                  .min = 0.0,
                  .max = 1e5,  // a hundred suns
                  .source = "none: absent unless given"})
          .check([](const BoundaryConfig& boundary, Checker& check) {
            if (boundary.coefficient_w_m2k.has_value() == boundary.resistance_k_w.has_value())
              check.fail("coefficient", "give either coefficient or resistance");
          });
  return record;
}

const Record<BodyConfig>& describe(const BodyConfig*) {
  static const auto record =
      Record<BodyConfig>("body", "A box of layers with a footprint of its own")
          .field("name", &BodyConfig::name, {.doc = "Name of the body", .required = true})
          .field("on", &BodyConfig::on, {.doc = "Bodies it stands on; none: the bottom of the package"})
          .field("width", &BodyConfig::width_m,
                 {.doc = "Size along x",
                  .unit = Dimension::length,
                  .min = 1e-6,
                  .max = 10.0,
                  .source = "none: absent unless given"})
          .field("length", &BodyConfig::length_m,
                 {.doc = "Size along y",
                  .unit = Dimension::length,
                  .min = 1e-6,
                  .max = 10.0,
                  .source = "none: absent unless given"})
          .field("covers", &BodyConfig::covers,
                 {.doc = "Without a size: around these bodies, else the floorplan's"})
          .field("margin", &BodyConfig::margin_m,
                 {.doc = "Added on each side of what it covers",
                  .unit = Dimension::length,
                  .min = -1.0,
                  .max = 1.0,
                  .source = "none: absent unless given"})
          .field("beside", &BodyConfig::beside, {.doc = "Stands next to this body"})
          .field("centre_on", &BodyConfig::centre_on,
                 {.doc = "Centred on this body; else on what it covers, or stands on"})
          .field("side", &BodyConfig::side, {.doc = "Which side of `beside`"})
          .field("gap", &BodyConfig::gap_m,
                 {.doc = "Distance to `beside`",
                  .unit = Dimension::length,
                  .min = 0.0,
                  .max = 1.0,
                  .source = "none: absent unless given"})
          .field("shift_x", &BodyConfig::shift_x_m,
                 {.doc = "Moves it along x",
                  .unit = Dimension::length,
                  .min = -1.0,
                  .max = 1.0,
                  .source = "none: absent unless given"})
          .field("shift_y", &BodyConfig::shift_y_m,
                 {.doc = "Moves it along y",
                  .unit = Dimension::length,
                  .min = -1.0,
                  .max = 1.0,
                  .source = "none: absent unless given"})
          .field("nx", &BodyConfig::nx,
                 {.doc = "Cells across this die along x; 0: the package's grid", .min = 0, .max = 1024})
          .field("ny", &BodyConfig::ny,
                 {.doc = "Cells across this die along y; 0: the package's grid", .min = 0, .max = 1024})
          .field("cell", &BodyConfig::cell_m,
                 {.doc = "No cell finer than this; 0 m: as fine as its neighbours",
                  .unit = Dimension::length,
                  .min = 0.0,
                  .max = 1.0,
                  .source = "none: absent unless given"})
          .field("layers", &BodyConfig::layers, {.doc = "Layers from the bottom up", .required = true})
          .field("top", &BodyConfig::top, {.doc = "Convection from the free part of its top"})
          .field("bottom", &BodyConfig::bottom, {.doc = "Convection from the free part of its bottom"})
          .field("sides", &BodyConfig::sides, {.doc = "Convection from its four sides"})
          .check([](const BodyConfig& body, Checker& check) {
            if (body.layers.empty()) check.fail("layers", "a body needs at least one layer");
            if (body.width_m.has_value() != body.length_m.has_value())
              check.fail("width", "give both width and length, or neither");
            if (body.width_m && !body.covers.empty())
              check.fail("covers", "a body with a size cannot also be fitted");
          });
  return record;
}

const Record<GridConfig>& describe(const GridConfig*) {
  static const auto record =
      Record<GridConfig>("grid", "Cells of the thermal network")
          .field("nodes", &GridConfig::nodes,
                 {.doc = "Where in its thickness a cell has its temperature: finite volumes, as HotSpot, as "
                         "3D-ICE"})
          .field("nx", &GridConfig::nx,
                 {.doc = "Cells across each die along x",
                  .min = 1,
                  .max = 1024,
                  .source = "estimate: 24 keeps block means within 0.1 K of 48 on the SoC floorplans"})
          .field("ny", &GridConfig::ny,
                 {.doc = "Cells across each die along y", .min = 1, .max = 1024, .source = "as nx"})
          .field("align", &GridConfig::align,
                 {.doc = "Put lines on block edges, cells between them no larger than die / nx, die / ny"})
          .field("growth", &GridConfig::growth,
                 {.doc = "Cell size per distance from the die, outside it",
                  .min = 0.05,
                  .max = 1.5,
                  .source = "estimate: 1 doubles cells as they move away"});
  return record;
}

const Record<SolverConfig>& describe(const SolverConfig*) {
  static const auto record =
      Record<SolverConfig>("thermal_solver", "Time integration")
          .field("method", &SolverConfig::method,
                 {.doc = "tr_bdf2: second order, steps by error estimate; backward_euler: first order, fixed "
                         "steps, to compare with tools that do so",
                  .source = "Bank et al., IEEE Trans. CAD 4 (1985) 436"})
          .field("step", &SolverConfig::step_s,
                 {.doc = "Longest step of backward_euler",
                  .unit = Dimension::time,
                  .min = 1e-6,  // below, rounding outweighs what a step stores

                  .max = 1e6,
                  .source = "a control period"})
          .field("step_tolerance", &SolverConfig::step_tolerance_k,
                 {.doc = "Estimated local error of one internal step, worst cell",
                  .unit = Dimension::temperature_difference,
                  .min = 1e-6,
                  .max = 10.0,
                  .source = "a tenth of the tightest transient gate of the reference cases"});
  return record;
}

const Record<HotspotConfig>& describe(const HotspotConfig*) {
  static const auto record =
      Record<HotspotConfig>("hotspot",
                            "Twelve lumped nodes for spreader and sink outside the die, as HotSpot")
          .field("capacity_factor", &HotspotConfig::capacity_factor,
                 {.doc = "Scales all heat capacities; HotSpot is compiled with 0.333",
                  .min = 0.01,
                  .max = 10.0,
                  .source = "physical capacities"});
  return record;
}

const Record<ProbeConfig>& describe(const ProbeConfig*) {
  static const auto record =
      Record<ProbeConfig>("probe", "A thermometer on the outer face of a body")
          .field("body", &ProbeConfig::body, {.doc = "Body it touches", .required = true})
          .field("statistic", &ProbeConfig::statistic, {.doc = "Mean or hottest cell of the face"})
          .field("x", &ProbeConfig::x_m,
                 {.doc = "Position from the body's lower left corner",
                  .unit = Dimension::length,
                  .min = -10.0,
                  .max = 10.0,
                  .source = "none: absent unless given"})
          .field("y", &ProbeConfig::y_m,
                 {.doc = "Position from the body's lower left corner",
                  .unit = Dimension::length,
                  .min = -10.0,
                  .max = 10.0,
                  .source = "none: absent unless given"})
          .check([](const ProbeConfig& probe, Checker& check) {
            if (probe.x_m.has_value() != probe.y_m.has_value())
              check.fail("x", "give both x and y, or neither");
          });
  return record;
}

const Record<LeakageConfig>& describe(const LeakageConfig*) {
  static const auto record =
      Record<LeakageConfig>("thermal_leakage", "Leakage of a stand-alone thermal run")
          .field("density", &LeakageConfig::density_w_m2,
                 {.doc = "Leakage per die area at the reference temperature",
                  .unit = Dimension::power_density,
                  .min = 0.0,
                  .max = 1e9,
                  .source = "none: absent unless given"})
          .field("multiplier", &LeakageConfig::multiplier,
                 {.doc = "Scales the density", .min = 0.0, .max = 1e6})
          .field("slope", &LeakageConfig::slope_per_k,
                 {.doc = "Exponent per kelvin", .min = 0.0, .max = 0.2, .source = "HotSpot's built-in fit"})
          .field("reference", &LeakageConfig::reference_c,
                 {.doc = "Temperature of the density",
                  .unit = Dimension::temperature,
                  .min = -270.0,
                  .max = 500.0,
                  .source = "HotSpot's built-in fit: 383.15 K"});
  return record;
}

const Record<TraceConfig>& describe(const TraceConfig*) {
  static const auto record =
      Record<TraceConfig>("trace", "How a power trace is replayed")
          .field("interval", &TraceConfig::interval_s,
                 {.doc = "Time between two rows",
                  .unit = Dimension::time,
                  .min = 1e-6,  // below, rounding outweighs what a step stores

                  .max = 1e6,
                  .source = "HotSpot's usual 1 ms"})
          .field("start_from_steady", &TraceConfig::start_from_steady,
                 {.doc = "Start from the steady state of the mean power instead of the ambient"})
          .field("start_scale", &TraceConfig::start_scale,
                 {.doc = "Scales that power", .min = 0.0, .max = 1e6})
          .field("start_temperature", &TraceConfig::start_c,
                 {.doc = "Temperature everywhere at the start unless from steady; absent: the ambient",
                  .unit = Dimension::temperature,
                  .min = -273.0,
                  .max = 1000.0});
  return record;
}

const Record<PackageConfig>& describe(const PackageConfig*) {
  static const auto record =
      Record<PackageConfig>("soc_package", "Package of a chip: bodies, boundaries, grid and thermometers")
          .field("name", &PackageConfig::name, {.doc = "Name of the package"})
          .field("materials", &PackageConfig::materials,
                 {.doc = "Materials beside the built-in ones, or instead of them"})
          .field("bodies", &PackageConfig::bodies,
                 {.doc = "Bodies, carriers before what stands on them", .required = true})
          .field("device", &PackageConfig::device,
                 {.doc = "Active or nonlinear cooling on top of a body (see cooled_model.h)"})
          .field("hotspot", &PackageConfig::hotspot,
                 {.doc = "HotSpot's lumped package outside the die; needs grid.nodes: lower_face"})
          .field("grid", &PackageConfig::grid, {.doc = "Cells"})
          .field("solver", &PackageConfig::solver, {.doc = "Time integration"})
          .field("skin", &PackageConfig::skin, {.doc = "Thermometer on the outer skin"})
          .field("board", &PackageConfig::board, {.doc = "Board thermistor"})
          .field("skin_limit", &PackageConfig::skin_limit_c,
                 {.doc = "Skin temperature allowed for prolonged contact",
                  .unit = Dimension::temperature,
                  .min = -50.0,
                  .max = 200.0,
                  .source = "IEC 62368-1 and ISO 13732-1 practice: 43 degC for 8 h and longer"})
          .alone("ambient", "'environment.ambient' of the experiment")
          .alone("leakage", "'tech.static_power' of the chip; `kiln thermal` alone reads this key")
          .alone("trace", "the experiment's step; `kiln thermal` alone reads this key")
          .check([](const PackageConfig& package, Checker& check) {
            if (package.bodies.empty()) check.fail("bodies", "a package needs at least one body");
            if (die_names(package).empty())
              check.fail("bodies", "no layer is a source; mark the active layer with source: true");
            if (package.hotspot && package.grid.nodes != NodePlacement::lower_face)
              check.fail("hotspot", "needs grid.nodes: lower_face, where HotSpot's resistances end");
            for (const PackageProblem& problem : reference_problems(package))
              check.fail(problem.key, problem.message);
            for (const BodyConfig& body : package.bodies)
              for (const LayerConfig& layer : body.layers)
                if (!package.materials.contains(layer.material) && find_material(layer.material) == nullptr) {
                  std::vector<std::string> known = material_names();
                  for (const auto& entry : package.materials) known.push_back(entry.first);
                  check.fail("bodies",
                             fmt::format("layer '{}' of body '{}': material '{}' is not known{}", layer.name,
                                         body.name, layer.material, base::suggestion(layer.material, known)));
                }
          });
  return record;
}

const Record<StandaloneConfig>& describe(const StandaloneConfig*) {
  static const auto record =
      Record<StandaloneConfig>("package", "Thermal package alone: with its surroundings and powers")
          .extends(describe(static_cast<const PackageConfig*>(nullptr)))
          .field("ambient", &StandaloneConfig::ambient_c,
                 {.doc = "Ambient temperature",
                  .unit = Dimension::temperature,
                  .min = -273.0,
                  .max = 200.0,
                  .source = "room temperature"})
          .field("leakage", &StandaloneConfig::leakage, {.doc = "Leakage of the blocks"})
          .field("trace", &StandaloneConfig::trace, {.doc = "How a power trace is read"});
  return record;
}

}  // namespace kiln::thermal
