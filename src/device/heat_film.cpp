// SPDX-License-Identifier: MIT
#include "device/heat_film.h"

#include "device/heat.h"
#include "thermal/thermal_model.h"

namespace kiln::device {

void HeatFilm::note(const Heat& heat, double time_s) {
  if (seen_++ % stride_ != 0) return;
  if (frames_.size() == kMostFrames) {
    for (std::size_t i = 1; i < kMostFrames / 2; ++i) frames_[i] = std::move(frames_[2 * i]);
    frames_.resize(kMostFrames / 2);
    stride_ *= 2;  // the period that is seen now is one of those
  }
  take(heat, time_s);
}

void HeatFilm::end(const Heat& heat, double time_s) {
  if (frames_.empty() || frames_.back().time_s < time_s) take(heat, time_s);
}

void HeatFilm::take(const Heat& heat, double time_s) {
  if (!map_) map_ = std::make_shared<const thermal::PackageMap>(heat.model().mesh(), kMostFields);
  frames_.push_back({time_s, map_->fields_c(heat.full_state())});
}

}  // namespace kiln::device
