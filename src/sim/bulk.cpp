// SPDX-License-Identifier: MIT
#include "sim/bulk.h"

namespace kiln::sim {

tlm::tlm_extension_base* BulkExtension::clone() const {
  return new BulkExtension(*this);
}

void BulkExtension::copy_from(const tlm_extension_base& other) {
  *this = static_cast<const BulkExtension&>(other);
}

PayloadPool::~PayloadPool() {
  for (auto& payload : all_) delete payload->set_extension<BulkExtension>(nullptr);
}

tlm::tlm_generic_payload& PayloadPool::acquire(tlm::tlm_command command, std::uint64_t address,
                                               std::uint64_t bytes) {
  if (free_.empty()) {
    all_.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
    all_.back()->set_extension(new BulkExtension);
    free_.push_back(all_.back().get());
  }
  tlm::tlm_generic_payload& payload = *free_.back();
  free_.pop_back();
  bulk(payload) = BulkExtension{};
  bulk(payload).bytes = bytes;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_length(static_cast<unsigned>(bytes));
  payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  payload.acquire();
  return payload;
}

void PayloadPool::free(tlm::tlm_generic_payload* payload) {
  free_.push_back(payload);
}

}  // namespace kiln::sim
