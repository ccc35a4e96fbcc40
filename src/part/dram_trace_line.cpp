// SPDX-License-Identifier: MIT
#include "part/dram_trace_line.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

namespace kiln::part {

namespace {

using Words = std::vector<std::string_view>;

/// Split at blanks; a colon ends a word and belongs to it.
Words words_of(std::string_view line) {
  Words words;
  while (true) {
    const std::size_t start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos) return words;
    std::size_t end = std::min(line.find_first_of(" \t\r:", start), line.size());
    if (end < line.size() && line[end] == ':') ++end;
    words.push_back(line.substr(start, end - start));
    line.remove_prefix(end);
  }
}

[[noreturn]] void fail(std::string_view message, TraceForm form) {
  throw TraceLineError(fmt::format("{}; a line is {}", message, example(form)));
}

/// True for a write, nothing for what is neither.
std::optional<bool> write_named(std::string_view word) {
  // The P_ names and BOFF are those of DRAMSim2's traces, which DRAMsim3 reads as well.
  static constexpr std::string_view kReads[] = {"READ", "read", "R", "LD", "P_MEM_RD", "P_FETCH"};
  static constexpr std::string_view kWrites[] = {"WRITE", "write", "W", "ST", "P_MEM_WR", "BOFF"};
  if (std::ranges::find(kReads, word) != std::end(kReads)) return false;
  if (std::ranges::find(kWrites, word) != std::end(kWrites)) return true;
  return std::nullopt;
}

bool is_kind(std::string_view word, std::initializer_list<std::string_view> kinds) {
  return std::find(kinds.begin(), kinds.end(), word) != kinds.end();
}

std::uint64_t address(std::string_view word, TraceForm form) {
  std::uint64_t value = 0;
  const bool hex = word.starts_with("0x") || word.starts_with("0X");
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data() + (hex ? 2 : 0), end, value, hex ? 16 : 10);
  if (error == std::errc{} && stop == end && !word.empty()) return value;
  if (word.find(',') != std::string_view::npos)
    fail(fmt::format("'{}' is a list of coordinates; an address in bytes is needed", word), form);
  fail(fmt::format("'{}' is no address", word), form);
}

std::int64_t cycle(std::string_view word, TraceForm form) {
  std::int64_t value = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  if (error == std::errc{} && stop == end && value >= 0) return value;
  fail(fmt::format("'{}' is no cycle (a whole number from 0)", word), form);
}

bool is_write(std::string_view word, TraceForm form) {
  if (const auto write = write_named(word)) return *write;
  fail(fmt::format("'{}' is neither READ nor WRITE", word), form);
}

}  // namespace

std::span<const config::EnumName<TraceForm>> enum_names(const TraceForm*) {
  static constexpr config::EnumName<TraceForm> kNames[] = {{TraceForm::automatic, "auto"},
                                                           {TraceForm::dramsim3, "dramsim3"},
                                                           {TraceForm::ramulator, "ramulator"},
                                                           {TraceForm::load_store, "load_store"},
                                                           {TraceForm::dramsys, "dramsys"}};
  return kNames;
}

std::string_view example(TraceForm form) {
  switch (form) {
    case TraceForm::dramsim3:
      return "`0xADDRESS READ|WRITE CYCLE`";
    case TraceForm::ramulator:
      return "`0xADDRESS R|W`";
    case TraceForm::load_store:
      return "`LD|ST 0xADDRESS`";
    case TraceForm::dramsys:
      return "`CYCLE: read|write 0xADDRESS`";
    case TraceForm::automatic:
      break;
  }
  return "`0xADDRESS READ|WRITE CYCLE`, `0xADDRESS R|W`, `LD|ST 0xADDRESS` or `CYCLE: read|write 0xADDRESS`";
}

TraceForm form_of(std::string_view line) {
  const Words words = words_of(line);
  if (!words.empty() && words[0].ends_with(':')) return TraceForm::dramsys;
  if (words.size() == 2 && is_kind(words[0], {"LD", "ST", "R", "W"})) return TraceForm::load_store;
  if (words.size() == 2 && is_kind(words[1], {"R", "W"})) return TraceForm::ramulator;
  if (words.size() == 3) return TraceForm::dramsim3;
  fail("is no request of a form that is known", TraceForm::automatic);
}

TraceLine parse_trace_line(TraceForm form, std::string_view line) {
  const Words words = words_of(line);
  const std::size_t wanted = form == TraceForm::ramulator || form == TraceForm::load_store ? 2 : 3;
  // DRAMSys' writes may carry their data, which nothing here stores.
  const bool with_data = form == TraceForm::dramsys && words.size() == 4;
  if (words.size() != wanted && !with_data) fail(fmt::format("has {} words", words.size()), form);
  switch (form) {
    case TraceForm::dramsim3:
      return {address(words[0], form), is_write(words[1], form), cycle(words[2], form)};
    case TraceForm::ramulator:
      return {address(words[0], form), is_write(words[1], form), 0};
    case TraceForm::load_store:
      return {address(words[1], form), is_write(words[0], form), 0};
    case TraceForm::dramsys:
      if (!words[0].ends_with(':')) fail(fmt::format("'{}' has no colon", words[0]), form);
      return {address(words[2], form), is_write(words[1], form),
              cycle(words[0].substr(0, words[0].size() - 1), form)};
    case TraceForm::automatic:
      break;
  }
  fail("is of no form", form);
}

}  // namespace kiln::part
