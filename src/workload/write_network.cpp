// SPDX-License-Identifier: MIT
#include "workload/write_network.h"

#include <algorithm>

#include "base/text.h"
#include "config/load.h"

namespace kiln::workload {
namespace {

using config::Node;

/// Leaves out what a reader takes for granted.
template <class T>
void drop_defaults(Node& written, const std::vector<std::string_view>& always) {
  static const Node defaults = config::Value<T>::write(T{}, {});
  for (std::size_t i = written.map.size(); i-- > 0;) {
    const std::string key = written.map[i].first;
    const Node* usual = defaults.find(key);
    const bool required = std::find(always.begin(), always.end(), key) != always.end();
    if (!required && usual != nullptr &&
        config::flow_text(*usual) == config::flow_text(written.map[i].second))
      written.erase(key);
  }
}

/// [1, 1, 1, 1] as 1, [1, 2, 1, 2] as [1, 2].
void shorten_padding(Node& layer) {
  Node* padding = layer.find("padding");
  if (padding == nullptr || padding->list.size() != 4) return;
  const auto same = [&](std::size_t a, std::size_t b) {
    return padding->list[a].scalar == padding->list[b].scalar;
  };
  if (!same(0, 2) || !same(1, 3)) return;
  if (same(0, 1))
    *padding = Node(padding->list[0]);
  else
    padding->list.resize(2);
}

}  // namespace

std::string network_text(const NetworkConfig& network, const std::vector<std::string>& notes,
                         const std::string& first_line) {
  std::string text = first_line;
  for (const std::string& note : notes) text += "# " + base::shown(note) + "\n";
  Node tree = config::Value<NetworkConfig>::write(network, {});
  drop_defaults<NetworkConfig>(tree, {"name", "source", "input", "layers"});
  for (Node& layer : tree.find("layers")->list) {
    drop_defaults<LayerConfig>(layer, {"name", "op"});
    shorten_padding(layer);
  }
  return text + config::to_yaml(tree);
}

}  // namespace kiln::workload
