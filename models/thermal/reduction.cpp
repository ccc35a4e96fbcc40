// SPDX-License-Identifier: MIT
// How the reduced model is built: Krylov columns, diagonal form, truncation, until the checks hold.
#include <fmt/core.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "thermal/reduced_model.h"

namespace kiln::thermal {
namespace {

constexpr double kDependent = 1e-9;  // columns this small after orthogonalisation add nothing
constexpr int kMaxRefinements = 6;

/// Columns of `candidates` made orthonormal to `basis` and
/// each other (twice: Kahan's "twice is enough"); appended.
void append_orthonormal(Eigen::MatrixXd& basis, const Eigen::MatrixXd& candidates) {
  for (Eigen::Index j = 0; j < candidates.cols(); ++j) {
    Eigen::VectorXd column = candidates.col(j);
    const double before = column.norm();
    if (before <= 0.0) continue;
    for (int pass = 0; pass < 2; ++pass) column -= basis * (basis.transpose() * column).eval();
    const double after = column.norm();
    if (after < kDependent * before) continue;
    basis.conservativeResize(Eigen::NoChange, basis.cols() + 1);
    basis.rightCols(1) = column / after;
  }
}

}  // namespace

ReducedModel::ReducedModel(const ThermalModel& model, const ReductionOptions& options) : full_(model) {
  diagonal_ = model.network().symmetric;
  const std::vector<double> no_power(static_cast<std::size_t>(model.input_count()), 0.0);
  rest_c_ = model.steady(no_power).x;

  // Without symmetry a small response error at real frequencies says less about pulses.
  const double tolerance_k = options.response_tolerance_k * (diagonal_ ? 1.0 : 0.2);
  const double slowest_per_s = 1.0 / lumped_time_constant_s(model.network());

  std::vector<double> shifts{0.0};
  const double decades = std::log(std::max(10.0, options.fastest_per_s / slowest_per_s));
  const int count = std::max(2, static_cast<int>(std::ceil(decades / std::log(options.shift_ratio))));
  for (int i = 0; i < count; ++i) shifts.push_back(options.fastest_per_s * std::exp(-decades * i / count));
  std::sort(shifts.begin(), shifts.end());
  build(shifts);

  const Eigen::MatrixXd power_w = check_powers_w();
  std::vector<CheckPoint> checks{check_point(0.0, power_w), check_point(slowest_per_s, power_w)};
  for (int round = 0;; ++round) {
    for (std::size_t i = 0; i + 1 < shifts.size(); ++i)
      add_check(checks, std::sqrt(std::max(slowest_per_s, shifts[i]) * shifts[i + 1]), power_w);
    std::vector<double> missing;
    check_error_k_ = 0.0;
    for (const CheckPoint& check : checks) {
      const double error_k = error_at(check, power_w);
      check_error_k_ = std::max(check_error_k_, error_k);
      if (check.shift_per_s > 0.0 && error_k > tolerance_k) missing.push_back(check.shift_per_s);
    }
    if (missing.empty()) break;
    if (round == kMaxRefinements)
      throw NotReducible(
          fmt::format("a reduced thermal model differs from the full one by {:.3g} K", check_error_k_));
    build(missing);
    shifts.insert(shifts.end(), missing.begin(), missing.end());
    std::sort(shifts.begin(), shifts.end());
  }
  finish(options, checks, power_w);
}

void ReducedModel::finish(const ReductionOptions& options, const std::vector<CheckPoint>& checks,
                          const Eigen::MatrixXd& power_w) {
  if (diagonal_) truncate(options.response_tolerance_k, power_w.col(0));
  set_outputs();
  if (diagonal_) kernel_ = ModalKernel(input_, rate_per_s_, outlets_);
  for (const CheckPoint& check : checks) {
    const double error_k = error_at(check, power_w);
    check_error_k_ = std::max(check_error_k_, error_k);
    // What rounding leaves of a steady state is relative: a
    // package that conducts badly warms by thousands of K.
    const double allowed_k =
        check.shift_per_s > 0.0
            ? 2.0 * options.response_tolerance_k
            : options.dc_tolerance_k * std::max(1.0, 1e-2 * check.block_rise_k.maxCoeff());
    if (error_k > allowed_k)
      throw NotReducible(
          fmt::format("a reduced thermal model differs from the full one by {:.3g} K at {:.3g} 1/s", error_k,
                      check.shift_per_s));
  }
}

void ReducedModel::build(const std::vector<double>& shifts) {
  const Eigen::ArrayXd root = full_.network().capacity_j_k.array().sqrt();
  const int blocks = input_count();
  std::vector<double> unit(static_cast<std::size_t>(blocks), 0.0);
  if (columns_.cols() == 0) {
    columns_ = root.matrix().normalized();  // the uniform vector: total heat is a coordinate
    const Eigen::VectorXd cold = (full_.ambient_state().x - rest_c_).cwiseProduct(root.matrix());
    if (cold.norm() > 1e-9 * root.matrix().norm()) append_orthonormal(columns_, cold);
  }
  Eigen::MatrixXd candidates(full_.cell_count(), blocks);
  for (const double shift : shifts) {
    for (int block = 0; block < blocks; ++block) {
      unit[block] = 1.0;
      candidates.col(block) = full_.solve(shift, full_.cell_power_w(unit)).cwiseProduct(root.matrix());
      unit[block] = 0.0;
    }
    append_orthonormal(columns_, candidates);
  }
  set_dynamics(columns_.array().colwise() / root);
}

void ReducedModel::set_dynamics(const Eigen::MatrixXd& basis) {
  const int blocks = input_count();
  Eigen::MatrixXd reduced = basis.transpose() * (full_.network().conductance_w_k * basis);
  Eigen::MatrixXd input(basis.cols(), blocks);
  for (int block = 0; block < blocks; ++block) {
    input.col(block).setZero();
    for (const CellShare& part : full_.block_cells(block))
      input.col(block) += part.share * basis.row(part.cell).transpose();
  }
  basis_ = Eigen::MatrixXd::Zero(basis.cols() + blocks, basis.rows());
  if (diagonal_) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen((reduced + reduced.transpose()) / 2.0);
    rate_per_s_ = eigen.eigenvalues().array();
    if (!(rate_per_s_.minCoeff() > 0.0))  // rounding: the network itself loses heat everywhere
      throw NotReducible(
          fmt::format("a mode of a reduced thermal model grows by {:.3g} 1/s", -rate_per_s_.minCoeff()));
    basis_.topRows(basis.cols()).noalias() = eigen.eigenvectors().transpose() * basis.transpose();
    input_ = eigen.eigenvectors().transpose() * input;
  } else {
    matrix_ = std::move(reduced);
    matrix_inverse_ = matrix_.inverse();
    basis_.topRows(basis.cols()) = basis.transpose();
    input_ = std::move(input);
  }
  set_mean_rows();
}

void ReducedModel::set_mean_rows() {
  mean_rows_ = Eigen::MatrixXd::Zero(input_count(), basis_.rows());
  for (int block = 0; block < input_count(); ++block)
    for (const CellShare& part : full_.block_cells(block))
      mean_rows_.row(block) += part.share * basis_.col(part.cell).transpose();
}

/// Keeps the directions powers can drive the heat into; what is cut of the steady state becomes an immediate
/// response. A block counts as much as it is likely to heat: powers and temperatures are scaled by the root
/// of `power_w`, alike on both sides, so that the model stays symmetric.
void ReducedModel::truncate(double tolerance_k, const Eigen::VectorXd& power_w) {
  const Eigen::Index n = order();
  // Controllability Gramian of diagonal dynamics; by symmetry
  // its eigenvalues are the Hankel singular values, in K.
  const Eigen::MatrixXd scaled = input_ * power_w.cwiseSqrt().asDiagonal();
  Eigen::MatrixXd gramian = scaled * scaled.transpose();
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j) gramian(i, j) /= rate_per_s_[i] + rate_per_s_[j];
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(gramian);
  // Twice the sum of what is cut bounds the error at every
  // frequency (Glover, Int. J. Control 39 (1984) 1115).
  Eigen::Index cut = 0;  // eigenvalues ascend
  for (double bound_k = 0.0; cut + 1 < n; ++cut) {
    bound_k += 2.0 * std::max(0.0, eigen.eigenvalues()[cut]);
    if (bound_k > tolerance_k) break;
  }
  const Eigen::MatrixXd old_basis = basis_.topRows(n);
  const Eigen::MatrixXd steady_rise =
      old_basis.transpose() * (input_.array().colwise() / rate_per_s_).matrix();
  Eigen::MatrixXd kept(n, 1);
  kept.col(0) = (old_basis * full_.network().capacity_j_k).normalized();  // the uniform vector
  if (const Eigen::VectorXd cold =
          old_basis * full_.network().capacity_j_k.cwiseProduct(full_.ambient_state().x - rest_c_);
      cold.norm() > 0.0)
    append_orthonormal(kept, cold);
  // Modes that are there anyway rather than silent ones.
  while (cut > 0 && (kept.cols() + n - cut) % ModalKernel::kModesTogether != 0) --cut;
  append_orthonormal(kept, eigen.eigenvectors().rightCols(n - cut));
  set_dynamics(old_basis.transpose() * kept);
  add_silent_modes();  // while the immediate response is still zero
  const Eigen::MatrixXd kept_rise =
      basis_.topRows(order()).transpose() * (input_.array().colwise() / rate_per_s_).matrix();
  basis_.bottomRows(input_count()) = (steady_rise - kept_rise).transpose();
  set_mean_rows();
}

/// Nothing drives them and nobody sees them, but the kernel takes so many modes at once.
void ReducedModel::add_silent_modes() {
  constexpr Eigen::Index kTogether = ModalKernel::kModesTogether;
  const Eigen::Index modes = (order() + kTogether - 1) / kTogether * kTogether;
  rate_per_s_.conservativeResizeLike(Eigen::ArrayXd::Ones(modes));
  input_.conservativeResizeLike(Eigen::MatrixXd::Zero(modes, input_count()));
  basis_.conservativeResizeLike(Eigen::MatrixXd::Zero(modes + input_count(), basis_.cols()));
}

}  // namespace kiln::thermal
