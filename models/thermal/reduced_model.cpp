// SPDX-License-Identifier: MIT
#include "thermal/reduced_model.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <unsupported/Eigen/MatrixFunctions>

#include "base/error.h"

namespace kiln::thermal {
namespace {

constexpr double kCheckRise_k = 60.0;  // steady rise the check powers are scaled to
constexpr double kDependent = 1e-9;    // columns this small after orthogonalisation add nothing
constexpr int kMaxRefinements = 6;
constexpr std::size_t kKeptPropagators = 16;

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
  const double slowest_per_s = conductance_w_k / model.network().capacity_j_k.sum();

  std::vector<double> shifts{0.0};
  const double decades = std::log(std::max(10.0, options.fastest_per_s / slowest_per_s));
  const int count = std::max(2, static_cast<int>(std::ceil(decades / std::log(options.shift_ratio))));
  for (int i = 0; i < count; ++i) shifts.push_back(options.fastest_per_s * std::exp(-decades * i / count));
  std::sort(shifts.begin(), shifts.end());
  build(shifts);

  Eigen::VectorXd power_w = Eigen::VectorXd::Ones(block_count());
  const std::vector<double> ones(static_cast<std::size_t>(block_count()), 1.0);
  power_w *= kCheckRise_k / (full_.steady(ones).x - rest_c_).maxCoeff();
  for (int round = 0;; ++round) {
    const double dc_error = error_at(0.0, power_w);
    check_error_k_ = dc_error;
    std::vector<double> missing;
    for (std::size_t i = 1; i + 1 < shifts.size(); ++i) {
      const double between = std::sqrt(shifts[i] * shifts[i + 1]);
      const double error = error_at(between, power_w);
      check_error_k_ = std::max(check_error_k_, error);
      if (error > options.pulse_tolerance_k) missing.push_back(between);
    }
    if (missing.empty() && dc_error < options.dc_tolerance_k) break;
    if (round == kMaxRefinements)
      throw base::SimError(
          fmt::format("the reduced thermal model differs from the full one by {:.3g} K (steady {:.3g} K); "
                      "use the full model",
                      check_error_k_, dc_error));
    build(missing);
    shifts.insert(shifts.end(), missing.begin(), missing.end());
    std::sort(shifts.begin(), shifts.end());
  }
  set_outputs();
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
  if (diagonal_) {
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen((reduced + reduced.transpose()) / 2.0);
    rate_per_s_ = eigen.eigenvalues().array();
    KILN_CHECK(rate_per_s_.minCoeff() > 0.0, "a thermal mode grows: rate {} 1/s", rate_per_s_.minCoeff());
    basis_ = eigen.eigenvectors().transpose() * basis.transpose();
    input_ = eigen.eigenvectors().transpose() * input;
  } else {
    matrix_ = std::move(reduced);
    matrix_inverse_ = matrix_.inverse();
    basis_ = basis.transpose();
    input_ = std::move(input);
  }
  mean_rows_.resize(blocks, basis_.rows());
  for (int block = 0; block < blocks; ++block) {
    mean_rows_.row(block).setZero();
    for (const CellShare& part : full_.block_cells(block))
      mean_rows_.row(block) += part.share * basis_.col(part.cell).transpose();
  }
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
  outlet_rows_ = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(outlets.size()), basis_.rows());
  for (std::size_t o = 0; o < outlets.size(); ++o)
    for (const CellShare& part : outlets[o].conductance_w_k)
      outlet_rows_.row(static_cast<Eigen::Index>(o)) += part.share * basis_.col(part.cell).transpose();
  stored_row_ = (basis_ * full_.network().capacity_j_k).transpose();
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
    ReducedProbe probe{Eigen::MatrixXd::Zero(1, order()), Eigen::VectorXd::Zero(1)};
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
  ReducedProbe probe{Eigen::MatrixXd(static_cast<Eigen::Index>(hot.size()), order()),
                     Eigen::VectorXd(static_cast<Eigen::Index>(hot.size()))};
  for (std::size_t i = 0; i < hot.size(); ++i) {
    probe.rows.row(static_cast<Eigen::Index>(i)) = face_row(hot[i]);
    probe.rest_c[static_cast<Eigen::Index>(i)] = face_rest_c(hot[i]);
  }
  return probe;
}

double ReducedModel::error_at(double shift_per_s, const Eigen::VectorXd& power_w) const {
  const Eigen::VectorXd input_w =
      full_.cell_power_w({power_w.data(), static_cast<std::size_t>(power_w.size())});
  const Eigen::VectorXd exact = full_.solve(shift_per_s, input_w);
  const Eigen::VectorXd driven = input_ * power_w;
  Eigen::VectorXd z;
  if (diagonal_)
    z = (driven.array() / (rate_per_s_ + shift_per_s)).matrix();
  else
    z = (matrix_ + shift_per_s * Eigen::MatrixXd::Identity(order(), order())).partialPivLu().solve(driven);
  // Means of the blocks: what the reduced model is asked for. A single cell of a thin layer may differ more.
  double worst = 0.0;
  for (int block = 0; block < block_count(); ++block) {
    double mean = 0.0;
    for (const CellShare& part : full_.block_cells(block)) mean += part.share * exact[part.cell];
    worst = std::max(worst, std::abs(mean - mean_rows_.row(block).dot(z)));
  }
  return worst;
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
  state.x = basis_ * full_.network().capacity_j_k.cwiseProduct(full_state.x - rest_c_);
  return state;
}

State ReducedModel::expand(const State& state) const {
  State full_state = state;
  full_state.x = rest_c_ + basis_.transpose() * state.x;
  return full_state;
}

State ReducedModel::steady(std::span<const double> block_power_w) const {
  const Eigen::Map<const Eigen::VectorXd> power_w(block_power_w.data(),
                                                  static_cast<Eigen::Index>(block_power_w.size()));
  State state;
  const Eigen::VectorXd driven = input_ * power_w;
  if (diagonal_)
    state.x = (driven.array() / rate_per_s_).matrix();
  else
    state.x = matrix_inverse_ * driven;
  state.heat_out_j = Eigen::VectorXd::Zero(outlet_rows_.rows());
  state.initial_heat_j = stored_row_.dot(state.x) + stored_rest_j_;
  return state;
}

void ReducedModel::step(State& state, double dt_s, std::span<const double> block_power_w) const {
  KILN_CHECK(state.x.size() == order(), "a state of {} coordinates for a reduced model of order {}",
             state.x.size(), order());
  KILN_CHECK(static_cast<int>(block_power_w.size()) == block_count(), "{} powers for {} blocks",
             block_power_w.size(), block_count());
  if (dt_s <= 0.0) return;
  const Eigen::Map<const Eigen::VectorXd> power_w(block_power_w.data(), block_count());
  const Propagator& held = propagator(dt_s);
  Eigen::VectorXd integral(order());  // of z over the step, from the equation of motion itself
  if (diagonal_) {
    const Eigen::ArrayXd driven = (input_ * power_w).array();
    const Eigen::ArrayXd next = held.decay * state.x.array() + held.response * driven;
    integral = ((driven * dt_s - next + state.x.array()) / rate_per_s_).matrix();
    state.x = next.matrix();
  } else {
    const Eigen::VectorXd next = held.transition * state.x + held.held_input * power_w;
    integral = matrix_inverse_ * (dt_s * (input_ * power_w) - next + state.x);
    state.x = next;
  }
  state.heat_out_j.noalias() += outlet_rows_ * integral;
  state.heat_out_j += dt_s * outlet_rest_w_;
  state.heat_in_j += power_w.sum() * dt_s;
  state.elapsed_s += dt_s;
}

double ReducedModel::block_mean_c(const State& state, int block) const {
  return mean_rest_c_[block] + mean_rows_.row(block).dot(state.x);
}

void ReducedModel::block_means_c(const State& state, std::span<double> means_c) const {
  Eigen::Map<Eigen::VectorXd> means(means_c.data(), static_cast<Eigen::Index>(means_c.size()));
  means.noalias() = mean_rows_ * state.x;
  means += mean_rest_c_;
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
          .stored = stored_row_.dot(state.x) + stored_rest_j_ - state.initial_heat_j,
          .out = state.heat_out_j.sum()};
}

}  // namespace kiln::thermal
