// SPDX-License-Identifier: MIT
#include "thermal/reduced_model.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <unsupported/Eigen/MatrixFunctions>

#include "base/error.h"
#include "thermal/dense_kernel.h"

namespace kiln::thermal {
namespace {

constexpr double kCheckRise_k = 60.0;  // steady rise the check powers are scaled to
constexpr double kDependent = 1e-9;    // columns this small after orthogonalisation add nothing
constexpr int kMaxRefinements = 6;
constexpr std::size_t kKeptPropagators = 16;
constexpr Eigen::Index kRowsTogether =
    8;  // columns of whole cache lines: an order of this multiple costs least

/// Columns of `candidates` made orthonormal to `basis` and each other (twice: Kahan's "twice is enough");
/// appended.
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
  const std::vector<double> no_power(static_cast<std::size_t>(model.block_count()), 0.0);
  rest_c_ = model.steady(no_power).x;

  // Slowest pole of the package, from its whole capacity and conductance to the fluids.
  double conductance_w_k = 0.0;
  for (const Outlet& outlet : model.network().outlets)
    for (const CellShare& part : outlet.conductance_w_k) conductance_w_k += part.share;
  // Without symmetry a small response error at real frequencies says less about pulses.
  const double tolerance_k = options.response_tolerance_k * (diagonal_ ? 1.0 : 0.2);
  const double slowest_per_s = conductance_w_k / model.network().capacity_j_k.sum();

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
      throw base::SimError(
          fmt::format("the reduced thermal model differs from the full one by {:.3g} K; use the full model",
                      check_error_k_));
    build(missing);
    shifts.insert(shifts.end(), missing.begin(), missing.end());
    std::sort(shifts.begin(), shifts.end());
  }
  finish(options, checks, power_w);
}

void ReducedModel::finish(const ReductionOptions& options, const std::vector<CheckPoint>& checks,
                          const Eigen::MatrixXd& power_w) {
  if (diagonal_) truncate(options.response_tolerance_k, power_w(0, 0));
  set_outputs();
  if (diagonal_) time_s_ = rate_per_s_.inverse();
  for (const CheckPoint& check : checks) {
    const double error_k = error_at(check, power_w);
    check_error_k_ = std::max(check_error_k_, error_k);
    const double allowed_k =
        check.shift_per_s > 0.0 ? 2.0 * options.response_tolerance_k : options.dc_tolerance_k;
    if (error_k > allowed_k)
      throw base::SimError(fmt::format(
          "the reduced thermal model differs from the full one by {:.3g} K at {:.3g} 1/s; use the full model",
          error_k, check.shift_per_s));
  }
}

void ReducedModel::build(const std::vector<double>& shifts) {
  const Eigen::ArrayXd root = full_.network().capacity_j_k.array().sqrt();
  const int blocks = block_count();
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
  const int blocks = block_count();
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
    KILN_CHECK(rate_per_s_.minCoeff() > 0.0, "a thermal mode grows: rate {} 1/s", rate_per_s_.minCoeff());
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
  mean_rows_ = Eigen::MatrixXd::Zero(block_count(), basis_.rows());
  for (int block = 0; block < block_count(); ++block)
    for (const CellShare& part : full_.block_cells(block))
      mean_rows_.row(block) += part.share * basis_.col(part.cell).transpose();
}

/// Keeps the directions powers can drive the heat into; what is cut of the steady state becomes an immediate
/// response.
void ReducedModel::truncate(double tolerance_k, double power_w) {
  const Eigen::Index n = order();
  // Controllability Gramian of diagonal dynamics; by symmetry its eigenvalues are the Hankel singular values,
  // in K/W.
  Eigen::MatrixXd gramian = input_ * input_.transpose();
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j < n; ++j) gramian(i, j) /= rate_per_s_[i] + rate_per_s_[j];
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(gramian);
  // Twice the sum of what is cut bounds the error at every frequency (Glover, Int. J. Control 39 (1984)
  // 1115).
  Eigen::Index cut = 0;  // eigenvalues ascend
  for (double bound_k = 0.0; cut + 1 < n; ++cut) {
    bound_k += 2.0 * std::max(0.0, eigen.eigenvalues()[cut]) * power_w;
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
  while (cut > 0 && (kept.cols() + n - cut) % kRowsTogether != 0) --cut;
  append_orthonormal(kept, eigen.eigenvectors().rightCols(n - cut));
  set_dynamics(old_basis.transpose() * kept);
  const Eigen::MatrixXd kept_rise =
      basis_.topRows(order()).transpose() * (input_.array().colwise() / rate_per_s_).matrix();
  basis_.bottomRows(block_count()) = (steady_rise - kept_rise).transpose();
  set_mean_rows();
}

void ReducedModel::set_outputs() {
  const int blocks = block_count();
  const auto& outlets = full_.network().outlets;
  mean_rest_c_.resize(blocks);
  for (int block = 0; block < blocks; ++block) {
    mean_rest_c_[block] = 0.0;
    for (const CellShare& part : full_.block_cells(block))
      mean_rest_c_[block] += part.share * rest_c_[part.cell];
  }
  outlet_rest_w_ = full_.outflow_w(rest_c_);
  outlet_rows_ = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(outlets.size()), order());
  for (std::size_t o = 0; o < outlets.size(); ++o)
    for (const CellShare& part : outlets[o].conductance_w_k)
      outlet_rows_.row(static_cast<Eigen::Index>(o)) +=
          part.share * basis_.col(part.cell).head(order()).transpose();
  stored_row_ = (basis_.topRows(order()) * full_.network().capacity_j_k).transpose();
  stored_rest_j_ = full_.network().capacity_j_k.dot((rest_c_.array() - full_.ambient_c()).matrix());

  // Where it gets hottest, with everything on and with each block alone.
  std::vector<Eigen::VectorXd> temperatures_c;
  std::vector<double> power_w(static_cast<std::size_t>(blocks), 1.0);
  temperatures_c.push_back(expand(steady(power_w)).x);
  for (int block = 0; block < blocks; ++block) {
    std::fill(power_w.begin(), power_w.end(), 0.0);
    power_w[block] = 1.0;
    temperatures_c.push_back(expand(steady(power_w)).x);
  }
  set_hot_cells(temperatures_c);
  if (const auto& skin = full_.thermometer(Probe::skin)) skin_ = reduce(*skin, temperatures_c);
  if (const auto& board = full_.thermometer(Probe::board)) board_ = reduce(*board, temperatures_c);
}

void ReducedModel::set_hot_cells(const std::vector<Eigen::VectorXd>& temperatures_c) {
  hot_cells_.assign(static_cast<std::size_t>(block_count()), {});
  for (int block = 0; block < block_count(); ++block) {
    std::vector<int>& cells = hot_cells_[block];
    for (const Eigen::VectorXd& state_c : temperatures_c) {
      const auto parts = full_.block_cells(block);
      const auto hottest = std::max_element(
          parts.begin(), parts.end(),
          [&](const CellShare& a, const CellShare& b) { return state_c[a.cell] < state_c[b.cell]; });
      if (std::find(cells.begin(), cells.end(), hottest->cell) == cells.end()) cells.push_back(hottest->cell);
    }
  }
}

ReducedModel::ReducedProbe ReducedModel::reduce(const Thermometer& thermometer,
                                                const std::vector<Eigen::VectorXd>& temperatures_c) const {
  const auto face_row = [&](const FaceCell& cell) -> Eigen::RowVectorXd {
    return cell.weight * basis_.col(cell.cell).transpose();
  };
  const auto face_rest_c = [&](const FaceCell& cell) {
    return cell.weight * rest_c_[cell.cell] + (1.0 - cell.weight) * thermometer.fluid_c;
  };
  if (thermometer.statistic == Statistic::mean) {
    ReducedProbe probe{Eigen::MatrixXd::Zero(1, basis_.rows()), Eigen::VectorXd::Zero(1)};
    double area_m2 = 0.0;
    for (const FaceCell& cell : thermometer.cells) {
      probe.rows.row(0) += cell.area_m2 * face_row(cell);
      probe.rest_c[0] += cell.area_m2 * face_rest_c(cell);
      area_m2 += cell.area_m2;
    }
    return {probe.rows / area_m2, probe.rest_c / area_m2};
  }
  std::vector<FaceCell> hot;
  for (const Eigen::VectorXd& state_c : temperatures_c) {
    const auto hottest = std::max_element(
        thermometer.cells.begin(), thermometer.cells.end(),
        [&](const FaceCell& a, const FaceCell& b) { return state_c[a.cell] < state_c[b.cell]; });
    if (std::none_of(hot.begin(), hot.end(), [&](const FaceCell& c) { return c.cell == hottest->cell; }))
      hot.push_back(*hottest);
  }
  ReducedProbe probe{Eigen::MatrixXd(static_cast<Eigen::Index>(hot.size()), basis_.rows()),
                     Eigen::VectorXd(static_cast<Eigen::Index>(hot.size()))};
  for (std::size_t i = 0; i < hot.size(); ++i) {
    probe.rows.row(static_cast<Eigen::Index>(i)) = face_row(hot[i]);
    probe.rest_c[static_cast<Eigen::Index>(i)] = face_rest_c(hot[i]);
  }
  return probe;
}

Eigen::VectorXd ReducedModel::block_means(const Eigen::VectorXd& cell_values) const {
  Eigen::VectorXd means = Eigen::VectorXd::Zero(block_count());
  for (int block = 0; block < block_count(); ++block)
    for (const CellShare& part : full_.block_cells(block))
      means[block] += part.share * cell_values[part.cell];
  return means;
}

/// All blocks alike, and two uneven patterns (multiples of irrational numbers, modulo one): the first alone
/// would be blind to whatever flows between blocks.
Eigen::MatrixXd ReducedModel::check_powers_w() const {
  const std::vector<double> ones(static_cast<std::size_t>(block_count()), 1.0);
  const double even_w = kCheckRise_k / (full_.steady(ones).x - rest_c_).maxCoeff();
  Eigen::MatrixXd power_w = Eigen::MatrixXd::Constant(block_count(), 3, even_w);
  const auto part = [](double value) { return value - std::floor(value); };
  for (int block = 0; block < block_count(); ++block) {
    power_w(block, 1) *= 2.0 * part((block + 1) * std::numbers::phi);
    power_w(block, 2) *= 2.0 * part((block + 1) * std::numbers::sqrt2);
  }
  return power_w;
}

ReducedModel::CheckPoint ReducedModel::check_point(double shift_per_s, const Eigen::MatrixXd& power_w) const {
  CheckPoint point{shift_per_s, Eigen::MatrixXd(block_count(), power_w.cols())};
  for (Eigen::Index pattern = 0; pattern < power_w.cols(); ++pattern) {
    const Eigen::VectorXd input_w =
        full_.cell_power_w({power_w.col(pattern).data(), static_cast<std::size_t>(block_count())});
    point.block_rise_k.col(pattern) = block_means(full_.solve(shift_per_s, input_w));
  }
  return point;
}

void ReducedModel::add_check(std::vector<CheckPoint>& checks, double shift_per_s,
                             const Eigen::MatrixXd& power_w) const {
  const auto near = [&](const CheckPoint& c) {
    return std::abs(c.shift_per_s - shift_per_s) < 1e-6 * shift_per_s;
  };
  if (std::none_of(checks.begin(), checks.end(), near)) checks.push_back(check_point(shift_per_s, power_w));
}

double ReducedModel::error_at(const CheckPoint& check, const Eigen::MatrixXd& power_w) const {
  double worst_k = 0.0;
  for (Eigen::Index pattern = 0; pattern < power_w.cols(); ++pattern) {
    const Eigen::VectorXd found_k = mean_rows_ * respond(check.shift_per_s, power_w.col(pattern));
    worst_k = std::max(worst_k, (check.block_rise_k.col(pattern) - found_k).cwiseAbs().maxCoeff());
  }
  return worst_k;
}

Eigen::VectorXd ReducedModel::respond(double shift_per_s, const Eigen::VectorXd& power_w) const {
  const Eigen::VectorXd driven = input_ * power_w;
  Eigen::VectorXd x(order() + block_count());
  if (diagonal_)
    x.head(order()) = (driven.array() / (rate_per_s_ + shift_per_s)).matrix();
  else
    x.head(order()) =
        (matrix_ + shift_per_s * Eigen::MatrixXd::Identity(order(), order())).partialPivLu().solve(driven);
  x.tail(block_count()) = power_w;
  return x;
}

const ReducedModel::Propagator& ReducedModel::propagator(double dt_s) const {
  const auto found = std::find_if(propagators_.begin(), propagators_.end(),
                                  [&](const Propagator& p) { return p.dt_s == dt_s; });
  if (found != propagators_.end()) {
    if (found != propagators_.begin()) propagators_.splice(propagators_.begin(), propagators_, found);
    return propagators_.front();
  }
  Propagator made;
  made.dt_s = dt_s;
  if (diagonal_) {
    made.decay = (-rate_per_s_ * dt_s).exp();
    made.response = -(-rate_per_s_ * dt_s).unaryExpr([](double v) { return std::expm1(v); }) / rate_per_s_;
  } else {
    made.transition = (-dt_s * matrix_).exp();
    made.held_input =
        matrix_inverse_ * (Eigen::MatrixXd::Identity(order(), order()) - made.transition) * input_;
  }
  propagators_.push_front(std::move(made));
  if (propagators_.size() > kKeptPropagators) propagators_.pop_back();
  return propagators_.front();
}

State ReducedModel::ambient_state() const {
  return project(full_.ambient_state());
}

State ReducedModel::project(const State& full_state) const {
  State state = full_state;
  state.x = Eigen::VectorXd::Zero(basis_.rows());
  state.x.head(order()) =
      basis_.topRows(order()) * full_.network().capacity_j_k.cwiseProduct(full_state.x - rest_c_);
  return state;
}

State ReducedModel::expand(const State& state) const {
  State full_state = state;
  full_state.x = rest_c_ + basis_.transpose() * state.x;
  return full_state;
}

State ReducedModel::steady(std::span<const double> block_power_w) const {
  State state;
  state.x = respond(0.0, Eigen::Map<const Eigen::VectorXd>(block_power_w.data(),
                                                           static_cast<Eigen::Index>(block_power_w.size())));
  state.heat_out_j = Eigen::VectorXd::Zero(outlet_rows_.rows());
  state.initial_heat_j = stored_row_.dot(state.x.head(order())) + stored_rest_j_;
  return state;
}

void ReducedModel::step(State& state, double dt_s, std::span<const double> block_power_w) const {
  KILN_CHECK(state.x.size() == basis_.rows(), "a state of {} coordinates for a reduced model of {}",
             state.x.size(), basis_.rows());
  KILN_CHECK(static_cast<int>(block_power_w.size()) == block_count(), "{} powers for {} blocks",
             block_power_w.size(), block_count());
  if (dt_s <= 0.0) return;
  const Eigen::Map<const Eigen::VectorXd> power_w(block_power_w.data(), block_count());
  const Propagator& held = propagator(dt_s);
  const Eigen::Index n = order();
  // The integral of z over the step follows from the equation of motion itself.
  driven_.setZero(n);
  add_weighted_columns(input_.data(), static_cast<int>(n), block_count(), block_power_w.data(),
                       driven_.data());
  if (diagonal_) {
    next_ = held.decay * state.x.head(n).array() + held.response * driven_.array();
    integral_ = (driven_.array() * dt_s - next_ + state.x.head(n).array()) * time_s_;
  } else {
    next_ = (held.transition * state.x.head(n) + held.held_input * power_w).array();
    integral_ = (matrix_inverse_ * (dt_s * driven_ - next_.matrix() + state.x.head(n))).array();
  }
  state.x.head(n) = next_.matrix();
  state.x.tail(block_count()) = power_w;
  state.heat_out_j.noalias() += outlet_rows_ * integral_.matrix();
  state.heat_out_j += dt_s * outlet_rest_w_;
  state.heat_in_j += power_w.sum() * dt_s;
  state.elapsed_s += dt_s;
}

double ReducedModel::block_mean_c(const State& state, int block) const {
  return mean_rest_c_[block] + mean_rows_.row(block).dot(state.x);
}

void ReducedModel::block_means_c(const State& state, std::span<double> means_c) const {
  Eigen::Map<Eigen::VectorXd> means(means_c.data(), static_cast<Eigen::Index>(means_c.size()));
  means = mean_rest_c_;
  add_weighted_columns(mean_rows_.data(), block_count(), static_cast<int>(state.x.size()), state.x.data(),
                       means_c.data());
}

double ReducedModel::cell_c(const State& state, int cell) const {
  return rest_c_[cell] + basis_.col(cell).dot(state.x);
}

double ReducedModel::block_max_c(const State& state, int block) const {
  double hottest = -std::numeric_limits<double>::infinity();
  for (const int cell : hot_cells_.at(block)) hottest = std::max(hottest, cell_c(state, cell));
  return hottest;
}

double ReducedModel::max_cell_c(const State& state) const {
  double hottest = -std::numeric_limits<double>::infinity();
  for (int block = 0; block < block_count(); ++block) hottest = std::max(hottest, block_max_c(state, block));
  return hottest;
}

double ReducedModel::probe_c(const State& state, Probe probe) const {
  const ReducedProbe& reduced = probe == Probe::skin ? skin_ : board_;
  if (reduced.rows.rows() == 0)
    throw base::SimError(
        fmt::format("the package has no {} thermometer", probe == Probe::skin ? "skin" : "board"));
  return (reduced.rows * state.x + reduced.rest_c).maxCoeff();
}

HeatBalance ReducedModel::balance(const State& state) const {
  return {.in = state.heat_in_j,
          .stored = stored_row_.dot(state.x.head(order())) + stored_rest_j_ - state.initial_heat_j,
          .out = state.heat_out_j.sum()};
}

}  // namespace kiln::thermal
