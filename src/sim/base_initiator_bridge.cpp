// SPDX-License-Identifier: MIT
#include "sim/base_initiator_bridge.h"

#include "base/error.h"
#include "sim/kernel_time.h"

namespace kiln::sim {

BaseInitiatorBridge::BaseInitiatorBridge(sc_core::sc_module_name name, const BaseInitiatorConfig& config,
                                         const MemoryMap& memory, PayloadPool& pool)
    : sc_module(name),
      from_initiator("from_initiator"),
      socket("socket"),
      config_(config),
      memory_(memory),
      pool_(pool),
      arriving_(event_) {
  from_initiator.register_nb_transport_fw(this, &BaseInitiatorBridge::nb_transport_fw);
  from_initiator.register_transport_dbg(this, &BaseInitiatorBridge::transport_dbg);
  socket.register_nb_transport_bw(this, &BaseInitiatorBridge::nb_transport_bw);
  SC_METHOD(wake);
  dont_initialize();
  sensitive << event_;
}

tlm::tlm_response_status BaseInitiatorBridge::fault_of(const tlm::tlm_generic_payload& transaction) const {
  const std::uint64_t bytes = transaction.get_data_length(), address = transaction.get_address();
  const std::uint64_t capacity = memory_.map->capacity();
  if (transaction.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  if (transaction.get_streaming_width() < bytes || bytes == 0) return tlm::TLM_BURST_ERROR_RESPONSE;
  if (transaction.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  if (bytes > capacity || address > capacity - bytes) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

tlm::tlm_sync_enum BaseInitiatorBridge::nb_transport_fw(tlm::tlm_generic_payload& transaction,
                                                        tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase == tlm::BEGIN_REQ) {
    if (transaction.has_mm()) transaction.acquire();
    arriving_.push(now() + to_ps(delay), &transaction);
    return tlm::TLM_ACCEPTED;
  }
  KILN_CHECK(phase == tlm::END_RESP && answering_,
             "{}: the initiator bound to it said {}, which is not due in the base protocol", name(),
             phase.get_name());
  tlm::tlm_generic_payload& ended = *answers_.front();
  answers_.pop_front();
  answering_ = false;
  if (ended.has_mm()) ended.release();
  arriving_.arm(now() + to_ps(delay));
  return tlm::TLM_COMPLETED;
}

void BaseInitiatorBridge::wake() {
  arriving_.awake();
  while (arriving_.due()) requests_.push_back(arriving_.pop());
  accept_requests();
  send_answers();
  arriving_.rearm();
}

/// Under the window, one by one: each is told END_REQ, after which the initiator may send the next.
void BaseInitiatorBridge::accept_requests() {
  while (!requests_.empty()) {
    tlm::tlm_generic_payload& transaction = *requests_.front();
    const std::uint64_t bytes = transaction.get_data_length();
    if (under_way_bytes_ > 0 && under_way_bytes_ + bytes > config_.window_bytes) return;
    requests_.pop_front();
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    from_initiator->nb_transport_bw(transaction, phase, delay);
    transaction.set_dmi_allowed(false);
    const tlm::tlm_response_status fault = fault_of(transaction);
    if (fault == tlm::TLM_OK_RESPONSE) {
      issue(transaction);
    } else {
      transaction.set_response_status(fault);
      answers_.push_back(&transaction);
    }
  }
}

void BaseInitiatorBridge::issue(tlm::tlm_generic_payload& transaction) {
  const std::vector<ChannelRun> runs =
      memory_.map->split(transaction.get_address(), transaction.get_data_length());
  open_[&transaction] = {runs.size(), transaction.get_data_length()};
  under_way_bytes_ += transaction.get_data_length();
  for (const ChannelRun& run : runs) {
    tlm::tlm_generic_payload& burst = pool_.acquire(transaction.get_command(), run.local, run.bytes);
    BulkExtension& about = bulk(burst);
    about.destination_port = memory_.port_of_channel[static_cast<std::size_t>(run.channel)];
    about.channel = run.channel;
    about.wire_bytes = run.bytes;
    about.cls = config_.cls;
    about.stream = config_.stream;
    about.job = next_job_;
    job_of_[next_job_++] = &transaction;
    send_request(socket, burst);
  }
}

tlm::tlm_sync_enum BaseInitiatorBridge::nb_transport_bw(tlm::tlm_generic_payload& burst,
                                                        tlm::tlm_phase& phase, sc_core::sc_time&) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  const auto job = job_of_.find(bulk(burst).job);
  KILN_CHECK(job != job_of_.end(), "{}: an answer to a burst that is not under way", name());
  tlm::tlm_generic_payload& transaction = *job->second;
  job_of_.erase(job);
  burst.release();
  Open& open = open_.at(&transaction);
  if (--open.bursts_left == 0) {
    under_way_bytes_ -= open.bytes;
    open_.erase(&transaction);
    move_data(transaction);
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
    answers_.push_back(&transaction);
    arriving_.arm(now());
  }
  return tlm::TLM_COMPLETED;
}

void BaseInitiatorBridge::move_data(tlm::tlm_generic_payload& transaction) {
  if (transaction.is_write())
    store_.write(transaction.get_address(), transaction.get_data_ptr(), transaction.get_data_length());
  else
    store_.read(transaction.get_address(), transaction.get_data_ptr(), transaction.get_data_length());
}

/// One response at a time (IEEE 1666-2011, 15.2.6): the next goes when the initiator ended the last.
void BaseInitiatorBridge::send_answers() {
  while (!answering_ && !answers_.empty()) {
    tlm::tlm_generic_payload& transaction = *answers_.front();
    answering_ = true;
    tlm::tlm_phase phase = tlm::BEGIN_RESP;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    const tlm::tlm_sync_enum answer = from_initiator->nb_transport_bw(transaction, phase, delay);
    const bool ended = answer == tlm::TLM_COMPLETED || (answer == tlm::TLM_UPDATED && phase == tlm::END_RESP);
    if (!ended) return;
    answers_.pop_front();
    answering_ = false;
    if (transaction.has_mm()) transaction.release();
  }
}

unsigned BaseInitiatorBridge::transport_dbg(tlm::tlm_generic_payload& transaction) {
  if (fault_of(transaction) != tlm::TLM_OK_RESPONSE) return 0;
  move_data(transaction);
  return transaction.get_data_length();
}

}  // namespace kiln::sim
