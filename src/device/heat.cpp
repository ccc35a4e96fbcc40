// SPDX-License-Identifier: MIT
#include "device/heat.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/units.h"

namespace kiln::device {

using thermal::Probe;

namespace {

constexpr int kDriveSteps = 20;
// Modes that decay faster than this, well within a step of a replay, are left out of the reduced model.
constexpr double kFastest_per_s = 3e4;
// Bound on the reduction's error under the worst powers; with 49 blocks the error is a fifth of it. Replays
// are tested to 0.2 K.
constexpr double kReplayed_k = 0.05;
constexpr double kProbePeriod_s = 10e-3;

}  // namespace

Heat::Network::Network(const thermal::PackageConfig& config, const thermal::Floorplan& floorplan,
                       double ambient_c, const base::Watch& watch, thermal::Ambient ambient)
    : package(config),
      full(config, floorplan, ambient_c, {}, thermal::Device::outside, watch, ambient),
      cooling_w(thermal::cooling_power_w(full)) {}

Heat::Heat(thermal::PackageConfig package, thermal::Floorplan floorplan, double ambient_c, int chip_blocks,
           const base::Watch& watch)
    : package_(std::move(package)),
      floorplan_(std::move(floorplan)),
      ambient_c_(ambient_c),
      watch_(watch),
      forced_(thermal::has_forced_cooling(package_)),
      chip_blocks_(chip_blocks < 0 ? floorplan_.blocks.size() : static_cast<std::size_t>(chip_blocks)) {
  network_ = &network_now();
  if (package_.device) device_ = std::make_unique<thermal::CooledModel>(network_->full, *package_.device);
  block_c_.assign(floorplan_.blocks.size(), ambient_c_);
  begin_at(ambient_c_);
}

Heat::Network& Heat::network_now() {
  const int step = static_cast<int>(std::lround(drive_ * kDriveSteps));
  std::unique_ptr<Network>& network = networks_[{packages_, step}];
  if (!network)
    network = std::make_unique<Network>(thermal::driven(package_, drive_), floorplan_, ambient_c_, watch_,
                                        ambient_);
  if (reduction_ && !network->reduced && !network->irreducible) reduce(*network);
  return *network;
}

void Heat::move_to(Network& network) {
  if (&network == network_) return;
  thermal::State full = reduced() ? network_->reduced->expand_stored(state_) : state_;
  network_ = &network;
  state_ = reduced() ? network_->reduced->project(full) : std::move(full);
  if (device_) device_->move_to(network_->full);
}

void Heat::reduce(Network& network) {
  try {
    network.reduced = std::make_unique<thermal::ReducedModel>(network.full, *reduction_);
  } catch (const thermal::NotReducible& error) {
    network.irreducible = true;
    if (unreduced_reason_.empty()) unreduced_reason_ = error.what();
  }
}

void Heat::reduce(double step_s) {
  if (reduction_ || device_) return;
  reduction_ = {.fastest_per_s = std::min(kFastest_per_s, 3 / step_s), .response_tolerance_k = kReplayed_k};
  network_ = &network_now();
  if (reduced()) state_ = network_->reduced->project(state_);
}

void Heat::drive(double level) {
  const double drive = std::round(std::clamp(level, 0.0, 1.0) * kDriveSteps) / kDriveSteps;
  if (drive == drive_) return;
  drive_ = drive;
  drive_device();
  if (forced_) move_to(network_now());
}

void Heat::drive_device() {
  if (device_) device_->device().drive(package_.device->works ? drive_ : 0.0);
}

void Heat::change_package(thermal::PackageConfig package) {
  package_ = std::move(package);
  ++packages_;
  drive_device();
  move_to(network_now());
}

void Heat::set_ambient(double celsius) {
  deviation_k_ = celsius - ambient_c_;
  if (device_) device_->device().set_ambient(celsius);
  if (deviation_k_ == 0 || ambient_ == thermal::Ambient::input) return;
  ambient_ = thermal::Ambient::input;
  means_c_.resize(block_c_.size() + 1);
  ++packages_;
  move_to(network_now());
}

/// Powers of the blocks, and what the room brings in.
std::span<const double> Heat::inputs_of(std::span<const double> block_w) {
  if (ambient_ == thermal::Ambient::constant) return block_w;
  inputs_w_.assign(block_w.begin(), block_w.end());
  inputs_w_.push_back(network_->full.ambient_input_w(deviation_k_));
  return inputs_w_;
}

double Heat::cooling_w() const {
  return network().cooling_w + (device_ ? device_->books().electrical_w : 0.0);
}

void Heat::expect_steady(double step_s) {
  if (device_ || network_->leakage.valid()) return;
  network_->leakage =
      std::async(std::launch::async | std::launch::deferred, [step_s,
                                                              &model = std::as_const(network_->full)] {
        if (step_s > 0) model.expect_step(step_s);
        return std::make_unique<thermal::LeakageLoop>(model);
      }).share();
}

thermal::State Heat::steady(std::span<const double> fixed_w, const thermal::Leakage& leakage) {
  if (device_) return thermal::steady_with_leakage(*device_, fixed_w, leakage).state;
  expect_steady();
  return network_->leakage.get()->steady(fixed_w, leakage).state;
}

void Heat::begin_at(double celsius) {
  const thermal::ThermalModel& full = network_->full;
  begin(full.state_of(Eigen::VectorXd::Constant(full.cell_count(), celsius)));
}

void Heat::begin(thermal::State full_state) {
  state_ = reduced() ? network_->reduced->project(full_state) : std::move(full_state);
  if (device_) device_->begin(state_);
  hottest_c_ = -base::kZeroCelsiusInKelvin;
  read_blocks();
  read_probes();
}

void Heat::step(double dt_s, std::span<const double> block_w) {
  if (reduced()) {
    const bool room = ambient_ == thermal::Ambient::input;
    network_->reduced->step(state_, dt_s, inputs_of(block_w), room ? means_c_ : block_c_);
    if (room) std::copy_n(means_c_.begin(), block_c_.size(), block_c_.begin());
    note_hottest();
  } else {
    step_state(state_, dt_s, block_w);
    read_blocks();
  }
  for (std::size_t b = 0; b < mean_j_.size(); ++b) mean_j_[b] += block_w[b] * dt_s;
  mean_s_ += dt_s;
  if (state_.elapsed_s >= probes_at_s_ + kProbePeriod_s * (1 - 1e-9)) read_probes();
}

void Heat::step_state(thermal::State& state, double dt_s, std::span<const double> block_w) {
  if (reduced())
    network_->reduced->step(state, dt_s, inputs_of(block_w));
  else if (device_)
    device_->step(state, dt_s, inputs_of(block_w));
  else
    network_->full.step(state, dt_s, inputs_of(block_w));
}

void Heat::restart_mean() {
  mean_j_.assign(block_c_.size(), 0.0);
  mean_s_ = 0;
}

std::vector<double> Heat::mean_w() const {
  std::vector<double> mean = mean_j_;
  for (double& w : mean) w /= mean_s_;
  return mean;
}

std::vector<double> Heat::steady_means_c(std::span<const double> block_w) {
  if (reduced()) return block_means_c(network_->reduced->steady(inputs_of(block_w)));
  return block_means_c(steady_of(block_w));
}

thermal::State Heat::steady_of(std::span<const double> block_w) {
  return device_ ? device_->steady(inputs_of(block_w)) : network_->full.steady(inputs_of(block_w));
}

std::vector<double> Heat::means_after_c(double dt_s, std::span<const double> block_w) {
  thermal::State state = state_;
  step_state(state, dt_s, block_w);
  return block_means_c(state);
}

std::vector<double> Heat::block_means_c(const thermal::State& state) const {
  std::vector<double> means(block_c_.size());
  for (std::size_t b = 0; b < means.size(); ++b) {
    const auto block = static_cast<int>(b);
    means[b] =
        reduced() ? network_->reduced->block_mean_c(state, block) : network_->full.block_mean_c(state, block);
  }
  return means;
}

void Heat::read_blocks() {
  block_c_ = block_means_c(state_);
  note_hottest();
}

void Heat::note_hottest() {
  const auto hottest =
      std::max_element(block_c_.begin(), block_c_.begin() + static_cast<std::ptrdiff_t>(chip_blocks_));
  hottest_now_c_ = *hottest;
  if (!(hottest_now_c_ < thermal::kMelted_c))
    throw thermal::ThermalRunaway(
        floorplan_.blocks[static_cast<std::size_t>(hottest - block_c_.begin())].name, hottest_now_c_);
  if (hottest_now_c_ <= hottest_c_) return;
  hottest_c_ = hottest_now_c_;
  hottest_block_ = static_cast<std::size_t>(hottest - block_c_.begin());
  hottest_ = state_;
  hottest_in_ = network_;
}

void Heat::read_probes() {
  probes_at_s_ = state_.elapsed_s;
  const auto read_c = [&](Probe probe) {
    const thermal::ThermalModel& full = network().full;
    return (reduced() ? network().reduced->probe_c(state_, probe) : full.probe_c(state_, probe)) +
           full.thermometer(probe)->ambient_share * deviation_k_;
  };
  if (has_probe(Probe::skin)) skin_c_ = read_c(Probe::skin);
  if (has_probe(Probe::board)) board_c_ = read_c(Probe::board);
}

thermal::HeatBalance Heat::balance() const {
  if (device_) return device_->balance(state_);
  return reduced() ? network().reduced->balance(state_) : network().full.balance(state_);
}

thermal::State Heat::full_state() const {
  return reduced() ? network().reduced->expand(state_) : state_;
}

thermal::State Heat::hottest_state() const {
  return hottest_in_->reduced ? hottest_in_->reduced->expand(hottest_) : hottest_;
}

}  // namespace kiln::device
