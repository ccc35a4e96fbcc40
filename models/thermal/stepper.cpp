// SPDX-License-Identifier: MIT
#include "thermal/stepper.h"

#include <algorithm>
#include <utility>

namespace kiln::thermal {

Stepper::Stepper(const ThermalModel& full, CooledModel* device) : full_(full), device_(device) {}

void Stepper::reduce(const ReductionOptions& options) {
  KILN_CHECK(!device_, "a package with a device on a face is not linear");
  reduced_ = std::make_unique<ReducedModel>(full_, options);
}

State Stepper::enter(State full_state) const {
  return reduced_ ? reduced_->project(full_state) : std::move(full_state);
}

State Stepper::expand(const State& state) const {
  return reduced_ ? reduced_->expand(state) : state;
}

State Stepper::expand_stored(const State& state) const {
  return reduced_ ? reduced_->expand_stored(state) : state;
}

void Stepper::begin(const State& state) {
  if (device_) device_->begin(state);
}

void Stepper::step(State& state, double dt_s, std::span<const double> input_w, std::span<double> means_c) {
  if (reduced_) {
    const bool room = !means_c.empty() && full_.input_count() > full_.block_count();
    if (room) input_means_c_.resize(static_cast<std::size_t>(full_.input_count()));
    reduced_->step(state, dt_s, input_w, room ? input_means_c_ : means_c);
    if (room) std::copy_n(input_means_c_.begin(), means_c.size(), means_c.begin());
    return;
  }
  if (device_)
    device_->step(state, dt_s, input_w);
  else
    full_.step(state, dt_s, input_w);
  read_block_means(state, means_c);
}

void Stepper::read_block_means(const State& state, std::span<double> means_c) const {
  for (std::size_t b = 0; b < means_c.size(); ++b) means_c[b] = block_mean_c(state, static_cast<int>(b));
}

double Stepper::block_mean_c(const State& state, int block) const {
  return reduced_ ? reduced_->block_mean_c(state, block) : full_.block_mean_c(state, block);
}

double Stepper::max_cell_c(const State& state) const {
  return reduced_ ? reduced_->max_cell_c(state) : full_.max_cell_c(state);
}

double Stepper::probe_c(const State& state, Probe probe) const {
  return reduced_ ? reduced_->probe_c(state, probe) : full_.probe_c(state, probe);
}

HeatBalance Stepper::balance(const State& state) const {
  if (device_) return device_->balance(state);
  return reduced_ ? reduced_->balance(state) : full_.balance(state);
}

State Stepper::steady(std::span<const double> input_w) {
  return device_ ? device_->steady(input_w) : full_.steady(input_w);
}

std::vector<double> Stepper::steady_means_c(std::span<const double> input_w) {
  std::vector<double> means_c(static_cast<std::size_t>(full_.block_count()));
  if (reduced_) {
    read_block_means(reduced_->steady(input_w), means_c);
    return means_c;
  }
  const State state = steady(input_w);
  for (std::size_t b = 0; b < means_c.size(); ++b)
    means_c[b] = full_.block_mean_c(state, static_cast<int>(b));
  return means_c;
}

LeakageSteady Stepper::steady(std::span<const double> fixed_w, const Leakage& leakage) {
  return device_ ? steady_with_leakage(*device_, fixed_w, leakage) : leakage_loop().steady(fixed_w, leakage);
}

void Stepper::expect_steady(double step_s) {
  if (device_ || leakage_loop_.valid()) return;
  leakage_loop_ = std::async(std::launch::async | std::launch::deferred, [step_s, &full = full_] {
                    if (step_s > 0) full.expect_step(step_s);
                    return std::make_unique<LeakageLoop>(full);
                  }).share();
}

const LeakageLoop& Stepper::leakage_loop() {
  if (!leakage_loop_.valid()) {
    std::promise<std::unique_ptr<LeakageLoop>> loop;
    loop.set_value(std::make_unique<LeakageLoop>(full_));
    leakage_loop_ = loop.get_future().share();
  }
  return *leakage_loop_.get();
}

HeatBalance Stepper::steady_balance(const State& full_state, std::span<const double> input_w) const {
  return device_ ? device_->steady_balance(full_state, input_w) : full_.steady_balance(full_state, input_w);
}

}  // namespace kiln::thermal
