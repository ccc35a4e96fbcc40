// SPDX-License-Identifier: MIT
// Responses that a target has yet to send, each at its own time.
#pragma once

#include "sim/bulk_protocol.h"
#include "sim/wakeups.h"

namespace kiln::sim {

class ResponseQueue {
 public:
  explicit ResponseQueue(sc_core::sc_event& event) : waiting_(event) {}

  void push(base::TimePs time, tlm::tlm_generic_payload& payload) { waiting_.push(time, &payload); }
  bool empty() const { return waiting_.empty(); }

  /// Call in the method that the event wakes: sends the responses that are due, arms the event for the next.
  template <class Socket>
  void answer(Socket& socket) {
    waiting_.awake();
    while (waiting_.due()) {
      tlm::tlm_generic_payload& payload = *waiting_.pop();
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      send_response(socket, payload);
    }
    waiting_.rearm();
  }

 private:
  WakeupQueue<tlm::tlm_generic_payload*> waiting_;
};

}  // namespace kiln::sim
