// SPDX-License-Identifier: MIT
// The temperatures of the whole package at some moments of a run.
#pragma once

#include <memory>
#include <vector>

#include "thermal/package_map.h"

namespace kiln::device {

class Heat;

/// A bounded number of pictures over a run of any length: when there are too many, every second one goes.
class HeatFilm {
 public:
  struct Frame {
    double time_s = 0;
    std::vector<float> fields_c;  ///< as thermal::PackageMap orders them
  };

  /// To be called once a control period; takes a picture if one is due.
  void note(const Heat& heat, double time_s);
  /// Takes one in any case: how it ended.
  void end(const Heat& heat, double time_s);

  const std::vector<Frame>& frames() const { return frames_; }
  /// What the frames show; null before the first.
  const thermal::PackageMap* map() const { return map_.get(); }

 private:
  void take(const Heat& heat, double time_s);

  static constexpr std::size_t kMostFrames = 40;
  static constexpr int kMostFields = 16;  ///< across a body
  std::shared_ptr<const thermal::PackageMap> map_;
  std::vector<Frame> frames_;
  std::size_t stride_ = 1, seen_ = 0;
};

}  // namespace kiln::device
