// SPDX-License-Identifier: MIT
#include "noc/barrier.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace kiln::noc {

std::span<const config::EnumName<BarrierPolicy>> enum_names(const BarrierPolicy*) {
  static constexpr std::array<config::EnumName<BarrierPolicy>, 3> names{
      {{BarrierPolicy::strict, "strict"},
       {BarrierPolicy::bounded, "bounded"},
       {BarrierPolicy::asynchronous, "asynchronous"}}};
  return names;
}

const config::Record<BarrierConfig>& describe(const BarrierConfig*) {
  static const auto record =
      config::Record<BarrierConfig>("noc_barrier", "How a receiver of gradients waits for late ones")
          .field("policy", &BarrierConfig::policy,
                 {.doc = "strict, bounded (by `staleness` steps) or asynchronous"})
          .field("staleness", &BarrierConfig::staleness,
                 {.doc = "Steps a source may be behind under `bounded`", .min = 0, .max = 1000});
  return record;
}

GradientBarrier::GradientBarrier(const BarrierConfig& config, int sources) : config_(config) {
  KILN_CHECK(sources > 0, "a barrier needs at least one source");
  sources_.resize(static_cast<std::size_t>(sources));
}

void GradientBarrier::receive(const GradientStamp& stamp, base::TimePs now) {
  KILN_CHECK(stamp.source >= 0 && stamp.source < static_cast<int>(sources_.size()),
             "gradient from unknown source {}", stamp.source);
  KILN_CHECK(stamp.sequence >= 0 && stamp.sequence < stamp.packets, "gradient packet {} of {}",
             stamp.sequence, stamp.packets);
  Source& source = sources_[static_cast<std::size_t>(stamp.source)];
  std::vector<bool>& arrived = source.partial[stamp.step];
  arrived.resize(static_cast<std::size_t>(stamp.packets), false);
  KILN_CHECK(!arrived[static_cast<std::size_t>(stamp.sequence)],
             "gradient packet {} of source {}, step {} came twice", stamp.sequence, stamp.source, stamp.step);
  arrived[static_cast<std::size_t>(stamp.sequence)] = true;
  transit_s_ += base::to_seconds(now - stamp.sent);
  ++packets_;
  if (!std::all_of(arrived.begin(), arrived.end(), [](bool here) { return here; })) return;
  source.newest = std::max(source.newest, stamp.step);
  source.partial.erase(stamp.step);
}

bool GradientBarrier::may_apply(int step) const {
  int allowed = 0;
  switch (config_.policy) {
    case BarrierPolicy::asynchronous:
      return true;
    case BarrierPolicy::bounded:
      allowed = config_.staleness;
      break;
    case BarrierPolicy::strict:
      break;
  }
  return std::all_of(sources_.begin(), sources_.end(),
                     [&](const Source& source) { return source.newest >= step - allowed; });
}

void GradientBarrier::apply(int step) {
  if (!may_apply(step))
    throw base::SimError(fmt::format("step {} applied before its gradients were in", step));
  for (const Source& source : sources_) {
    const auto behind = static_cast<std::size_t>(std::max(0, step - source.newest));
    if (behind >= histogram_.size()) histogram_.resize(behind + 1, 0);
    ++histogram_[behind];
  }
}

double GradientBarrier::mean_staleness() const {
  double sum = 0, count = 0;
  for (std::size_t steps = 0; steps < histogram_.size(); ++steps) {
    sum += static_cast<double>(steps) * static_cast<double>(histogram_[steps]);
    count += static_cast<double>(histogram_[steps]);
  }
  return count > 0 ? sum / count : 0;
}

double GradientBarrier::mean_transit_s() const {
  return packets_ > 0 ? transit_s_ / static_cast<double>(packets_) : 0;
}

}  // namespace kiln::noc
