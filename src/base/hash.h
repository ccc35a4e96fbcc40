// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct XXH3_state_s;  // of xxHash

namespace kiln::base {

/// 128-bit content hash (XXH3) as 32 hex digits; `xxh128sum` prints the same for a file.
std::string content_hash(std::string_view bytes);

/// The same of bytes that come piece by piece.
class ContentHasher {
 public:
  ContentHasher();
  void add(std::string_view piece);
  std::string hash() const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace kiln::base
