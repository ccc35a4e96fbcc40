// SPDX-License-Identifier: MIT
#include "part/dram_trace_line.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/text.h"

namespace kiln::part {

namespace {

using Words = std::vector<std::string_view>;

/// Split at blanks; a colon ends a word and belongs to it; a word with `#` in front begins a comment.
Words words_of(std::string_view line) {
  Words words;
  while (true) {
    const std::size_t start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos || line[start] == '#') return words;
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
  // The P_ names, BOFF and IFETCH are those of DRAMSim2's traces, which DRAMsim3 reads as well.
  static constexpr std::string_view kReads[] = {"read", "r", "ld", "p_mem_rd", "p_fetch", "ifetch"};
  static constexpr std::string_view kWrites[] = {"write", "w", "st", "p_mem_wr", "boff"};
  const std::string lower = base::to_lower(word);
  if (std::ranges::find(kReads, lower) != std::end(kReads)) return false;
  if (std::ranges::find(kWrites, lower) != std::end(kWrites)) return true;
  return std::nullopt;
}

bool has_prefix(std::string_view word) {
  return word.starts_with("0x") || word.starts_with("0X");
}

/// The whole number that all of `word` is.
template <class Number>
std::optional<Number> number_in(std::string_view word, int radix) {
  if (radix == 16 && has_prefix(word)) word.remove_prefix(2);
  Number value = 0;
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value, radix);
  if (error != std::errc{} || stop != end || word.empty()) return std::nullopt;
  return value;
}

std::uint64_t address(std::string_view word, TraceForm form) {
  const bool decimal = form == TraceForm::load_store && !has_prefix(word);
  if (const auto value = number_in<std::uint64_t>(word, decimal ? 10 : 16)) return *value;
  fail(fmt::format("'{}' is no {}address", word, decimal ? "" : "hexadecimal "), form);
}

std::int64_t cycle(std::string_view word, TraceForm form) {
  const auto value = number_in<std::int64_t>(word, 10);
  if (value && *value >= 0) return *value;
  fail(fmt::format("'{}' is no cycle (a whole number from 0)", word), form);
}

void read_kind(std::string_view word, TraceLine& line) {
  const std::optional<bool> write = write_named(word);
  line.write = write.value_or(false);
  if (!write) line.unknown_kind = word;
}

void read_coordinates(std::string_view list, TraceLine& line) {
  for (const std::string& part : base::split(list, ',')) {
    const auto value = number_in<std::uint32_t>(base::trim(part), 10);
    if (!value || line.coordinate_count == TraceLine::kMostCoordinates)
      fail(fmt::format("'{}' is no list of coordinates", list), TraceForm::coordinates);
    line.coordinates[line.coordinate_count++] = *value;
  }
}

/// The words of a line in turn.
class Reader {
 public:
  Reader(TraceForm form, std::string_view line) : form_(form), words_(words_of(line)) {}

  std::string_view next() {
    if (at_ == words_.size()) fail(fmt::format("has {} words", words_.size()), form_);
    return words_[at_++];
  }
  bool done() const { return at_ == words_.size(); }

 private:
  TraceForm form_;
  Words words_;
  std::size_t at_ = 0;
};

/// `(16)`, the bytes of a request.
std::optional<std::uint64_t> bytes_in(std::string_view word) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 20;
  if (!word.starts_with('(')) return std::nullopt;
  const auto value = word.ends_with(')') ? number_in<std::uint64_t>(word.substr(1, word.size() - 2), 10)
                                         : std::optional<std::uint64_t>{};
  if (!value || *value < 1 || *value > kMost)
    fail(fmt::format("'{}' is no number of bytes, (1) to ({})", word, kMost), TraceForm::dramsys);
  return value;
}

void read_dramsys(Reader& words, TraceLine& line) {
  std::string_view time = words.next();
  if (time.ends_with(':')) time.remove_suffix(1);
  line.due = cycle(time, TraceForm::dramsys);
  std::string_view kind = words.next();
  if (const auto bytes = bytes_in(kind)) {
    line.bytes = *bytes;
    kind = words.next();
  }
  read_kind(kind, line);
  line.address = address(words.next(), TraceForm::dramsys);
  if (!words.done()) words.next();  // what a write carries: nothing here stores it
}

bool all_numbers(const Words& words) {
  return std::ranges::all_of(words, [](std::string_view word) {
    return number_in<std::uint64_t>(word, has_prefix(word) ? 16 : 10).has_value();
  });
}

/// Ramulator's `INSTRUCTIONS LOAD [STORE]` and USIMM's `INSTRUCTIONS R|W ADDRESS [PC]`.
bool is_instruction_trace(const Words& words) {
  if (words.size() < 2) return false;
  if (words.size() <= 3 && all_numbers(words)) return true;
  return words.size() >= 3 && words[1].size() == 1 && write_named(words[1]) && has_prefix(words[2]) &&
         !has_prefix(words[0]);
}

}  // namespace

std::span<const config::EnumName<TraceForm>> enum_names(const TraceForm*) {
  static constexpr config::EnumName<TraceForm> kNames[] = {
      {TraceForm::automatic, "auto"},          {TraceForm::dramsim3, "dramsim3"},
      {TraceForm::ramulator, "ramulator"},     {TraceForm::load_store, "load_store"},
      {TraceForm::coordinates, "coordinates"}, {TraceForm::dramsys, "dramsys"}};
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
    case TraceForm::coordinates:
      return "`R|W CHANNEL,...,ROW,COLUMN`";
    case TraceForm::dramsys:
      return "`CYCLE: [(BYTES)] read|write 0xADDRESS`";
    case TraceForm::automatic:
      break;
  }
  return "`0xADDRESS READ|WRITE CYCLE`, `0xADDRESS R|W`, `LD|ST 0xADDRESS`, `R|W CHANNEL,...,ROW,COLUMN` or "
         "`CYCLE: [(BYTES)] read|write 0xADDRESS`";
}

TraceForm form_of(std::string_view line) {
  const Words words = words_of(line);
  if (!words.empty() && words[0].ends_with(':')) return TraceForm::dramsys;
  if (is_instruction_trace(words))
    throw TraceLineError(
        "is an instruction trace, which needs a core with its caches before the memory; record the requests "
        "to "
        "memory, `0xADDRESS R|W`");
  if (words.size() == 1) return TraceForm::ramulator;
  if (words.size() >= 2 && write_named(words[0]))
    return words[1].find(',') == std::string_view::npos ? TraceForm::load_store : TraceForm::coordinates;
  if (words.size() == 2 && write_named(words[1])) return TraceForm::ramulator;
  if (words.size() >= 3 && has_prefix(words[2]) && !has_prefix(words[0])) return TraceForm::dramsys;
  if (words.size() >= 3) return TraceForm::dramsim3;
  fail("is no request of a form that is known", TraceForm::automatic);
}

TraceLine parse_trace_line(TraceForm form, std::string_view text) {
  TraceLine line;
  Reader words(form, text);
  switch (form) {
    case TraceForm::dramsim3:
      line.address = address(words.next(), form);
      read_kind(words.next(), line);
      line.due = cycle(words.next(), form);
      break;
    case TraceForm::ramulator:
      line.address = address(words.next(), form);
      if (!words.done()) read_kind(words.next(), line);
      break;
    case TraceForm::load_store:
      read_kind(words.next(), line);
      line.address = address(words.next(), form);
      break;
    case TraceForm::coordinates:
      read_kind(words.next(), line);
      read_coordinates(words.next(), line);
      break;
    case TraceForm::dramsys:
      read_dramsys(words, line);
      break;
    case TraceForm::automatic:
      fail("is of no form", form);
  }
  if (!words.done()) line.unknown_word = words.next();
  return line;
}

}  // namespace kiln::part
