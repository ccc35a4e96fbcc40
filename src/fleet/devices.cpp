// SPDX-License-Identifier: MIT
#include "fleet/devices.h"

#include "base/error.h"
#include "base/parallel.h"
#include "fleet/dies.h"
#include "fleet/gradient_times.h"
#include "fleet/replayed_device.h"

namespace kiln::fleet {

Devices::Devices(const FleetConfig& config, const batch::BatchOptions& options)
    : package_config_(config.package), battery_config_(config.battery) {
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
      quarter_turns_.push_back(
          group.quarter_turns.empty()
              ? 0
              : group.quarter_turns[static_cast<std::size_t>(copy) % group.quarter_turns.size()]);
    }
  }
  for (const auto& kind : kinds_) kind->simulate_first();
  find_marks(config.exchange);
}

/// Buckets are those of the first kind's order; each kind has its own moments at which they stand.
void Devices::find_marks(const ExchangeConfig& exchange) {
  marks_.resize(kinds_.size());
  if (!exchange.updates_behind()) return;
  for (std::size_t k = 0; k < kinds_.size(); ++k) {
    const DeviceKind& kind = *kinds_[k];
    const GradientTimes times = gradient_times(kind.prepared().graph, kind.first_simulated().record);
    std::vector<double> ready;
    std::vector<std::uint64_t> bytes;
    for (std::size_t layer = 0; layer < payload_->layer_count(); ++layer) {
      ready.push_back(times.ready[payload_->graph_layer(layer)]);
      bytes.push_back(payload_->plain_bytes(layer));
    }
    if (k == 0 && exchange.overlap == Overlap::backward)
      payload_->cut(cut_buckets(ready, bytes, exchange.bucket_bytes));
    const run::Signature& step = kind.first_step();
    for (const double share : bucket_marks(payload_->all_buckets(), ready, times.backward)) {
      double used_s = 0;
      marks_[k].push_back(step.advance(0, share * step.duration_s(), used_s));
    }
  }
}

Devices::Devices(Devices& nominal, const std::vector<soc::SocConfig>& chips)
    : package_config_(nominal.package_config_),
      battery_config_(nominal.battery_config_),
      kind_of_(nominal.kind_of_),
      ambients_c_(nominal.ambients_c_),
      quarter_turns_(nominal.quarter_turns_),
      payload_(std::make_unique<Payload>(*nominal.payload_)),
      marks_(nominal.marks_) {
  for (std::size_t k = 0; k < chips.size(); ++k)
    kinds_.push_back(std::make_unique<DeviceKind>(*nominal.kinds_[k], chips[k]));
}

std::vector<std::unique_ptr<Worker>> Devices::make_workers() {
  if (devices_.empty()) package_config_ ? make_dies() : make_devices();
  if (package_) {
    std::optional<pdn::Battery> battery;
    if (battery_config_)
      battery.emplace(*battery_config_, kinds_.front()->experiment().environment.state_of_charge);
    periods_ = std::make_shared<Periods>(*package_, devices_.front()->control_period_s(), std::move(battery));
  }
  std::vector<std::unique_ptr<Worker>> workers;
  for (std::size_t device = 0; device < kind_of_.size(); ++device)
    workers.push_back(std::make_unique<ReplayedDevice>(*kinds_[kind_of_[device]], *devices_[device], periods_,
                                                       marks_[kind_of_[device]]));
  return workers;
}

void Devices::make_devices() {
  devices_.resize(kind_of_.size());
  base::for_each_in_parallel(devices_.size(), [&](std::size_t device) {
    devices_[device] = kinds_[kind_of_[device]]->make_device(ambients_c_[device]);
  });
}

void Devices::make_dies() {
  std::vector<thermal::Floorplan> floorplans;
  for (std::size_t die = 0; die < kind_of_.size(); ++die)
    floorplans.push_back(
        placed(kinds_[kind_of_[die]]->prepared().plan.floorplan, static_cast<int>(die), quarter_turns_[die]));
  const int dies = static_cast<int>(kind_of_.size());
  package_ = base::if_it_fits({}, "package", [&] {
    return std::make_shared<device::HeatedPackage>(
        as_die(kinds_.front()->experiment(), *package_config_, dies), floorplans, -1,
        kinds_.front()->watch());
  });
  for (std::size_t die = 0; die < kind_of_.size(); ++die) {
    devices_.push_back(kinds_[kind_of_[die]]->make_die(*package_config_, package_, die));
    if (devices_[die]->control_period_s() != devices_.front()->control_period_s())
      throw base::ConfigError(
          {}, fmt::format("devices.{}.experiment.governor", kind_of_[die]),
          fmt::format("decides every {:.4g} s, that of devices.0 every {:.4g} s; dies of "
                      "one package have one control period",
                      devices_[die]->control_period_s(), devices_.front()->control_period_s()));
  }
  package_->heat().reduce(devices_.front()->control_period_s());
}

const pdn::Battery* Devices::battery() const {
  return periods_ && periods_->battery() ? &*periods_->battery() : nullptr;
}

experiment::ExperimentConfig Devices::experiment(std::size_t kind) const {
  const experiment::ExperimentConfig& own = kinds_[kind]->experiment();
  return package_config_ ? as_die(own, *package_config_, static_cast<int>(kind_of_.size())) : own;
}

double Devices::samples_per_step(int device) const {
  return kinds_[kind_of(device)]->prepared().graph.samples();
}

}  // namespace kiln::fleet
