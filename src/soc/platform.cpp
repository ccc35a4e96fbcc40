// SPDX-License-Identifier: MIT
#include "soc/platform.h"

#include <algorithm>

#include "dram/memory_port.h"
#include "sim/kernel_time.h"
#include "soc/address_maps.h"

namespace kiln::soc {

namespace {

/// Network port u is unit u. Consecutive channels lie behind different ports, so that a transfer that spans a
/// few granules asks as many ports as it can.
sim::MemoryMap memory_map(const SocConfig& soc, UnitKind kind, const sim::AddressMap& map) {
  std::vector<int> ports;
  for (std::size_t u = 0; u < soc.units.size(); ++u)
    if (soc.units[u].kind == kind) ports.push_back(static_cast<int>(u));
  sim::MemoryMap memory;
  memory.map = &map;
  for (int channel = 0; channel < map.channels(); ++channel)
    memory.port_of_channel.push_back(ports[static_cast<std::size_t>(channel) % ports.size()]);
  return memory;
}

}  // namespace

std::unique_ptr<dram::MemoryUnit> make_memory_port(const char* name, const dram::MemorySite& site) {
  return std::make_unique<dram::MemoryPort>(name, site);
}

Platform::Platform(const SocConfig& soc, const ChipPlan& plan, base::TimePs ledger_window,
                   const sim::Fidelities& fidelity, const dram::MemoryFactory& make_memory)
    : ledger(ledger_window),
      dram_map(dram_address_map(soc)),
      sram_map(gradient_sram_address_map(soc)),
      progress("progress", soc.count(UnitKind::npu), soc.dma.write_window_bytes) {
  sim::require_picosecond_resolution();
  for (const thermal::Block& planned : plan.floorplan.blocks)
    blocks.push_back(ledger.add_block(planned.name));
  make_noc(soc, plan, fidelity.network);
  for (std::size_t u = 0; u < soc.units.size(); ++u) {
    const stats::BlockId own = block(plan.unit_block[u]);
    if (soc.units[u].kind == UnitKind::memory)
      make_memory_unit(soc, u, own, block(plan.memory_block), fidelity.memory, make_memory);
    else
      make_unit(soc, u, own);
  }
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates: from here on ports are bound
  scoreboard.subscribe(*this);               // after the tiles
}

void Platform::make_noc(const SocConfig& soc, const ChipPlan& plan, sim::Fidelity fidelity) {
  std::vector<noc::Endpoint> endpoints;
  for (const UnitConfig& unit : soc.units)
    endpoints.push_back({unit.row * soc.noc.columns + unit.column, unit.port});
  std::vector<stats::BlockId> routers;
  for (const int router : plan.router_block) routers.push_back(block(router));
  noc = std::make_unique<noc::NocShell>("noc", soc.noc, fidelity, stats.child("noc"), endpoints, ledger,
                                        std::move(routers));
  noc->operating_point.bind(operating);
}

npu::Routes Platform::routes(const SocConfig& soc) const {
  npu::Routes routes;
  routes.dram = memory_map(soc, UnitKind::memory, dram_map);
  if (sram_map) routes.gradient_sram = memory_map(soc, UnitKind::gradient_sram, *sram_map);
  const auto host_unit = std::find_if(soc.units.begin(), soc.units.end(),
                                      [](const UnitConfig& unit) { return unit.kind == UnitKind::host; });
  routes.host_port = static_cast<int>(host_unit - soc.units.begin());
  return routes;
}

/// Initiators bind to one side of their network port, targets to the other; a side that a unit lacks stays
/// unbound.
void Platform::make_unit(const SocConfig& soc, std::size_t u, stats::BlockId own) {
  const UnitConfig& unit = soc.units[u];
  const char* name = unit.name.c_str();
  stats::Group& group = stats.child(unit.name);
  switch (unit.kind) {
    case UnitKind::npu: {
      const npu::TileConfig config{soc.dma,
                                   soc.descriptor_bytes,
                                   soc.descriptors_ahead,
                                   soc.noc.link_bytes,
                                   soc.npu.register_bits(),
                                   base::from_seconds(soc.start_stagger_s),
                                   soc.count(UnitKind::npu)};
      const auto index = static_cast<int>(tiles.size());
      npu::Tile& tile = *tiles.emplace_back(
          std::make_unique<npu::Tile>(name, config, routes(soc), pool, group, index, ledger, own, trace));
      tile.socket.bind(noc->from_initiator[u]);
      tile.operating_point.bind(operating);
      tile.scoreboard.bind(scoreboard);
      tile.progress.bind(progress);
      break;
    }
    case UnitKind::gradient_sram: {
      sram::SramPort& port = *sram_ports.emplace_back(
          std::make_unique<sram::SramPort>(name, soc.gradient_sram.sram, group, ledger, own));
      noc->to_target[u].bind(port.socket);
      port.operating_point.bind(operating);
      break;
    }
    case UnitKind::host: {
      const bool follows = soc.domains.host.supply == Supply::core;
      host = std::make_unique<Host>(
          name, soc.host, follows ? std::optional(soc.top_frequency_hz()) : std::nullopt, group, ledger, own);
      noc->to_target[u].bind(host->socket);
      host->operating_point.bind(operating);
      break;
    }
    case UnitKind::io:
      io = std::make_unique<IoTile>(name, soc.io, routes(soc).dram, pool, group, ledger, own);
      io->socket.bind(noc->from_initiator[u]);
      io->samples.bind(progress);
      break;
    case UnitKind::memory:
      break;  // make_memory_unit
  }
}

void Platform::make_memory_unit(const SocConfig& soc, std::size_t u, stats::BlockId phy_block,
                                stats::BlockId device_block, sim::Fidelity fidelity,
                                const dram::MemoryFactory& make_memory) {
  const UnitConfig& unit = soc.units[u];
  const int ports = soc.count(UnitKind::memory);
  const dram::PortChannels channels{static_cast<int>(memories.size()),
                                    soc.memory.dram.organisation.channels / ports, ports};
  const dram::MemorySite site{soc.memory.dram, fidelity,  stats.child(unit.name),     channels, ledger,
                              device_block,    phy_block, soc.memory.rail.has_value()};
  dram::MemoryUnit& memory = *memories.emplace_back(make_memory(unit.name.c_str(), site));
  noc->to_target[u].bind(memory.target());
  memory.operating_point.bind(operating);
}

bool Platform::tiles_finished() const {
  return std::all_of(tiles.begin(), tiles.end(), [](const auto& tile) { return tile->finished(); });
}

void Platform::operation_completed() {
  const auto is_done = [this](std::int32_t instance) { return done(instance); };
  if (tiles_finished() || std::any_of(milestones.begin(), milestones.end(), is_done)) sc_core::sc_pause();
}

std::vector<std::int32_t> Platform::reached_milestones() {
  std::vector<std::int32_t> reached;
  std::erase_if(milestones, [&](std::int32_t instance) {
    if (done(instance)) reached.push_back(instance);
    return done(instance);
  });
  return reached;
}

}  // namespace kiln::soc
