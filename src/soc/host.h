// SPDX-License-Identifier: MIT
// Host CPU and I/O: the two units of the platform that are neither tiles nor memories.
#pragma once

#include <optional>
#include <systemc>

#include "npu/dma.h"
#include "sim/operating_domain.h"
#include "sim/response_queue.h"
#include "soc/soc_config.h"
#include "stats/ledger.h"
#include "stats/metrics.h"

namespace kiln::soc {

/// Answers the tiles' reads of operation descriptors, one after another, each after the CPU prepared it.
class Host : public sc_core::sc_module, public sim::Operated {
 public:
  SC_HAS_PROCESS(Host);
  /// `core_top_hz`: the tiles' highest clock, when the host is on their supply and its clock goes with
  /// theirs; absent: a supply and a clock of its own.
  Host(sc_core::sc_module_name name, const HostConfig& config, std::optional<double> core_top_hz,
       stats::Group& stats, stats::Ledger& ledger, stats::BlockId block);
  sim::BulkTargetSocket<Host> socket;
  sim::OperatingPointPort operating_point;
  bool idle() const { return responses_.empty(); }
  /// Between steps: how long it takes from now on; all else of `config` is as when it was built.
  void set_times(const HostConfig& config) { config_ = config; }
  /// The call of driver or framework: descriptors wait for it.
  void begin_step();
  /// What is in work ends as it was begun.
  void set_operating_point(const sim::OperatingPoint& point) override;
  void restart(const sim::OperatingPoint& point) override { set_operating_point(point); }

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void wake();
  /// Keeps the CPU for `seconds` at its nominal clock, from when it is free on.
  void work(double seconds, std::int64_t instructions, int phase);

  HostConfig config_;
  std::optional<double> core_top_hz_;
  double clock_factor_ = 1;  ///< clock over its nominal one
  stats::Ledger& ledger_;
  stats::BlockId block_;
  base::TimePs free_at_ = 0;
  sc_core::sc_event event_;
  sim::ResponseQueue responses_;
  stats::Counter& launches_;
};

/// Who waits for a step's samples.
class samples_if : public virtual sc_core::sc_interface {
 public:
  virtual void samples_stored() = 0;
};

/// Writes a batch of raw samples to memory at the link's rate.
class IoTile : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(IoTile);
  IoTile(sc_core::sc_module_name name, const IoConfig& config, const sim::MemoryMap& dram,
         sim::PayloadPool& pool, stats::Group& stats, stats::Ledger& ledger, stats::BlockId block);
  sim::BulkInitiatorSocket<IoTile> socket;
  sc_core::sc_port<samples_if> samples;

  /// Brings `bytes` to `address`, from now on.
  void begin_step(std::uint64_t address, std::uint64_t bytes);
  bool idle() const { return left_ == 0 && outstanding_ == 0; }

 private:
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void send();

  IoConfig config_;
  sim::MemoryMap dram_;
  sim::PayloadPool& pool_;
  stats::Ledger& ledger_;
  stats::BlockId block_;
  npu::BurstCutter cutter_;
  std::uint64_t left_ = 0, outstanding_ = 0;
  sc_core::sc_event event_;
  stats::Counter& bytes_;
};

}  // namespace kiln::soc
