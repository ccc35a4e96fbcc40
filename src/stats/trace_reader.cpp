// SPDX-License-Identifier: MIT
#include "stats/trace_reader.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace kiln::stats {

namespace {

using Event = nlohmann::json;

constexpr double kLongest_us = 1e12;  // eleven days, far within 64 bits of picoseconds

class EventReader {
 public:
  explicit EventReader(const std::string& file) : file_(file) {}

  void read(const Event& event) {
    const std::string kind = text(event, "ph");
    if (kind == "M")
      metadata(event);
    else if (kind == "X")
      slice(event);
    else if (kind == "C")
      counter(event);
    else
      refuse();
  }
  Trace trace() { return std::move(trace_); }

  [[noreturn]] void refuse() const {
    throw base::ConfigError({file_, 0, 0}, "", "is no timeline that Kiln wrote; name the folder of a run");
  }

 private:
  const Event& member(const Event& event, const char* key) const {
    const auto found = event.is_object() ? event.find(key) : event.end();
    if (!event.is_object() || found == event.end()) refuse();
    return *found;
  }
  std::string text(const Event& event, const char* key) const {
    const Event& value = member(event, key);
    if (!value.is_string()) refuse();
    return value.get<std::string>();
  }
  double number(const Event& value) const {
    if (!value.is_number()) refuse();
    return value.get<double>();
  }
  base::TimePs time(const Event& event, const char* key) const {
    const double us = number(member(event, key));
    if (!(us >= 0 && us <= kLongest_us)) refuse();
    return static_cast<base::TimePs>(std::llround(us * 1e6));
  }

  void metadata(const Event& event) {
    if (text(event, "name") == "thread_name") trace_.add_track(text(member(event, "args"), "name"));
  }
  void slice(const Event& event) {
    const double track = number(member(event, "tid"));
    if (!(track >= 1 && track <= static_cast<double>(trace_.tracks().size()))) refuse();
    const base::TimePs begin = time(event, "ts");
    trace_.slice(static_cast<int>(track) - 1, text(event, "name"), text(event, "cat"), begin,
                 begin + time(event, "dur"));
  }
  void counter(const Event& event) {
    const Event& values = member(event, "args");
    if (!values.is_object() || values.size() != 1) refuse();
    trace_.counter(text(event, "name"), values.begin().key(), time(event, "ts"), number(*values.begin()));
  }

  const std::string& file_;
  Trace trace_;
};

}  // namespace

Trace read_trace(std::string_view json, const std::string& file) {
  EventReader reader(file);
  const Event document = Event::parse(json, nullptr, false);
  if (!document.is_object() || !document.contains("traceEvents") || !document["traceEvents"].is_array())
    reader.refuse();
  for (const Event& event : document["traceEvents"]) reader.read(event);
  return reader.trace();
}

}  // namespace kiln::stats
