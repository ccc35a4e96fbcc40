// SPDX-License-Identifier: MIT
// Which operation instances are complete, on one tile or on all of them.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "lowering/program.h"

namespace kiln::npu {

/// Who waits for operations of others.
class ScoreboardListener {
 public:
  virtual ~ScoreboardListener() = default;
  /// An operation is complete on one more tile: a dependency may be met now.
  virtual void operation_completed() = 0;
};

/// What a tile asks of the scoreboard.
class scoreboard_if : public virtual sc_core::sc_interface {
 public:
  /// Tile `tile` finished computing and storing instance `instance`.
  virtual void complete(std::int32_t instance, int tile) = 0;
  virtual bool satisfied(const lowering::Dependency& dependency, int tile) const = 0;
  /// Told of every completion, in the order of subscription.
  virtual void subscribe(ScoreboardListener& listener) = 0;
};

class Scoreboard : public sc_core::sc_prim_channel, public scoreboard_if {
 public:
  explicit Scoreboard(const char* name) : sc_prim_channel(name) {}

  /// `participants[i]`: tiles that have work in instance i.
  void begin_step(const std::vector<std::int32_t>& participants, int tiles);
  void complete(std::int32_t instance, int tile) override;
  bool satisfied(const lowering::Dependency& dependency, int tile) const override;
  void subscribe(ScoreboardListener& listener) override { listeners_.push_back(&listener); }

 private:
  std::vector<std::int32_t> missing_;  ///< by instance: tiles still at work
  std::vector<std::uint8_t> done_;     ///< [instance][tile]
  int tiles_ = 0;
  std::vector<ScoreboardListener*> listeners_;
};

}  // namespace kiln::npu
