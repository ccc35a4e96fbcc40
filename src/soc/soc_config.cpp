// SPDX-License-Identifier: MIT
#include "soc/soc_config.h"

#include <algorithm>
#include <set>

namespace kiln::soc {

using base::Dimension;

std::span<const config::EnumName<UnitKind>> enum_names(const UnitKind*) {
  static constexpr config::EnumName<UnitKind> kNames[] = {{UnitKind::npu, "npu"},
                                                          {UnitKind::memory, "memory"},
                                                          {UnitKind::gradient_sram, "gradient_sram"},
                                                          {UnitKind::host, "host"},
                                                          {UnitKind::io, "io"}};
  return kNames;
}

const config::Record<UnitConfig>& describe(const UnitConfig*) {
  static const auto record =
      config::Record<UnitConfig>("unit",
                                 "One unit of the chip: node of the network, port and floorplan block")
          .field("name", &UnitConfig::name, {.doc = "Name, also of the floorplan block", .required = true})
          .field("kind", &UnitConfig::kind, {.doc = "What it is", .required = true})
          .field("column", &UnitConfig::column,
                 {.doc = "Column of its node", .min = 0, .max = 63, .required = true})
          .field("row", &UnitConfig::row, {.doc = "Row of its node", .min = 0, .max = 63, .required = true})
          .field("port", &UnitConfig::port,
                 {.doc = "Local port of the node", .min = 0, .max = 7, .source = "the first"})
          .field(
              "area", &UnitConfig::area_m2,
              {.doc = "Area, instead of the derived one", .unit = Dimension::area, .min = 1e-12, .max = 0.1});
  return record;
}

const config::Record<AreaConfig>& describe(const AreaConfig*) {
  constexpr std::string_view kOfNode = "the node's figures in tech: flip_flop, sram, area";
  auto area =
      config::Record<AreaConfig>("area", "How the pieces of the node lie on the die")
          .field("tile_overhead", &AreaConfig::tile_overhead,
                 {.doc = "DMA, control and wiring of a tile, as a factor",
                  .min = 1,
                  .max = 4,
                  .source = "estimate"})
          .field("utilisation", &AreaConfig::utilisation,
                 {.doc = "Blocks over die: the rest is pads, test and what lies between",
                  .unit = Dimension::fraction,
                  .min = 0.05,
                  .max = 1,
                  .source = "estimate: 60 to 90 %; GA100 lists 5 % besides its blocks, small dies more"})
          .field("aspect_ratio", &AreaConfig::aspect_ratio,
                 {.doc = "Die width over height", .min = 0.2, .max = 5, .source = "estimate"});
  for (const char* key : {"processing_element", "vector_lane", "sram_per_byte", "sparsity_lane",
                          "memory_port", "host", "io", "router_per_flit_byte"})
    area.renamed(key, std::string(kOfNode));
  static const auto record = std::move(area);
  return record;
}

const config::Record<MemoryConfig>& describe(const MemoryConfig*) {
  static const auto record =
      config::Record<MemoryConfig>("memory", "The DRAM, its address interleaving and its die")
          .field("dram", &MemoryConfig::dram, {.doc = "Device and controller", .required = true})
          .field("interleave", &MemoryConfig::interleave_bytes,
                 {.doc = "Consecutive bytes in one channel (at least a row for tensors)",
                  .unit = Dimension::bytes,
                  .min = 64,
                  .max = 1 << 22,
                  .source = "estimate: two pages of a pseudo-channel pair"})
          .field(
              "die", &MemoryConfig::die,
              {.doc = "Source layer of the package the device heats", .source = "name used by the packages"})
          .field("die_width", &MemoryConfig::die_width_m,
                 {.doc = "Width of the device",
                  .unit = Dimension::length,
                  .min = 1e-4,
                  .max = 0.1,
                  .source = "HBM2 cube 7.75 x 11.87 mm (JESD235, MO-316)"})
          .field("die_height", &MemoryConfig::die_height_m,
                 {.doc = "Height of the device",
                  .unit = Dimension::length,
                  .min = 1e-4,
                  .max = 0.1,
                  .source = "HBM2 cube 7.75 x 11.87 mm (JESD235, MO-316)"})
          .field("rail", &MemoryConfig::rail,
                 {.doc = "Power delivery network of the device; absent: an ideal supply"})
          .check([](const MemoryConfig& c, config::Checker& check) {
            if (const std::uint64_t bytes = dram::channel_bytes(c.dram); c.interleave_bytes > bytes)
              check.fail("interleave", fmt::format("is more than the {} B of a channel; lower it or give "
                                                   "dram.organisation more rows",
                                                   bytes));
          });
  return record;
}

const config::Record<GradientSramConfig>& describe(const GradientSramConfig*) {
  static const auto record =
      config::Record<GradientSramConfig>("gradient_buffer",
                                         "Shared SRAM for gradients, payloads and residuals")
          .field("sram", &GradientSramConfig::sram, {.doc = "One unit of it"})
          .field("interleave", &GradientSramConfig::interleave_bytes,
                 {.doc = "Consecutive bytes in one unit",
                  .unit = Dimension::bytes,
                  .min = 64,
                  .max = 1 << 20,
                  .source = "estimate: a quarter of a burst"})
          .field("minimum_voltage", &GradientSramConfig::minimum_voltage_v,
                 {.doc = "Its rail follows the core's voltage, but not below this",
                  .unit = Dimension::voltage,
                  .min = 0,
                  .max = 1.2,
                  .source = "the core's rail: no rail of its own"})
          .check([](const GradientSramConfig& c, config::Checker& check) {
            if (c.interleave_bytes > c.sram.capacity_bytes)
              check.fail("interleave", fmt::format("is more than the {} B of a unit; lower it "
                                                   "or raise sram.capacity",
                                                   c.sram.capacity_bytes));
          });
  return record;
}

const config::Record<HostConfig>& describe(const HostConfig*) {
  static const auto record =
      config::Record<HostConfig>("host", "Host CPU: prepares one descriptor per operation and tile")
          .field("clock", &HostConfig::clock_hz,
                 {.doc = "CPU clock",
                  .unit = Dimension::frequency,
                  .min = 1e6,
                  .max = 1e10,
                  .source = "estimate: small application core"})
          .field("instructions_per_launch", &HostConfig::instructions_per_launch,
                 {.doc = "Instructions per descriptor",
                  .min = 0,
                  .max = 1e7,
                  .source = "estimate: pop a ring, patch addresses, ring a doorbell"})
          .field("instructions_per_step", &HostConfig::instructions_per_step,
                 {.doc = "Instructions before the first descriptor of a step: call of driver or framework",
                  .min = 0,
                  .max = 1e10,
                  .source = "none: a ring of descriptors without operating system; a Linux driver takes 50 "
                            "to 500 us, a call of a framework 0.3 to 5 ms"})
          .field("instructions_per_cycle", &HostConfig::instructions_per_cycle,
                 {.doc = "IPC", .min = 0.05, .max = 8, .source = "estimate: dual-issue in-order core"})
          .field("core", &HostConfig::core,
                 {.doc = "Class of the cores: their energy per instruction and size",
                  .source = "estimate: small application core"})
          .field("cores", &HostConfig::cores,
                 {.doc = "Cores on the die; one prepares descriptors", .min = 1, .max = 64, .source = "one"})
          .field("cache", &HostConfig::cache_bytes,
                 {.doc = "Caches of all cores together",
                  .unit = Dimension::bytes,
                  .min = 0,
                  .max = 1 << 28,
                  .source = "estimate: 256 KiB for one application core"});
  return record;
}

const config::Record<IoConfig>& describe(const IoConfig*) {
  static const auto record =
      config::Record<IoConfig>("io", "Brings the samples of the next step into memory")
          .field("bandwidth", &IoConfig::bandwidth_bytes_per_s,
                 {.doc = "Rate of the sensor or link",
                  .unit = Dimension::bandwidth,
                  .min = 1e5,
                  .max = 1e13,
                  .source = "estimate: one PCIe 3.0 lane, 0.985 GB/s"})
          .field("burst", &IoConfig::burst_bytes,
                 {.doc = "Bytes per burst",
                  .unit = Dimension::bytes,
                  .min = 64,
                  .max = 1 << 20,
                  .source = "estimate: one AXI4 burst"})
          .field("bytes_per_element", &IoConfig::bytes_per_element,
                 {.doc = "Bytes per element of a raw sample",
                  .min = 0.125,
                  .max = 8,
                  .source = "8-bit image samples"})
          .field("interface", &IoConfig::interface,
                 {.doc = "Pins, or SerDes lanes", .source = "estimate: PCIe lanes"})
          .field("lanes", &IoConfig::lanes,
                 {.doc = "Lanes, or groups of eight pins", .min = 0, .max = 256, .source = "one"});
  return record;
}

std::span<const config::EnumName<IoInterface>> enum_names(const IoInterface*) {
  static constexpr config::EnumName<IoInterface> kNames[] = {{IoInterface::pads, "pads"},
                                                             {IoInterface::serdes, "serdes"}};
  return kNames;
}

std::span<const config::EnumName<Supply>> enum_names(const Supply*) {
  static constexpr config::EnumName<Supply> kNames[] = {{Supply::core, "core"}, {Supply::own, "own"}};
  return kNames;
}

const config::Record<DomainConfig>& describe(const DomainConfig*) {
  static const auto record =
      config::Record<DomainConfig>("domain", "Voltage and clock of a kind of unit")
          .field("supply", &DomainConfig::supply,
                 {.doc = "core: voltage of the operating point and clock in proportion; own: both fixed",
                  .source = "estimate: large chips keep host, I/O and memory on rails of their own"})
          .field("voltage", &DomainConfig::voltage_v,
                 {.doc = "Of an own supply; absent: the node's nominal voltage",
                  .unit = Dimension::voltage,
                  .min = 0.2,
                  .max = 2})
          .field("idle", &DomainConfig::idle,
                 {.doc = "State between two steps of a fixed rate; memories keep their data in each",
                  .source = "clock gating needs no time to wake"})
          .check([](const DomainConfig& c, config::Checker& check) {
            if (c.supply == Supply::core && c.voltage_v)
              check.fail("voltage", "belongs to an own supply; remove it or write supply: own");
          });
  return record;
}

const config::Record<CoreDomainConfig>& describe(const CoreDomainConfig*) {
  static const auto record =
      config::Record<CoreDomainConfig>("core_domain", "The domain that the operating point supplies")
          .field("idle", &CoreDomainConfig::idle,
                 {.doc = "State between two steps of a fixed rate; memories keep their data in each",
                  .source = "clock gating needs no time to wake"})
          .renamed("supply", "'operating_points': only host, io and memory may have a supply of their own")
          .renamed("voltage", "'operating_points', which set the core's voltage");
  return record;
}

const config::Record<DomainsConfig>& describe(const DomainsConfig*) {
  static const auto record =
      config::Record<DomainsConfig>("domains", "The supply of each kind of unit")
          .field("core", &DomainsConfig::core, {.doc = "NPU tiles, network, gradient SRAM"})
          .field("host", &DomainsConfig::host, {.doc = "Host CPU"})
          .field("io", &DomainsConfig::io, {.doc = "I/O unit"})
          .field("memory", &DomainsConfig::memory,
                 {.doc = "Memory ports; with supply: core the memory is on the chip and follows, too"});
  return record;
}

const config::Record<UncoreConfig>& describe(const UncoreConfig*) {
  static const auto record =
      config::Record<UncoreConfig>("uncore", "What draws power whatever is done")
          .field("plls", &UncoreConfig::plls,
                 {.doc = "Clock generators", .min = 0, .max = 64, .source = "estimate: core and memory"})
          .field("pll", &UncoreConfig::pll_w,
                 {.doc = "Power of one",
                  .unit = Dimension::power,
                  .min = 0,
                  .max = 1,
                  .source = "estimate: 1 to 8 mW"})
          .field("always_on", &UncoreConfig::always_on_w,
                 {.doc = "Power management, timers, sensors, debug, fabric that never sleeps",
                  .unit = Dimension::power,
                  .min = 0,
                  .max = 100,
                  .source = "none: a bare accelerator; a module's SoC rail idles at 0.9 W (Orin Nano)"});
  return record;
}

int SocConfig::count(UnitKind kind) const {
  return static_cast<int>(
      std::count_if(units.begin(), units.end(), [&](const UnitConfig& unit) { return unit.kind == kind; }));
}

std::vector<std::string> SocConfig::names_of(UnitKind kind) const {
  std::vector<std::string> names;
  for (const UnitConfig& unit : units)
    if (unit.kind == kind) names.push_back(unit.name);
  return names;
}

double SocConfig::top_frequency_hz() const {
  return operating_points.points.empty() ? 1e9 : operating_points.points.back().frequency_hz;
}

namespace {

void check_units(const SocConfig& soc, config::Checker& check) {
  std::set<std::string> names;
  std::set<std::tuple<int, int, int>> places;
  for (const UnitConfig& unit : soc.units) {
    if (!names.insert(unit.name).second)
      check.fail("units", fmt::format("two units are called '{}'", unit.name));
    if (!places.insert({unit.column, unit.row, unit.port}).second)
      check.fail("units",
                 fmt::format("'{}' shares port {} of node ({}, {}) with another unit; give it another port",
                             unit.name, unit.port, unit.column, unit.row));
    if (unit.column >= soc.noc.columns || unit.row >= soc.noc.rows)
      check.fail("units", fmt::format("'{}' stands at ({}, {}), outside the {} x {} nodes", unit.name,
                                      unit.column, unit.row, soc.noc.columns, soc.noc.rows));
    if (unit.port >= soc.noc.local_ports)
      check.fail("units", fmt::format("'{}' uses port {}, the nodes have {}; raise noc.local_ports",
                                      unit.name, unit.port, soc.noc.local_ports));
  }
  for (const UnitKind kind : {UnitKind::npu, UnitKind::memory, UnitKind::host, UnitKind::io})
    if (soc.count(kind) == 0)
      check.fail("units", fmt::format("a unit of kind {} is needed", config::enum_name(kind)));
  for (const UnitKind kind : {UnitKind::host, UnitKind::io})
    if (soc.count(kind) > 1)
      check.fail("units", fmt::format("{} units of kind {}, a chip has one", soc.count(kind),
                                      config::enum_name(kind)));
  if (soc.noc.payload_flits() < 1)
    check.fail("noc", "packet_flits must be above header_flits: packets of a chip carry data");
  const int ports = soc.count(UnitKind::memory), channels = soc.memory.dram.organisation.channels;
  if (ports > 0 && channels % ports != 0)
    check.fail("units", fmt::format("{} memory ports cannot share {} channels evenly", ports, channels));
}

}  // namespace

const config::Record<SocConfig>& describe(const SocConfig*) {
  static const auto record =
      config::Record<SocConfig>("soc", "A system-on-chip with its package")
          .field("name", &SocConfig::name, {.doc = "Name", .required = true})
          .field("tech", &SocConfig::tech, {.doc = "Technology node", .required = true})
          .field("operating_points", &SocConfig::operating_points,
                 {.doc = "Clock and voltage levels of NPU tiles, gradient SRAM and NoC, slowest first",
                  .required = true})
          .field("noc_clock_ratio", &SocConfig::noc_clock_ratio,
                 {.doc = "NoC clock over the NPU clock", .min = 0.05, .max = 8, .source = "one clock domain"})
          .field("npu", &SocConfig::npu, {.doc = "NPU tile"})
          .field("dma", &SocConfig::dma, {.doc = "DMA of a tile"})
          .field("descriptor", &SocConfig::descriptor_bytes,
                 {.doc = "Size of an operation descriptor",
                  .unit = Dimension::bytes,
                  .min = 16,
                  .max = 4096,
                  .source = "estimate: one cache line"})
          .field("descriptors_ahead", &SocConfig::descriptors_ahead,
                 {.doc = "Descriptors a tile fetches ahead",
                  .min = 1,
                  .max = 256,
                  .source = "estimate: small command queue"})
          .field("resident_share", &SocConfig::resident_share,
                 {.doc = "Share of local SRAM that tensors between operations may keep",
                  .min = 0,
                  .max = 0.9,
                  .source = "estimate: half, half for tiles in flight"})
          .field(
              "start_stagger", &SocConfig::start_stagger_s,
              {.doc = "Tiles start tasks in turn, this far apart: the rail feels a stair instead of a step",
               .unit = Dimension::time,
               .min = 0,
               .max = 1e-6,
               .source = "none: a tile starts as soon as it can"})
          .field("sparsity", &SocConfig::sparsity, {.doc = "Sparsity engine of a tile"})
          .field("gradient_sram", &SocConfig::gradient_sram, {.doc = "Gradient buffer"})
          .field("noc", &SocConfig::noc, {.doc = "Network", .required = true})
          .field("memory", &SocConfig::memory, {.doc = "DRAM", .required = true})
          .field("host", &SocConfig::host, {.doc = "Host CPU"})
          .field("io", &SocConfig::io, {.doc = "I/O tile"})
          .field("units", &SocConfig::units, {.doc = "Placement: all units of the chip", .required = true})
          .field("area", &SocConfig::area, {.doc = "Areas the floorplan is derived from"})
          .field("domains", &SocConfig::domains, {.doc = "Voltage and clock of each kind of unit"})
          .field("uncore", &SocConfig::uncore, {.doc = "What draws power whatever is done"})
          .field("board", &SocConfig::board, {.doc = "Regulators and board"})
          .field("delivery", &SocConfig::delivery,
                 {.doc = "Converters from the supply to each rail; absent: board.efficiency for all of them"})
          .field("rail", &SocConfig::rail,
                 {.doc = "Power delivery network of the core domain; absent: an ideal supply"})
          .field("guard_band", &SocConfig::guard_band,
                 {.doc = "Voltage kept for droops of the rail; absent: rail.noise_limit, as in the operating "
                         "points"})
          .field("adaptive_clock", &SocConfig::adaptive_clock,
                 {.doc = "Clock stretching at droops of the rail",
                  .source = "none: a clock that no droop changes"})
          .field("battery", &SocConfig::battery, {.doc = "Battery that feeds the board; absent: mains"})
          .field("package", &SocConfig::package, {.doc = "Package and cooling", .required = true})
          .field("sensors", &SocConfig::sensors,
                 {.doc = "Temperature sensors; `all` stands for every NPU tile", .required = true})
          .check([](const SocConfig& soc, config::Checker& check) {
            check_units(soc, check);
            if (soc.memory.rail && soc.domains.memory.supply == Supply::core)
              check.fail("memory.rail",
                         "the memory is on the core's supply (domains.memory.supply: core); remove one");
            if (soc.guard_band && !soc.rail)
              check.fail("guard_band", "keeps voltage for droops of a rail; give soc.rail, or leave it out");
          });
  return record;
}

}  // namespace kiln::soc
