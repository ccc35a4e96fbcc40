// SPDX-License-Identifier: MIT
#include "learning/data/extents.h"

#include <fmt/core.h>

#include <string>

#include "learning/data/array.h"

namespace kiln::learning {

namespace {

[[noreturn]] void refuse_extents(const std::vector<std::int64_t>& all, const workload::Shape& input) {
  std::string held, sequence, vector;
  for (const std::int64_t extent : all) held += fmt::format("{}{}", held.empty() ? "" : " x ", extent);
  if (input.width() == 1 && input.height() > 1)
    sequence = input.channels() > 1 ? fmt::format(", samples x {} x {}", input.channels(), input.height())
                                    : fmt::format(", samples x {}", input.height());
  if (input.positions() == 1) vector = fmt::format(", samples x {}", input.channels());
  throw DataFileError(fmt::format(
      "holds {}, samples first, which do not fit the network's input of {}; wanted are samples x {} x {} x "
      "{} (channels, height, width){}{}",
      held, input.text(), input.channels(), input.height(), input.width(), sequence, vector));
}

}  // namespace

SampleExtents::SampleExtents(const std::vector<std::int64_t>& all, const workload::Shape& input) {
  if (all.size() == 4) {
    channels = all[1];
    height = all[2];
    width = all[3];
  } else if (all.size() == 3 && input.channels() > 1 && all[1] == input.channels()) {
    channels = all[1];  // a sequence of features
    height = all[2];
  } else if (all.size() == 3) {
    height = all[1];
    width = all[2];
  } else if (all.size() == 2 && all[1] == input.channels()) {
    channels = all[1];
  } else if (all.size() == 2) {
    height = all[1];
  } else {
    refuse_extents(all, input);
  }
  grey = channels == 1 && input.channels() > 1 && all.size() > 2 && height * width > 1;
  if ((!grey && channels != input.channels()) || height > input.height() || width > input.width())
    refuse_extents(all, input);
}

}  // namespace kiln::learning
