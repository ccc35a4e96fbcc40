// SPDX-License-Identifier: MIT
// One unit of the gradient buffer behind a network port, as a SystemC module.
#pragma once

#include <systemc>

#include "sim/operating_domain.h"
#include "sim/response_queue.h"
#include "sram/banked_sram.h"
#include "stats/ledger.h"
#include "stats/metrics.h"

namespace kiln::sram {

class SramPort : public sc_core::sc_module, public sim::Operated {
 public:
  SC_HAS_PROCESS(SramPort);
  SramPort(sc_core::sc_module_name name, const SramConfig& config, stats::Group& stats, stats::Ledger& ledger,
           stats::BlockId block);

  sim::BulkTargetSocket<SramPort> socket;
  sim::OperatingPointPort operating_point;

  void set_operating_point(const sim::OperatingPoint& point) override;
  void restart(const sim::OperatingPoint& point) override;
  bool idle() const { return responses_.empty(); }
  const SramCounts& counts() const { return sram_.counts(); }
  std::int64_t read_bytes() const { return read_bytes_.value(); }
  std::int64_t write_bytes() const { return write_bytes_.value(); }

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void wake();

  BankedSram sram_;
  stats::Ledger& ledger_;
  stats::BlockId block_;
  double hz_;
  sc_core::sc_event event_;
  sim::ResponseQueue responses_;
  stats::Counter& read_bytes_;
  stats::Counter& write_bytes_;
};

}  // namespace kiln::sram
