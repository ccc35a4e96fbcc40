// SPDX-License-Identifier: MIT
#include "soc/host.h"

#include <algorithm>

#include "sim/kernel_time.h"

namespace kiln::soc {

using stats::ActivityKind;

Host::Host(sc_core::sc_module_name name, const HostConfig& config, std::optional<double> core_top_hz,
           stats::Group& stats, stats::Ledger& ledger, stats::BlockId block)
    : sc_module(name),
      socket("socket"),
      operating_point(*this),
      config_(config),
      core_top_hz_(core_top_hz),
      ledger_(ledger),
      block_(block),
      responses_(event_),
      launches_(stats.counter("launches", "1", "Operation descriptors prepared")) {
  socket.register_nb_transport_fw(this, &Host::nb_transport_fw);
  SC_METHOD(wake);
  dont_initialize();
  sensitive << event_;
}

void Host::set_operating_point(const sim::OperatingPoint& point) {
  if (core_top_hz_) clock_factor_ = point.frequency_hz / *core_top_hz_;
}

void Host::work(double seconds, std::int64_t instructions, int phase) {
  const base::TimePs begin = std::max(free_at_, sim::now());
  free_at_ = begin + base::from_seconds(seconds / clock_factor_);
  ledger_.add(block_, ActivityKind::cpu_instruction, -1, phase, begin, free_at_, instructions);
}

void Host::begin_step() {
  if (config_.instructions_per_step > 0)
    work(config_.step_s(), config_.instructions_per_step, static_cast<int>(workload::Phase::forward));
}

tlm::tlm_sync_enum Host::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                         sc_core::sc_time&) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
  work(config_.launch_s(), config_.instructions_per_launch, sim::bulk(payload).phase);
  launches_.add();
  sim::bulk(payload).departure = {free_at_, free_at_};
  responses_.push(free_at_, payload);
  return tlm::TLM_ACCEPTED;
}

void Host::wake() {
  responses_.answer(socket);
}

IoTile::IoTile(sc_core::sc_module_name name, const IoConfig& config, const sim::MemoryMap& dram,
               sim::PayloadPool& pool, stats::Group& stats, stats::Ledger& ledger, stats::BlockId block)
    : sc_module(name),
      socket("socket"),
      samples("samples"),
      config_(config),
      dram_(dram),
      pool_(pool),
      ledger_(ledger),
      block_(block),
      bytes_(stats.counter("bytes", "B", "Sample bytes brought in")) {
  socket.register_nb_transport_bw(this, &IoTile::nb_transport_bw);
  SC_METHOD(send);
  dont_initialize();
  sensitive << event_;
}

void IoTile::begin_step(std::uint64_t address, std::uint64_t bytes) {
  left_ = bytes;
  if (bytes == 0) return;
  lowering::Transfer incoming;
  incoming.address = address;
  incoming.bytes = incoming.wire_bytes = bytes;
  cutter_.start(incoming, dram_, config_.burst_bytes);
  event_.notify(sc_core::SC_ZERO_TIME);
}

void IoTile::send() {
  if (left_ == 0) return;
  const npu::BurstRequest burst = cutter_.next();
  left_ -= burst.bytes;
  outstanding_ += burst.bytes;
  const base::TimePs duration =
      base::from_seconds(static_cast<double>(burst.bytes) / config_.bandwidth_bytes_per_s);
  bytes_.add(static_cast<std::int64_t>(burst.bytes));
  ledger_.add(block_, ActivityKind::io_byte, -1, -1, sim::now(), sim::now() + duration,
              static_cast<std::int64_t>(burst.bytes));
  tlm::tlm_generic_payload& payload = pool_.acquire(tlm::TLM_WRITE_COMMAND, burst.local, burst.bytes);
  sim::BulkExtension& about = sim::bulk(payload);
  about.destination_port = burst.port;
  about.channel = burst.channel;
  about.wire_bytes = burst.wire_bytes;
  about.cls = sim::TrafficClass::activation;
  sim::send_request(socket, payload);
  if (left_ > 0) event_.notify(sim::to_sc_time(duration));
}

tlm::tlm_sync_enum IoTile::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                           sc_core::sc_time&) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  outstanding_ -= sim::bulk(payload).bytes;
  payload.release();
  if (idle()) samples->samples_stored();
  return tlm::TLM_COMPLETED;
}

}  // namespace kiln::soc
