// SPDX-License-Identifier: MIT
// What a step of a diagonalised thermal network costs: every mode is driven by all powers and read by all
// blocks.
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

namespace kiln::thermal {

/// dz/dt = -rate z + input u and means = input^T z: a symmetric network reads blocks as it heats them, so one
/// matrix serves both. It is kept in single precision (6e-8 of every power and mean),
/// because memory sets the pace; the coordinates themselves and their decay are double.
class ModalKernel {
 public:
  /// Modes come in multiples of it; silent ones, which nothing drives, fill the last.
  static constexpr int kModesTogether = 8;
  /// What a step length makes of every mode.
  struct Held {
    Eigen::ArrayXd decay;     // exp(-rate dt)
    Eigen::ArrayXd response;  // (1 - decay) / rate
    Eigen::ArrayXd time_s;    // 1 / rate
  };

  ModalKernel() = default;
  /// `input`: modes x blocks. Throws SimError unless modes are a multiple of `kModesTogether`.
  explicit ModalKernel(const Eigen::MatrixXd& input);

  static Held hold(const Eigen::ArrayXd& rate_per_s, double dt_s);

  /// `z` goes on by `dt_s` under powers held in W. Sums run in the same order on every machine: wider
  /// registers take more of them at once, so results are the same bits with and without AVX2.
  void step(const Held& held, double dt_s, std::span<const double> power_w, std::span<double> z);
  /// Of `z` over the last step.
  const Eigen::VectorXd& integral() const { return integral_; }
  /// What the blocks have risen by at the end of the last step, in K.
  const Eigen::VectorXd& means_k() const { return means_k_; }

 private:
  std::vector<float> matrix_;  // in the order the loops walk it
  std::vector<float> sums_;    // working space
  Eigen::VectorXd integral_;
  Eigen::VectorXd means_k_;
};

}  // namespace kiln::thermal
