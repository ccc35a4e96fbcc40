// SPDX-License-Identifier: MIT
// The cells of a device's memories, each with its own way to fail: SRAM cells by voltage and temperature,
// DRAM cells by temperature and time between refreshes. Bits that flip by chance, too: results that come too
// late, data that was sampled beside its eye.
#pragma once

#include <cstdint>
#include <vector>

#include "learning/faults/fault_map.h"
#include "learning/learning_config.h"

namespace kiln::learning {

enum class Memory { sram, dram };

/// Where a tensor lies on the chip.
struct TensorPlace {
  std::uint64_t address = 0;  ///< in bytes; one space for both memories
  Memory memory = Memory::sram;
  bool stored = true;  ///< false: it never leaves the array
};

/// Where all that fails lies.
struct MemoryLayout {
  std::vector<TensorPlace> tensors;    ///< by tensor of the graph
  std::vector<TensorPlace> residuals;  ///< by layer: what codecs remember; empty: in no memory
  std::vector<TensorPlace> codes;      ///< by layer: gradients as they are sent; empty: in no memory
};

/// Shares of the cells that fail, and of bits that go wrong by chance where the supply droops too far.
struct FailingCells {
  double sram = 0, dram = 0;
  double computed = 0;  ///< of the bits of what is computed
  double moved = 0;     ///< of the bits that a DRAM gives back, on their way there or back
  bool any() const { return sram > 0 || dram > 0 || computed > 0 || moved > 0; }
  bool operator==(const FailingCells&) const = default;
};

class MemoryCells {
 public:
  /// With a bit error rate of its own in `faults` all cells are alike, whatever they lie in. Else SRAM cells
  /// are as configured, and DRAM cells lose their charge: each can go wrong in one direction only (Liu et
  /// al., ISCA 2013), and `dram_code` is what the memory has against it.
  MemoryCells(const FaultsConfig& faults, const WordCode& dram_code, const FailingCells& failing);

  const FailingCells& failing() const { return failing_; }
  FaultMap& of(Memory memory) { return memory == Memory::dram ? dram_ : sram_; }
  /// Bits that flip by chance: of results, and of what goes to a DRAM and comes back. The code of a memory
  /// that is checked by its controller mends the latter, too.
  FaultMap& computed() { return computed_; }
  FaultMap& moved() { return moved_; }

  /// Of both memories, see FaultMap.
  void forget_detected();
  void retire_detected();
  /// Words that were retired at other conditions stay so.
  void take_retired(const MemoryCells& before);
  template <class Archive>
  void archive(Archive& a) {
    for (FaultMap* map : {&sram_, &dram_}) {  // what comes by chance is not retired
      std::vector<std::uint64_t> words(map->retired().begin(), map->retired().end());
      a(words);
      map->retire({words.begin(), words.end()});
    }
  }

 private:
  FailingCells failing_;
  FaultMap sram_, dram_, computed_, moved_;
};

}  // namespace kiln::learning
