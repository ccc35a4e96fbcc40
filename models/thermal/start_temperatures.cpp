// SPDX-License-Identifier: MIT
#include "thermal/start_temperatures.h"

#include <fmt/core.h>

#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "base/units.h"
#include "thermal/hotspot_rings.h"
#include "thermal/table.h"

namespace kiln::thermal {
namespace {

/// What has a temperature of its own in HotSpot's files.
struct NamedNode {
  std::string name;
  double area_m2 = 0.0;
  std::vector<CellShare> cells;
};

std::vector<NamedNode> block_nodes(const ThermalModel& model) {
  std::vector<NamedNode> nodes;
  for (int i = 0; i < model.block_count(); ++i) {
    const Block& block = model.floorplan().blocks[static_cast<std::size_t>(i)];
    const auto cells = model.block_cells(i);
    nodes.push_back({block.name, block.rectangle().area_m2(), {cells.begin(), cells.end()}});
  }
  return nodes;
}

bool all_nodes_have_names(const PackageConfig& package) {
  const auto channels = [](const LayerConfig& layer) { return layer.channels.has_value(); };
  return package.hotspot && std::ranges::none_of(package.bodies.front().layers, channels);
}

/// The same blocks in another sheet of the same grid.
void add_sheet(std::vector<NamedNode>& nodes, const std::vector<const Block*>& plan,
               const std::vector<const NamedNode*>& below, const std::string& prefix, int first_cell,
               int sheet_cells) {
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const Block& block = *plan[i];
    NamedNode node{prefix + (block.traced_as.empty() ? block.name : block.traced_as), below[i]->area_m2, {}};
    for (const CellShare& part : below[i]->cells)
      node.cells.push_back({first_cell + part.cell % sheet_cells, part.share});
    nodes.push_back(std::move(node));
  }
}

/// Spreader, sink and, in a package without a stack, the interface have the blocks of the uppermost plan.
/// Their twelve ring nodes HotSpot numbers west, east, north, south.
std::vector<NamedNode> package_nodes(const ThermalModel& model) {
  std::vector<NamedNode> nodes = block_nodes(model);
  if (!all_nodes_have_names(model.package())) return nodes;
  const std::vector<NamedNode> blocks = nodes;
  const BodyMesh& die = model.mesh().bodies.front();
  const int sheet = die.nx() * die.ny();
  std::string uppermost;
  for (const Slab& slab : die.slabs)
    if (slab.source) uppermost = slab.layer;
  std::vector<const Block*> plan;
  std::vector<const NamedNode*> below;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (model.floorplan().blocks[i].body != uppermost) continue;
    plan.push_back(&model.floorplan().blocks[i]);
    below.push_back(&blocks[i]);
  }
  for (std::size_t k = 0; k < die.slabs.size(); ++k)
    if (!die.slabs[k].source)
      add_sheet(nodes, plan, below, "iface_", die.cell(static_cast<int>(k), 0, 0), sheet);
  add_sheet(nodes, plan, below, "hsp_", model.mesh().bodies[1].first_cell, sheet);
  add_sheet(nodes, plan, below, "hsink_", model.mesh().bodies[kHotspotSink].first_cell, sheet);
  constexpr std::array kOrder = {0, 1, 3, 2};  // of our west, east, south, north
  for (int ring = 0; ring < kRingNodes; ++ring)
    nodes.push_back({fmt::format("inode_{}", ring),
                     1.0,
                     {{model.cell_count() - kRingNodes + ring / 4 * 4 + kOrder[ring % 4], 1.0}}});
  return nodes;
}

/// Cells that no block covers take the mean of their sheet.
Eigen::VectorXd spread(const ThermalModel& model, const std::vector<NamedNode>& nodes,
                       const std::vector<double>& node_c) {
  const BodyMesh& die = model.mesh().bodies.front();
  const int sheet = die.nx() * die.ny();
  Eigen::VectorXd weight = Eigen::VectorXd::Zero(model.cell_count()), sum_c = weight;
  for (std::size_t n = 0; n < nodes.size(); ++n)
    for (const CellShare& part : nodes[n].cells) {
      weight[part.cell] += part.share * nodes[n].area_m2;
      sum_c[part.cell] += part.share * nodes[n].area_m2 * node_c[n];
    }
  Eigen::VectorXd cells_c(model.cell_count());
  for (int cell = 0; cell < model.cell_count(); ++cell) {
    const int from = cell / sheet * sheet, cells = std::min(sheet, model.cell_count() - from);
    cells_c[cell] = weight[cell] > 0.0 ? sum_c[cell] / weight[cell]
                                       : sum_c.segment(from, cells).sum() / weight.segment(from, cells).sum();
  }
  return cells_c;
}

/// The steady state in which the blocks have these means: the powers that lead to it are solved for.
State steady_with_blocks_at(const ThermalModel& model, const std::vector<double>& block_c) {
  const int blocks = model.block_count();
  std::vector<double> power_w(static_cast<std::size_t>(blocks), 0.0);
  const State cold = model.steady(power_w);
  Eigen::MatrixXd rise_k(blocks, blocks);
  Eigen::VectorXd wanted_k(blocks);
  for (int source = 0; source < blocks; ++source) {
    power_w[static_cast<std::size_t>(source)] = 1.0;
    const State heated = model.steady(power_w);
    power_w[static_cast<std::size_t>(source)] = 0.0;
    for (int block = 0; block < blocks; ++block)
      rise_k(block, source) = model.block_mean_c(heated, block) - model.block_mean_c(cold, block);
    wanted_k[source] = block_c[static_cast<std::size_t>(source)] - model.block_mean_c(cold, source);
  }
  const Eigen::VectorXd needed_w = rise_k.partialPivLu().solve(wanted_k);
  for (int block = 0; block < blocks; ++block) power_w[static_cast<std::size_t>(block)] = needed_w[block];
  return model.steady(power_w);
}

void check_kelvin(const Words& words) {
  constexpr double kColdest_k = 60.0, kHottest_k = 2000.0;
  const double kelvin = words.number(1);
  if (kelvin < kColdest_k || kelvin > kHottest_k)
    words.fail(fmt::format("is at {} K; allowed: {} to {} K (add 273.15 to degC)", words.text(1), kColdest_k,
                           kHottest_k));
}

}  // namespace

StartTemperatures StartTemperatures::parse(std::string_view text, const std::string& file) {
  StartTemperatures start;
  start.file_ = {file, 1, 1};
  for (const Words& words : read_words(text, file)) {
    if (words.size() != 2) words.fail("expected a name and its temperature in kelvin");
    check_kelvin(words);
    if (!start.lines_
             .emplace(words.text(0), Line{words.place(), words.number(1) - base::kZeroCelsiusInKelvin})
             .second)
      words.fail("is named twice; remove one of them");
  }
  if (start.lines_.empty())
    throw base::ConfigError(start.file_, "start", "has no temperature; a line is a name and kelvin");
  return start;
}

StartTemperatures StartTemperatures::read(const std::string& file) {
  return parse(base::read_file(file), file);
}

State StartTemperatures::state_of(const ThermalModel& model, base::Unknowns& unknowns) const {
  const std::vector<NamedNode> all = package_nodes(model);
  const auto blocks = static_cast<std::size_t>(model.block_count());
  const auto given = [&](const NamedNode& node) { return lines_.contains(node.name); };
  const bool package = std::any_of(all.begin() + static_cast<std::ptrdiff_t>(blocks), all.end(), given);
  std::vector<double> node_c;
  std::vector<std::string> names;
  for (const NamedNode& node : all) names.push_back(node.name);
  for (std::size_t n = 0; n < (package ? all.size() : blocks); ++n) {
    const auto line = lines_.find(all[n].name);
    if (line == lines_.end())
      throw base::ConfigError(file_, all[n].name,
                              n < blocks ? "has no temperature; give one for every block"
                                         : "has no temperature; give one for every node of the package, or "
                                           "for the blocks alone");
    node_c.push_back(line->second.celsius);
  }
  for (const auto& [name, line] : lines_)
    if (std::ranges::find(names, name) == names.end())
      unknowns.meet(line.place, name, "is no block or node of the package",
                    "remove it" + base::suggestion(name, names));
  return package ? model.state_of(spread(model, all, node_c)) : steady_with_blocks_at(model, node_c);
}

std::string write_steady(const ThermalModel& model, const State& state) {
  std::string text;
  for (const NamedNode& node : package_nodes(model)) {
    double mean_c = 0.0;
    for (const CellShare& part : node.cells) mean_c += part.share * state.x[part.cell];
    text += fmt::format("{}\t{:.4f}\n", node.name, mean_c + base::kZeroCelsiusInKelvin);
  }
  return text;
}

}  // namespace kiln::thermal
