// SPDX-License-Identifier: MIT
// Going back to a checkpoint when a step was spoilt: a word that its code could not mend, or a loss that is
// no number.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace kiln::learning {

/// What going back cost an epoch.
struct RecoveryCounts {
  std::int64_t rolled_back = 0;  ///< steps whose updates were lost, the spoilt ones too
  std::int64_t copies = 0;       ///< checkpoints that were written or read back
};

class Recovery {
 public:
  /// A checkpoint every `interval` steps.
  explicit Recovery(std::int64_t interval) : interval_(interval) {}

  /// Keeps `state`, what has been learnt so far, as the one to return to.
  void keep(std::string state) {
    state_ = std::move(state);
    since_ = 0;
    ++counts_.copies;
  }
  /// A step went well; whether it is time for the next checkpoint.
  bool is_due() { return ++since_ >= interval_; }
  /// A step was spoilt: what to return to.
  const std::string& roll_back() {
    counts_.rolled_back += since_ + 1;
    since_ = 0;
    ++counts_.copies;
    return state_;
  }
  /// Counts since this was called last.
  RecoveryCounts take_counts() { return std::exchange(counts_, {}); }

 private:
  std::int64_t interval_;
  std::int64_t since_ = 0;  ///< steps behind the checkpoint
  std::string state_;
  RecoveryCounts counts_;
};

}  // namespace kiln::learning
