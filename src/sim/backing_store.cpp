// SPDX-License-Identifier: MIT
#include "sim/backing_store.h"

#include <algorithm>
#include <cstring>

namespace kiln::sim {

void BackingStore::write(std::uint64_t address, const unsigned char* data, std::uint64_t bytes) {
  while (bytes > 0) {
    const std::uint64_t offset = address % kPageBytes, piece = std::min(bytes, kPageBytes - offset);
    std::unique_ptr<Page>& page = pages_[address / kPageBytes];
    if (!page) page = std::make_unique<Page>(Page{});
    std::memcpy(page->data() + offset, data, piece);
    address += piece;
    data += piece;
    bytes -= piece;
  }
}

void BackingStore::read(std::uint64_t address, unsigned char* data, std::uint64_t bytes) const {
  while (bytes > 0) {
    const std::uint64_t offset = address % kPageBytes, piece = std::min(bytes, kPageBytes - offset);
    const auto page = pages_.find(address / kPageBytes);
    if (page == pages_.end())
      std::memset(data, 0, piece);
    else
      std::memcpy(data, page->second->data() + offset, piece);
    address += piece;
    data += piece;
    bytes -= piece;
  }
}

}  // namespace kiln::sim
