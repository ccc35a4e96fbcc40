// SPDX-License-Identifier: MIT
// YAML text to nodes.
#include <yaml-cpp/anchor.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <sstream>
#include <unordered_map>

#include "base/file.h"
#include "base/text.h"
#include "config/node.h"
#include "config/schema_line.h"

namespace kiln::config {

namespace {

// Aliases must not blow a small file up without bound, in nodes or in what stands in them.
constexpr std::size_t kMaxNodes = 500'000;
constexpr std::size_t kMaxText = 32 << 20;
constexpr std::size_t kLongestKey = 1024;  // what is written must be read again: YAML 1.2.2, 8.2.2

base::Place place_of(const std::string& file, const YAML::Mark& mark) {
  return {file, mark.line + 1, mark.column + 1};
}

/// Of a node with all below it.
struct Extent {
  std::size_t depth = 1, nodes = 1;
  std::size_t text = 0;  ///< bytes of scalars and keys

  void add_below(const Extent& below) {
    depth = std::max(depth, below.depth + 1);
    nodes += below.nodes;
    text += below.text;
  }
};

Extent extent_of(const Node& node) {
  Extent extent{.text = node.scalar.size()};
  for (const Node& item : node.list) extent.add_below(extent_of(item));
  for (const auto& [key, value] : node.map) {
    extent.add_below(extent_of(value));
    extent.text += key.size();
  }
  return extent;
}

/// Builds the tree of one document while yaml-cpp reads it.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(const std::string& file) : file_(file) {}

  /// Null if the text holds none.
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      throw base::ConfigError(place_of(file_, mark), "", "a second document starts here; one is allowed");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(mark, Node::Kind::null), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchored_.find(anchor);
    if (named == anchored_.end()) refuse_size(place_of(file_, mark));  // inside the node it names
    const Extent extent = extent_of(named->second);
    nodes_ += extent.nodes;
    text_ += extent.text;
    if (nodes_ > kMaxNodes || text_ > kMaxText || open_.size() + extent.depth - 1 > kMaxDepth)
      refuse_size(place_of(file_, mark));
    add(named->second, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make(mark, Node::Kind::scalar);
    node.scalar = value;
    node.quoted = tag == "!";
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, Node::Kind::list, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, Node::Kind::map, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or map whose end has not been read.
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::string key;  ///< of the value that comes next
    base::Place key_place;
    bool has_key;
    std::unordered_map<std::string, int> lines = {};  ///< of the keys read so far
  };

  [[noreturn]] static void refuse_size(const base::Place& place) {
    throw base::ConfigError(place, "", "is nested too deeply or grows too large");
  }

  Node make(const YAML::Mark& mark, Node::Kind kind) {
    Node node;
    node.place = place_of(file_, mark);
    node.kind = kind;
    if (open_.size() > kMaxDepth || ++nodes_ > kMaxNodes) refuse_size(node.place);
    return node;
  }

  void open(const YAML::Mark& mark, Node::Kind kind, YAML::anchor_t anchor) {
    open_.push_back({make(mark, kind), anchor, {}, {}, false});
  }
  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    add(std::move(closed.node), closed.anchor);
  }

  void add(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) anchored_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.is_list()) {
      parent.node.list.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node.insert(std::move(parent.key), std::move(node), std::move(parent.key_place));
      parent.has_key = false;
    } else {
      add_key(parent, std::move(node));
    }
  }

  static void add_key(Open& map, Node key) {
    if (!key.is_scalar()) throw base::ConfigError(key.place, "", "a key must be a word");
    if (key.scalar.size() > kLongestKey)
      throw base::ConfigError(
          key.place, key.scalar.substr(0, 40) + "...",
          fmt::format("a key of {} characters; at most {} are read", key.scalar.size(), kLongestKey));
    const auto [first, is_new] = map.lines.emplace(key.scalar, key.place.line);
    if (!is_new)
      throw base::ConfigError(key.place, key.scalar,
                              fmt::format("duplicate key, first written at line {}", first->second));
    map.key = std::move(key.scalar);
    map.key_place = std::move(key.place);
    map.has_key = true;
  }

  const std::string& file_;
  int documents_ = 0;
  std::size_t nodes_ = 0;
  std::size_t text_ = 0;  ///< that aliases have repeated, in bytes
  Node root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Node> anchored_;
};

/// `schema_version` may stand at the top of every file. It is checked and taken away.
void take_version(Node& root) {
  const Node* version = root.find("schema_version");
  if (version == nullptr) return;
  int number = 0;
  const std::string& text = version->scalar;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!version->is_scalar() || error != std::errc() || end != text.data() + text.size() || number < 1)
    throw base::ConfigError(version->place, "schema_version",
                            fmt::format("{} found; allowed: 1 to {}", version->described(), kSchemaVersion));
  if (number > kSchemaVersion)
    throw base::ConfigError(
        version->place, "schema_version",
        fmt::format("{} is newer than this Kiln knows; allowed: 1 to {}. Use a newer Kiln, or "
                    "rewrite the file with the keys of version {}",
                    number, kSchemaVersion, kSchemaVersion));
  root.erase("schema_version");
}

}  // namespace

Node parse_yaml(const std::string& file, std::string_view text) {
  text = base::without_byte_order_mark(text);
  const std::size_t good = std::min(base::utf8_prefix(text), text.find('\0'));
  if (good < text.size()) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(good), '\n') + 1;
    throw base::ConfigError({file, static_cast<int>(line), 1}, "", "is not a text file in UTF-8");
  }
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(file);
    // Once more, for a second document; not to the end: yaml-cpp 0.7 reads a text that begins with a comma as
    // empty documents without end.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
    Node root = builder.take();
    if (root.kind == Node::Kind::null) throw base::ConfigError({file, 1, 1}, "", "is empty");
    take_version(root);
    return root;
  } catch (const YAML::Exception& error) {
    // JSON writes characters beyond U+FFFF as two escapes, YAML does not.
    const bool half = error.msg.starts_with(YAML::ErrorMsg::INVALID_UNICODE);
    throw base::ConfigError(place_of(file, error.mark), "",
                            half
                                ? "an escape is half of a character, or none; write the character itself, or "
                                  "one escape of eight digits, as \\U0001F600"
                                : fmt::format("not YAML: {}; is the file cut off?", error.msg));
  }
}

Node parse_yaml_file(const std::string& path) {
  constexpr std::size_t kMostBytes = 16 << 20;  // a configuration is written by people
  Node root = parse_yaml(path, base::read_file(path, kMostBytes));
  if (!root.is_map())  // what it holds instead is perhaps not ours to show
    throw base::ConfigError(root.place, "", "holds no map of keys and values, so it is no configuration");
  return root;
}

}  // namespace kiln::config
