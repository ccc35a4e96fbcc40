// SPDX-License-Identifier: MIT
#include "noc/load_point.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::noc {
namespace {

constexpr std::int64_t kGenerateAhead = 250;

/// Latencies of one class in the measured window.
struct Samples {
  std::vector<double> latencies;
  double packet_sum = 0, network_sum = 0, hop_sum = 0;
  std::uint64_t made = 0;

  void add(const PacketRecord& record) {
    latencies.push_back(static_cast<double>(record.packet_latency()));
    packet_sum += latencies.back();
    network_sum += static_cast<double>(record.network_latency());
    hop_sum += record.hops;
  }
  double percentile(double fraction) {
    if (latencies.empty()) return 0;
    const auto rank = static_cast<std::size_t>(fraction * static_cast<double>(latencies.size() - 1));
    std::nth_element(latencies.begin(), latencies.begin() + static_cast<std::ptrdiff_t>(rank),
                     latencies.end());
    return latencies[rank];
  }
};

double ratio(double sum, double count) {
  return count > 0 ? sum / count : 0;
}

/// One run: network, sources and the window being measured.
class LoadRun {
 public:
  LoadRun(const NocConfig& config, const TrafficConfig& traffic, const MeasureConfig& measure, double load,
          std::uint64_t seed)
      : measure_(measure),
        load_(load),
        traffic_(traffic),
        network_(config),
        sources_(traffic, network_.topology(), load, seed),
        received_(nodes()),
        sent_(nodes()) {}

  LoadResult run() { return measure_.windows ? run_windows(*measure_.windows) : run_to_convergence(); }

 private:
  std::size_t nodes() const { return static_cast<std::size_t>(network_.topology().nodes()); }

  LoadResult run_windows(const MeasureConfig::Windows& windows) {
    advance(windows.warmup_cycles);
    reset_window();
    advance(windows.measure_cycles);
    close_window();
    const double made = static_cast<double>(made_in_window_) * traffic_.packet_flits;
    return result(static_cast<double>(accepted_in_window_) < (1 - measure_.stable_change) * made);
  }

  LoadResult run_to_convergence() {
    bool stable = warm_up();
    if (stable) {
      reset_window();
      stable = measure();
    }
    close_window();
    if (stable) stable = drain();
    return result(!stable);
  }

  void advance(std::int64_t cycles) {
    const std::int64_t end = network_.cycle() + cycles;
    while (network_.cycle() < end) {
      measure_.watch.check();
      const std::int64_t next = std::min(end, network_.cycle() + kGenerateAhead);
      sources_.generate_until(next, network_);
      network_.run_until(next);
      collect();
    }
  }

  void collect() {
    for (const PacketRecord& record : network_.delivered()) {
      accepted_flits_ += static_cast<std::uint64_t>(record.flits);
      class_flits_[static_cast<int>(record.cls)] += static_cast<std::uint64_t>(record.flits);
      received_[static_cast<std::size_t>(record.destination.node)] +=
          static_cast<std::uint64_t>(record.flits);
      sent_[static_cast<std::size_t>(record.source.node)] += static_cast<std::uint64_t>(record.flits);
      const bool made_in_window = record.created >= window_start_ && record.created < window_end_;
      if (!made_in_window && !measure_.windows) continue;
      samples_[static_cast<int>(record.cls)].add(record);
      ++measured_;
      latency_sum_ += static_cast<double>(record.packet_latency());
    }
    network_.delivered().clear();
  }

  bool warm_up() {
    for (int period = 0; period < measure_.warmup_samples; ++period) {
      if (!sample_period()) return false;
    }
    return true;
  }

  /// Sample periods until enough in a row change little. Reaching `max_samples` ends the search, not the run.
  bool measure() {
    int stable = 0;
    for (int period = measure_.warmup_samples;
         period < measure_.max_samples && stable < measure_.stable_samples; ++period) {
      const double old_latency = latency_, old_rate = rate_;
      if (!sample_period()) return false;
      const bool small = std::abs(latency_ - old_latency) <= measure_.stable_change * latency_ &&
                         std::abs(rate_ - old_rate) <= measure_.stable_change * rate_;
      stable = small ? stable + 1 : 0;
    }
    return true;
  }

  /// False when the mean latency, packets on their way included, is beyond the limit.
  bool sample_period() {
    advance(measure_.sample_cycles);
    latency_ = ratio(latency_sum_, static_cast<double>(measured_));
    rate_ = ratio(static_cast<double>(accepted_flits_ - window_accepted_),
                  static_cast<double>(network_.cycle() - window_start_));
    return mean_latency_with_waiting() <= measure_.latency_limit_cycles;
  }

  void reset_window() {
    window_start_ = network_.cycle();
    window_accepted_ = accepted_flits_;
    window_class_flits_ = class_flits_;
    window_made_ = sources_.packets_made();
    samples_ = {};
    measured_ = 0;
    latency_sum_ = 0;
    std::ranges::fill(received_, 0);
    std::ranges::fill(sent_, 0);
  }

  /// As BookSim does it: every flit in the network or next to enter it counts with the age of its packet.
  double mean_latency_with_waiting() const {
    const ExactNetwork::InFlight waiting = network_.in_flight();
    return ratio(latency_sum_ + waiting.age_cycles, static_cast<double>(measured_ + waiting.flits));
  }

  void close_window() {
    window_end_ = network_.cycle();
    accepted_in_window_ = accepted_flits_ - window_accepted_;
    for (int cls = 0; cls < kTrafficClasses; ++cls)
      accepted_class_[cls] = class_flits_[cls] - window_class_flits_[cls];
    least_received_ = std::ranges::min(received_);
    least_sent_ = std::ranges::min(sent_);
    made_in_window_ = sources_.packets_made() - window_made_;
  }

  bool drain() {
    constexpr int kCheckCycles = 1000;
    constexpr int kMostDrain = 1 << 28;  // their mean latency would be far beyond any limit
    for (int spent = 0; measured_ < made_in_window_; spent += 100) {
      advance(100);
      KILN_CHECK(spent < kMostDrain,
                 "{} of {} measured packets did not arrive in {} cycles; {} flits are in flight",
                 made_in_window_ - measured_, made_in_window_, spent, network_.in_flight().flits);
      if (spent % kCheckCycles == 0 && mean_latency_with_waiting() > measure_.latency_limit_cycles)
        return false;
    }
    return true;
  }

  LoadResult result(bool saturated) {
    if (!saturated && measured_ == 0)
      throw base::ConfigError(
          {}, "rate",
          fmt::format(
              "no packet came through in the {} measured cycles at load {}; raise --sample-cycles or the "
              "load, or send shorter packets",
              window_end_ - window_start_, load_));
    LoadResult out;
    const double cycles = static_cast<double>(std::max<std::int64_t>(1, window_end_ - window_start_));
    const double window = cycles * static_cast<double>(nodes());
    out.offered = load_;
    out.accepted = static_cast<double>(accepted_in_window_) / window;
    out.least_received = static_cast<double>(least_received_) / cycles;
    out.least_sent = static_cast<double>(least_sent_) / cycles;
    out.saturated = saturated;
    out.cycles = network_.cycle();
    out.flit_hops = network_.flit_hops();
    Samples all;
    for (const TrafficConfig::Share& share : traffic_.classes) {
      Samples& samples = samples_[static_cast<int>(share.cls)];
      const double packets = static_cast<double>(samples.latencies.size());
      ClassResult cls;
      cls.cls = share.cls;
      cls.offered = load_ * share.share;
      cls.accepted = static_cast<double>(accepted_class_[static_cast<int>(share.cls)]) / window;
      cls.avg_packet_latency_cycles = ratio(samples.packet_sum, packets);
      cls.avg_network_latency_cycles = ratio(samples.network_sum, packets);
      cls.p99_latency_cycles = samples.percentile(0.99);
      cls.max_latency_cycles = samples.percentile(1.0);
      cls.packets = samples.latencies.size();
      out.per_class.push_back(cls);
      all.packet_sum += samples.packet_sum;
      all.network_sum += samples.network_sum;
      all.hop_sum += samples.hop_sum;
      all.latencies.insert(all.latencies.end(), samples.latencies.begin(), samples.latencies.end());
    }
    const double packets = static_cast<double>(all.latencies.size());
    out.avg_packet_latency_cycles = ratio(all.packet_sum, packets);
    out.avg_network_latency_cycles = ratio(all.network_sum, packets);
    out.avg_hops = ratio(all.hop_sum, packets);
    out.p99_latency_cycles = all.percentile(0.99);
    for (int router = 0; router < network_.topology().routers(); ++router)
      out.routers.push_back(network_.activity(router));
    return out;
  }

  MeasureConfig measure_;
  double load_;
  TrafficConfig traffic_;
  ExactNetwork network_;
  SyntheticTraffic sources_;
  std::array<Samples, kTrafficClasses> samples_;
  std::int64_t window_start_ = 0, window_end_ = INT64_MAX;
  std::uint64_t window_accepted_ = 0, window_made_ = 0, accepted_flits_ = 0, accepted_in_window_ = 0,
                measured_ = 0, made_in_window_ = 0;
  std::array<std::uint64_t, kTrafficClasses> class_flits_{}, window_class_flits_{}, accepted_class_{};
  std::vector<std::uint64_t> received_, sent_;  ///< flits by node in the window
  std::uint64_t least_received_ = 0, least_sent_ = 0;
  double latency_sum_ = 0, latency_ = 0, rate_ = 0;
};

}  // namespace

LoadResult measure_load(const NocConfig& config, const TrafficConfig& traffic, const MeasureConfig& measure,
                        double load, std::uint64_t seed) {
  return LoadRun(config, traffic, measure, load, seed).run();
}

double saturation_load(const NocConfig& config, const TrafficConfig& traffic, const MeasureConfig& measure,
                       std::uint64_t seed, double resolution) {
  double stable = 0, unstable = 1;
  if (!measure_load(config, traffic, measure, unstable, seed).saturated) return unstable;
  while (unstable - stable > resolution) {
    const double middle = (stable + unstable) / 2;
    (measure_load(config, traffic, measure, middle, seed).saturated ? unstable : stable) = middle;
  }
  return stable;
}

}  // namespace kiln::noc
