// SPDX-License-Identifier: MIT
// The package with its cooling as the run loop sees it: block temperatures from block powers, step by step,
// for every kind of cooling.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/watch.h"
#include "thermal/cooling.h"
#include "thermal/floorplan.h"
#include "thermal/package_config.h"
#include "thermal/runaway.h"
#include "thermal/state.h"

namespace kiln::thermal {
class CooledModel;
class Stepper;
class ThermalModel;
}  // namespace kiln::thermal

namespace kiln::device {

class Heat {
 public:
  /// The first `chip_blocks` blocks (all if negative) decide which moment is the hottest: not the regulators
  /// on the board. Cooling starts at full drive. Throws base::SimError on an ill-posed package.
  Heat(thermal::PackageConfig package, thermal::Floorplan floorplan, double ambient_c, int chip_blocks = -1,
       const base::Watch& watch = {});
  ~Heat();

  /// From now on steps of `step_s` use reduced models, which makes long horizons affordable. A package with a
  /// device on a face is not linear and keeps the full model, and so does one that cannot be reduced.
  void reduce(double step_s);
  bool reduced() const;
  /// Why a network kept its full model although `reduce` was called; empty if none did.
  const std::string& unreduced_reason() const { return unreduced_reason_; }
  /// Fan, pump or thermoelectric current, 0 to 1, in steps of 5 %: one network is built per level used.
  void drive(double level);
  /// Electrical power of the cooling now.
  double cooling_w() const;
  double drive() const { return drive_; }
  /// 0 if all that could be driven stands still.
  double drive_now() const { return thermal::cooling_stands(package_) ? 0.0 : drive_; }
  /// Coolant in micro-channels now.
  std::vector<thermal::CoolantStream> coolant() const;
  /// From now on the package is this one: the same bodies otherwise cooled, covered or lit. Temperatures and
  /// books go on. Throws base::SimError where it leaves heat no way out.
  void change_package(thermal::PackageConfig package);
  /// Of the room from now on. Networks are built anew when it first leaves the constructor's, then never.
  void set_ambient(double celsius);

  /// Starts to compute on another thread what `steady` needs at the present drive, and what steps of `step_s`
  /// need (0: none). Call nothing else of this object before `steady`.
  void expect_steady(double step_s = 0);
  /// Steady state of the present drive with leakage in the
  /// loop. Throws thermal::ThermalRunaway naming the block.
  thermal::State steady(std::span<const double> fixed_w, const thermal::Leakage& leakage);
  void begin(thermal::State full_state);
  /// All of it at one temperature.
  void begin_at(double celsius);
  void begin_at_ambient() { begin_at(ambient_c()); }
  void step(double dt_s, std::span<const double> block_w);

  /// From now on `mean_w` is the mean power of each block.
  void restart_mean();
  std::vector<double> mean_w() const;
  /// Block means in the steady state of these powers, leakage included in them, at the present drive.
  std::vector<double> steady_means_c(std::span<const double> block_w);
  /// The same as a full state.
  thermal::State steady_of(std::span<const double> block_w);
  /// Block means after `dt_s` of these powers, without going there.
  std::vector<double> means_after_c(double dt_s, std::span<const double> block_w);

  double ambient_c() const { return ambient_c_ + deviation_k_; }
  std::span<const double> block_c() const { return block_c_; }
  bool has_probe(thermal::Probe probe) const;
  /// Thermometers on the outside, which moves within seconds, are read every 10 ms.
  double probe_c(thermal::Probe probe) const { return probe == thermal::Probe::skin ? skin_c_ : board_c_; }
  /// Heat in = stored + out since `begin`, in J.
  thermal::HeatBalance balance() const;
  const thermal::ThermalModel& model() const;
  thermal::State full_state() const;
  /// Of the moment since `begin` when a block was hottest.
  thermal::State hottest_state() const;
  double hottest_c() const { return hottest_c_; }
  const std::string& hottest_block() const { return floorplan_.blocks[hottest_block_].name; }
  /// The hottest block of the chip now.
  double hottest_now_c() const { return hottest_now_c_; }

 private:
  struct Network;
  Network& network_now();
  void move_to(Network& network);
  void drive_device();
  void reduce(Network& network);
  std::span<const double> inputs_of(std::span<const double> block_w);
  thermal::Stepper& stepper();
  const thermal::Stepper& stepper() const;
  void read_blocks();
  void note_hottest();
  void read_probes();

  thermal::PackageConfig package_;
  thermal::Floorplan floorplan_;
  double ambient_c_;
  base::Watch watch_;
  thermal::Ambient ambient_ = thermal::Ambient::constant;
  int packages_ = 0;  ///< how many there were; networks are kept for all of them, since states refer to them
  std::map<std::pair<int, int>, std::unique_ptr<Network>> networks_;  ///< by package and drive step
  Network* network_ = nullptr;
  std::unique_ptr<thermal::CooledModel> device_;
  bool forced_;                ///< it has fans or pumps
  double reduced_step_s_ = 0;  ///< what `reduce` asked for; 0: it was not called
  std::string unreduced_reason_;
  double drive_ = 1;
  double deviation_k_ = 0;  ///< of the room from `ambient_c_`
  thermal::State state_;
  std::vector<double> inputs_w_;  ///< blocks, then the room
  std::vector<double> block_c_;
  double skin_c_ = 0, board_c_ = 0, probes_at_s_ = 0;
  std::size_t chip_blocks_;
  std::vector<double> mean_j_;  ///< since restart_mean
  double mean_s_ = 0;
  double hottest_c_ = 0, hottest_now_c_ = 0;
  std::size_t hottest_block_ = 0;
  thermal::State hottest_;
  const Network* hottest_in_ = nullptr;
};

}  // namespace kiln::device
