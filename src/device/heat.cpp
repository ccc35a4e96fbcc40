// SPDX-License-Identifier: MIT
#include "device/heat.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/units.h"
#include "thermal/stepper.h"

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

struct Heat::Network {
  Network(const thermal::PackageConfig& package, const thermal::Floorplan& floorplan, double ambient_c,
          const base::Watch& watch, thermal::Ambient ambient)
      : full(package, floorplan, ambient_c, {}, thermal::Device::outside, watch, ambient),
        cooling_w(thermal::cooling_power_w(full)) {}

  thermal::ThermalModel full;
  double cooling_w;  ///< of fans and pumps
  std::optional<thermal::Stepper> stepper;
  bool irreducible = false;
};

Heat::Heat(thermal::PackageConfig package, thermal::Floorplan floorplan, double ambient_c, int chip_blocks,
           const base::Watch& watch)
    : package_(std::move(package)),
      floorplan_(std::move(floorplan)),
      ambient_c_(ambient_c),
      watch_(watch),
      forced_(thermal::has_forced_cooling(package_)),
      chip_blocks_(chip_blocks < 0 ? floorplan_.blocks.size() : static_cast<std::size_t>(chip_blocks)) {
  network_ = &network_now();
  block_c_.assign(floorplan_.blocks.size(), ambient_c_);
  begin_at(ambient_c_);
}

Heat::~Heat() = default;

thermal::Stepper& Heat::stepper() {
  return *network_->stepper;
}

const thermal::Stepper& Heat::stepper() const {
  return *network_->stepper;
}

const thermal::ThermalModel& Heat::model() const {
  return network_->full;
}

bool Heat::reduced() const {
  return stepper().reduced() != nullptr;
}

bool Heat::has_probe(Probe probe) const {
  return model().has_probe(probe);
}

std::vector<thermal::CoolantStream> Heat::coolant() const {
  return thermal::coolant_streams(model(), full_state(), deviation_k_);
}

Heat::Network& Heat::network_now() {
  const int step = static_cast<int>(std::lround(drive_ * kDriveSteps));
  std::unique_ptr<Network>& network = networks_[{packages_, step}];
  if (!network) {
    network = std::make_unique<Network>(thermal::driven(package_, drive_), floorplan_, ambient_c_, watch_,
                                        ambient_);
    if (package_.device && !device_)
      device_ = std::make_unique<thermal::CooledModel>(network->full, *package_.device);
    network->stepper.emplace(network->full, device_.get());
  }
  if (reduced_step_s_ > 0 && !network->stepper->reduced() && !network->irreducible) reduce(*network);
  return *network;
}

void Heat::move_to(Network& network) {
  if (&network == network_) return;
  thermal::State full = stepper().expand_stored(state_);
  network_ = &network;
  state_ = stepper().enter(std::move(full));
  if (device_) device_->move_to(network_->full);
}

void Heat::reduce(Network& network) {
  try {
    network.stepper->reduce({.fastest_per_s = std::min(kFastest_per_s, 3 / reduced_step_s_),
                             .response_tolerance_k = kReplayed_k});
  } catch (const thermal::NotReducible& error) {
    network.irreducible = true;
    if (unreduced_reason_.empty()) unreduced_reason_ = error.what();
  }
}

void Heat::reduce(double step_s) {
  if (reduced_step_s_ > 0 || device_) return;
  reduced_step_s_ = step_s;
  network_ = &network_now();
  state_ = stepper().enter(std::move(state_));
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
  return network_->cooling_w + (device_ ? device_->books().electrical_w : 0.0);
}

void Heat::expect_steady(double step_s) {
  stepper().expect_steady(step_s);
}

thermal::State Heat::steady(std::span<const double> fixed_w, const thermal::Leakage& leakage) {
  return stepper().steady(fixed_w, leakage).state;
}

void Heat::begin_at(double celsius) {
  const thermal::ThermalModel& full = network_->full;
  begin(full.state_of(Eigen::VectorXd::Constant(full.cell_count(), celsius)));
}

void Heat::begin(thermal::State full_state) {
  state_ = stepper().enter(std::move(full_state));
  stepper().begin(state_);
  hottest_c_ = -base::kZeroCelsiusInKelvin;
  read_blocks();
  read_probes();
}

void Heat::step(double dt_s, std::span<const double> block_w) {
  stepper().step(state_, dt_s, inputs_of(block_w), block_c_);
  note_hottest();
  for (std::size_t b = 0; b < mean_j_.size(); ++b) mean_j_[b] += block_w[b] * dt_s;
  mean_s_ += dt_s;
  if (state_.elapsed_s >= probes_at_s_ + kProbePeriod_s * (1 - 1e-9)) read_probes();
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
  return stepper().steady_means_c(inputs_of(block_w));
}

thermal::State Heat::steady_of(std::span<const double> block_w) {
  return stepper().steady(inputs_of(block_w));
}

std::vector<double> Heat::means_after_c(double dt_s, std::span<const double> block_w) {
  thermal::State state = state_;
  stepper().step(state, dt_s, inputs_of(block_w));
  std::vector<double> means_c(block_c_.size());
  stepper().read_block_means(state, means_c);
  return means_c;
}

void Heat::read_blocks() {
  stepper().read_block_means(state_, block_c_);
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
    return stepper().probe_c(state_, probe) + model().thermometer(probe)->ambient_share * deviation_k_;
  };
  if (has_probe(Probe::skin)) skin_c_ = read_c(Probe::skin);
  if (has_probe(Probe::board)) board_c_ = read_c(Probe::board);
}

thermal::HeatBalance Heat::balance() const {
  return stepper().balance(state_);
}

thermal::State Heat::full_state() const {
  return stepper().expand(state_);
}

thermal::State Heat::hottest_state() const {
  return hottest_in_->stepper->expand(hottest_);
}

}  // namespace kiln::device
