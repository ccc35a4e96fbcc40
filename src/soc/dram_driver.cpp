// SPDX-License-Identifier: MIT
#include "soc/dram_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/text.h"
#include "dram/exact_channel.h"
#include "dram/retention.h"

namespace kiln::soc {

namespace {

using dram::Access;
using dram::Coordinates;
using dram::Cycle;

/// Requests that wait in front of the channels; channels do not block each other within it.
constexpr std::size_t kWindow = 256;

struct Request {
  std::size_t channel = 0;
  Access access;
  Cycle due = 0;  ///< not offered before
};

Request request_at(const dram::OrganisationConfig& o, const Coordinates& at, bool write, Cycle due) {
  return {.channel = at.channel, .access = dram::access_at(o, at, write, 0), .due = due};
}

std::uint64_t data_bytes(const dram::DramConfig& config) {
  return dram::channel_bytes(config) * static_cast<std::uint64_t>(config.organisation.channels);
}

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
    dram::RefreshGovernor governor(run.config.refresh);
    const double rate = governor.update(celsius);
    const double errors = dram::bit_error_rate(run.config.retention, rate, celsius);
    regions.push_back(
        {.channel = static_cast<int>(i),
         .temperature_c = celsius,
         .refresh_rate = rate,
         .interval_s = run.config.retention.window_s / rate,
         .bit_error_rate = errors,
         .expected_bit_errors = errors * 8 * static_cast<double>(dram::channel_bytes(run.config))});
  }
  return regions;
}

class RequestSource {
 public:
  virtual ~RequestSource() = default;
  virtual bool next(Request& request) = 0;
};

class PatternRequests : public RequestSource {
 public:
  explicit PatternRequests(const DramRun& run)
      : organisation_(run.config.organisation),
        pattern_(run.pattern, run.mapping, run.config.organisation),
        left_(run.requests),
        pace_(run.injection.kind == DramInjection::Kind::paced ? run.injection.cycles : 0) {}

  bool next(Request& request) override {
    if (left_ == 0) return false;
    --left_;
    const dram::PatternRequest made = pattern_.next();
    request =
        request_at(organisation_, made.at, made.write, static_cast<Cycle>(pace_ * static_cast<double>(k_++)));
    return true;
  }

 private:
  dram::OrganisationConfig organisation_;
  dram::PatternSource pattern_;
  std::uint64_t left_, k_ = 0;
  double pace_;
};

class TraceRequests : public RequestSource {
 public:
  explicit TraceRequests(const DramRun& run)
      : path_(run.trace),
        file_(run.trace),
        organisation_(run.config.organisation),
        map_(run.config.organisation),
        bytes_(data_bytes(run.config)) {
    if (!file_)
      throw base::ConfigError({path_, 0, 0}, "trace", "cannot be opened; give a readable file to --trace");
  }

  bool next(Request& request) override {
    std::string line;
    while (std::getline(file_, line)) {
      ++line_;
      const std::string_view text = base::trim(line);
      if (text.empty() || text.front() == '#') continue;
      request = parse(text);
      return true;
    }
    return false;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw base::ConfigError({path_, line_, 1}, "trace", message);
  }

  static std::string_view word(std::string_view& text) {
    const std::size_t start = text.find_first_not_of(" \t\r");
    if (start == std::string_view::npos) return {};
    const std::size_t end = std::min(text.find_first_of(" \t\r", start), text.size());
    const std::string_view found = text.substr(start, end - start);
    text.remove_prefix(end);
    return found;
  }

  Request parse(std::string_view text) {
    constexpr std::string_view kForm = "a line is `0xADDRESS READ|WRITE CYCLE`";
    const std::string_view address_text = word(text), kind = word(text), cycle_text = word(text);
    if (cycle_text.empty() || !word(text).empty()) fail(fmt::format("{}", kForm));
    std::uint64_t address = 0;
    const bool hex = address_text.starts_with("0x") || address_text.starts_with("0X");
    const char* end = address_text.data() + address_text.size();
    if (const auto [stop, error] =
            std::from_chars(address_text.data() + (hex ? 2 : 0), end, address, hex ? 16 : 10);
        error != std::errc{} || stop != end)
      fail(fmt::format("'{}' is no address; {}", address_text, kForm));
    if (kind != "READ" && kind != "WRITE")
      fail(fmt::format("'{}' is neither READ nor WRITE; {}", kind, kForm));
    Cycle due = 0;
    end = cycle_text.data() + cycle_text.size();
    if (const auto [stop, error] = std::from_chars(cycle_text.data(), end, due);
        error != std::errc{} || stop != end || due < 0)
      fail(fmt::format("'{}' is no cycle (a whole number from 0); {}", cycle_text, kForm));
    if (due > 0 && due < last_due_)
      fail(fmt::format("cycle {} comes after cycle {}; cycles must not fall (0: as fast as accepted)", due,
                       last_due_));
    last_due_ = std::max(last_due_, due);
    const auto unit = static_cast<std::uint64_t>(organisation_.access_bytes);
    if (address >= bytes_)
      fail(fmt::format("address {} is past the end of the part, {} bytes ({:#x})", address_text, bytes_,
                       bytes_));
    return request_at(organisation_, map_.decode(address / unit), kind == "WRITE", due);
  }

  std::string path_;
  std::ifstream file_;
  dram::OrganisationConfig organisation_;
  dram::AddressMap map_;
  std::uint64_t bytes_;
  int line_ = 0;
  Cycle last_due_ = 0;
};

/// The command log as CSV.
class CommandLog {
 public:
  CommandLog(const std::string& path, const dram::OrganisationConfig& o)
      : file_(path), organisation_(o), path_(path) {
    if (!file_)
      throw base::ConfigError({path, 0, 0}, "log", "cannot be written; give a writable path to --log");
    file_ << "cycle,command,channel,pseudo_channel,rank,bank_group,bank,row,column\n";
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
  void write(Cycle at, dram::Command command, std::size_t channel, int sub, int bank, int row, int column) {
    const auto cell = [](int value) { return value < 0 ? std::string() : std::to_string(value); };
    const int in_sub = bank < 0 ? -1 : bank % (organisation_.bank_groups * organisation_.banks_per_group);
    file_ << fmt::format(
        "{},{},{},{},{},{},{},{},{}\n", at, dram::name(command), channel, sub % organisation_.pseudo_channels,
        sub / organisation_.pseudo_channels, cell(bank < 0 ? -1 : in_sub / organisation_.banks_per_group),
        cell(bank < 0 ? -1 : in_sub % organisation_.banks_per_group), cell(row), cell(column));
  }

  std::ofstream file_;
  dram::OrganisationConfig organisation_;
  std::string path_;
};

/// Channels and the requests that wait in front of them.
class Stack {
 public:
  Stack(const DramRun& run, RequestSource& source, const std::vector<RetentionRegion>& regions)
      : source_(source) {
    dram::DramConfig config = run.config;
    for (int i = 0; i < run.config.organisation.channels; ++i) {
      if (!regions.empty()) config.refresh.rate = regions[static_cast<std::size_t>(i)].refresh_rate;
      channels_.push_back(std::make_unique<dram::ExactChannel>(config));
      waiting_.emplace_back();
    }
    if (run.log.empty()) return;
    log_ = std::make_unique<CommandLog>(run.log, run.config.organisation);
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
      dram::ExactChannel& channel = *channels_[request.channel];
      while (channel.step(at) != dram::kNeverCycle) {
      }
      channel.accept(request.access, at, at);
      while (!channel.complete()) channel.step(dram::kNeverCycle);
      at = channel.last_completion() + gap;
    }
  }

  std::uint64_t requests() const { return id_; }
  std::vector<std::unique_ptr<dram::ExactChannel>>& channels() { return channels_; }

 private:
  bool take(Request& request) {
    if (!source_.next(request)) return false;
    request.access.id = id_++;
    return true;
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
      if (channels_.size() > 1 && !busy(request.channel))
        while (channel.step(now) != dram::kNeverCycle) {
        }
      waiting_[request.channel].push_back(request);
      ++in_window_;
    }
  }

  /// Offers what is due, then does the channel's next eventful cycle. False when all is done.
  bool advance(std::size_t i) {
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

DramResult collect(const DramRun& run, Stack& stack) {
  const dram::DramConfig& config = run.config;
  DramResult result;
  result.requests = stack.requests();
  for (const auto& channel : stack.channels())
    result.cycles = std::max(result.cycles, channel->last_completion());
  double latency = 0, reads = 0;
  const double seconds = static_cast<double>(result.cycles) / config.clock_hz;
  for (const auto& channel : stack.channels()) {
    const dram::CommandCounts counts = channel->counts(result.cycles);
    result.commands += counts;
    add(result.energy, dram::energy(config, counts, seconds));
    latency += channel->latency().sum;
    reads += static_cast<double>(channel->latency().reads);
    result.max_read_latency_cycles =
        std::max(result.max_read_latency_cycles, static_cast<double>(channel->latency().most));
  }
  const double bytes = static_cast<double>(result.requests) * config.organisation.access_bytes;
  result.time_ns = seconds * 1e9;
  result.bandwidth_gb_per_s = result.cycles > 0 ? bytes / seconds * 1e-9 : 0;
  result.peak_gb_per_s =
      dram::peak_bytes_per_second(config, config.clock_hz) * config.organisation.channels * 1e-9;
  result.percent_of_peak = result.bandwidth_gb_per_s / result.peak_gb_per_s * 100;
  result.mean_read_latency_cycles = reads > 0 ? latency / reads : 0;
  const double accesses = static_cast<double>(result.commands.reads + result.commands.writes);
  result.data_bytes = data_bytes(config);
  if (config.ecc.kind != dram::EccKind::none)
    result.check_bytes = result.data_bytes / static_cast<std::uint64_t>(config.ecc.data_bits) *
                         static_cast<std::uint64_t>(config.ecc.check_bits);
  if (config.ecc.kind != dram::EccKind::none && config.ecc.scrub_interval_s > 0)
    result.scrub_gb_per_s = static_cast<double>(result.data_bytes) / config.ecc.scrub_interval_s * 1e-9;
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
        fmt::format("'{}' is unknown; allowed: saturating, idle, idle:CYCLES, paced:CYCLES", text));
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
  if (error != std::errc{} || stop != end || !(injection.cycles >= 0)) fail();
  return injection;
}

DramResult run_dram(const DramRun& run) {
  const auto start = std::chrono::steady_clock::now();
  std::unique_ptr<RequestSource> source;
  if (run.trace.empty())
    source = std::make_unique<PatternRequests>(run);
  else
    source = std::make_unique<TraceRequests>(run);
  const std::vector<RetentionRegion> regions = retention(run);
  Stack stack(run, *source, regions);
  if (run.injection.kind == DramInjection::Kind::idle)
    stack.run_closed(static_cast<Cycle>(run.injection.cycles));
  else
    stack.run_open();
  DramResult result = collect(run, stack);
  result.retention = regions;
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

std::string to_json(const DramResult& r) {
  const dram::CommandCounts& n = r.commands;
  const dram::EnergyPj& e = r.energy;
  nlohmann::ordered_json json{{"requests", r.requests},
                              {"cycles", r.cycles},
                              {"time_ns", r.time_ns},
                              {"bandwidth_GBps", r.bandwidth_gb_per_s},
                              {"peak_GBps", r.peak_gb_per_s},
                              {"pct_peak", r.percent_of_peak},
                              {"avg_read_latency_cycles", r.mean_read_latency_cycles},
                              {"max_read_latency_cycles", r.max_read_latency_cycles},
                              {"row_hit_rate", r.row_hit_rate},
                              {"commands",
                               {{"ACT", n.activates},
                                {"PRE", n.precharges},
                                {"PREab", n.precharges_all},
                                {"RD", n.reads},
                                {"WR", n.writes},
                                {"REFab", n.refreshes_all_bank},
                                {"REFpb", n.refreshes_per_bank},
                                {"PDE", n.power_down_entries},
                                {"SRE", n.self_refresh_entries},
                                {"check", n.check_accesses}}},
                              {"energy_pJ",
                               {{"activate", e.activate},
                                {"read", e.read},
                                {"write", e.write},
                                {"refresh", e.refresh},
                                {"background_active", e.background_active},
                                {"background_precharge", e.background_precharge},
                                {"power_down", e.power_down},
                                {"io", e.io},
                                {"ecc", e.ecc},
                                {"encryption", e.encryption},
                                {"total", e.total()}}},
                              {"storage_B", {{"data", r.data_bytes}, {"check", r.check_bytes}}},
                              {"scrub_GBps", r.scrub_gb_per_s},
                              {"wall_s", r.wall_s}};
  for (const RetentionRegion& region : r.retention)
    json["retention"].push_back({{"channel", region.channel},
                                 {"temperature_degC", region.temperature_c},
                                 {"refresh_rate", region.refresh_rate},
                                 {"interval_s", region.interval_s},
                                 {"bit_error_rate", region.bit_error_rate},
                                 {"expected_bit_errors", region.expected_bit_errors}});
  return json.dump(2);
}

std::string to_text(const DramResult& r) {
  const dram::CommandCounts& n = r.commands;
  const double bits = static_cast<double>(n.bytes_read + n.bytes_written) * 8;
  return fmt::format(
      "{} requests in {} cycles ({:.1f} ns)\n"
      "bandwidth {:.3f} GB/s of {:.3f} GB/s ({:.2f} %)\n"
      "read latency {:.2f} cycles on average, {:.0f} at most; row hits {:.2f} %\n"
      "ACT {} PRE {} PREab {} RD {} WR {} REFab {} REFpb {}\n"
      "energy {:.1f} nJ, {:.2f} pJ/bit\n",
      r.requests, r.cycles, r.time_ns, r.bandwidth_gb_per_s, r.peak_gb_per_s, r.percent_of_peak,
      r.mean_read_latency_cycles, r.max_read_latency_cycles, r.row_hit_rate * 100, n.activates, n.precharges,
      n.precharges_all, n.reads, n.writes, n.refreshes_all_bank, n.refreshes_per_bank,
      r.energy.total() * 1e-3, bits > 0 ? r.energy.total() / bits : 0);
}

}  // namespace kiln::soc
