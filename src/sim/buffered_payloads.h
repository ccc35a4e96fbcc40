// SPDX-License-Identifier: MIT
// Payloads of the base protocol with data buffers of one size, recycled: for models that expect data where
// Kiln moves none.
#pragma once

#include <cstdint>
#include <memory>
#include <tlm>
#include <vector>

namespace kiln::sim {

class BufferedPayloads : public tlm::tlm_mm_interface {
 public:
  explicit BufferedPayloads(std::uint64_t buffer_bytes) : buffer_bytes_(buffer_bytes) {}
  BufferedPayloads(const BufferedPayloads&) = delete;
  BufferedPayloads& operator=(const BufferedPayloads&) = delete;

  /// With one reference held, `bytes` <= the buffers' size, no byte enables, not streaming.
  tlm::tlm_generic_payload& acquire(tlm::tlm_command command, std::uint64_t address, std::uint64_t bytes);
  void free(tlm::tlm_generic_payload* payload) override;

 private:
  struct Buffered {
    explicit Buffered(tlm::tlm_mm_interface* pool, std::uint64_t bytes) : payload(pool), data(bytes) {}
    tlm::tlm_generic_payload payload;
    std::vector<unsigned char> data;
  };

  std::uint64_t buffer_bytes_;
  std::vector<std::unique_ptr<Buffered>> all_;
  std::vector<tlm::tlm_generic_payload*> free_;
};

}  // namespace kiln::sim
