// SPDX-License-Identifier: MIT
#include "thermal/thermal_model.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace kiln::thermal {
namespace {

Floorplan with_dies(Floorplan floorplan, const PackageConfig& package) {
  const std::vector<std::string> dies = die_names(package);
  if (dies.empty())
    throw base::SimError("the package has no source layer; mark the active layer of a die as source");
  if (floorplan.blocks.empty()) throw base::SimError("the floorplan holds no block");
  for (Block& block : floorplan.blocks) {
    if (block.body.empty()) block.body = dies.front();
    if (std::find(dies.begin(), dies.end(), block.body) == dies.end())
      throw base::SimError(fmt::format("block '{}' lies in die '{}', which the package does not have{}",
                                       block.name, block.body, base::suggestion(block.body, dies)));
  }
  check_no_overlap(floorplan);
  return floorplan;
}

/// A package whose fluids are all fixed does not feel the room; its input then warms nothing.
std::vector<CellShare> cells_of_ambient(const Network& network) {
  const double total_w_k = network.ambient_w_k.sum();
  std::vector<CellShare> cells;
  for (int cell = 0; cell < network.ambient_w_k.size(); ++cell)
    if (network.ambient_w_k[cell] > 0.0) cells.push_back({cell, network.ambient_w_k[cell] / total_w_k});
  if (cells.empty()) cells.push_back({0, 0.0});
  return cells;
}

}  // namespace

double HeatBalance::relative() const {
  constexpr double kContentShare = 1e-6;  // with kTolerance: 1e-12, some thousand roundings
  const double largest = std::max({std::abs(in), std::abs(stored), std::abs(out), kContentShare * content});
  constexpr double kNothing = 1e-9;  // J or W; below it only rounding is left
  return largest > kNothing ? std::abs(residual()) / largest : 0.0;
}

ThermalModel::ThermalModel(PackageConfig package, Floorplan floorplan, double ambient_c,
                           const SlabTemperatures& slab_temperatures, Device device, const base::Watch& watch,
                           Ambient ambient)
    : package_(std::move(package)),
      floorplan_(with_dies(std::move(floorplan), package_)),
      ambient_c_(ambient_c),
      mesh_(build_mesh(package_, floorplan_)),
      network_(assemble(package_, mesh_, floorplan_, ambient_c, slab_temperatures)),
      watch_(watch),
      factors_(network_.conductance_w_k, network_.capacity_j_k, network_.symmetric) {
  if (package_.device && device == Device::refuse)
    throw base::SimError(
        fmt::format("package '{}' has a cooling device on body '{}', which only `kiln thermal` simulates; "
                    "remove `device`",
                    package_.name, package_.device->body));
  for (const Block& block : floorplan_.blocks)
    block_cells_.push_back(cells_of_block(mesh_, floorplan_, block));
  if (ambient == Ambient::input) block_cells_.push_back(cells_of_ambient(network_));
  skin_ = attach(package_.skin, "skin");
  board_ = attach(package_.board, "board");
}

/// A thermometer between a body and the device on it reads the middle of the body's top layer.
Face ThermalModel::face_below_device(int index) const {
  const BodyMesh& body = mesh_.bodies[index];
  const int top = static_cast<int>(body.slabs.size()) - 1;
  Face face{.body = index, .follows_ambient = false, .cells = {}};
  for (int j = 0; j < body.ny(); ++j)
    for (int i = 0; i < body.nx(); ++i) {
      const Rectangle r = body.face(j, i);
      face.cells.push_back({body.cell(top, j, i), r.area_m2(), 1.0,
                            (r.x0_m + r.x1_m) / 2.0 - body.footprint.x0_m,
                            (r.y0_m + r.y1_m) / 2.0 - body.footprint.y0_m});
    }
  return face;
}

std::optional<Thermometer> ThermalModel::attach(const std::optional<ProbeConfig>& config,
                                                const char* name) const {
  if (!config) return {};
  const int body = mesh_.body_index(config->body);
  std::optional<Face> outer;
  for (const Face& face : network_.faces)
    if (face.body == body && (!outer || face.top)) outer = face;
  if (package_.device && package_.device->body == config->body) outer = face_below_device(body);
  if (!outer)
    throw base::SimError(fmt::format(
        "the {} thermometer sits on body '{}', which has no convecting top or bottom", name, config->body));
  Thermometer thermometer{outer->cells, outer->fluid_c, 0.0, config->statistic};
  if (outer->follows_ambient) thermometer.ambient_share = 1.0 - outer->cells.front().weight;
  if (config->x_m) {
    const auto distance = [&](const FaceCell& cell) {
      return std::hypot(cell.x_m - *config->x_m, cell.y_m - *config->y_m);
    };
    thermometer.cells = {
        *std::min_element(outer->cells.begin(), outer->cells.end(),
                          [&](const FaceCell& a, const FaceCell& b) { return distance(a) < distance(b); })};
  }
  return thermometer;
}

double Thermometer::read_c(const Eigen::VectorXd& x) const {
  double sum = 0.0, area_m2 = 0.0, hottest = -std::numeric_limits<double>::infinity();
  for (const FaceCell& cell : cells) {
    const double face_c = cell.weight * x[cell.cell] + (1.0 - cell.weight) * fluid_c;
    sum += face_c * cell.area_m2;
    area_m2 += cell.area_m2;
    hottest = std::max(hottest, face_c);
  }
  return statistic == Statistic::mean ? sum / area_m2 : hottest;
}

State ThermalModel::state_of(Eigen::VectorXd cell_temperatures_c) const {
  KILN_CHECK(cell_temperatures_c.size() == cell_count(), "{} temperatures for {} cells",
             cell_temperatures_c.size(), cell_count());
  State state;
  state.x = std::move(cell_temperatures_c);
  state.initial_heat_j = stored_heat_j(state.x);
  return state;
}

State ThermalModel::ambient_state() const {
  return state_of(Eigen::VectorXd::Constant(cell_count(), ambient_c_));
}

Eigen::VectorXd ThermalModel::cell_power_w(std::span<const double> block_power_w) const {
  const auto powers = static_cast<int>(block_power_w.size());
  KILN_CHECK(powers == input_count() || powers == block_count(), "{} powers for {} blocks", powers,
             block_count());
  Eigen::VectorXd power_w = Eigen::VectorXd::Zero(cell_count());
  for (int block = 0; block < powers; ++block)
    for (const CellShare& part : block_cells_[block]) power_w[part.cell] += part.share * block_power_w[block];
  return power_w;
}

State ThermalModel::steady(std::span<const double> block_power_w) const {
  return steady_of_cells(cell_power_w(block_power_w));
}

State ThermalModel::steady_of_cells(const Eigen::VectorXd& power_w) const {
  const Eigen::VectorXd input_w = power_w + network_.boundary_w;
  watch_.check();
  const Factor& factor = factors_.at(0.0);
  Eigen::VectorXd x = factor.solve(input_w);
  if (factor.gains_by_refinement())  // thin layers make G ill-conditioned
    x += factor.solve(input_w - network_.conductance_w_k * x);
  return state_of(std::move(x));
}

double ThermalModel::stored_heat_j(const Eigen::VectorXd& x) const {
  return network_.capacity_j_k.dot((x.array() - ambient_c_).matrix());
}

Eigen::VectorXd ThermalModel::outflow_w(const Eigen::VectorXd& x) const {
  Eigen::VectorXd flow(static_cast<Eigen::Index>(network_.outlets.size()));
  for (std::size_t o = 0; o < network_.outlets.size(); ++o) {
    double sum_w = 0.0;
    for (const CellShare& part : network_.outlets[o].conductance_w_k)
      sum_w += part.share * (x[part.cell] - network_.outlets[o].fluid_c);
    flow[static_cast<Eigen::Index>(o)] = sum_w;
  }
  return flow;
}

double ThermalModel::block_mean_c(const State& state, int block) const {
  double mean = 0.0;
  for (const CellShare& part : block_cells_.at(block)) mean += part.share * state.x[part.cell];
  return mean;
}

double ThermalModel::block_max_c(const State& state, int block) const {
  double hottest = -std::numeric_limits<double>::infinity();
  for (const CellShare& part : block_cells_.at(block)) hottest = std::max(hottest, state.x[part.cell]);
  return hottest;
}

double ThermalModel::max_cell_c(const State& state) const {
  return state.x.maxCoeff();
}

double ThermalModel::probe_c(const State& state, Probe probe) const {
  const std::optional<Thermometer>& found = thermometer(probe);
  if (!found)
    throw base::SimError(
        fmt::format("the package has no {} thermometer", probe == Probe::skin ? "skin" : "board"));
  return found->read_c(state.x);
}

HeatBalance ThermalModel::balance(const State& state) const {
  return {.in = state.heat_in_j,
          .stored = stored_heat_j(state.x) - state.initial_heat_j,
          .out = state.heat_out_j,
          .content = network_.capacity_j_k.dot(state.x.cwiseAbs())};
}

HeatBalance ThermalModel::steady_balance(const State& state, std::span<const double> block_power_w) const {
  double in_w = 0.0;
  for (const double power_w : block_power_w) in_w += power_w;
  return {.in = in_w, .stored = 0.0, .out = outflow_w(state.x).sum()};
}

ThermalModel::LayerMap ThermalModel::layer_map(const State& state, const std::string& layer) const {
  for (const BodyMesh& body : mesh_.bodies) {
    for (std::size_t k = 0; k < body.slabs.size(); ++k) {
      if (body.slabs[k].layer != layer) continue;
      const int first = body.cell(static_cast<int>(k), 0, 0);
      const auto begin = state.x.data() + first;
      return {body.x_lines_m, body.y_lines_m, {begin, begin + body.nx() * body.ny()}};
    }
  }
  throw base::SimError(fmt::format("the package has no layer called '{}'", layer));
}

SlabTemperatures ThermalModel::slab_temperatures_c(const State& state) const {
  SlabTemperatures means;
  for (const BodyMesh& body : mesh_.bodies) {
    const int sheet = body.nx() * body.ny();
    for (std::size_t k = 0; k < body.slabs.size(); ++k)
      means.push_back(state.x.segment(body.cell(static_cast<int>(k), 0, 0), sheet).mean());
  }
  return means;
}

}  // namespace kiln::thermal
