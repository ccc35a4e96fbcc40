// SPDX-License-Identifier: MIT
#include "fleet/dies.h"

#include <algorithm>
#include <map>
#include <set>

#include "thermal/package_config.h"

namespace kiln::fleet {

namespace {

/// Those of the package that no die has, and those of dies that it has not.
void check_layers(const FleetConfig& c, config::Checker& check) {
  std::set<std::string> needed;
  int die = 0;
  for (const DevicesConfig& group : c.devices)
    for (int copy = 0; copy < group.count; ++copy, ++die)
      for (const std::string& layer : thermal::die_names(group.experiment.soc.package))
        needed.insert(layer_of_die(layer, die));
  const std::vector<std::string> given = thermal::die_names(*c.package);
  const std::set<std::string> there(given.begin(), given.end());
  for (const std::string& layer : needed)
    if (!there.contains(layer))
      check.fail("package.bodies",
                 fmt::format("have no source layer '{}', where blocks of a die lie; each source layer of a "
                             "die's own package stands here with '_' and the number of the die behind it",
                             layer));
  for (const std::string& layer : there)
    if (!needed.contains(layer))
      check.fail("package.bodies", fmt::format("have a source layer '{}' that is no die's; make it a layer "
                                               "without source, or add the device",
                                               layer));
}

void check_surroundings(const FleetConfig& c, config::Checker& check) {
  const experiment::ExperimentConfig& first = c.devices.front().experiment;
  for (std::size_t i = 0; i < c.devices.size(); ++i) {
    const experiment::ExperimentConfig& experiment = c.devices[i].experiment;
    const std::string place = fmt::format("devices.{}.", i);
    if (!c.devices[i].ambients_c.empty())
      check.fail(place + "ambients",
                 "are of devices that stand apart; dies of one package are in the room of "
                 "devices.0.experiment.environment");
    if (experiment.environment.ambient_c != first.environment.ambient_c ||
        experiment.environment.start_c != first.environment.start_c)
      check.fail(place + "experiment.environment",
                 "is another one than of devices.0; dies of one package are in one room");
    if (i > 0 && !experiment.events.empty())
      check.fail(place + "experiment.events",
                 "are those of the package, which devices.0 has; remove them here (events: [])");
    if (experiment.soc.battery)
      check.fail(
          place + "experiment.soc.battery",
          "feeds one die alone; dies of one package share `battery` of the fleet, or have mains: set it "
          "to null here");
  }
}

}  // namespace

void check_dies(const FleetConfig& c, config::Checker& check) {
  if (!c.package) {
    for (std::size_t i = 0; i < c.devices.size(); ++i)
      if (!c.devices[i].quarter_turns.empty())
        check.fail(fmt::format("devices.{}.quarter_turns", i),
                   "turn dies of one package; give the fleet a package, or remove them");
    if (c.battery)
      check.fail("battery",
                 "feeds dies of one package; give the fleet a package, or each device its own "
                 "battery (experiment.soc.battery)");
    return;
  }
  if (c.devices.empty()) return;
  check_layers(c, check);
  check_surroundings(c, check);
}

std::string layer_of_die(const std::string& layer, int die) {
  return fmt::format("{}_{}", layer, die);
}

thermal::Floorplan placed(const thermal::Floorplan& floorplan, int die, int quarter_turns) {
  std::map<std::string, thermal::Rectangle> boxes;
  for (const thermal::Block& block : floorplan.blocks)
    boxes.try_emplace(block.body, thermal::bounding_box(floorplan, block.body));
  thermal::Floorplan there = floorplan;
  for (thermal::Block& block : there.blocks) {
    for (int turn = 0; turn < quarter_turns; ++turn) {
      thermal::Rectangle& box = boxes.at(block.body);
      const double height_m = turn % 2 == 0 ? box.height_m() : box.width_m();
      const double x_m = block.x_m - box.x0_m, y_m = block.y_m - box.y0_m;
      block.x_m = box.x0_m + height_m - y_m - block.height_m;
      block.y_m = box.y0_m + x_m;
      std::swap(block.width_m, block.height_m);
    }
    block.body = layer_of_die(block.body, die);
  }
  return there;
}

experiment::ExperimentConfig as_die(experiment::ExperimentConfig experiment,
                                    const thermal::PackageConfig& package, int dies) {
  experiment.soc.package = package;
  experiment.soc.board.constant_power_w /= dies;
  return experiment;
}

}  // namespace kiln::fleet
