// SPDX-License-Identifier: MIT
#include "stats/trace.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>

namespace kiln::stats {

namespace {

std::string quoted(const std::string& text) {
  const auto plain = [](char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; };
  return std::all_of(text.begin(), text.end(), plain) ? '"' + text + '"' : nlohmann::json(text).dump();
}

/// To the picosecond.
std::string microseconds(base::TimePs time) {
  return fmt::format("{}.{:06}", time / 1'000'000, time % 1'000'000);
}

}  // namespace

int Trace::add_track(std::string name) {
  tracks_.push_back(std::move(name));
  return static_cast<int>(tracks_.size()) - 1;
}

void Trace::slice(int track, std::string name, std::string category, base::TimePs begin, base::TimePs end) {
  slices_.push_back({track, std::move(name), std::move(category), begin - origin_, end - origin_});
}

void Trace::counter(std::string name, std::string series, base::TimePs time, double value) {
  samples_.push_back({std::move(name), std::move(series), time - origin_, value});
}

void Trace::clear() {
  slices_.clear();
  samples_.clear();
}

Trace Trace::within(base::TimePs from, base::TimePs to) const {
  Trace part;
  part.tracks_ = tracks_;
  for (Slice slice : slices_) {
    slice.begin = std::max(slice.begin, from);
    slice.end = std::min(slice.end, to);
    if (slice.begin < slice.end) part.slices_.push_back(std::move(slice));
  }
  std::map<std::pair<std::string, std::string>, Sample> before;  // the last of each counter
  for (const Sample& sample : samples_) {
    if (sample.time >= from) continue;
    const auto [last, first] = before.try_emplace({sample.name, sample.series}, sample);
    if (!first && last->second.time <= sample.time) last->second = sample;
  }
  for (auto& [key, sample] : before) {
    sample.time = from;
    part.samples_.push_back(sample);
  }
  for (const Sample& sample : samples_)
    if (sample.time >= from && sample.time < to) part.samples_.push_back(sample);
  return part;
}

std::string Trace::to_json() const {
  std::string out = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n";
  auto end = std::back_inserter(out);
  fmt::format_to(end, R"({{"ph":"M","pid":1,"name":"process_name","args":{{"name":"kiln"}}}})");
  for (std::size_t i = 0; i < tracks_.size(); ++i)
    fmt::format_to(
        end, ",\n{{\"ph\":\"M\",\"pid\":1,\"tid\":{},\"name\":\"thread_name\",\"args\":{{\"name\":{}}}}}",
        i + 1, quoted(tracks_[i]));
  for (const Slice& s : slices_)
    fmt::format_to(end,
                   ",\n{{\"ph\":\"X\",\"pid\":1,\"tid\":{},\"name\":{},\"cat\":{},\"ts\":{},\"dur\":{}}}",
                   s.track + 1, quoted(s.name), quoted(s.category), microseconds(s.begin),
                   microseconds(s.end - s.begin));
  for (const Sample& c : samples_)
    fmt::format_to(end, ",\n{{\"ph\":\"C\",\"pid\":1,\"name\":{},\"ts\":{},\"args\":{{{}:{}}}}}",
                   quoted(c.name), microseconds(c.time), quoted(c.series), c.value);
  out += "\n]}\n";
  return out;
}

}  // namespace kiln::stats
