// SPDX-License-Identifier: MIT
// What a step of a diagonalised thermal network costs: every
// mode is driven by all powers and read by all blocks.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

namespace kiln::thermal {

/// dz/dt = -rate z + input u and means = input^T z: a symmetric network reads blocks as it heats them, so one
/// matrix serves both. It is kept in single precision (6e-8 of every power and mean), because memory sets the
/// pace; the coordinates themselves and their decay are double.
class ModalKernel {
 public:
  /// Modes come in multiples of it; silent ones, which nothing drives, fill the last.
  static constexpr int kModesTogether = 8;
  /// What a step length makes of every mode.
  struct Held {
    double dt_s = 0.0;
    Eigen::ArrayXd decay;     // exp(-rate dt)
    Eigen::ArrayXd response;  // (1 - decay) / rate
  };

  ModalKernel() = default;
  /// `input`: modes x blocks; `outlets_w_k`: heat lost to the outside, by mode. Throws SimError unless modes
  /// are a multiple of `kModesTogether`.
  ModalKernel(const Eigen::MatrixXd& input, const Eigen::ArrayXd& rate_per_s,
              const Eigen::ArrayXd& outlets_w_k);

  Held hold(double dt_s) const;

  /// `z` goes on under powers held in W. Sums run in the same order on every machine: wider registers take
  /// more of them at once, so results are the same bits with and without AVX2.
  void step(const Held& held, std::span<const double> power_w, std::span<double> z);
  /// Heat lost during the last step.
  double outflow_j() const { return outflow_j_; }
  /// What the blocks have risen by at its end, in K.
  const Eigen::VectorXd& means_k() const { return means_k_; }

 private:
  Eigen::ArrayXd rate_per_s_, outlet_s_;  // of outlets: over the rate
  std::vector<float> matrix_;             // in the order the loops walk it
  std::vector<float> power_w_, sums_;     // working space
  double outflow_j_ = 0.0;
  Eigen::VectorXd means_k_;
};

}  // namespace kiln::thermal
