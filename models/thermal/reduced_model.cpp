// SPDX-License-Identifier: MIT
#include "thermal/reduced_model.h"

#include <fmt/core.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <unsupported/Eigen/MatrixFunctions>

#include "base/error.h"

namespace kiln::thermal {
namespace {

constexpr std::size_t kKeptPropagators = 16;

}  // namespace

Eigen::VectorXd ReducedModel::respond(double shift_per_s, const Eigen::VectorXd& power_w) const {
  const Eigen::VectorXd driven = input_ * power_w;
  Eigen::VectorXd x(order() + input_count());
  if (diagonal_)
    x.head(order()) = (driven.array() / (rate_per_s_ + shift_per_s)).matrix();
  else
    x.head(order()) =
        (matrix_ + shift_per_s * Eigen::MatrixXd::Identity(order(), order())).partialPivLu().solve(driven);
  x.tail(input_count()) = power_w;
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
    made.modes = kernel_.hold(dt_s);
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

State ReducedModel::expand_stored(const State& state) const {
  State full_state = state;
  full_state.x = rest_c_ + basis_.topRows(order()).transpose() * state.x.head(order());
  return full_state;
}

State ReducedModel::steady(std::span<const double> block_power_w) const {
  State state;
  state.x = respond(0.0, Eigen::Map<const Eigen::VectorXd>(block_power_w.data(),
                                                           static_cast<Eigen::Index>(block_power_w.size())));
  state.initial_heat_j = stored_row_.dot(state.x.head(order())) + stored_rest_j_;
  return state;
}

void ReducedModel::step(State& state, double dt_s, std::span<const double> block_power_w,
                        std::span<double> means_c) const {
  KILN_CHECK(state.x.size() == basis_.rows(), "a state of {} coordinates for a reduced model of {}",
             state.x.size(), basis_.rows());
  KILN_CHECK(static_cast<int>(block_power_w.size()) == input_count(), "{} powers for {} blocks",
             block_power_w.size(), input_count());
  const Eigen::Map<const Eigen::VectorXd> power_w(block_power_w.data(), input_count());
  Eigen::Map<Eigen::VectorXd> means(means_c.data(), static_cast<Eigen::Index>(means_c.size()));
  if (dt_s > 0 && diagonal_) {
    kernel_.step(propagator(dt_s).modes, block_power_w, {state.x.data(), static_cast<std::size_t>(order())});
    note_flows(state, dt_s, power_w, kernel_.outflow_j());
    if (!means_c.empty()) means = mean_rest_c_ + kernel_.means_k();
    return;
  }
  if (dt_s > 0) step_densely(state, dt_s, power_w);
  if (!means_c.empty()) means = mean_rest_c_ + mean_rows_ * state.x;
}

void ReducedModel::step_densely(State& state, double dt_s, const Vector& power_w) const {
  const Propagator& held = propagator(dt_s);
  const auto z = state.x.head(order());
  const Eigen::VectorXd next = held.transition * z + held.held_input * power_w;
  // The integral of z over the step follows from the equation of motion itself.
  const Eigen::VectorXd integral = matrix_inverse_ * (dt_s * (input_ * power_w) - next + z);
  state.x.head(order()) = next;
  note_flows(state, dt_s, power_w, outlets_.dot(integral));
}

void ReducedModel::note_flows(State& state, double dt_s, const Vector& power_w, double outflow_j) const {
  state.x.tail(input_count()) = power_w;
  state.heat_out_j += outflow_j + dt_s * outlets_rest_w_;
  state.heat_in_j += power_w.sum() * dt_s;
  state.elapsed_s += dt_s;
}

double ReducedModel::block_mean_c(const State& state, int block) const {
  return mean_rest_c_[block] + mean_rows_.row(block).dot(state.x);
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
  if (reduced.columns.cols() == 0)
    throw base::SimError(
        fmt::format("the package has no {} thermometer", probe == Probe::skin ? "skin" : "board"));
  double highest_c = -std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 0; i < reduced.columns.cols(); ++i)
    highest_c = std::max(highest_c, reduced.columns.col(i).dot(state.x) + reduced.rest_c[i]);
  return highest_c;
}

HeatBalance ReducedModel::balance(const State& state) const {
  const double stored_j = stored_row_.dot(state.x.head(order()));
  return {.in = state.heat_in_j,
          .stored = stored_j + stored_rest_j_ - state.initial_heat_j,
          .out = state.heat_out_j,
          .content = rest_content_j_ + std::abs(stored_j)};
}

}  // namespace kiln::thermal
