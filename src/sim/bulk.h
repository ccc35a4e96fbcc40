// SPDX-License-Identifier: MIT
// A burst of bytes of one tensor: what a generic payload of the bulk protocol carries beside its command,
// address and length.
#pragma once

#include <cstdint>
#include <memory>
#include <tlm>
#include <vector>

#include "base/time.h"
#include "sim/coding_site.h"
#include "sim/supply.h"
#include "sim/traffic_class.h"

namespace kiln::sim {

using base::Curve;

struct BulkExtension : tlm::tlm_extension<BulkExtension> {
  // Identity
  int source_port = -1;       ///< network port of the initiator
  int destination_port = -1;  ///< network port of the target
  std::uint64_t job = 0;      ///< which DMA job the burst belongs to
  // Shape
  int channel = 0;               ///< of the memory; the payload's address counts inside it
  std::uint64_t bytes = 0;       ///< bytes in memory
  std::uint64_t wire_bytes = 0;  ///< bytes on the links, after compression in a router
  Coding coding;                 ///< by engines on the path
  // Meaning
  TrafficClass cls = TrafficClass::activation;
  int layer = -1, phase = -1;  ///< what the ledger counts it under; -1: nobody's
  std::uint32_t stream = 0;    ///< of the initiator, for the memory's row visits
  // Timing
  base::TimePs issued = 0;  ///< when the initiator offered it
  Curve arrival;            ///< at the target
  Curve departure;          ///< at the point where it was last handed back
  /// Of a read that is answered while its data still comes out; the network takes it.
  std::shared_ptr<Supply> supply;

  tlm_extension_base* clone() const override;
  void copy_from(const tlm_extension_base& other) override;
};

/// Payloads with their extension, recycled; TLM's memory-manager contract.
class PayloadPool : public tlm::tlm_mm_interface {
 public:
  PayloadPool() = default;
  PayloadPool(const PayloadPool&) = delete;
  PayloadPool& operator=(const PayloadPool&) = delete;
  ~PayloadPool() override;

  /// `address` in bytes inside the channel that the extension will name.
  tlm::tlm_generic_payload& acquire(tlm::tlm_command command, std::uint64_t address, std::uint64_t bytes);
  void free(tlm::tlm_generic_payload* payload) override;
  std::size_t outstanding() const { return all_.size() - free_.size(); }

 private:
  std::vector<std::unique_ptr<tlm::tlm_generic_payload>> all_;
  std::vector<tlm::tlm_generic_payload*> free_;
};

inline BulkExtension& bulk(tlm::tlm_generic_payload& payload) {
  return *payload.get_extension<BulkExtension>();
}
inline const BulkExtension& bulk(const tlm::tlm_generic_payload& payload) {
  return *payload.get_extension<BulkExtension>();
}

}  // namespace kiln::sim
