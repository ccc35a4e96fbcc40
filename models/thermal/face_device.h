// SPDX-License-Identifier: MIT
// Active and nonlinear cooling on the top face of a body: what heat it draws at a face temperature, and what
// power it takes.
#pragma once

#include <memory>
#include <string>

#include "config/record.h"
#include "thermal/boiling.h"
#include "thermal/pcm.h"
#include "thermal/thermoelectric.h"

namespace kiln::thermal {

enum class DeviceKind { bath, cooler, generator, pcm, cryocooler };

/// Modules side by side on the face, a sink behind them.
struct ThermoelectricConfig {
  ThermoelectricModule module;
  int modules = 1;
  double current_a = 2.0;   // cooler: through each module
  double load_ohm = 1.755;  // generator: on each module; its own resistance draws most power
  double sink_k_w = 0.3;
};

/// Refrigerator that holds the face at a temperature as long as its capacity lasts.
struct CryocoolerConfig {
  double cold_c = -180.0;
  double largest_heat_w = 100.0;
  double contact_w_k = 50.0;   // from the face to the cold head
  double carnot_share = 0.15;  // of Carnot's coefficient of performance
};

struct DeviceConfig {
  DeviceKind kind = DeviceKind::bath;
  std::string body;   // sits on top of it; that body must have no `top` boundary
  bool works = true;  // a cooler without current, a refrigerator at rest
  BathConfig bath;
  ThermoelectricConfig thermoelectric;
  PcmConfig pcm;
  CryocoolerConfig cryocooler;
};

/// One temperature for the whole face. Heat grows with it on the present branch.
class FaceDevice {
 public:
  virtual ~FaceDevice() = default;
  /// Mean heat drawn while the face is held at this temperature for dt, in W. dt = 0: in the long run.
  virtual double heat_w(double face_c, double dt_s) const = 0;
  /// Electrical power taken at this face temperature, in W; negative if it delivers.
  virtual double electrical_w(double face_c) const = 0;
  /// What it stores is at rest at this face temperature.
  virtual void begin(double /*face_c*/) {}
  /// Moves on by dt.
  virtual void advance(double /*face_c*/, double /*dt_s*/) {}
  /// Changes branch if the face temperature demands it; true if it did.
  virtual bool settle(double /*face_c*/) { return false; }
  /// Driven by a policy or by a failure, 0 (off) to 1 (as configured): current of a cooler, capacity of a
  /// refrigerator. Others ignore it.
  virtual void drive(double /*share*/) {}
  /// The room behind the device's sink.
  virtual void set_ambient(double /*ambient_c*/) {}
};

std::unique_ptr<FaceDevice> make_device(const DeviceConfig& config, double face_area_m2, double ambient_c);

std::span<const config::EnumName<DeviceKind>> enum_names(const DeviceKind*);
const config::Record<ThermoelectricConfig>& describe(const ThermoelectricConfig*);
const config::Record<CryocoolerConfig>& describe(const CryocoolerConfig*);
const config::Record<DeviceConfig>& describe(const DeviceConfig*);

}  // namespace kiln::thermal
