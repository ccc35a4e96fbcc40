// SPDX-License-Identifier: MIT
#include "sram/sram_port.h"

#include "sim/kernel_time.h"

namespace kiln::sram {

using stats::ActivityKind;

SramPort::SramPort(sc_core::sc_module_name name, const SramConfig& config, stats::Group& stats,
                   stats::Ledger& ledger, stats::BlockId block)
    : sc_module(name),
      socket("socket"),
      operating_point(*this),
      sram_(config),
      ledger_(ledger),
      block_(block),
      hz_(config.clock_hz),
      responses_(event_),
      read_bytes_(stats.counter("read_bytes", "B", "Bytes read from the gradient buffer")),
      write_bytes_(stats.counter("write_bytes", "B", "Bytes written to the gradient buffer")) {
  stats.sum("conflict_cycles", "cycle", "Cycles lost to bank and port conflicts",
            [this] { return static_cast<double>(sram_.counts().conflict_cycles); });
  socket.register_nb_transport_fw(this, &SramPort::nb_transport_fw);
  SC_METHOD(wake);
  dont_initialize();
  sensitive << event_;
}

tlm::tlm_sync_enum SramPort::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                             sc_core::sc_time&) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
  sim::BulkExtension& burst = sim::bulk(payload);
  const bool write = payload.is_write();
  const Curve curve = sram_.reserve(sim::now(), burst.bytes, write, payload.get_address());
  burst.departure = {curve.first, curve.last};
  (write ? write_bytes_ : read_bytes_).add(static_cast<std::int64_t>(burst.bytes));
  ledger_.add(block_, write ? ActivityKind::gradient_sram_write_byte : ActivityKind::gradient_sram_read_byte,
              burst.layer, burst.phase, sim::now(), curve.last, static_cast<std::int64_t>(burst.bytes));
  responses_.push(write ? curve.last : curve.first, payload);
  return tlm::TLM_ACCEPTED;
}

void SramPort::wake() {
  responses_.answer(socket);
}

void SramPort::restart(const sim::OperatingPoint& point) {
  KILN_CHECK(idle(), "{}: begins anew while requests wait", name());
  hz_ = point.frequency_hz;
  sram_ = BankedSram(sram_.config(), hz_, sim::now());
}

void SramPort::set_operating_point(const sim::OperatingPoint& point) {
  if (point.frequency_hz == hz_) return;
  hz_ = point.frequency_hz;
  sram_.replan(sim::now(), hz_);
}

}  // namespace kiln::sram
