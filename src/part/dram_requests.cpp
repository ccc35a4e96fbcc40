// SPDX-License-Identifier: MIT
#include "part/dram_requests.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <fstream>

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

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
                TraceForm form)
      : path_(name),
        form_(form),
        relative_(name.ends_with(".rstl")),
        lines_(std::move(lines)),
        organisation_(config.organisation),
        map_(config.organisation),
        bytes_(data_bytes(config)) {}

  bool next(Request& request) override {
    while (next_line()) {
      const std::string_view line(buffer_.data(), length_);
      const std::string_view text = base::trim(line_ == 1 ? base::without_byte_order_mark(line) : line);
      if (text.empty() || text.front() == '#') continue;
      request = parse(text);
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

  TraceLine read(std::string_view text) {
    try {
      if (form_ == TraceForm::automatic) form_ = form_of(text);
      TraceLine line = parse_trace_line(form_, text);
      if (relative_) line.due += std::min(last_due_, kLastCycle);
      return line;
    } catch (const TraceLineError& error) {
      fail(error.what());
    }
  }

  Request parse(std::string_view text) {
    const TraceLine line = read(text);
    if (line.due > kLastCycle)
      fail(fmt::format("cycle {} is after the last allowed, {}", line.due, kLastCycle));
    if (line.due > 0 && line.due < last_due_)
      fail(fmt::format("cycle {} comes after cycle {}; cycles must not fall (0: as fast as accepted)",
                       line.due, last_due_));
    last_due_ = std::max(last_due_, line.due);
    const auto unit = static_cast<std::uint64_t>(organisation_.access_bytes);
    if (line.address >= bytes_)
      fail(fmt::format("address {:#x} is past the end of the part, {} bytes ({:#x})", line.address, bytes_,
                       bytes_));
    return request_at(organisation_, map_.decode(line.address / unit), line.write, line.due);
  }

  std::string path_;
  TraceForm form_;
  bool relative_;  ///< cycles count from the request before
  std::unique_ptr<std::istream> lines_;
  std::array<char, 1024> buffer_ = {};  ///< a line, however long the file's are
  dram::OrganisationConfig organisation_;
  dram::AddressMap map_;
  std::uint64_t bytes_;
  int line_ = 0;
  Cycle last_due_ = 0;
  std::size_t length_ = 0;  ///< of the line in the buffer
  bool any_ = false;
};

}  // namespace

std::unique_ptr<RequestSource> make_requests(const DramRun& run) {
  if (run.trace.empty()) return std::make_unique<PatternRequests>(run);
  if (const std::string why = base::why_unreadable(run.trace); !why.empty())
    throw base::ConfigError({run.trace, 0, 0}, "trace", fmt::format("{}; give a file to --trace", why));
  auto file = std::make_unique<std::ifstream>(run.trace);
  return trace_requests(std::move(file), run.trace, run.config, run.trace_form);
}

std::unique_ptr<RequestSource> trace_requests(std::unique_ptr<std::istream> lines, const std::string& name,
                                              const dram::DramConfig& config, TraceForm form) {
  return std::make_unique<TraceRequests>(std::move(lines), name, config, form);
}

std::uint64_t data_bytes(const dram::DramConfig& config) {
  return dram::channel_bytes(config) * static_cast<std::uint64_t>(config.organisation.channels);
}

}  // namespace kiln::part
