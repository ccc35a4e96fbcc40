// SPDX-License-Identifier: MIT
// How a module learns at which voltage, clocks and refresh rate it works: by a port, bound to the domain's
// channel. An unbound port is an error of the kernel at the end of elaboration.
#pragma once

#include <systemc>
#include <vector>

#include "sim/operating_point.h"

namespace kiln::sim {

/// A module that works at the operating point of a domain.
class Operated {
 public:
  virtual ~Operated() = default;
  /// From now on. Settles what is in flight at the old values, plans the rest at the new ones.
  virtual void set_operating_point(const OperatingPoint& point) = 0;
  /// Between steps: as when built, at this operating point, with a clock edge now. Nothing may be in flight.
  virtual void restart(const OperatingPoint& point) = 0;
};

class operating_point_if : public virtual sc_core::sc_interface {
 public:
  /// `module` is told of every change, in the order of subscription; it must outlive the channel's use.
  virtual void subscribe(Operated& module) = 0;
};

/// Subscribes its module when it is bound.
class OperatingPointPort : public sc_core::sc_port<operating_point_if> {
 public:
  explicit OperatingPointPort(Operated& module) : sc_port("operating_point"), module_(module) {}

 private:
  void end_of_elaboration() override { (*this)->subscribe(module_); }

  Operated& module_;
};

/// The channel: one point for all that are bound to it, always set as a whole.
class OperatingDomain : public sc_core::sc_prim_channel, public operating_point_if {
 public:
  explicit OperatingDomain(const char* name) : sc_prim_channel(name) {}

  void subscribe(Operated& module) override { modules_.push_back(&module); }
  const OperatingPoint& point() const { return point_; }
  /// Takes effect now, within the call.
  void set(const OperatingPoint& point) {
    point_ = point;
    for (Operated* module : modules_) module->set_operating_point(point);
  }
  void restart(const OperatingPoint& point) {
    point_ = point;
    for (Operated* module : modules_) module->restart(point);
  }

 private:
  std::vector<Operated*> modules_;
  OperatingPoint point_;
};

}  // namespace kiln::sim
