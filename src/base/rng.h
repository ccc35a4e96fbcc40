// SPDX-License-Identifier: MIT
// Counter-based random numbers: the stream depends only on (seed, path, purpose, step), never on call order.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace kiln::base {

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
class Rng {
 public:
  Rng(std::uint64_t seed, std::string_view path, std::string_view purpose, std::uint64_t step = 0);

  std::uint32_t next_u32();
  std::uint64_t next_u64();
  double uniform();  ///< in [0, 1)
  double normal();   ///< mean 0, variance 1
  /// Uniform integer in [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Puts items in random order, each as likely (Durstenfeld, CACM 7(7), 1964).
  template <class Item>
  void shuffle(std::vector<Item>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  void refill();

  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
  double spare_normal_ = 0;
  bool has_spare_ = false;
};

/// One Philox block: four words for a counter and a key.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

}  // namespace kiln::base
