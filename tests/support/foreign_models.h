// SPDX-License-Identifier: MIT
// Models as others write them against TLM-2.0's base protocol: nothing of Kiln is used here.
#pragma once

#include <tlm_utils/peq_with_cb_and_phase.h>
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <map>
#include <stdexcept>
#include <systemc>
#include <vector>

namespace kiln::testing {

/// What a foreign memory saw.
struct Seen {
  std::uint64_t read_bytes = 0, write_bytes = 0, transactions = 0, largest = 0;
  void add(const tlm::tlm_generic_payload& transaction) {
    const std::uint64_t bytes = transaction.get_data_length();
    if (transaction.get_data_ptr() == nullptr) throw std::logic_error("a transaction without a buffer");
    (transaction.is_write() ? write_bytes : read_bytes) += bytes;
    ++transactions;
    largest = std::max(largest, bytes);
  }
};

/// Approximately timed: takes a request every `bytes / rate`, answers `latency` after it was taken.
class AtMemory : public sc_core::sc_module {
 public:
  AtMemory(sc_core::sc_module_name name, sc_core::sc_time latency, double bytes_per_s)
      : sc_module(name),
        socket("socket"),
        latency_(latency),
        bytes_per_s_(bytes_per_s),
        events_(this, &AtMemory::on_event) {
    socket.register_nb_transport_fw(this, &AtMemory::nb_transport_fw);
  }
  tlm_utils::simple_target_socket<AtMemory> socket;
  Seen seen;

 private:
  tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& transaction, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay) {
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
    if (requested_) throw std::logic_error("a request before the last one was ended");
    requested_ = true;
    transaction.acquire();
    seen.add(transaction);
    const sc_core::sc_time transfer(transaction.get_data_length() / bytes_per_s_, sc_core::SC_SEC);
    events_.notify(transaction, tlm::END_REQ, delay + transfer);
    return tlm::TLM_ACCEPTED;
  }
  void on_event(tlm::tlm_generic_payload& transaction, const tlm::tlm_phase& phase) {
    tlm::tlm_phase say = phase;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    if (phase == tlm::END_REQ) {
      requested_ = false;
      events_.notify(transaction, tlm::BEGIN_RESP, latency_);
      socket->nb_transport_bw(transaction, say, delay);
      return;
    }
    transaction.set_response_status(tlm::TLM_OK_RESPONSE);
    if (socket->nb_transport_bw(transaction, say, delay) != tlm::TLM_COMPLETED)
      throw std::logic_error("a response that was not ended");
    transaction.release();
  }

  sc_core::sc_time latency_;
  double bytes_per_s_;
  tlm_utils::peq_with_cb_and_phase<AtMemory> events_;
  bool requested_ = false;
};

/// Loosely timed: a blocking call with the latency as annotation.
class LtMemory : public sc_core::sc_module {
 public:
  LtMemory(sc_core::sc_module_name name, sc_core::sc_time latency)
      : sc_module(name), socket("socket"), latency_(latency) {
    socket.register_b_transport(this, &LtMemory::b_transport);
  }
  tlm_utils::simple_target_socket<LtMemory> socket;
  Seen seen;
  tlm::tlm_response_status answer = tlm::TLM_OK_RESPONSE;

 private:
  void b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
    seen.add(transaction);
    delay += latency_;
    transaction.set_response_status(answer);
  }
  sc_core::sc_time latency_;
};

/// Initiators begin then: a chip is given its operating point first.
inline const sc_core::sc_time kStart(10, sc_core::SC_NS);

/// One access of an initiator and what came of it.
struct Access {
  bool write = false;
  std::uint64_t address = 0;
  std::vector<unsigned char> data;
  tlm::tlm_response_status status = tlm::TLM_INCOMPLETE_RESPONSE;
  sc_core::sc_time answered;
};

/// Fills a payload for an access.
inline void set_up(tlm::tlm_generic_payload& payload, Access& access) {
  payload.set_command(access.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  payload.set_address(access.address);
  payload.set_data_ptr(access.data.data());
  payload.set_data_length(static_cast<unsigned>(access.data.size()));
  payload.set_streaming_width(static_cast<unsigned>(access.data.size()));
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

/// Approximately timed: sends its accesses as fast as END_REQ lets it, ends each response at once.
class AtInitiator : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(AtInitiator);
  AtInitiator(sc_core::sc_module_name name, std::vector<Access> list)
      : sc_module(name), socket("socket"), accesses(std::move(list)), payloads_(accesses.size()) {
    socket.register_nb_transport_bw(this, &AtInitiator::nb_transport_bw);
    SC_THREAD(run);
  }
  tlm_utils::simple_initiator_socket<AtInitiator> socket;
  std::vector<Access> accesses;
  std::size_t answered = 0;

 private:
  void run() {
    wait(kStart);
    for (std::size_t i = 0; i < accesses.size(); ++i) {
      set_up(payloads_[i], accesses[i]);
      tlm::tlm_phase phase = tlm::BEGIN_REQ;
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      requested_ = true;
      if (socket->nb_transport_fw(payloads_[i], phase, delay) == tlm::TLM_UPDATED) requested_ = false;
      while (requested_) wait(ended_);
    }
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time&) {
    if (phase == tlm::END_REQ) {
      requested_ = false;
      ended_.notify(sc_core::SC_ZERO_TIME);
      return tlm::TLM_ACCEPTED;
    }
    Access& access = accesses[static_cast<std::size_t>(&payload - payloads_.data())];
    access.status = payload.get_response_status();
    access.answered = sc_core::sc_time_stamp();
    ++answered;
    return tlm::TLM_COMPLETED;
  }
  std::vector<tlm::tlm_generic_payload> payloads_;
  bool requested_ = false;
  sc_core::sc_event ended_;
};

/// Loosely timed: one blocking call after the other.
class LtInitiator : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(LtInitiator);
  LtInitiator(sc_core::sc_module_name name, std::vector<Access> list)
      : sc_module(name), socket("socket"), accesses(std::move(list)) {
    SC_THREAD(run);
  }
  tlm_utils::simple_initiator_socket<LtInitiator> socket;
  std::vector<Access> accesses;

 private:
  void run() {
    wait(kStart);
    for (Access& access : accesses) {
      tlm::tlm_generic_payload payload;
      set_up(payload, access);
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      socket->b_transport(payload, delay);
      wait(delay);
      access.status = payload.get_response_status();
      access.answered = sc_core::sc_time_stamp();
    }
  }
};

}  // namespace kiln::testing
