// SPDX-License-Identifier: MIT
// Training steps in the SystemC kernel.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "device/chip_power.h"
#include "experiment/prepare.h"
#include "run/lengthen.h"
#include "run/monitor.h"
#include "run/simulated_step.h"
#include "soc/recording.h"
#include "soc/step_request.h"

namespace kiln::soc {
class Plant;
}

namespace kiln::run {

class StepSimulator {
 public:
  /// All arguments must outlive it. `top_hz` is the clock of the highest operating point.
  StepSimulator(const experiment::ExperimentConfig& experiment, const experiment::Prepared& prepared,
                const device::ChipPower& power, double top_hz, const Monitor& monitor);

  /// What its steps execute.
  const lowering::LoweredStep& step() const { return *step_; }
  /// Later steps execute this one instead of the prepared one. It must outlive them.
  void load(const lowering::LoweredStep& step);
  /// From now on its steps run on the plant of another one, whose chip may differ in the times of its host:
  /// SystemC builds all before the first of them runs. The two must not be in the middle of a step at once.
  void share_plant(const StepSimulator& other) { plant_ = other.plant_; }
  /// Whether the first step's audit is worked out while the step goes on.
  void audit_ahead(bool ahead) { audit_ahead_ = ahead; }
  /// A step that begins on a chip as when built, at one operating point: it depends on nothing before it. Of
  /// equal blocks of layers in a row only some are simulated, if `run.equal_blocks` says so and the simulated
  /// ones agree.
  SimulatedStep from_rest(const sim::OperatingPoint& point);
  /// The next step after what ran before. The point it ends at may be another.
  SimulatedStep after_last(const sim::OperatingPoint& point, soc::StepRequest request);

  /// Built when first asked for.
  soc::Plant& plant();
  /// What the audit's windows depend on besides the step: numbers as text.
  std::string audit_identity();
  /// Share of the work of the present step that is done.
  double share_done();

 private:
  std::vector<soc::RecordedWindow> audit_windows(const lowering::LoweredStep& step) const;
  soc::StepRequest request_from_rest(const std::string& what);
  const Shortenings& shortenings();
  /// What is simulated of a step from rest.
  const lowering::LoweredStep& simulated_part();
  /// Nothing if its equal blocks differ by too much.
  std::optional<SimulatedStep> shortened_from_rest(const sim::OperatingPoint& point, const std::string& what);
  /// Without spans of tasks where no rail feels them.
  SimulatedStep kept(SimulatedStep step) const;
  SimulatedStep simulate_from_rest(const lowering::LoweredStep& step, const sim::OperatingPoint& point,
                                   soc::StepRequest request);
  /// `step` is the one that the plant is loaded with.
  SimulatedStep simulate(const lowering::LoweredStep& step, const sim::OperatingPoint& point,
                         soc::StepRequest request);

  const experiment::ExperimentConfig& experiment_;
  const experiment::Prepared& prepared_;
  const lowering::LoweredStep* step_;
  const device::ChipPower& power_;
  double top_hz_;
  const Monitor& monitor_;
  struct SharedPlant;
  std::shared_ptr<SharedPlant> plant_;
  const lowering::LoweredStep* running_ = nullptr;  ///< what was simulated last, or is
  double whole_work_ = 0;                   ///< of it, in the units of soc::Progress; 0: not yet counted
  std::optional<Shortenings> shortenings_;  ///< looked for when a step is first wanted
  bool audit_ahead_ = true;
};

}  // namespace kiln::run
