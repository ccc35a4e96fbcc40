// SPDX-License-Identifier: MIT
// A system-on-chip: its units with their place on mesh and
// floorplan, the parts they are made of, its package.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/record.h"
#include "dram/dram_config.h"
#include "governor/operating_point.h"
#include "governor/sensor.h"
#include "noc/noc_config.h"
#include "npu/dma_config.h"
#include "npu/npu_config.h"
#include "pdn/adaptive_clock.h"
#include "pdn/battery.h"
#include "pdn/delivery.h"
#include "pdn/guard_band.h"
#include "pdn/rail_config.h"
#include "power/board.h"
#include "power/static_power.h"
#include "power/tech.h"
#include "soc/memory_rail.h"
#include "sparsity/engine.h"
#include "sram/sram_config.h"
#include "thermal/package_config.h"

namespace kiln::soc {

enum class UnitKind { npu, memory, gradient_sram, host, io };
std::span<const config::EnumName<UnitKind>> enum_names(const UnitKind*);

/// One unit of the chip: a node of the mesh, a port there, a block of the floorplan.
struct UnitConfig {
  std::string name;
  UnitKind kind = UnitKind::npu;
  int column = 0, row = 0;
  int port = 0;                   ///< of the node's local ports
  std::optional<double> area_m2;  ///< instead of the area derived from the unit's configuration
};
const config::Record<UnitConfig>& describe(const UnitConfig*);

/// How the pieces of the node (power/area.h) lie on the die.
struct AreaConfig {
  double tile_overhead = 1.25;  ///< DMA, control, wiring
  double utilisation = 0.68;    ///< blocks over die: the rest is pads, test and what lies between
  double aspect_ratio = 1.3;    ///< width over height of the die
};
const config::Record<AreaConfig>& describe(const AreaConfig*);

/// The memory device(s): how addresses spread, and the die they are for the thermal model.
struct MemoryConfig {
  dram::DramConfig dram;
  std::uint64_t interleave_bytes = 4096;  ///< consecutive bytes in one channel
  std::string die = "hbm";                ///< name of the source layer of the package
  double die_width_m = 11e-3, die_height_m = 7.75e-3;
  std::optional<MemoryRailConfig> rail;  ///< of the device; absent: an ideal supply
};
const config::Record<MemoryConfig>& describe(const MemoryConfig*);

struct GradientSramConfig {
  sram::SramConfig sram;                  ///< of one unit
  std::uint64_t interleave_bytes = 1024;  ///< between units
  double minimum_voltage_v = 0;           ///< its rail follows the core's down to here
};
const config::Record<GradientSramConfig>& describe(const GradientSramConfig*);

/// The host CPU prepares a descriptor for every operation of every tile.
struct HostConfig {
  double clock_hz = 1.5e9;
  int instructions_per_launch = 600;
  std::int64_t instructions_per_step = 0;
  double instructions_per_cycle = 1.5;
  power::CpuClass core = power::CpuClass::in_order;
  int cores = 1;
  std::uint64_t cache_bytes = 262'144;  ///< of all cores together
  double launch_s() const { return instructions_per_launch / instructions_per_cycle / clock_hz; }
  double step_s() const {
    return static_cast<double>(instructions_per_step) / instructions_per_cycle / clock_hz;
  }
};
const config::Record<HostConfig>& describe(const HostConfig*);

enum class IoInterface {
  pads,   ///< parallel or slow serial pins
  serdes  ///< PCIe-like lanes
};
std::span<const config::EnumName<IoInterface>> enum_names(const IoInterface*);

/// Brings the samples of the next step into memory while this one runs.
struct IoConfig {
  double bandwidth_bytes_per_s = 1e9;
  std::uint64_t burst_bytes = 4096;
  double bytes_per_element = 1;
  IoInterface interface = IoInterface::serdes;
  int lanes = 1;
};
const config::Record<IoConfig>& describe(const IoConfig*);

/// Where units get voltage and clock from.
enum class Supply {
  core,  ///< the operating point's: voltage as it stands, clock in proportion
  own    ///< fixed
};
std::span<const config::EnumName<Supply>> enum_names(const Supply*);

struct DomainConfig {
  Supply supply = Supply::own;
  std::optional<double> voltage_v;  ///< of a supply of its own; absent: the node's nominal one
  power::PowerState idle = power::PowerState::clock_gated;  ///< between two steps
};
const config::Record<DomainConfig>& describe(const DomainConfig*);

/// The domain of tiles, network and gradient SRAM: its supply is the operating point's.
struct CoreDomainConfig {
  power::PowerState idle = power::PowerState::clock_gated;  ///< between two steps
};
const config::Record<CoreDomainConfig>& describe(const CoreDomainConfig*);

/// The domain of each kind of unit.
struct DomainsConfig {
  CoreDomainConfig core;
  DomainConfig host, io, memory;
};
const config::Record<DomainsConfig>& describe(const DomainsConfig*);

/// What draws power whatever is done.
struct UncoreConfig {
  int plls = 2;
  double pll_w = 3e-3;
  double always_on_w = 0;
};
const config::Record<UncoreConfig>& describe(const UncoreConfig*);

struct SocConfig {
  std::string name;
  power::TechConfig tech;
  governor::OppTableConfig operating_points;
  double noc_clock_ratio = 1;  ///< NoC clock over the NPU clock
  npu::NpuConfig npu;
  npu::DmaConfig dma;
  std::uint64_t descriptor_bytes = 64;
  int descriptors_ahead = 4;
  double resident_share = 0.5;
  double start_stagger_s = 0;  ///< between two tiles that start a task; 0: at will
  sparsity::EngineConfig sparsity;
  GradientSramConfig gradient_sram;
  noc::NocConfig noc;
  MemoryConfig memory;
  HostConfig host;
  IoConfig io;
  std::vector<UnitConfig> units;
  AreaConfig area;
  DomainsConfig domains;
  UncoreConfig uncore;
  power::BoardConfig board;
  std::optional<pdn::DeliveryConfig> delivery;             ///< absent: converters as `board` has them
  std::optional<pdn::RailConfig> rail;                     ///< of the core domain; absent: an ideal supply
  std::optional<pdn::GuardBandConfig> guard_band;          ///< absent: what the operating points have
  std::optional<pdn::AdaptiveClockConfig> adaptive_clock;  ///< absent: a clock that no droop changes
  std::optional<pdn::BatteryConfig> battery;               ///< absent: mains
  thermal::PackageConfig package;
  std::vector<governor::SensorConfig> sensors;

  int count(UnitKind kind) const;
  std::vector<std::string> names_of(UnitKind kind) const;
  /// Clock of the highest operating point.
  double top_frequency_hz() const;
};
const config::Record<SocConfig>& describe(const SocConfig*);

}  // namespace kiln::soc
