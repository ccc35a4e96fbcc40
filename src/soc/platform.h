// SPDX-License-Identifier: MIT
// Everything of a chip that lives in the SystemC kernel, and how it is bound. Elaborated once in a process.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dram/memory_unit.h"
#include "noc/noc_shell.h"
#include "npu/scoreboard.h"
#include "npu/tile.h"
#include "sim/address_map.h"
#include "sim/fidelity.h"
#include "sim/operating_domain.h"
#include "soc/floorplan.h"
#include "soc/host.h"
#include "soc/soc_config.h"
#include "soc/step_progress.h"
#include "sram/sram_port.h"
#include "stats/ledger.h"
#include "stats/metrics.h"
#include "stats/trace.h"

namespace kiln::soc {

/// Kiln's own memory.
std::unique_ptr<dram::MemoryUnit> make_memory_port(const char* name, const dram::MemorySite& site);

struct Platform : npu::ScoreboardListener {
  Platform(const SocConfig& soc, const ChipPlan& plan, base::TimePs ledger_window,
           const sim::Fidelities& fidelity, const dram::MemoryFactory& make_memory);
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  bool tiles_finished() const;
  /// The kernel returns when no tile has work any more, and at milestones.
  void operation_completed() override;
  /// Takes those instances out of `milestones` that all tiles have done.
  std::vector<std::int32_t> reached_milestones();

  stats::Ledger ledger;
  stats::Group stats{"soc"};
  stats::Trace trace;
  std::vector<stats::BlockId> blocks;  ///< ledger block of each floorplan block
  sim::AddressMap dram_map;
  std::optional<sim::AddressMap> sram_map;
  sim::PayloadPool pool;
  sim::OperatingDomain operating{"operating_point"};
  npu::Scoreboard scoreboard{"scoreboard"};
  StepProgress progress;
  std::unique_ptr<noc::NocShell> noc;
  std::vector<std::unique_ptr<npu::Tile>> tiles;
  std::vector<std::unique_ptr<dram::MemoryUnit>> memories;
  std::vector<std::unique_ptr<sram::SramPort>> sram_ports;
  std::unique_ptr<Host> host;
  std::unique_ptr<IoTile> io;
  std::vector<std::int32_t> milestones;  ///< operation instances that somebody waits for

 private:
  bool done(std::int32_t instance) const { return scoreboard.satisfied({instance, true}, 0); }
  void make_noc(const SocConfig& soc, const ChipPlan& plan, sim::Fidelity fidelity);
  void make_unit(const SocConfig& soc, std::size_t unit, stats::BlockId block);
  void make_memory_unit(const SocConfig& soc, std::size_t unit, stats::BlockId phy_block,
                        stats::BlockId device_block, sim::Fidelity fidelity,
                        const dram::MemoryFactory& make_memory);
  npu::Routes routes(const SocConfig& soc) const;
  stats::BlockId block(int floorplan_block) const {
    return blocks[static_cast<std::size_t>(floorplan_block)];
  }
};

}  // namespace kiln::soc
