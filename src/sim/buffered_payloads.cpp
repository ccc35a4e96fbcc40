// SPDX-License-Identifier: MIT
#include "sim/buffered_payloads.h"

#include "base/error.h"

namespace kiln::sim {

tlm::tlm_generic_payload& BufferedPayloads::acquire(tlm::tlm_command command, std::uint64_t address,
                                                    std::uint64_t bytes) {
  KILN_CHECK(bytes <= buffer_bytes_, "{} B for a buffer of {} B", bytes, buffer_bytes_);
  if (free_.empty()) {
    Buffered& fresh = *all_.emplace_back(std::make_unique<Buffered>(this, buffer_bytes_));
    fresh.payload.set_data_ptr(fresh.data.data());
    free_.push_back(&fresh.payload);
  }
  tlm::tlm_generic_payload& payload = *free_.back();
  free_.pop_back();
  payload.acquire();
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_streaming_width(static_cast<unsigned>(bytes));
  payload.set_byte_enable_ptr(nullptr);
  payload.set_dmi_allowed(false);
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  return payload;
}

void BufferedPayloads::free(tlm::tlm_generic_payload* payload) {
  payload->reset();  // extensions of the other side go
  free_.push_back(payload);
}

}  // namespace kiln::sim
