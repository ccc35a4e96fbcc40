// SPDX-License-Identifier: MIT
#include "thermal/cooled_model.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"

namespace kiln::thermal {
namespace {

constexpr int kBisections = 80;
constexpr int kMaxBranchChanges = 4;

}  // namespace

CooledModel::CooledModel(const ThermalModel& model, const DeviceConfig& device) : model_(&model) {
  const BodyMesh& body = model.mesh().bodies[model.mesh().body_index(device.body)];
  const Slab& top = body.slabs.back();
  const int k = static_cast<int>(body.slabs.size()) - 1;
  const double area_m2 = body.footprint.area_m2();
  unit_w_ = Eigen::VectorXd::Zero(model.cell_count());
  for (int j = 0; j < body.ny(); ++j)
    for (int i = 0; i < body.nx(); ++i) {
      const int cell = body.cell(k, j, i);
      const double cell_m2 = body.dx_m(i) * body.dy_m(j);
      unit_w_[cell] = -cell_m2 / area_m2;
    }
  film_k_w_ =
      top.thickness_m * (1.0 - top.node_height) / top.material.through_w_mk(model.ambient_c()) / area_m2;
  device_ = make_device(device, area_m2, model.ambient_c());
  books_.face_c = model.ambient_c();
}

void CooledModel::move_to(const ThermalModel& model) {
  KILN_CHECK(model.cell_count() == model_->cell_count(), "another network of {} cells instead of {}",
             model.cell_count(), model_->cell_count());
  model_ = &model;
  response_dt_s_ = -1.0;
}

double CooledModel::face_c(const State& state, double drawn_w) const {
  return -unit_w_.dot(state.x) - film_k_w_ * drawn_w;
}

double CooledModel::solve_heat(double free_face_c, double slope_k_w, double dt_s) {
  // free - slope * heat(T) - T falls with T: bracket the root, then halve.
  for (int change = 0; change <= kMaxBranchChanges; ++change) {
    const auto excess_k = [&](double face_c) {
      return free_face_c - slope_k_w * device_->heat_w(face_c, dt_s) - face_c;
    };
    double low = free_face_c - 1.0, high = free_face_c + 1.0;
    for (double reach_k = 2.0; excess_k(low) < 0.0 && reach_k < 1e5; reach_k *= 2.0)
      low = free_face_c - reach_k;
    for (double reach_k = 2.0; excess_k(high) > 0.0 && reach_k < 1e5; reach_k *= 2.0)
      high = free_face_c + reach_k;
    for (int i = 0; i < kBisections; ++i) {
      const double middle = (low + high) / 2.0;
      (excess_k(middle) > 0.0 ? low : high) = middle;
    }
    books_.face_c = (low + high) / 2.0;
    if (!device_->settle(books_.face_c)) break;
    ++books_.branch_changes;
  }
  return (free_face_c - books_.face_c) / slope_k_w;
}

State CooledModel::steady(std::span<const double> block_power_w) {
  const Eigen::VectorXd power_w = model_->cell_power_w(block_power_w);
  const State free = model_->steady_of_cells(power_w);
  const Eigen::VectorXd fall = model_->solve(0.0, unit_w_);
  const double slope_k_w = unit_w_.dot(fall) + film_k_w_;
  books_.heat_w = solve_heat(face_c(free, 0.0), slope_k_w, 0.0);
  books_.electrical_w = device_->electrical_w(books_.face_c);
  return model_->steady_of_cells(power_w + books_.heat_w * unit_w_);
}

void CooledModel::begin(const State& state) {
  const double drawn_w = books_.heat_w;
  books_ = {};
  books_.heat_w = drawn_w;
  books_.face_c = face_c(state, drawn_w);
  books_.electrical_w = device_->electrical_w(books_.face_c);
  device_->begin(books_.face_c);
}

const State& CooledModel::response(double dt_s) {
  if (dt_s != response_dt_s_) {
    // Superposition: with and without the watt, both from rest.
    State with = model_->ambient_state(), without = model_->ambient_state();
    model_->step_cells(with, dt_s, unit_w_);
    model_->step_cells(without, dt_s, Eigen::VectorXd::Zero(model_->cell_count()));
    response_ = with;
    response_.x -= without.x;
    response_.heat_out_j -= without.heat_out_j;
    response_dt_s_ = dt_s;
  }
  return response_;
}

void CooledModel::step(State& state, double dt_s, std::span<const double> block_power_w) {
  if (dt_s <= 0.0) return;
  model_->step(state, dt_s, block_power_w);
  const State& watt = response(dt_s);
  books_.heat_w = solve_heat(face_c(state, 0.0), unit_w_.dot(watt.x) + film_k_w_, dt_s);
  state.x += books_.heat_w * watt.x;
  state.heat_out_j += books_.heat_w * watt.heat_out_j;
  device_->advance(books_.face_c, dt_s);
  books_.electrical_w = device_->electrical_w(books_.face_c);
  books_.drawn_j += books_.heat_w * dt_s;
  books_.electrical_j += books_.electrical_w * dt_s;
}

HeatBalance CooledModel::balance(const State& state) const {
  HeatBalance balance = model_->balance(state);
  balance.out += books_.drawn_j;
  return balance;
}

HeatBalance CooledModel::steady_balance(const State& state, std::span<const double> block_power_w) const {
  HeatBalance balance = model_->steady_balance(state, block_power_w);
  balance.out += books_.heat_w;
  return balance;
}

}  // namespace kiln::thermal
