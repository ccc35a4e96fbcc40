// SPDX-License-Identifier: MIT
#include "dram/timing.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/text.h"

namespace kiln::dram {

int Timing::at(double clock_hz, double bin_hz, Rounding rounding) const {
  constexpr double kOfPeriods = 1e-6;  // 7.5 ns of 1.6 GHz are 12 cycles, not 12.000000000000002
  constexpr double kGuardBand = 0.026;
  const double exact = is_time() ? seconds * clock_hz : cycles * (clock_hz / bin_hz);
  const double slack = is_time() ? kOfPeriods : 1e-9;
  const double whole = rounding == Rounding::down                   ? std::floor(exact + slack)
                       : rounding == Rounding::up_ddr4 && is_time() ? std::ceil(exact - kGuardBand)
                                                                    : std::ceil(exact - slack);
  return std::max(static_cast<int>(whole), is_time() ? cycles : 0);
}

}  // namespace kiln::dram

namespace kiln::config {

namespace {

constexpr double kLongest_s = 1e-3;
constexpr std::string_view kMax = "max(";

bool is_count(std::string_view text) {
  return text.find_first_of("smax") == std::string_view::npos;  // every time has an s, max() the rest
}

bool read_time(const Node& node, Reader& reader, bool positive, double& seconds) {
  const Spec time{.unit = Dimension::time, .min = positive ? 1e-15 : 0, .max = kLongest_s};
  return read_number(node, time, reader, seconds);
}

/// `max(7.5 ns, 8 nCK)`, as the standards write it.
bool read_longer(const Node& node, Reader& reader, dram::Timing& value) {
  const std::string_view text = node.scalar;
  const std::size_t comma = text.find(','), unit = text.find("nCK");
  Node time = node, count = node;
  double seconds = 0;
  std::int64_t cycles = 0;
  if (comma == std::string_view::npos || unit == std::string_view::npos || unit < comma ||
      !text.ends_with(")")) {
    reader.fail(node, fmt::format("{} found, needed is a time and a number of cycles: max(7.5 ns, 8 nCK)",
                                  node.described()));
    return false;
  }
  time.scalar = base::trim(text.substr(kMax.size(), comma - kMax.size()));
  count.scalar = base::trim(text.substr(comma + 1, unit - comma - 1));
  if (!read_time(time, reader, true, seconds)) return false;
  if (!read_integer(count, {.min = 1, .max = 1e6}, 1, 1e6, reader, cycles)) return false;
  value = dram::Timing::of(seconds, static_cast<int>(cycles));
  return true;
}

bool read_scalar(const Node& node, const Spec& spec, Reader& reader, dram::Timing& value) {
  if (node.scalar.starts_with(kMax)) return read_longer(node, reader, value);
  if (is_count(node.scalar)) {
    std::int64_t cycles = 0;
    if (!read_integer(node, spec, spec.min, spec.max, reader, cycles)) return false;
    value = dram::Timing(static_cast<int>(cycles));
    return true;
  }
  double seconds = 0;
  if (!read_time(node, reader, spec.min > 0, seconds)) return false;
  value = dram::Timing::of(seconds);
  return true;
}

}  // namespace

void Value<dram::Timing>::read(const Node& node, const Spec& spec, Reader& reader, dram::Timing& value) {
  if (!node.is_map()) {
    if (node.is_scalar())
      read_scalar(node, spec, reader, value);
    else
      reader.fail(node, fmt::format("{} found, a number of cycles or a time is needed", node.described()));
    return;
  }
  const Node* nominal = node.find("value");
  const bool counts = nominal != nullptr && nominal->is_scalar() && is_count(nominal->scalar);
  double number = 0;
  const bool good = read_banded(node, reader, number, [&](const Node& scalar, double& plain) {
    dram::Timing one;
    if (!counts) return read_time(scalar, reader, spec.min > 0, plain);
    if (!read_scalar(scalar, spec, reader, one) || one.is_time()) return false;
    plain = one.cycles;
    return true;
  });
  if (good) value = counts ? dram::Timing(static_cast<int>(number)) : dram::Timing::of(number);
}

Node Value<dram::Timing>::write(const dram::Timing& value, const Spec&) {
  if (!value.is_time()) return integer_node(value.cycles, {});
  const std::string time = base::format_quantity(value.seconds, Dimension::time);
  return scalar_node(value.cycles > 0 ? fmt::format("max({}, {} nCK)", time, value.cycles) : time, true);
}

Node Value<dram::Timing>::schema(const Spec& spec) {
  Node node = type_schema("integer", spec);
  node.find("type")->list.push_back(scalar_node("string", true));
  return node;
}

}  // namespace kiln::config
