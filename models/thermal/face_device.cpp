// SPDX-License-Identifier: MIT
#include "thermal/face_device.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "base/units.h"

namespace kiln::thermal {
namespace {

constexpr int kHalvings = 60;

double kelvin(double celsius) {
  return celsius + base::kZeroCelsiusInKelvin;
}

class BathDevice : public FaceDevice {
 public:
  BathDevice(const BathConfig& config, double area_m2, double ambient_c)
      : bath_(config, ambient_c), area_m2_(area_m2) {}
  double heat_w(double face_c, double) const override { return area_m2_ * bath_.flux_w_m2(face_c); }
  double electrical_w(double) const override { return 0.0; }
  bool settle(double face_c) override { return bath_.settle(face_c); }
  void set_ambient(double ambient_c) override { bath_.set_ambient(ambient_c); }

 private:
  Bath bath_;
  double area_m2_;
};

/// Modules pump heat from the face into the sink; the sink's side follows at once.
class CoolerDevice : public FaceDevice {
 public:
  CoolerDevice(const ThermoelectricConfig& config, double ambient_c)
      : config_(config), full_a_(config.current_a), ambient_c_(ambient_c) {}

  double heat_w(double face_c, double) const override {
    return config_.modules * config_.module.cold_heat_w(config_.current_a, face_c, hot_c(face_c));
  }
  double electrical_w(double face_c) const override {
    return config_.modules * config_.module.electrical_w(config_.current_a, face_c, hot_c(face_c));
  }
  void drive(double share) override { config_.current_a = share * full_a_; }
  void set_ambient(double ambient_c) override { ambient_c_ = ambient_c; }

 private:
  double hot_c(double face_c) const {
    const ThermoelectricModule& m = config_.module;
    const double sink_w_k = 1.0 / (config_.sink_k_w * config_.modules);  // of one module
    const double pump_w_k = m.seebeck_v_k * config_.current_a;
    const double joule_w = config_.current_a * config_.current_a * m.resistance_ohm / 2.0;
    const double stiffness = sink_w_k + m.conductance_w_k - pump_w_k;
    if (stiffness <= 0.0)
      throw base::SimError(
          "the thermoelectric cooler's sink cannot carry its heat at this current; lower the current or the "
          "sink's resistance");
    return (sink_w_k * kelvin(ambient_c_) + joule_w + m.conductance_w_k * kelvin(face_c)) / stiffness -
           base::kZeroCelsiusInKelvin;
  }

  ThermoelectricConfig config_;
  double full_a_;
  double ambient_c_;
};

/// Modules between the hot face and the sink deliver power into a load; their resistance warms the face.
class GeneratorDevice : public FaceDevice {
 public:
  GeneratorDevice(const ThermoelectricConfig& config, double ambient_c)
      : config_(config), ambient_c_(ambient_c) {}

  double heat_w(double face_c, double) const override {
    const double cold_c = sink_side_c(face_c);
    return config_.modules * config_.module.cold_heat_w(current_a(face_c, cold_c), face_c, cold_c);
  }
  double electrical_w(double face_c) const override {
    const double current = current_a(face_c, sink_side_c(face_c));
    return -config_.modules * current * current * config_.load_ohm;
  }
  void set_ambient(double ambient_c) override { ambient_c_ = ambient_c; }

 private:
  double current_a(double hot_c, double cold_c) const {
    return config_.module.seebeck_v_k * (hot_c - cold_c) / (config_.module.resistance_ohm + config_.load_ohm);
  }
  /// Sink temperature from its balance: between the room's and the face's, as what flows into the sink falls
  /// with it.
  double sink_side_c(double face_c) const {
    double low_c = std::min(ambient_c_, face_c), high_c = std::max(ambient_c_, face_c);
    for (int i = 0; i < kHalvings; ++i) {
      const double cold_c = (low_c + high_c) / 2;
      const double into_sink_w = config_.module.hot_heat_w(current_a(face_c, cold_c), face_c, cold_c);
      const double rise_k = config_.sink_k_w * config_.modules * into_sink_w;
      (ambient_c_ + rise_k > cold_c ? low_c : high_c) = cold_c;
    }
    return (low_c + high_c) / 2;
  }

  ThermoelectricConfig config_;
  double ambient_c_;
};

class PcmDevice : public FaceDevice {
 public:
  PcmDevice(const PcmConfig& config, double ambient_c) : slab_(config, ambient_c) {}
  double heat_w(double face_c, double dt_s) const override {
    return dt_s > 0.0 ? slab_.heat_taken_j(face_c, dt_s) / dt_s : 0.0;
  }
  double electrical_w(double) const override { return 0.0; }
  void begin(double face_c) override { slab_.begin(face_c); }
  void advance(double face_c, double dt_s) override { slab_.advance(face_c, dt_s); }

 private:
  PcmSlab slab_;
};

class CryocoolerDevice : public FaceDevice {
 public:
  CryocoolerDevice(const CryocoolerConfig& config, double ambient_c)
      : config_(config), ambient_c_(ambient_c) {}
  double heat_w(double face_c, double) const override {
    return std::clamp(config_.contact_w_k * (face_c - config_.cold_c), 0.0, share_ * config_.largest_heat_w);
  }
  double electrical_w(double face_c) const override {
    const double carnot = (kelvin(ambient_c_) - kelvin(config_.cold_c)) / kelvin(config_.cold_c);
    return heat_w(face_c, 0.0) * std::max(0.0, carnot) / config_.carnot_share;
  }
  void drive(double share) override { share_ = share; }
  void set_ambient(double ambient_c) override { ambient_c_ = ambient_c; }

 private:
  CryocoolerConfig config_;
  double share_ = 1.0;  ///< of its capacity; switched off, no heat leaks in through its cold head
  double ambient_c_;
};

}  // namespace

namespace {

std::unique_ptr<FaceDevice> make_working(const DeviceConfig& config, double face_area_m2, double ambient_c) {
  switch (config.kind) {
    case DeviceKind::bath:
      return std::make_unique<BathDevice>(config.bath, face_area_m2, ambient_c);
    case DeviceKind::cooler:
      return std::make_unique<CoolerDevice>(config.thermoelectric, ambient_c);
    case DeviceKind::generator:
      return std::make_unique<GeneratorDevice>(config.thermoelectric, ambient_c);
    case DeviceKind::pcm:
      return std::make_unique<PcmDevice>(config.pcm, ambient_c);
    case DeviceKind::cryocooler:
      return std::make_unique<CryocoolerDevice>(config.cryocooler, ambient_c);
  }
  throw base::SimError("unknown cooling device");
}

}  // namespace

std::unique_ptr<FaceDevice> make_device(const DeviceConfig& config, double face_area_m2, double ambient_c) {
  std::unique_ptr<FaceDevice> device = make_working(config, face_area_m2, ambient_c);
  if (!config.works) device->drive(0.0);
  return device;
}

std::span<const config::EnumName<DeviceKind>> enum_names(const DeviceKind*) {
  static constexpr std::array<config::EnumName<DeviceKind>, 5> names{
      {{DeviceKind::bath, "bath"},
       {DeviceKind::cooler, "thermoelectric_cooler"},
       {DeviceKind::generator, "thermoelectric_generator"},
       {DeviceKind::pcm, "pcm"},
       {DeviceKind::cryocooler, "cryocooler"}}};
  return names;
}

const config::Record<ThermoelectricConfig>& describe(const ThermoelectricConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<ThermoelectricConfig>("thermoelectric",
                                           "Thermoelectric modules on a face, a sink behind them")
          .field("module", &ThermoelectricConfig::module, {.doc = "One module"})
          .field("modules", &ThermoelectricConfig::modules, {.doc = "Side by side", .min = 1, .max = 1000})
          .field("current", &ThermoelectricConfig::current_a,
                 {.doc = "Cooler: current through each module",
                  .unit = Dimension::current,
                  .min = 0.0,
                  .max = 50.0,
                  .source = "none: absent unless given"})
          .field("load", &ThermoelectricConfig::load_ohm,
                 {.doc = "Generator: load on each module",
                  .unit = Dimension::resistance,
                  .min = 1e-6,
                  .max = 1e6,
                  .source = "matched to the module's resistance"})
          .field("sink", &ThermoelectricConfig::sink_k_w,
                 {.doc = "Sink behind all modules",
                  .unit = Dimension::thermal_resistance,
                  .min = 1e-4,
                  .max = 1e4,
                  .source = "reference case A9"});
  return record;
}

const config::Record<CryocoolerConfig>& describe(const CryocoolerConfig*) {
  using base::Dimension;
  static const auto record =
      config::Record<CryocoolerConfig>("cryocooler", "Refrigerator that holds a face cold")
          .field("cold", &CryocoolerConfig::cold_c,
                 {.doc = "Cold head",
                  .unit = Dimension::temperature,
                  .min = -270.0,
                  .max = 400.0,
                  .source = "none: absent unless given"})
          .field("largest_heat", &CryocoolerConfig::largest_heat_w,
                 {.doc = "Capacity",
                  .unit = Dimension::power,
                  .min = 0.0,
                  .max = 1e5,
                  .source = "none: absent unless given"})
          .field("contact", &CryocoolerConfig::contact_w_k,
                 {.doc = "Conductance from the face to the cold head, in W/K", .min = 1e-3, .max = 1e6})
          .field("carnot_share", &CryocoolerConfig::carnot_share,
                 {.doc = "Efficiency as a share of Carnot's",
                  .unit = Dimension::fraction,
                  .min = 0.001,
                  .max = 1.0,
                  .source = "estimate: 0.1 to 0.2 for commercial 77 K coolers of 100 W"});
  return record;
}

const config::Record<DeviceConfig>& describe(const DeviceConfig*) {
  static const auto record =
      config::Record<DeviceConfig>("cooling_device", "Active or nonlinear cooling on top of a body")
          .field("kind", &DeviceConfig::kind,
                 {.doc = "Which device; its own key below configures it", .required = true})
          .field("body", &DeviceConfig::body,
                 {.doc = "Body it sits on; that body has no top boundary", .required = true})
          .field("works", &DeviceConfig::works,
                 {.doc = "Whether a cooler has its current and a refrigerator runs; others do not ask"})
          .field("bath", &DeviceConfig::bath, {.doc = "Dielectric immersion, single- or two-phase"})
          .field("thermoelectric", &DeviceConfig::thermoelectric, {.doc = "Modules of a cooler or generator"})
          .field("pcm", &DeviceConfig::pcm, {.doc = "Phase change material"})
          .field("cryocooler", &DeviceConfig::cryocooler, {.doc = "Refrigerator"});
  return record;
}

}  // namespace kiln::thermal
