// SPDX-License-Identifier: MIT
#include "fleet/corners.h"

namespace kiln::fleet {

report::Corners corners_of(const DeviceKind& kind, const device::Device& device, const WorkerBooks& books,
                           double steps) {
  const run::SimulatedStep& step = kind.first_simulated();
  run::Observed observed;
  observed.time_s = books.time_s;
  observed.busy_s = books.training_s;
  observed.steps = steps;
  observed.point = device.top_point();
  const run::MappingChoice mapping;  // what was tried plays no part
  report::Findings findings{
      kind.experiment(), kind.prepared(), observed, step, device, mapping, {}, {}, {}, {}};
  findings.step_time_s = steps > 0 ? observed.time_s / steps : step.signature.duration_s();
  return report::corners_of(findings, experiment::banded_constants(kind.experiment()));
}

}  // namespace kiln::fleet
