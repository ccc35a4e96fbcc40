// SPDX-License-Identifier: MIT
#include "dram/foreign_memory.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "sim/kernel_time.h"

namespace kiln::dram {

using stats::ActivityKind;

ForeignMemory::ForeignMemory(sc_core::sc_module_name name, const MemorySite& site,
                             const ForeignMemoryConfig& config)
    : MemoryUnit(name, site),
      socket("socket"),
      memory("memory"),
      config_(config),
      channel_bytes_(channel_bytes(site.config)),
      port_channels_(site.channels),
      ledger_(site.ledger),
      block_(site.device_block),
      phy_block_(site.phy_block),
      payloads_(config.transaction_bytes),
      responses_(event_) {
  KILN_CHECK(config.transaction_bytes > 0, "{}: transactions of no bytes", this->name());
  socket.register_nb_transport_fw(this, &ForeignMemory::nb_transport_fw);
  memory.register_nb_transport_bw(this, &ForeignMemory::nb_transport_bw);
  SC_METHOD(wake);
  dont_initialize();
  sensitive << event_;
  if (config.style == CodingStyle::loosely_timed) SC_THREAD(loosely_timed);
}

tlm::tlm_sync_enum ForeignMemory::nb_transport_fw(tlm::tlm_generic_payload& burst, tlm::tlm_phase& phase,
                                                  sc_core::sc_time&) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_COMPLETED;
  const Burst taken = books_.came_in(burst, sim::now());
  came_in_[taken.write ? 1 : 0] += taken.bytes;
  bursts_[&burst] = taken.bytes;
  waiting_.push_back(&burst);
  if (config_.style == CodingStyle::loosely_timed)
    work_.notify(sc_core::SC_ZERO_TIME);
  else
    responses_.arm(sim::now());  // not from within the caller's call
  return tlm::TLM_ACCEPTED;
}

std::uint64_t ForeignMemory::address_of(const tlm::tlm_generic_payload& burst) const {
  const int channel = port_channels_.index_of(sim::bulk(burst).channel);
  return static_cast<std::uint64_t>(channel) * channel_bytes_ + burst.get_address();
}

/// The next piece of the first burst that waits.
tlm::tlm_generic_payload& ForeignMemory::take_transaction() {
  tlm::tlm_generic_payload& burst = *waiting_.front();
  const std::uint64_t all = sim::bulk(burst).bytes;
  const std::uint64_t bytes = std::min(config_.transaction_bytes, all - sent_bytes_);
  tlm::tlm_generic_payload& transaction =
      payloads_.acquire(burst.get_command(), address_of(burst) + sent_bytes_, bytes);
  burst_of_[&transaction] = &burst;
  sent_bytes_ += bytes;
  if (sent_bytes_ == all) {
    sent_bytes_ = 0;
    waiting_.pop_front();
  }
  return transaction;
}

/// One request at a time (IEEE 1666-2011, 15.2.6): the next one goes when the last is ended.
void ForeignMemory::send_next() {
  while (requesting_ == nullptr && !waiting_.empty()) {
    if (sim::now() < free_at_) return;  // wake() comes back
    tlm::tlm_generic_payload& transaction = take_transaction();
    requesting_ = &transaction;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm::tlm_sync_enum answer = memory->nb_transport_fw(transaction, phase, delay);
    const base::TimePs at = sim::now() + sim::to_ps(delay);
    if (answer == tlm::TLM_COMPLETED)
      on_phase(transaction, tlm::BEGIN_RESP, at);
    else if (answer == tlm::TLM_UPDATED)
      on_phase(transaction, phase, at);
  }
}

void ForeignMemory::on_phase(tlm::tlm_generic_payload& transaction, tlm::tlm_phase phase, base::TimePs at) {
  KILN_CHECK(phase == tlm::END_REQ || phase == tlm::BEGIN_RESP,
             "{}: the memory bound to it said {}, which is no phase of the base protocol's way back", name(),
             phase.get_name());
  if (requesting_ == &transaction) {  // a response ends its request, too
    requesting_ = nullptr;
    free_at_ = at;
  }
  if (phase == tlm::BEGIN_RESP) responses_.push(at, &transaction);
}

tlm::tlm_sync_enum ForeignMemory::nb_transport_bw(tlm::tlm_generic_payload& transaction,
                                                  tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  on_phase(transaction, phase, sim::now() + sim::to_ps(delay));
  responses_.arm(sim::now());
  return phase == tlm::BEGIN_RESP ? tlm::TLM_COMPLETED : tlm::TLM_ACCEPTED;
}

void ForeignMemory::wake() {
  responses_.awake();
  while (responses_.due()) complete(*responses_.pop());
  if (config_.style == CodingStyle::approximately_timed) send_next();
  responses_.rearm(requesting_ != nullptr || waiting_.empty() ? base::kNever : free_at_);
}

void ForeignMemory::loosely_timed() {
  while (true) {
    while (waiting_.empty()) wait(work_);
    tlm::tlm_generic_payload& transaction = take_transaction();
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    memory->b_transport(transaction, delay);
    if (delay > sc_core::SC_ZERO_TIME) wait(delay);
    complete(transaction);
  }
}

void ForeignMemory::complete(tlm::tlm_generic_payload& transaction) {
  if (!transaction.is_response_ok())
    throw base::SimError(fmt::format("{}: the memory bound to it answered {} to {} B at {:#x}", name(),
                                     transaction.get_response_string(), transaction.get_data_length(),
                                     transaction.get_address()));
  const auto entry = burst_of_.find(&transaction);
  KILN_CHECK(entry != burst_of_.end(), "{}: an answer to a transaction that is not under way", name());
  tlm::tlm_generic_payload& burst = *entry->second;
  burst_of_.erase(entry);
  std::uint64_t& left = bursts_.at(&burst);
  left -= transaction.get_data_length();
  transaction.release();
  if (left > 0) return;
  bursts_.erase(&burst);
  done_[burst.is_write() ? 1 : 0] += sim::bulk(burst).bytes;
  sim::bulk(burst).departure = {sim::now(), sim::now()};
  books_.answered(burst);
  burst.set_response_status(tlm::TLM_OK_RESPONSE);
  sim::send_response(socket, burst);
}

void ForeignMemory::set_operating_point(const sim::OperatingPoint&) {
  report_activity();
}

void ForeignMemory::restart(const sim::OperatingPoint&) {
  KILN_CHECK(idle(), "{}: begins anew while {} bursts wait", name(), outstanding());
  reported_at_ = sim::now();
}

void ForeignMemory::report_activity() {
  const base::TimePs end = sim::now();
  std::int64_t all = 0;
  for (const bool write : {false, true}) {
    const auto done = static_cast<std::int64_t>(done_[write ? 1 : 0]);
    const std::int64_t fresh = done - std::exchange(reported_bytes_[write ? 1 : 0], done);
    ledger_.add(block_, write ? ActivityKind::dram_write_byte : ActivityKind::dram_read_byte, -1, -1,
                reported_at_, end, fresh);
    all += fresh;
  }
  ledger_.add(phy_block_, ActivityKind::dram_io_byte, -1, -1, reported_at_, end, all);
  ledger_.add(phy_block_, ActivityKind::memory_phy_byte, -1, -1, reported_at_, end, all);
  reported_at_ = end;
}

void ForeignMemory::check_conservation() const {
  for (const bool write : {false, true}) {
    std::uint64_t known = done_[write ? 1 : 0];
    for (const auto& [burst, left] : bursts_)
      if (burst->is_write() == write) known += sim::bulk(*burst).bytes;
    KILN_CHECK(came_in_[write ? 1 : 0] == known, "{}: {} B of {} came in, {} B are known", name(),
               came_in_[write ? 1 : 0], write ? "writes" : "reads", known);
  }
}

}  // namespace kiln::dram
