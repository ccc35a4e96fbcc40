// SPDX-License-Identifier: MIT
// Requests for inference: when they come, how long they wait.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/rng.h"
#include "job/job_config.h"

namespace kiln::job {

/// Latencies on a scale of 1 % steps: any number of them, percentiles to half a step.
class Latencies {
 public:
  void add(double seconds);
  std::int64_t count() const { return count_; }
  double mean_s() const { return count_ > 0 ? sum_s_ / static_cast<double>(count_) : 0; }
  double longest_s() const { return longest_s_; }
  /// The latency that a share of them does not exceed; 0 of none.
  double percentile_s(double share) const;

 private:
  std::vector<std::int64_t> bins_;
  std::int64_t count_ = 0;
  double sum_s_ = 0, longest_s_ = 0;
};

class Requests {
 public:
  Requests(const RequestsConfig& config, std::uint64_t seed);

  /// When the next one comes.
  double next_s() const { return next_s_; }
  /// Those that came until now stand in the queue, or were turned away.
  void arrive_until(double now_s);
  bool waiting() const { return !queue_.empty(); }
  std::size_t in_queue() const { return queue_.size(); }
  /// The first of the queue has its answer.
  void answered(double now_s);
  /// Nobody is there to answer: the queue is lost, and so are those that come until now.
  void lost_until(double now_s);

  struct Books {
    std::int64_t arrived = 0;
    std::int64_t turned_away = 0;  ///< by a full queue
    std::int64_t lost = 0;         ///< while the device was off
    std::int64_t late = 0;         ///< answered behind the deadline
  };
  const Books& books() const { return books_; }
  const Latencies& latencies() const { return latencies_; }
  /// Not answered in time, for whatever reason, over those that came and are not waiting.
  double missed_share() const;
  Priority priority() const { return config_.priority; }

 private:
  void draw_next();

  RequestsConfig config_;
  base::Rng rng_;
  double next_s_ = 0;
  std::deque<double> queue_;  ///< when they came
  Books books_;
  Latencies latencies_;
};

}  // namespace kiln::job
