// SPDX-License-Identifier: MIT
#include "device/heated_package.h"

#include <algorithm>

#include "base/error.h"
#include "thermal/thermal_model.h"

namespace kiln::device {

namespace {

/// One after the other. Of several dies a block's name says whose it is.
thermal::Floorplan joined(const std::vector<thermal::Floorplan>& floorplans) {
  if (floorplans.size() == 1) return floorplans.front();
  thermal::Floorplan all;
  for (std::size_t die = 0; die < floorplans.size(); ++die)
    for (thermal::Block block : floorplans[die].blocks) {
      block.name += fmt::format("_{}", die);
      all.blocks.push_back(std::move(block));
    }
  return all;
}

std::vector<DieBlocks> places_of(const std::vector<thermal::Floorplan>& floorplans) {
  std::vector<DieBlocks> places;
  std::size_t first = 0;
  for (const thermal::Floorplan& floorplan : floorplans) {
    places.push_back({places.size(), first, floorplan.blocks.size()});
    first += floorplan.blocks.size();
  }
  return places;
}

/// Each package that events bring about must be able to lose its heat.
void check_packages(const Timeline& timeline, const thermal::Floorplan& floorplan) {
  base::if_it_fits({}, "events", [&] {
    for (const thermal::PackageConfig& package : timeline.later_packages())
      thermal::ThermalModel(package, floorplan, timeline.start_ambient_c(), {}, thermal::Device::outside);
    return 0;
  });
}

}  // namespace

HeatedPackage::HeatedPackage(const experiment::ExperimentConfig& experiment,
                             const std::vector<thermal::Floorplan>& floorplans, int chip_blocks,
                             const base::Watch& watch)
    : timeline_(experiment.events, experiment.soc.package, experiment.environment.ambient_c),
      start_c_(experiment.environment.start_c.value_or(timeline_.start_ambient_c())),
      dies_(places_of(floorplans)),
      heat_(timeline_.start_package(), joined(floorplans), timeline_.start_ambient_c(), chip_blocks, watch),
      asked_(floorplans.size(), 1.0) {
  check_packages(timeline_, heat_.model().floorplan());
}

void HeatedPackage::begin(thermal::State full_state) {
  if (timeline_.restart()) heat_.change_package(timeline_.start_package());
  heat_.set_ambient(timeline_.start_ambient_c());
  heat_.begin(std::move(full_state));
  std::fill(asked_.begin(), asked_.end(), 1.0);
  time_s_ = 0;
}

thermal::State HeatedPackage::cold() const {
  return heat_.model().state_of(Eigen::VectorXd::Constant(heat_.model().cell_count(), start_c_));
}

double HeatedPackage::warm(double dt_s, std::span<const double> block_w) {
  const double least_s = 1e-6 * dt_s;  // what remains of a period by rounding is no stretch of time
  double cooling_j = 0;
  for (double done_s = 0; done_s < dt_s - least_s;) {
    const double now_s = time_s_ + done_s;
    if (timeline_.pass(now_s + least_s)) heat_.change_package(timeline_.package());
    double part_s = dt_s - done_s;
    if (const double next_s = timeline_.next_s(now_s + least_s); next_s < now_s + part_s - least_s)
      part_s = next_s - now_s;
    heat_.set_ambient(timeline_.ambient_c(now_s + part_s / 2));
    heat_.step(part_s, block_w);
    cooling_j += heat_.cooling_w() * part_s;
    done_s += part_s;
  }
  time_s_ += dt_s;
  return cooling_j;
}

void HeatedPackage::drive(std::size_t die, double level) {
  asked_[die] = level;
  heat_.drive(*std::max_element(asked_.begin(), asked_.end()));
}

}  // namespace kiln::device
