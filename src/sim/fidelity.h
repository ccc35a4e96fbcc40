// SPDX-License-Identifier: MIT
// How closely a subsystem of a running chip is simulated.
#pragma once

#include <span>

#include "config/record.h"

namespace kiln::sim {

/// `bulk`: streams share resources in closed form. `exact`: memory command by command, network flit by flit.
enum class Fidelity { bulk, exact };
std::span<const config::EnumName<Fidelity>> enum_names(const Fidelity*);

/// Of the subsystems that have both.
struct Fidelities {
  Fidelity memory = Fidelity::bulk;
  Fidelity network = Fidelity::bulk;
  bool operator==(const Fidelities&) const = default;
};
const config::Record<Fidelities>& describe(const Fidelities*);

}  // namespace kiln::sim
