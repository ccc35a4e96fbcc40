// SPDX-License-Identifier: MIT
#include "experiment/constants.h"

#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "config/load.h"

namespace kiln::experiment {

namespace {

/// What is known by the same evidence: the first entry that a path begins with decides.
struct Group {
  std::string_view prefix, name;
};
constexpr std::string_view kLaunch = "launch of operations", kRates = "rates of the array";
constexpr Group kGroups[] = {
    {"tech.logic.multiply", "arithmetic"},
    {"tech.logic.accumulate", "arithmetic"},
    {"tech.logic.mixed_factor", "mixed formats"},
    {"tech.logic.cpu_instruction", "processor cores"},
    {"tech.logic", "other logic"},
    {"tech.flip_flop.tree_factor", "clock trees"},
    {"tech.flip_flop.area", "area of logic"},
    {"tech.flip_flop", "flip-flops"},
    {"tech.sram.efficiency", "area of SRAM"},
    {"tech.sram", "on-chip memory"},
    {"tech.wire_mm", "wires"},
    {"tech.noc", "network"},
    {"tech.io", "external interface"},
    {"tech.area", "area of logic"},
    {"tech.static_power.slope", "slope of leakage"},
    {"tech.static_power", "leakage and gating"},
    {"memory.dram.phy", "memory PHY"},
    {"memory.dram.energy", "memory device"},
    {"uncore", "uncore"},
    {"board", "board"},
    {"delivery", "board"},
    {"area.utilisation", "area between blocks"},
    {"area.tile_overhead", "area of control"},
    {"host.instructions", kLaunch},
    {"npu.packing", kRates},
};

std::string group_of(const std::string& path) {
  for (const Group& group : kGroups)
    if (path.starts_with(group.prefix)) return std::string(group.name);
  return "";
}

/// Leakage and clocked shares stand under the same keys and are known by different evidence.
std::string group_of_static(const std::string& path) {
  return path.ends_with("clocked_share") ? "clock gating" : "leakage";
}

/// "0.11 pJ" times a factor: "0.132 pJ".
std::string scaled(const std::string& quantity, double factor) {
  double number = 0;
  const auto [end, error] = std::from_chars(quantity.data(), quantity.data() + quantity.size(), number);
  KILN_CHECK(error == std::errc(), "constant '{}' does not begin with a number", quantity);
  return fmt::format("{}{}", number * factor, std::string(end, quantity.data() + quantity.size()));
}

/// Whole numbers of instructions stay whole.
void move_host(soc::HostConfig& host, const std::vector<Shift>& shifts) {
  for (const Shift& shift : shifts) {
    if (shift.constant->path == "host.instructions_per_launch")
      host.instructions_per_launch = static_cast<int>(std::lround(shift.target));
    else if (shift.constant->path == "host.instructions_per_step")
      host.instructions_per_step = std::llround(shift.target);
    else if (shift.constant->path == "host.instructions_per_cycle")
      host.instructions_per_cycle = shift.target;
  }
}

template <class T>
config::Node written(const T& record) {
  return config::Value<T>::write(record, {});
}

/// `record` as `written`, with those constants moved that stand below it.
template <class T>
void move_in(T& record, const config::Node& written, const std::string& below,
             const std::vector<Shift>& shifts) {
  config::Node tree;
  for (const Shift& shift : shifts) {
    if (!shift.constant->path.starts_with(below)) continue;
    if (!tree.is_map()) tree = written;
    config::Node& leaf = config::node_at(tree, shift.constant->path.substr(below.size()), {});
    leaf.scalar = scaled(leaf.scalar, shift.target / shift.constant->value);
  }
  if (tree.is_map()) record = config::read_tree<T>(tree, "").value;
}

}  // namespace

bool Constant::moves_launches() const {
  return group == kLaunch;
}

bool Constant::moves_rates() const {
  return group == kRates;
}

std::vector<Constant> banded_constants(const ExperimentConfig& experiment) {
  std::vector<Constant> constants;
  for (const auto& shared : experiment.bands) {
    const config::Band& band = *shared;
    if (band.path.empty() || band.path.front() != "soc") continue;
    if (band.value == 0 || band.low == band.high) continue;
    Constant constant;
    constant.path = base::join({band.path.begin() + 1, band.path.end()}, ".");
    constant.group = group_of(constant.path);
    if (constant.group.empty()) continue;
    if (constant.group == "leakage and gating") constant.group = group_of_static(constant.path);
    constant.value = band.value;
    constant.low = band.low;
    constant.high = band.high;
    constants.push_back(std::move(constant));
  }
  return constants;
}

ShiftableChip::ShiftableChip(const soc::SocConfig& chip)
    : chip_(chip),
      tech_(written(chip.tech)),
      dram_(written(chip.memory.dram)),
      uncore_(written(chip.uncore)),
      board_(written(chip.board)),
      area_(written(chip.area)),
      packing_(written(chip.npu.packing)) {
  if (chip.delivery) delivery_ = written(*chip.delivery);
}

soc::SocConfig ShiftableChip::with(const std::vector<Shift>& shifts) const {
  soc::SocConfig moved = chip_;
  move_in(moved.tech, tech_, "tech.", shifts);
  move_in(moved.memory.dram, dram_, "memory.dram.", shifts);
  move_in(moved.uncore, uncore_, "uncore.", shifts);
  move_in(moved.board, board_, "board.", shifts);
  move_in(moved.area, area_, "area.", shifts);
  move_in(moved.npu.packing, packing_, "npu.packing.", shifts);
  move_host(moved.host, shifts);
  if (moved.delivery) move_in(*moved.delivery, delivery_, "delivery.", shifts);
  return moved;
}

}  // namespace kiln::experiment
