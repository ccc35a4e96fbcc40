// SPDX-License-Identifier: MIT
// What a package is made of: bodies of stacked layers, each
// with its own footprint, and where heat leaves them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/ambient_temperature.h"
#include "config/record.h"
#include "thermal/channels.h"
#include "thermal/convection.h"
#include "thermal/face_device.h"
#include "thermal/material.h"

namespace kiln::thermal {

enum class Side { left, right, below, above };

/// One layer of a body, listed from the bottom up.
struct LayerConfig {
  std::string name;
  std::string material;
  double thickness_m = 0.0;
  int divisions = 1;           // cells through the thickness
  bool source = false;         // the blocks of the die called `name` dissipate here
  double contact_m2k_w = 0.0;  // areal resistance of the interface below
  std::optional<ChannelsConfig> channels;
};

/// Convection from the free part of a face. Exactly one of the two strengths is given.
struct BoundaryConfig {
  std::optional<double> coefficient_w_m2k;
  std::optional<double> resistance_k_w;  // of the whole free face
  config::AmbientTemperature fluid = config::AmbientTemperature::above_ambient(0);
  double heat_capacity_j_k = 0.0;          // of the fins or fluid film, spread over the face
  std::optional<ForcedFlowConfig> forced;  // the strength is then meant at its full speed
  double cover_m2k_w = 0.0;                // areal resistance of what covers the face
  double absorbed_w_m2 = 0.0;              // that the face takes up from the sun or a lamp

  /// At the present speed of the flow, through the cover, in W/m2K; `face_m2` is the whole free face.
  double coefficient_now_w_m2k(double face_m2) const;
  /// What the face seems to convect to: the fluid, warmer by what the face absorbs over its coefficient (the
  /// sol-air temperature, ASHRAE Handbook of Fundamentals, ch. 18).
  double fluid_now_c(double ambient_c, double face_m2) const {
    return fluid.at_c(ambient_c) + absorbed_w_m2 / coefficient_now_w_m2k(face_m2);
  }
};

/// A box of layers. Its footprint is, in this order: `width` x
/// `length`; around `covers` plus `margin`; the floorplan's.
struct BodyConfig {
  std::string name;
  std::vector<std::string> on;  // bodies that carry it; empty: the bottom of the package
  std::optional<double> width_m;
  std::optional<double> length_m;
  std::vector<std::string> covers;
  double margin_m = 0.0;
  std::string beside;     // placed next to that body
  std::string centre_on;  // centred on that body; both empty: on `covers`, else dies at 0, others on `on`
  Side side = Side::right;
  double gap_m = 0.0;
  double shift_x_m = 0.0;  // from the centred position
  double shift_y_m = 0.0;
  int nx = 0, ny = 0;   // cells across a die; 0: the package's grid
  double cell_m = 0.0;  // no cell finer than this (bodies far from the die); 0: as fine as below
  std::vector<LayerConfig> layers;
  std::optional<BoundaryConfig> top;
  std::optional<BoundaryConfig> bottom;
  std::optional<BoundaryConfig> sides;
};

/// Where in its thickness a cell has its temperature. `centre`
/// is second order; the others are what other tools do.
enum class NodePlacement {
  centre,      // finite volumes
  lower_face,  // HotSpot
  outer_face   // 3D-ICE: as centre, but the outermost layers, where nothing convects, on their outer face
};

struct GridConfig {
  NodePlacement nodes = NodePlacement::centre;
  int nx = 24;  // cells across each die
  int ny = 24;
  bool align = false;   // lines on block edges, with at least nx and ny cells between the edges of the die
  double growth = 1.0;  // cells outside a die grow with their distance from it
};

enum class TimeMethod {
  tr_bdf2,        ///< second order, step by error estimate
  backward_euler  ///< first order, fixed step: what 3D-ICE does, for comparison with it
};

struct SolverConfig {
  TimeMethod method = TimeMethod::tr_bdf2;
  double step_tolerance_k = 0.01;  // tr_bdf2: estimated local error of one internal time step, worst cell
  double step_s = 1e-3;            // backward_euler: longest step
};

enum class Statistic { mean, maximum };

/// A thermometer on the outer face of a body (its top if
/// that convects, else its bottom), or at one point of it.
struct ProbeConfig {
  std::string body;
  Statistic statistic = Statistic::maximum;
  std::optional<double> x_m;  // from the body's lower left corner; absent: the whole face
  std::optional<double> y_m;
};

/// Leakage of `kiln thermal`: density * multiplier * exp(slope * (T - reference)) on every block.
struct LeakageConfig {
  double density_w_m2 = 0.0;
  double multiplier = 1.0;
  double slope_per_k = 0.036;
  double reference_c = 110.0;
};

/// How `kiln thermal` reads a power trace.
struct TraceConfig {
  double interval_s = 1e-3;        // between two rows
  bool start_from_steady = false;  // first row's steady state (HotSpot practice) instead of the ambient
  double start_scale = 1.0;        // of that first row
  std::optional<double> start_c;   // everywhere; absent: the ambient
};

/// HotSpot's lumped package instead of cells outside the die (hotspot_rings.h).
struct HotspotConfig {
  double capacity_factor = 1.0;
};

struct PackageConfig {
  std::string name;
  std::map<std::string, Material> materials;
  std::vector<BodyConfig> bodies;
  std::optional<DeviceConfig> device;
  std::optional<HotspotConfig> hotspot;
  GridConfig grid;
  SolverConfig solver;
  std::optional<ProbeConfig> skin;
  std::optional<ProbeConfig> board;
  double skin_limit_c = 43.0;
};

/// A package alone, as `kiln thermal` reads it: what in a chip the experiment, its blocks and its step say.
struct StandaloneConfig : PackageConfig {
  double ambient_c = 25.0;
  LeakageConfig leakage;
  TraceConfig trace;
};

/// Blocks of the floorplan dissipate in one of its layers.
bool is_die(const BodyConfig& body);
/// Names of the source layers, in order; blocks without a die belong to the first.
std::vector<std::string> die_names(const PackageConfig& package);

/// The material called `name`: the package's own, else the
/// built-in one. Throws base::SimError if there is none.
Material material_of(const PackageConfig& package, const std::string& name);

std::span<const config::EnumName<PropertyLaw>> enum_names(const PropertyLaw*);
std::span<const config::EnumName<Side>> enum_names(const Side*);
std::span<const config::EnumName<TimeMethod>> enum_names(const TimeMethod*);
std::span<const config::EnumName<Statistic>> enum_names(const Statistic*);
std::span<const config::EnumName<NodePlacement>> enum_names(const NodePlacement*);
const config::Record<Material>& describe(const Material*);
const config::Record<LayerConfig>& describe(const LayerConfig*);
const config::Record<BoundaryConfig>& describe(const BoundaryConfig*);
const config::Record<BodyConfig>& describe(const BodyConfig*);
const config::Record<GridConfig>& describe(const GridConfig*);
const config::Record<SolverConfig>& describe(const SolverConfig*);
const config::Record<HotspotConfig>& describe(const HotspotConfig*);
const config::Record<ProbeConfig>& describe(const ProbeConfig*);
const config::Record<LeakageConfig>& describe(const LeakageConfig*);
const config::Record<TraceConfig>& describe(const TraceConfig*);
const config::Record<PackageConfig>& describe(const PackageConfig*);
const config::Record<StandaloneConfig>& describe(const StandaloneConfig*);

}  // namespace kiln::thermal
