// SPDX-License-Identifier: MIT
#include "run/signature.h"

#include <algorithm>

#include "base/error.h"

namespace kiln::run {

Signature::Signature(const soc::StepRecord& record, const device::ChipPower& power,
                     const sim::OperatingPoint& point)
    : point_(point) {
  // When each equal share of the work was done, and what the tiles did until then.
  const std::vector<soc::Progress>& progress = record.progress;
  const double all = static_cast<double>(progress.back().work);
  std::vector<base::TimePs> times{0};
  std::size_t next = 0;
  const soc::Progress* begin = &progress.front();
  for (int k = 1; k <= kSegments; ++k) {
    while (next + 1 < progress.size() && static_cast<double>(progress[next].work) < all * k / kSegments)
      ++next;
    const soc::Progress& at = progress[next];
    times.push_back(k < kSegments ? std::max(times.back(), at.time) : record.duration);
    segments_.push_back({begin->phase, begin->queue_share, at.computed_s, at.array_busy_s});
    begin = &at;
  }
  for (const base::TimePs time : times) time_s_.push_back(base::to_seconds(time));

  // Energy accumulates through the windows; a boundary inside a window takes its share of it.
  std::vector<double> sum(power.blocks(), 0.0);
  std::size_t window = 0;
  std::vector<double> window_j;
  double done_share = 0;
  for (const base::TimePs time : times) {
    while (window < record.windows.size()) {
      const stats::Window& w = record.windows[window];
      if (window_j.empty()) {
        for (std::size_t b = 0; b < power.blocks(); ++b)
          window_j.push_back(power.dynamic_j(b, w.by_block[b], point.voltage_v));
      }
      const bool inside = time < w.end && w.end > w.begin;
      const double upto =
          inside ? std::max(0.0, static_cast<double>(time - w.begin) / static_cast<double>(w.end - w.begin))
                 : 1.0;
      for (std::size_t b = 0; b < sum.size(); ++b) sum[b] += window_j[b] * (upto - done_share);
      done_share = upto;
      if (inside) break;
      ++window;
      window_j.clear();
      done_share = 0;
    }
    energy_j_.push_back(sum);
  }
}

Signature::Place Signature::place_of(double work) {
  const double position = std::clamp(work, 0.0, 1.0) * kSegments;
  const auto segment = std::min<std::size_t>(kSegments - 1, static_cast<std::size_t>(position));
  return {segment, position - static_cast<double>(segment)};
}

double Signature::time_at(double work) const {
  const auto [k, share] = place_of(work);
  return time_s_[k] + share * (time_s_[k + 1] - time_s_[k]);
}

double Signature::advance(double work, double dt_s, double& used_s) const {
  const double from = time_at(work);
  const double to = from + dt_s;
  if (to >= time_s_.back()) {
    used_s = time_s_.back() - from;
    return 1.0;
  }
  used_s = dt_s;
  std::size_t k = place_of(work).segment;
  while (time_s_[k + 1] <= to) ++k;
  const double span = time_s_[k + 1] - time_s_[k];
  return (static_cast<double>(k) + (span > 0 ? (to - time_s_[k]) / span : 0)) / kSegments;
}

double Signature::time_between(double from, double to) const {
  return (to >= 1 ? time_s_.back() : time_at(to)) - time_at(from);
}

void Signature::add_energy(double from, double to, std::vector<double>& block_j) const {
  const auto [begin, begin_share] = place_of(from);
  const auto [end, end_share] = place_of(to);
  const double *a0 = energy_j_[begin].data(), *a1 = energy_j_[begin + 1].data();
  const double *b0 = energy_j_[end].data(), *b1 = energy_j_[end + 1].data();
  for (std::size_t b = 0; b < block_j.size(); ++b)
    block_j[b] += (b0[b] + end_share * (b1[b] - b0[b])) - (a0[b] + begin_share * (a1[b] - a0[b]));
}

void Signature::add_steps(double steps, std::vector<double>& block_j) const {
  for (std::size_t b = 0; b < block_j.size(); ++b) block_j[b] += steps * energy_j_.back()[b];
}

const Signature::Segment& Signature::segment_at(double work) const {
  return segments_[place_of(work).segment];
}

double Signature::busy_share_at(double work) const {
  const auto k = static_cast<double>(place_of(work).segment);
  const double from = k / kSegments, to = (k + 1) / kSegments;
  const double time_s = time_at(to) - time_at(from);
  return time_s > 0 ? std::min(1.0, between(from, to, &Segment::array_busy_s) / time_s) : 1.0;
}

double Signature::between(double from, double to, double Segment::*cumulative) const {
  const auto until = [&](double work) {
    const auto [k, share] = place_of(work);
    const double before = k == 0 ? 0.0 : segments_[k - 1].*cumulative;
    return before + share * (segments_[k].*cumulative - before);
  };
  return until(to) - until(from);
}

std::vector<double> Signature::mean_power_w() const {
  std::vector<double> power = energy_j_.back();
  for (double& p : power) p /= duration_s();
  return power;
}

double Signature::energy_j() const {
  double sum = 0;
  for (const double j : energy_j_.back()) sum += j;
  return sum;
}

}  // namespace kiln::run
