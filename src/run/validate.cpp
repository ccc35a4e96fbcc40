// SPDX-License-Identifier: MIT
#include "run/validate.h"

#include "base/units.h"
#include "device/device.h"
#include "experiment/prepare.h"
#include "run/guard_band.h"

namespace kiln::run {

std::string validate_experiment(const experiment::ExperimentConfig& written) {
  const experiment::ExperimentConfig experiment = with_guard_band(written, {});
  const experiment::Prepared prepared = experiment::prepare(experiment);
  const device::Device device(experiment, prepared.plan);
  std::size_t tasks = 0;
  for (const lowering::TileProgram& tile : prepared.step.tiles) tasks += tile.tasks.size();
  const std::uint64_t bytes =
      prepared.step.bytes(lowering::Home::dram, false) + prepared.step.bytes(lowering::Home::dram, true);
  return fmt::format(
      "{}: {} layers, {} parameters, {} operations in {} tasks on {} tiles, {} of memory traffic, {} of "
      "memory\n",
      experiment.name, prepared.graph.layers.size(), prepared.graph.parameters(), prepared.step.instances,
      tasks, prepared.step.tiles.size(),
      base::display_quantity(static_cast<double>(bytes), base::Dimension::bytes),
      base::display_quantity(static_cast<double>(prepared.step.memory.dram_peak_bytes),
                             base::Dimension::bytes));
}

}  // namespace kiln::run
