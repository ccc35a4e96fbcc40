// SPDX-License-Identifier: MIT
// The devices of a fleet as they are configured: kinds, prepared and simulated, and a worker for each copy.
#pragma once

#include <memory>
#include <vector>

#include "fleet/device_kind.h"
#include "fleet/fleet_config.h"
#include "fleet/payload.h"
#include "fleet/worker.h"

namespace kiln::fleet {

class Periods;

/// Every kind with its step at the highest operating point, simulated. Throws ConfigError where kinds do not
/// train the same parameters or code them differently.
class Devices {
 public:
  Devices(const FleetConfig& config, const batch::BatchOptions& options);

  /// The same devices on chips with other joules, by kind; `nominal` must outlive them.
  Devices(Devices& nominal, const std::vector<soc::SocConfig>& chips);

  /// One for each device, in the order of the configuration, cold. They refer to this object; those of an
  /// earlier call are void, since it is the same devices that begin anew.
  std::vector<std::unique_ptr<Worker>> make_workers();
  /// Place of a device's kind in the configuration.
  std::size_t kind_of(int device) const { return kind_of_[static_cast<std::size_t>(device)]; }
  double ambient_c(int device) const { return ambients_c_[static_cast<std::size_t>(device)]; }
  const DeviceKind& kind(std::size_t kind) const { return *kinds_[kind]; }
  std::size_t kinds() const { return kinds_.size(); }
  /// Of a kind's devices as they are built: dies have the package of all.
  experiment::ExperimentConfig experiment(std::size_t kind) const;
  /// That all devices are dies of, as it is now; null: each has its own.
  const device::HeatedPackage* package() const { return package_.get(); }
  /// That feeds all dies, as it is now; nothing: mains, or no package.
  const pdn::Battery* battery() const;
  /// As it is now; workers were made.
  const device::Device& device(int device) const { return *devices_[static_cast<std::size_t>(device)]; }
  const Payload& payload() const { return *payload_; }
  double samples_per_step(int device) const;

 private:
  void find_marks(const ExchangeConfig& exchange);
  void make_devices();
  void make_dies();

  std::vector<std::unique_ptr<DeviceKind>> kinds_;
  std::optional<thermal::PackageConfig> package_config_;
  std::optional<pdn::BatteryConfig> battery_config_;
  std::shared_ptr<device::HeatedPackage> package_;
  std::shared_ptr<Periods> periods_;                      ///< of the package, of the workers made last
  std::vector<std::unique_ptr<device::Device>> devices_;  ///< made when first asked for
  std::vector<std::size_t> kind_of_;
  std::vector<double> ambients_c_;
  std::vector<int> quarter_turns_;
  std::unique_ptr<Payload> payload_;
  std::vector<std::vector<double>> marks_;  ///< by kind
};

}  // namespace kiln::fleet
