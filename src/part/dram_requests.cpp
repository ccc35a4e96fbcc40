// SPDX-License-Identifier: MIT
#include "part/dram_requests.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "part/trace_coordinates.h"

namespace kiln::part {

namespace {

using dram::Coordinates;
using dram::Cycle;

Request request_at(const dram::OrganisationConfig& o, const Coordinates& at, bool write, Cycle due) {
  return {.channel = at.channel, .access = dram::access_at(o, at, write, 0), .due = due};
}

class PatternRequests : public RequestSource {
 public:
  explicit PatternRequests(const DramRun& run)
      : organisation_(run.config.organisation),
        pattern_(run.pattern, run.mapping, run.config.organisation),
        left_(run.requests),
        pace_(run.injection.kind == DramInjection::Kind::paced ? run.injection.cycles : 0) {
    if (run.injection.kind == DramInjection::Kind::saturating || run.requests == 0) return;
    if (run.injection.cycles * static_cast<double>(run.requests - 1) > static_cast<double>(kLastCycle))
      throw base::ConfigError({}, "injection",
                              fmt::format("{} requests {:g} cycles apart end after cycle {}; take fewer or "
                                          "closer ones",
                                          run.requests, run.injection.cycles, kLastCycle));
  }

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
  TraceRequests(std::unique_ptr<std::istream> lines, const std::string& name, const dram::DramConfig& config,
                const TraceOptions& options, base::Unknowns& unknowns)
      : path_(name),
        form_(options.form),
        relative_(name.ends_with(".rstl")),
        memory_per_trace_clock_(options.clock_hz > 0 ? config.clock_hz / options.clock_hz : 1.0),
        unknowns_(unknowns),
        lines_(std::move(lines)),
        organisation_(config.organisation),
        map_(config.organisation),
        coordinates_(config),
        bytes_(data_bytes(config)) {}

  bool next(Request& request) override {
    if (left_ > 0) {
      request = access(next_access_, request_.write, last_due_);
      return true;
    }
    while (next_line()) {
      const std::string_view line(buffer_.data(), length_);
      const std::string_view text = base::trim(line_ == 1 ? base::without_byte_order_mark(line) : line);
      if (text.empty() || text.front() == '#') continue;
      read(text);
      if (is_unknown()) continue;
      request = first_access();
      any_ = true;
      return true;
    }
    if (!any_)
      throw base::ConfigError({path_, 0, 0}, "trace",
                              fmt::format("has no requests; a line is {}", example(form_)));
    return false;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw base::ConfigError({path_, line_, 1}, "trace", message);
  }

  bool next_line() {
    ++line_;
    lines_->getline(buffer_.data(), buffer_.size());
    if (lines_->fail() && !lines_->eof()) fail(fmt::format("is longer than {} bytes", buffer_.size() - 1));
    const auto taken = static_cast<std::size_t>(lines_->gcount());
    length_ = taken - (lines_->good() ? 1 : 0);  // without the line feed, which the last line may lack
    return taken > 0;
  }

  void read(std::string_view text) {
    if (line_ == 1 && text.starts_with("\x1f\x8b")) fail("is packed by gzip; unpack it first");
    try {
      if (form_ == TraceForm::automatic) form_ = form_of(text);
      request_ = parse_trace_line(form_, text);
    } catch (const TraceLineError& error) {
      fail(error.what());
    }
  }

  /// Whether the line is no request that is known; a word too many leaves it one.
  bool is_unknown() {
    if (!request_.unknown_kind.empty())
      unknowns_.meet({path_, line_, 1}, "trace",
                     fmt::format("'{}' is neither READ nor WRITE", request_.unknown_kind),
                     fmt::format("a line is {}", example(form_)));
    else if (!request_.unknown_word.empty())
      unknowns_.meet({path_, line_, 1}, "trace",
                     fmt::format("'{}' stands behind a request", request_.unknown_word),
                     fmt::format("a line is {}", example(form_)));
    return !request_.unknown_kind.empty();
  }

  /// The line's cycle in memory clocks.
  Cycle due() {
    if (request_.due > kLastCycle)
      fail(fmt::format("cycle {} is after the last allowed, {}", request_.due, kLastCycle));
    const double clocks = static_cast<double>(request_.due) * memory_per_trace_clock_;
    if (clocks > static_cast<double>(kLastCycle))
      fail(fmt::format("cycle {} is after the last allowed, {} of the memory", request_.due, kLastCycle));
    const auto due = memory_per_trace_clock_ == 1.0 ? request_.due : static_cast<Cycle>(std::ceil(clocks));
    return relative_ ? std::min(due + last_due_, kLastCycle + 1) : due;
  }

  Request first_access() {
    const Cycle at = due();
    if (at > kLastCycle) fail(fmt::format("cycle {} is after the last allowed, {}", at, kLastCycle));
    if (at > 0 && at < last_due_)
      fail(fmt::format("cycle {} comes after cycle {}; cycles must not fall (0: as fast as accepted)", at,
                       last_due_));
    last_due_ = std::max(last_due_, at);
    if (request_.coordinate_count > 0) {
      const dram::Coordinates where = located();
      return request_at(organisation_, where, request_.write, at);
    }
    const auto unit = static_cast<std::uint64_t>(organisation_.access_bytes);
    const std::uint64_t bytes = std::max<std::uint64_t>(request_.bytes, 1);
    if (request_.address >= bytes_ || bytes > bytes_ - request_.address)
      fail(fmt::format("address {:#x} is past the end of the part, {} bytes ({:#x})",
                       request_.address + (bytes - 1), bytes_, bytes_));
    next_access_ = request_.address / unit;
    left_ = (request_.address + bytes - 1) / unit - next_access_ + 1;
    return access(next_access_, request_.write, at);
  }

  /// One of the accesses of a request; the next is the one behind it.
  Request access(std::uint64_t number, bool write, Cycle at) {
    ++next_access_;
    --left_;
    return request_at(organisation_, map_.decode(number), write, at);
  }

  dram::Coordinates located() const {
    try {
      return coordinates_.at({request_.coordinates.data(), request_.coordinate_count});
    } catch (const TraceLineError& error) {
      fail(error.what());
    }
  }

  std::string path_;
  TraceForm form_;
  bool relative_;  ///< cycles count from the request before
  double memory_per_trace_clock_;
  base::Unknowns& unknowns_;
  std::unique_ptr<std::istream> lines_;
  std::array<char, 1024> buffer_ = {};  ///< a line, however long the file's are
  dram::OrganisationConfig organisation_;
  dram::AddressMap map_;
  TraceCoordinates coordinates_;
  std::uint64_t bytes_;
  TraceLine request_;  ///< of the present line
  std::uint64_t next_access_ = 0, left_ = 0;
  int line_ = 0;
  Cycle last_due_ = 0;
  std::size_t length_ = 0;  ///< of the line in the buffer
  bool any_ = false;
};

}  // namespace

std::unique_ptr<RequestSource> make_requests(const DramRun& run, base::Unknowns& unknowns) {
  if (run.trace.empty()) return std::make_unique<PatternRequests>(run);
  if (const std::string why = base::why_unreadable(run.trace); !why.empty())
    throw base::ConfigError({run.trace, 0, 0}, "trace", fmt::format("{}; give a file to --trace", why));
  auto file = std::make_unique<std::ifstream>(run.trace);
  return trace_requests(std::move(file), run.trace, run.config, run.trace_options, unknowns);
}

std::unique_ptr<RequestSource> trace_requests(std::unique_ptr<std::istream> lines, const std::string& name,
                                              const dram::DramConfig& config, const TraceOptions& options,
                                              base::Unknowns& unknowns) {
  return std::make_unique<TraceRequests>(std::move(lines), name, config, options, unknowns);
}

std::uint64_t data_bytes(const dram::DramConfig& config) {
  return dram::channel_bytes(config) * static_cast<std::uint64_t>(config.organisation.channels);
}

}  // namespace kiln::part
