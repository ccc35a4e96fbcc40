// SPDX-License-Identifier: MIT
// Bytes of a large address space, kept where they were written. Reads of the rest give zeros.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace kiln::sim {

class BackingStore {
 public:
  void write(std::uint64_t address, const unsigned char* data, std::uint64_t bytes);
  void read(std::uint64_t address, unsigned char* data, std::uint64_t bytes) const;

 private:
  static constexpr std::uint64_t kPageBytes = 4096;
  using Page = std::array<unsigned char, kPageBytes>;

  std::unordered_map<std::uint64_t, std::unique_ptr<Page>> pages_;  ///< by address / kPageBytes
};

}  // namespace kiln::sim
