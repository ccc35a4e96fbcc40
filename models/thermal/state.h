// SPDX-License-Identifier: MIT
// The thermal state of a package and the books of its heat.
#pragma once

#include <Eigen/Core>

namespace kiln::thermal {

/// Temperatures (full model: cells in degC; reduced model: coordinates) and what has flowed since the start.
struct State {
  Eigen::VectorXd x;
  double elapsed_s = 0.0;
  double heat_in_j = 0.0;
  double heat_out_j = 0.0;      // through all outlets of the network
  double initial_heat_j = 0.0;  // stored above the ambient when the books were opened
  double substep_s = 0.0;       // internal step that last met the tolerance; 0: unknown
};

/// Heat in = stored + out, in J (transient) or W (steady).
struct HeatBalance {
  double in = 0.0;
  double stored = 0.0;
  double out = 0.0;
  double content = 0.0;  ///< J in all that stores heat, above 0 degC
  /// Most of it that may be missing, relative, in any run.
  static constexpr double kTolerance = 1e-6;
  double residual() const { return in - stored - out; }
  /// |residual| over the largest of the three, or over a millionth of the content if that is more: what a
  /// temperature's double keeps of a large store is not resolved. 0 when nothing flowed.
  double relative() const;
};

enum class Probe { skin, board };

/// Whether the room may get warmer or colder while time passes: then its deviation is one more input, whose
/// power (`ambient_input_w`) stands behind those of the blocks where powers are given (without it the room is
/// at the model's ambient).
enum class Ambient { constant, input };

}  // namespace kiln::thermal
