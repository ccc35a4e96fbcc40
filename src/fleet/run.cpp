// SPDX-License-Identifier: MIT
#include "fleet/run.h"

#include "fleet/bands.h"

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
  Result result = run_over(config, config.link, devices, options);
  options.report("the bands of its joules");
  add_bands(config, devices, options, result, rounds_again(config.rounds, result.events));
  return result;
}

}  // namespace kiln::fleet
