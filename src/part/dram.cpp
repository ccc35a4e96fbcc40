// SPDX-License-Identifier: MIT
#include "part/dram.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <iterator>
#include <memory>

#include "base/error.h"
#include "dram/exact_channel.h"
#include "dram/refresh_rules.h"
#include "dram/retention.h"
#include "output/file.h"
#include "part/dram_requests.h"

namespace kiln::part {

namespace {

using dram::Cycle;

/// Requests that wait in front of the channels; channels do not block each other within it.
constexpr std::size_t kWindow = 256;

/// degC of --temperature: storage limits of parts with room for a part out of order.
constexpr double kColdest = -60, kHottest = 150;

/// The channels' retention at their temperatures; the refresh rate of each is the one its temperature asks
/// for.
std::vector<RetentionRegion> retention(const DramRun& run) {
  std::vector<RetentionRegion> regions;
  const auto given = run.temperatures_c.size(),
             channels = static_cast<std::size_t>(run.config.organisation.channels);
  if (given == 0) return regions;
  if (given != 1 && given != channels)
    throw base::ConfigError(
        {}, "temperature",
        fmt::format("{} temperatures for {} channels; give one, or one for each channel", given, channels));
  for (std::size_t i = 0; i < channels; ++i) {
    const double celsius = run.temperatures_c[given == 1 ? 0 : i];
    if (!(celsius >= kColdest && celsius <= kHottest))
      throw base::ConfigError({}, "temperature",
                              fmt::format("{} is outside {} to {} degC", celsius, kColdest, kHottest));
    dram::RefreshGovernor governor(run.config.refresh);
    const double rate = governor.update(celsius);
    if (const std::string why = dram::refresh_problem(run.config, run.config.clock_hz, rate); !why.empty())
      throw base::ConfigError({}, "temperature", fmt::format("at {} degC {}", celsius, why));
    const double interval_s = dram::refresh_interval_s(run.config, rate);
    const double errors = dram::bit_error_rate(run.config.retention, interval_s, celsius);
    regions.push_back(
        {.channel = static_cast<int>(i),
         .temperature_c = celsius,
         .refresh_rate = rate,
         .interval_s = interval_s,
         .bit_error_rate = errors,
         .expected_bit_errors = errors * 8 * static_cast<double>(dram::channel_bytes(run.config))});
  }
  return regions;
}

/// The command log as CSV.
class CommandLog {
 public:
  explicit CommandLog(const DramRun& run)
      : file_(run.log, "command log", "--log", run.inputs), organisation_(run.config.organisation) {
    text_ = "cycle,command,channel,pseudo_channel,rank,bank_group,bank,row,column\n";
  }

  /// The log is whole: now it appears under its name.
  void publish() {
    file_.write(text_);
    file_.publish();
  }

  class ChannelSink : public dram::CommandSink {
   public:
    ChannelSink(CommandLog& log, std::size_t channel) : log_(log), channel_(channel) {}
    void on_command(Cycle at, dram::Command command, int sub, int bank, int row, int column) override {
      log_.write(at, command, channel_, sub, bank, row, column);
    }

   private:
    CommandLog& log_;
    std::size_t channel_;
  };

 private:
  static constexpr std::size_t kPiece = 1 << 16;

  void write(Cycle at, dram::Command command, std::size_t channel, int sub, int bank, int row, int column) {
    const auto cell = [](int value) { return value < 0 ? std::string() : std::to_string(value); };
    const int in_sub = bank < 0 ? -1 : bank % (organisation_.bank_groups * organisation_.banks_per_group);
    fmt::format_to(std::back_inserter(text_), "{},{},{},{},{},{},{},{},{}\n", at, dram::name(command),
                   channel, sub % organisation_.pseudo_channels, sub / organisation_.pseudo_channels,
                   cell(bank < 0 ? -1 : in_sub / organisation_.banks_per_group),
                   cell(bank < 0 ? -1 : in_sub % organisation_.banks_per_group), cell(row), cell(column));
    if (text_.size() < kPiece) return;
    file_.write(text_);
    text_.clear();
  }

  output::File file_;
  dram::OrganisationConfig organisation_;
  std::string text_;  ///< not written yet
};

/// Channels and the requests that wait in front of them.
class Stack {
 public:
  Stack(const DramRun& run, RequestSource& source, const std::vector<RetentionRegion>& regions)
      : source_(source), drains_(run.config.run_ends == dram::RunEnds::drained), paced_(run.watch) {
    dram::DramConfig config = run.config;
    for (int i = 0; i < run.config.organisation.channels; ++i) {
      if (!regions.empty()) config.refresh.rate = regions[static_cast<std::size_t>(i)].refresh_rate;
      channels_.push_back(std::make_unique<dram::ExactChannel>(config));
      if (!regions.empty())
        channels_.back()->set_bit_error_rate(regions[static_cast<std::size_t>(i)].bit_error_rate);
      waiting_.emplace_back();
    }
    if (run.log.empty()) return;
    log_ = std::make_unique<CommandLog>(run);
    for (std::size_t i = 0; i < channels_.size(); ++i) {
      sinks_.push_back(std::make_unique<CommandLog::ChannelSink>(*log_, i));
      channels_[i]->log_to(sinks_.back().get());
    }
  }

  void run_open() {
    refill(0);
    if (channels_.size() == 1) {
      while (advance(0)) {
      }
      return;
    }
    for (;;) {
      std::size_t next = channels_.size();
      for (std::size_t i = 0; i < channels_.size(); ++i)
        if (busy(i) && (next == channels_.size() || channels_[i]->now() < channels_[next]->now())) next = i;
      if (next == channels_.size()) return;
      advance(next);
    }
  }

  /// One request at a time, `gap` cycles after the completion of the one before.
  void run_closed(Cycle gap) {
    Request request;
    Cycle at = 0;
    while (take(request)) {
      if (static_cast<double>(gap) * static_cast<double>(request.access.id) > static_cast<double>(kLastCycle))
        throw base::ConfigError(
            {}, "injection",
            fmt::format("request {} comes after {} idle cycles; take fewer or closer ones", request.access.id,
                        kLastCycle));
      dram::ExactChannel& channel = *channels_[request.channel];
      pass(channel, at);
      while (!channel.can_accept(request.access)) channel.step(channel.accept_again());
      at = std::max(at, channel.now());
      channel.accept(request.access, at, at);
      while (!channel.complete()) channel.step(dram::kNeverCycle);
      paced_.check();
      at = channel.last_completion() + gap;
    }
  }

  /// Ends the run by the configured rule and returns its last cycle.
  Cycle finish() {
    Cycle end = 0;
    for (auto& channel : channels_) {
      if (drains_) drain(*channel);
      end = std::max({end, channel->last_completion(), drains_ ? channel->writes_end() : 0});
    }
    if (drains_)
      for (auto& channel : channels_) pass(*channel, end);
    return end;
  }

  void publish_log() {
    if (log_) log_->publish();
  }

  std::uint64_t requests() const { return id_; }
  std::vector<std::unique_ptr<dram::ExactChannel>>& channels() { return channels_; }

 private:
  bool take(Request& request) {
    if (!source_.next(request)) return false;
    request.access.id = id_++;
    return true;
  }

  /// Refreshes and low-power states, and what is queued, up to `until`.
  void pass(dram::ExactChannel& channel, Cycle until) {
    while (channel.step(until) != dram::kNeverCycle) paced_.check();
  }

  void drain(dram::ExactChannel& channel) {
    channel.end_input();
    while (channel.pending_writes() > 0) {
      paced_.check();
      channel.step(dram::kNeverCycle);
    }
  }

  bool busy(std::size_t i) const { return !waiting_[i].empty() || !channels_[i]->complete(); }

  void refill(Cycle now) {
    Request request;
    while (in_window_ < kWindow && !ended_) {
      if (!take(request)) {
        ended_ = true;
        return;
      }
      dram::ExactChannel& channel = *channels_[request.channel];
      if (channels_.size() > 1 && !busy(request.channel)) pass(channel, now);
      waiting_[request.channel].push_back(request);
      ++in_window_;
    }
  }

  /// Offers what is due, then does the channel's next eventful cycle. False when all is done.
  bool advance(std::size_t i) {
    paced_.check();
    dram::ExactChannel& channel = *channels_[i];
    auto& waiting = waiting_[i];
    bool taken = false;
    while (!waiting.empty() && waiting.front().due <= channel.now() &&
           channel.can_accept(waiting.front().access)) {
      const Request& request = waiting.front();
      channel.accept(request.access, channel.now(), channel.now());
      waiting.pop_front();
      --in_window_;
      taken = true;
      if (waiting.empty()) refill(channel.now());
    }
    if (taken && channels_.size() > 1) refill(channel.now());
    if (!busy(i)) return false;
    Cycle limit = dram::kNeverCycle;
    if (!waiting.empty())
      limit = waiting.front().due > channel.now() ? waiting.front().due : channel.accept_again();
    channel.step(limit);
    return true;
  }

  RequestSource& source_;
  bool drains_;
  base::PacedWatch paced_;
  std::vector<std::unique_ptr<dram::ExactChannel>> channels_;
  std::vector<std::deque<Request>> waiting_;
  std::unique_ptr<CommandLog> log_;
  std::vector<std::unique_ptr<CommandLog::ChannelSink>> sinks_;
  std::size_t in_window_ = 0;
  std::uint64_t id_ = 0;
  bool ended_ = false;
};

void add(dram::EnergyPj& sum, const dram::EnergyPj& e) {
  sum.activate += e.activate;
  sum.read += e.read;
  sum.write += e.write;
  sum.refresh += e.refresh;
  sum.background_active += e.background_active;
  sum.background_precharge += e.background_precharge;
  sum.power_down += e.power_down;
  sum.io += e.io;
  sum.ecc += e.ecc;
  sum.encryption += e.encryption;
}

/// What the bandwidth counts: the data that went over the bus in the time of a drained run; every request
/// where a run ends with the last completion, as the peers report it.
double bytes_moved(const dram::StandaloneConfig& config, const DramResult& result) {
  if (config.run_ends == dram::RunEnds::drained)
    return static_cast<double>(result.commands.bytes_read + result.commands.bytes_written);
  return static_cast<double>(result.requests) * config.organisation.access_bytes;
}

DramResult collect(const DramRun& run, Stack& stack) {
  const dram::DramConfig& config = run.config;
  DramResult result;
  result.requests = stack.requests();
  result.cycles = stack.finish();
  result.energy_known = dram::energy_known(config.energy);
  double latency = 0, reads = 0;
  const double seconds = static_cast<double>(result.cycles) / config.clock_hz;
  for (const auto& channel : stack.channels()) {
    const dram::CommandCounts counts = channel->counts(result.cycles);
    result.commands += counts;
    add(result.energy, dram::energy(config, counts, seconds));
    latency += channel->latency().sum;
    reads += static_cast<double>(channel->latency().reads);
    result.writes_pending += channel->pending_writes();
    result.bus_turns += channel->bus_turns();
    result.reads_forwarded += channel->latency().reads - counts.reads;
    result.max_read_latency_cycles =
        std::max(result.max_read_latency_cycles, static_cast<double>(channel->latency().most));
  }
  const double bytes = bytes_moved(run.config, result);
  result.time_ns = seconds * 1e9;
  result.bandwidth_gb_per_s = result.cycles > 0 ? bytes / seconds * 1e-9 : 0;
  result.peak_gb_per_s =
      dram::peak_bytes_per_second(config, config.clock_hz) * config.organisation.channels * 1e-9;
  result.percent_of_peak = result.bandwidth_gb_per_s / result.peak_gb_per_s * 100;
  result.mean_read_latency_cycles = reads > 0 ? latency / reads : 0;
  const double accesses = static_cast<double>(result.commands.accesses());
  result.data_bytes = data_bytes(config);
  if (config.ecc.kind != dram::EccKind::none)
    result.check_bytes = result.data_bytes / static_cast<std::uint64_t>(config.ecc.data_bits) *
                         static_cast<std::uint64_t>(config.ecc.check_bits);
  const std::uint64_t scrubs = result.commands.scrub_reads + result.commands.scrub_writes;
  if (result.cycles > 0)
    result.scrub_gb_per_s = static_cast<double>(scrubs) * config.organisation.access_bytes / seconds * 1e-9;
  result.row_hit_rate = accesses > 0 ? static_cast<double>(result.commands.row_hits) / accesses : 0;
  return result;
}

}  // namespace

DramInjection parse_injection(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string kind = text.substr(0, colon);
  DramInjection injection;
  if (kind == "saturating" && colon == std::string::npos) return injection;
  const auto fail = [&] {
    throw base::ConfigError(
        {}, "injection",
        fmt::format("'{}' is unknown; allowed: saturating, idle, idle:CYCLES (from 0), paced:CYCLES (above "
                    "0), at most {} cycles",
                    text, kLastCycle));
  };
  if (kind == "idle")
    injection.kind = DramInjection::Kind::idle;
  else if (kind == "paced")
    injection.kind = DramInjection::Kind::paced;
  else
    fail();
  if (colon == std::string::npos) {
    if (kind == "paced") fail();
    return injection;
  }
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, injection.cycles);
  const bool possible = injection.cycles >= 0 && injection.cycles <= static_cast<double>(kLastCycle);
  if (error != std::errc{} || stop != end || !possible || (kind == "paced" && injection.cycles == 0)) fail();
  return injection;
}

DramResult run_dram(const DramRun& run) {
  const auto start = std::chrono::steady_clock::now();
  base::Unknowns unknowns(run.trace_options.lenient ? base::Unknowns::Reading::lenient
                                                    : base::Unknowns::Reading::strict);
  const std::unique_ptr<RequestSource> source = make_requests(run, unknowns);
  const std::vector<RetentionRegion> regions = retention(run);
  Stack stack(run, *source, regions);
  if (run.injection.kind == DramInjection::Kind::idle)
    stack.run_closed(static_cast<Cycle>(run.injection.cycles));
  else
    stack.run_open();
  DramResult result = collect(run, stack);  // which ends the run: the log is whole only then
  stack.publish_log();
  result.retention = regions;
  result.skipped = unknowns.skipped();
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace kiln::part
