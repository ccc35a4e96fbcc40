// SPDX-License-Identifier: MIT
#include "part/dram_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
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
  TraceRequests(std::unique_ptr<std::istream> lines, const std::string& name, const dram::DramConfig& config)
      : path_(name),
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
    if (!any_) throw base::ConfigError({path_, 0, 0}, "trace", fmt::format("has no requests; {}", kForm));
    return false;
  }

 private:
  static constexpr std::string_view kForm = "a line is `0xADDRESS READ|WRITE CYCLE`";

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

  static std::string_view word(std::string_view& text) {
    const std::size_t start = text.find_first_not_of(" \t\r");
    if (start == std::string_view::npos) return {};
    const std::size_t end = std::min(text.find_first_of(" \t\r", start), text.size());
    const std::string_view found = text.substr(start, end - start);
    text.remove_prefix(end);
    return found;
  }

  Request parse(std::string_view text) {
    const std::string_view address_text = word(text), kind = word(text), cycle_text = word(text);
    if (cycle_text.empty() || !word(text).empty()) fail(std::string(kForm));
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
    if (due > kLastCycle) fail(fmt::format("cycle {} is after the last allowed, {}", due, kLastCycle));
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
  return trace_requests(std::move(file), run.trace, run.config);
}

std::unique_ptr<RequestSource> trace_requests(std::unique_ptr<std::istream> lines, const std::string& name,
                                              const dram::DramConfig& config) {
  return std::make_unique<TraceRequests>(std::move(lines), name, config);
}

std::uint64_t data_bytes(const dram::DramConfig& config) {
  return dram::channel_bytes(config) * static_cast<std::uint64_t>(config.organisation.channels);
}

}  // namespace kiln::part
