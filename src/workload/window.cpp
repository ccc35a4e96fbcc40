// SPDX-License-Identifier: MIT
#include "workload/window.h"

#include <algorithm>

#include "config/record.h"

namespace kiln::workload {
namespace {

/// One direction of a window.
struct Side {
  std::int32_t in, reach, stride;
  std::int32_t before, after;
};

std::int32_t pad_same(Side& side) {
  const std::int32_t out = (side.in + side.stride - 1) / side.stride;
  const std::int64_t missing = std::int64_t{out - 1} * side.stride + side.reach - side.in;
  const auto total = static_cast<std::int32_t>(std::max<std::int64_t>(0, missing));
  side.before = total / 2;
  side.after = total - side.before;
  return out;
}

/// Outputs along one direction; 0 when the window does not fit.
std::int32_t outputs(const Padding& padding, bool round_up, Side& side) {
  if (padding.mode == Padding::Mode::same) return pad_same(side);
  const std::int64_t room = std::int64_t{side.in} + side.before + side.after - side.reach;
  if (room < 0) return 0;
  const std::int64_t more = round_up ? side.stride - 1 : 0;
  std::int64_t out = (room + more) / side.stride + 1;
  // A window that would begin behind the input and its leading padding sees nothing.
  if (round_up && (out - 1) * side.stride >= std::int64_t{side.in} + side.before) --out;
  return static_cast<std::int32_t>(out);
}

}  // namespace

bool place_window(const Padding& padding, const std::array<std::int32_t, 2>& front_back, bool round_up,
                  ConvShape& window) {
  const auto [top, left, bottom, right] = padding.edges;
  const bool given = padding.mode == Padding::Mode::given;
  Side down{window.in_h, window.reach_h(), window.stride_h, given ? top : 0, given ? bottom : 0};
  Side across{window.in_w, window.reach_w(), window.stride_w, given ? left : 0, given ? right : 0};
  Side deep{window.in_d, window.reach_d(), window.stride_d, given ? front_back[0] : 0,
            given ? front_back[1] : 0};
  window.out_d = outputs(padding, round_up, deep);
  window.out_h = outputs(padding, round_up, down);
  window.out_w = outputs(padding, round_up, across);
  window.pad_front = deep.before;
  window.pad_back = deep.after;
  window.pad_top = down.before;
  window.pad_bottom = down.after;
  window.pad_left = across.before;
  window.pad_right = across.after;
  return window.out_d > 0 && window.out_h > 0 && window.out_w > 0;
}

}  // namespace kiln::workload

namespace kiln::config {

namespace {

constexpr double kWidestPad = 1 << 20;

bool read_edge(const Node& node, Reader& reader, std::int32_t& edge) {
  std::int64_t whole = 0;
  const Spec spec{.min = 0, .max = kWidestPad};
  if (!read_integer(node, spec, 0, kWidestPad, reader, whole)) return false;
  edge = static_cast<std::int32_t>(whole);
  return true;
}

}  // namespace

void Value<workload::Padding>::read(const Node& node, const Spec&, Reader& reader, workload::Padding& value) {
  using Mode = workload::Padding::Mode;
  if (node.is_scalar() && (node.scalar == "same" || node.scalar == "valid")) {
    value = {node.scalar == "same" ? Mode::same : Mode::valid, {}};
    return;
  }
  const bool edge =
      node.is_scalar() && !node.scalar.empty() && node.scalar[0] >= '0' && node.scalar[0] <= '9';
  const std::size_t count = node.list.size();
  if (!edge && !(node.is_list() && (count == 2 || count == 4))) {
    reader.fail(node,
                fmt::format("{} found; allowed: same, valid, N, [down, across], [top, left, bottom, right]",
                            node.described()));
    return;
  }
  workload::Padding read{Mode::given, {}};
  for (std::size_t i = 0; i < read.edges.size(); ++i)
    if (!read_edge(edge ? node : node.list[i % count], reader, read.edges[i])) return;
  value = read;
}

Node Value<workload::Padding>::write(const workload::Padding& value, const Spec&) {
  using Mode = workload::Padding::Mode;
  if (value.mode != Mode::given) return scalar_node(value.mode == Mode::same ? "same" : "valid");
  Node list;
  list.kind = Node::Kind::list;
  for (const std::int32_t edge : value.edges) list.list.push_back(scalar_node(std::to_string(edge)));
  return list;
}

Node Value<workload::Padding>::schema(const Spec& spec) {
  Node node = type_schema("string", spec);
  Node types;
  types.kind = Node::Kind::list;
  for (const char* type : {"string", "integer", "array"}) types.list.push_back(scalar_node(type, true));
  *node.find("type") = std::move(types);
  return node;
}

}  // namespace kiln::config
