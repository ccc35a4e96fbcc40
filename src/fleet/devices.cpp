// SPDX-License-Identifier: MIT
#include "fleet/devices.h"

#include "base/error.h"
#include "base/parallel.h"
#include "fleet/replayed_device.h"

namespace kiln::fleet {

Devices::Devices(const FleetConfig& config, const batch::BatchOptions& options) {
  for (std::size_t g = 0; g < config.devices.size(); ++g) {
    const DevicesConfig& group = config.devices[g];
    kinds_.push_back(std::make_unique<DeviceKind>(group.experiment, options));
    auto payload = std::make_unique<Payload>(kinds_.back()->prepared(), group.experiment.compression);
    if (payload->plain_bytes() == 0)
      throw base::ConfigError({}, fmt::format("devices.{}.experiment.training", g),
                              "trains no parameters; a device without gradients has nothing to exchange");
    if (!payload_) {
      payload_ = std::move(payload);
    } else if (payload->shape_text() != payload_->shape_text() || payload->layers(1) != payload_->layers(1)) {
      throw base::ConfigError({}, fmt::format("devices.{}.experiment", g),
                              "trains other layers than devices.0 or codes their gradients otherwise; "
                              "devices that learn together "
                              "share network, frozen layers, precision and compression");
    }
    for (int copy = 0; copy < group.count; ++copy) {
      kind_of_.push_back(g);
      ambients_c_.push_back(group.ambients_c.empty()
                                ? group.experiment.environment.ambient_c
                                : group.ambients_c[static_cast<std::size_t>(copy) % group.ambients_c.size()]);
    }
  }
  for (const auto& kind : kinds_) kind->simulate_first();
}

Devices::Devices(Devices& nominal, const std::vector<soc::SocConfig>& chips)
    : kind_of_(nominal.kind_of_),
      ambients_c_(nominal.ambients_c_),
      payload_(std::make_unique<Payload>(*nominal.payload_)) {
  for (std::size_t k = 0; k < chips.size(); ++k)
    kinds_.push_back(std::make_unique<DeviceKind>(*nominal.kinds_[k], chips[k]));
}

std::vector<std::unique_ptr<Worker>> Devices::make_workers() {
  if (devices_.empty()) {
    devices_.resize(kind_of_.size());
    base::for_each_in_parallel(devices_.size(), [&](std::size_t device) {
      devices_[device] = kinds_[kind_of_[device]]->make_device(ambients_c_[device]);
    });
  }
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::size_t device = 0; device < kind_of_.size(); ++device)
    workers.push_back(std::make_unique<ReplayedDevice>(*kinds_[kind_of_[device]], *devices_[device]));
  return workers;
}

double Devices::samples_per_step(int device) const {
  return kinds_[kind_of(device)]->prepared().graph.samples();
}

}  // namespace kiln::fleet
