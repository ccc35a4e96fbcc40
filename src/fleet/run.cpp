// SPDX-License-Identifier: MIT
#include "fleet/run.h"

namespace kiln::fleet {

Result run_over(const FleetConfig& config, const link::LinkConfig& link, Devices& devices,
                const FleetOptions& options) {
  Simulation simulation(config, link, devices.payload(), devices.make_workers(), options.batch.watch);
  simulation.run();
  return result_of(simulation, devices);
}

Result run_fleet(const FleetConfig& config, const FleetOptions& options) {
  options.report("a step of each kind of device");
  Devices devices(config, options.batch);
  options.report(fmt::format("{} rounds of {} devices", config.rounds, config.device_count()));
  return run_over(config, config.link, devices, options);
}

}  // namespace kiln::fleet
