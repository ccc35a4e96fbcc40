// SPDX-License-Identifier: MIT
#include "job/requests.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::job {

namespace {

constexpr double kShortest_s = 1e-7;
const double kStep = std::log(1.01);

}  // namespace

void Latencies::add(double seconds) {
  const double place = std::log(std::max(seconds, kShortest_s) / kShortest_s) / kStep;
  const auto bin = static_cast<std::size_t>(place);
  if (bin >= bins_.size()) bins_.resize(bin + 1);
  ++bins_[bin];
  ++count_;
  sum_s_ += seconds;
  longest_s_ = std::max(longest_s_, seconds);
}

double Latencies::percentile_s(double share) const {
  const double wanted = share * static_cast<double>(count_);
  double seen = 0;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    seen += static_cast<double>(bins_[i]);
    if (seen >= wanted && bins_[i] > 0)
      return std::min(longest_s_, kShortest_s * std::exp((static_cast<double>(i) + 0.5) * kStep));
  }
  return longest_s_;
}

Requests::Requests(const RequestsConfig& config, std::uint64_t seed)
    : config_(config), rng_(seed, "job.requests", "arrivals") {
  draw_next();
}

void Requests::draw_next() {
  const double mean_s = 1 / config_.per_s;
  next_s_ += config_.arrivals == Arrivals::periodic ? mean_s : -mean_s * std::log1p(-rng_.uniform());
}

void Requests::arrive_until(double now_s) {
  while (next_s_ <= now_s) {
    ++books_.arrived;
    if (static_cast<std::int64_t>(queue_.size()) < config_.queue)
      queue_.push_back(next_s_);
    else
      ++books_.turned_away;
    draw_next();
  }
}

void Requests::answered(double now_s) {
  KILN_CHECK(!queue_.empty(), "an answer without a request");
  const double latency_s = now_s - queue_.front();
  queue_.pop_front();
  latencies_.add(latency_s);
  if (config_.deadline_s && latency_s > *config_.deadline_s) ++books_.late;
}

void Requests::lost_until(double now_s) {
  books_.lost += static_cast<std::int64_t>(queue_.size());
  queue_.clear();
  for (; next_s_ <= now_s; draw_next()) {
    ++books_.arrived;
    ++books_.lost;
  }
}

double Requests::missed_share() const {
  const std::int64_t decided = books_.arrived - static_cast<std::int64_t>(queue_.size());
  if (decided == 0) return 0;
  return static_cast<double>(books_.late + books_.lost + books_.turned_away) / static_cast<double>(decided);
}

}  // namespace kiln::job
