// SPDX-License-Identifier: MIT
#include "noc/booksim_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>

#include "base/file.h"
#include "base/text.h"
#include "config/load.h"

namespace kiln::noc {
namespace {

struct KeyPair {
  const char* booksim;
  const char* ours;
  const char* standard;  ///< BookSim's default
};

/// What is the same here under another name.
constexpr std::array kSame = {KeyPair{"k", "columns", "8"},
                              KeyPair{"num_vcs", "virtual_channels", "16"},
                              KeyPair{"vc_buf_size", "buffer_depth", "8"},
                              KeyPair{"input_speedup", "input_speedup", "1"},
                              KeyPair{"packet_size", "packet_flits", "1"},
                              KeyPair{"routing_delay", "pipeline.routing_delay", "1"},
                              KeyPair{"vc_alloc_delay", "pipeline.vc_alloc_delay", "1"},
                              KeyPair{"sw_alloc_delay", "pipeline.sw_alloc_delay", "1"},
                              KeyPair{"st_prepare_delay", "pipeline.st_prepare_delay", "0"},
                              KeyPair{"st_final_delay", "pipeline.st_final_delay", "1"},
                              KeyPair{"credit_delay", "pipeline.credit_delay", "0"}};

struct OnlyValues {
  const char* key;
  std::vector<std::string_view> values;
};

/// What has one way here. The first is BookSim's default unless the key decides what the network is.
const std::vector<OnlyValues>& fixed() {
  static const std::vector<OnlyValues> all = {{"router", {"iq"}},
                                              {"vc_allocator", {"islip"}},
                                              {"sw_allocator", {"islip"}},
                                              {"alloc_iters", {"1"}},
                                              {"arb_type", {"round_robin"}},
                                              {"output_speedup", {"1"}},
                                              {"internal_speedup", {"1", "1.0"}},
                                              {"speculative", {"0"}},
                                              {"hold_switch_for_packet", {"0"}},
                                              {"noq", {"0"}},
                                              {"vct", {"0"}},
                                              {"buffer_policy", {"private"}},
                                              {"buf_size", {"-1"}},
                                              {"output_delay", {"0"}},
                                              {"output_buffer_size", {"-1"}},
                                              {"vc_busy_when_full", {"0"}},
                                              {"vc_prioritize_empty", {"0"}},
                                              {"vc_shuffle_requests", {"0"}},
                                              {"vc_priority_donation", {"0"}},
                                              {"link_failures", {"0"}},
                                              {"subnets", {"1"}},
                                              {"classes", {"1"}},
                                              {"priority", {"none"}},
                                              {"use_read_write", {"0"}},
                                              {"max_outstanding_requests", {"0"}},
                                              {"injection_process", {"bernoulli"}},
                                              {"sim_type", {"latency"}}};
  return all;
}

/// What measures, prints and draws random numbers, and does not change the network.
constexpr std::array kMeasuring = {"warmup_periods",     "max_samples",
                                   "sim_count",          "latency_thres",
                                   "warmup_thres",       "acc_warmup_thres",
                                   "stopping_thres",     "acc_stopping_thres",
                                   "measure_stats",      "pair_stats",
                                   "include_queuing",    "print_activity",
                                   "print_csv_results",  "deadlock_warn_timeout",
                                   "viewer_trace",       "watch_file",
                                   "watch_flits",        "watch_packets",
                                   "watch_transactions", "watch_out",
                                   "stats_out",          "use_noc_latency",
                                   "fail_seed",          "perm_seed"};

/// What is read with a rule of its own.
constexpr std::array kRuled = {"topology",
                               "n",
                               "c",
                               "routing_function",
                               "wait_for_tail_credit",
                               "seed",
                               "traffic",
                               "injection_rate",
                               "injection_rate_uses_flits",
                               "sample_period"};

template <class List>
bool listed(const List& list, std::string_view key) {
  return std::ranges::find(list, key) != list.end();
}

/// `key = value;` statements. A comment is `//` to the end of its line.
class Statements {
 public:
  Statements(std::string_view text, const std::string& path) : file_{path, 0, 0} {
    int line = 0;
    std::string open;
    base::Place begin;
    for (const std::string& raw : base::split(base::without_byte_order_mark(text), '\n')) {
      const std::string kept = raw.substr(0, raw.find("//"));
      base::check_line({path, ++line, 1}, base::trim(kept));
      for (const char c : kept) {
        if (c == ';') {
          add(base::trim(open), begin);
          open.clear();
          continue;
        }
        if (base::trim(open).empty()) begin = {path, line, 1};
        open += c;
      }
      open += ' ';
    }
    if (!base::trim(open).empty()) fail(begin, base::trim(open));
  }

  const base::Place& file() const { return file_; }
  const std::map<std::string, std::string>& values() const { return values_; }
  base::Place place(const std::string& key) const {
    const auto found = places_.find(key);
    return found == places_.end() ? file_ : found->second;
  }
  std::string value(const std::string& key, const std::string& standard) const {
    const auto found = values_.find(key);
    return found == values_.end() ? standard : found->second;
  }

 private:
  [[noreturn]] static void fail(const base::Place& place, std::string_view statement) {
    throw base::ConfigError(place, std::string(statement.substr(0, 60)), "expected `key = value;`");
  }

  void add(std::string_view statement, const base::Place& place) {
    const std::size_t equals = statement.find('=');
    const std::string key(base::trim(statement.substr(0, std::min(equals, statement.size()))));
    const std::string value(equals == std::string_view::npos ? "" : base::trim(statement.substr(equals + 1)));
    const bool word = !key.empty() && key.find_first_of(" \t") == std::string::npos;
    if (!word || value.empty() || value.find('=') != std::string::npos) fail(place, statement);
    if (!values_.emplace(key, value).second)
      throw base::ConfigError(
          place, key, fmt::format("comes twice, first in line {}; remove one of them", places_.at(key).line));
    places_[key] = place;
  }

  base::Place file_;
  std::map<std::string, std::string> values_;
  std::map<std::string, base::Place> places_;
};

class Builder {
 public:
  Builder(std::string_view text, const std::string& path, base::Unknowns& unknowns)
      : statements_(text, path), unknowns_(unknowns) {
    check_keys();
    require("topology", "torus", {"mesh"});
    require("n", "2", {"2"});
    require("c", "1", {"1"});
    require("routing_function", "none", {"dor", "dim_order", "dor_mesh", "dim_order_mesh"});
  }

  BooksimNetwork build() {
    config::Node tree;
    tree.kind = config::Node::Kind::map;
    tree.place = statements_.file();
    const auto put = [&](const char* ours, const std::string& key, const std::string& value) {
      config::Node node = config::scalar_node(value);
      node.place = statements_.place(key);
      config::node_at(tree, ours, node.place) = std::move(node);
    };
    put("topology", "topology", "mesh");
    put("routing", "routing_function", "xy");
    for (const KeyPair& same : kSame)
      put(same.ours, same.booksim, statements_.value(same.booksim, same.standard));
    put("rows", "k", statements_.value("k", "8"));
    put("wait_for_tail_credit", "wait_for_tail_credit",
        number("wait_for_tail_credit", 0) != 0 ? "true" : "false");
    if (statements_.values().contains("seed")) put("seed", "seed", statements_.value("seed", "0"));
    return {std::move(tree), traffic()};
  }

 private:
  double number(const std::string& key, double standard) const {
    const std::string text = statements_.value(key, "");
    if (text.empty()) return standard;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
      throw base::ConfigError(statements_.place(key), key, fmt::format("'{}' is not a number", text));
    return value;
  }

  void check_keys() {
    for (const auto& [key, value] : statements_.values()) {
      const auto only = std::ranges::find(fixed(), key, &OnlyValues::key);
      const auto same = std::ranges::find(kSame, key, &KeyPair::booksim);
      if (only != fixed().end()) {
        if (!listed(only->values, value))
          unknowns_.meet(statements_.place(key), key, fmt::format("'{}' is not modelled", value),
                         fmt::format("set it to {}", only->values.front()));
      } else if (same == kSame.end() && !listed(kMeasuring, key) && !listed(kRuled, key)) {
        const std::string near = base::nearest_name(key, names());
        unknowns_.meet(statements_.place(key), key, "is no key of BookSim that is read here",
                       near.empty() ? "remove it" : fmt::format("did you mean '{}'?", near));
      }
    }
  }

  static std::vector<std::string> names() {
    std::vector<std::string> all(kRuled.begin(), kRuled.end());
    for (const KeyPair& same : kSame) all.emplace_back(same.booksim);
    for (const OnlyValues& only : fixed()) all.emplace_back(only.key);
    return all;
  }

  /// What decides what the network is: nobody may skip it.
  void require(const std::string& key, const std::string& standard, std::vector<std::string> allowed) const {
    const std::string value = statements_.value(key, standard);
    if (listed(allowed, value)) return;
    throw base::ConfigError(statements_.place(key), key,
                            fmt::format("'{}' is not taken over; allowed: {}. Describe others in a .yaml",
                                        value, base::join(allowed, ", ")));
  }

  BooksimTraffic traffic() const {
    BooksimTraffic traffic;
    const std::string name = statements_.value("traffic", "uniform");
    const auto patterns = enum_names(static_cast<const Pattern*>(nullptr));
    const auto found = std::ranges::find(patterns, std::string_view(name), &config::EnumName<Pattern>::name);
    if (found == patterns.end() || found->value == Pattern::hotspot || found->value == Pattern::gather)
      throw base::ConfigError(statements_.place("traffic"), "traffic",
                              fmt::format("'{}' is not taken over; allowed: uniform, transpose, bitcomp, "
                                          "tornado, neighbor",
                                          name));
    traffic.pattern = found->value;
    const double flits = number("injection_rate_uses_flits", 0) != 0 ? 1 : number("packet_size", 1);
    traffic.load = number("injection_rate", 0.1) * flits;
    const bool possible = traffic.load > 0 && traffic.load <= 1;
    if (!possible && statements_.values().contains("injection_rate"))
      throw base::ConfigError(statements_.place("injection_rate"), "injection_rate",
                              fmt::format("is {:g} flits per node and cycle ({:g} flits a packet); allowed: "
                                          "above 0, at most 1",
                                          traffic.load, flits));
    if (!possible) traffic.load = 0;
    const double period = number("sample_period", 1000);
    if (!(period >= 1 && period <= 1e9))
      throw base::ConfigError(statements_.place("sample_period"), "sample_period",
                              fmt::format("is {:g} cycles; allowed: 1 to 1e9", period));
    traffic.sample_cycles = static_cast<int>(period);
    return traffic;
  }

  Statements statements_;
  base::Unknowns& unknowns_;
};

}  // namespace

bool is_booksim_configuration(std::string_view text) {
  for (const std::string& raw : base::split(base::without_byte_order_mark(text), '\n')) {
    const std::string_view line = base::trim(std::string_view(raw).substr(0, raw.find("//")));
    if (line.empty()) continue;
    const std::size_t end =
        line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    const std::string_view rest = end == std::string_view::npos ? "" : base::trim(line.substr(end));
    return end != 0 && rest.starts_with('=') && rest.find(';') != std::string_view::npos;
  }
  return false;
}

BooksimNetwork read_booksim(std::string_view text, const std::string& path, base::Unknowns& unknowns) {
  return Builder(text, path, unknowns).build();
}

LoadedNetwork load_network(const std::string& path, const std::vector<std::string>& overrides,
                           base::Unknowns& unknowns) {
  if (!base::why_unreadable(path).empty() || !is_booksim_configuration(base::read_file(path)))
    return {config::load<StandaloneConfig>(path, overrides).value, std::nullopt};
  BooksimNetwork read = read_booksim(base::read_file(path), path, unknowns);
  for (const std::string& assignment : overrides) config::apply_override(read.tree, assignment);
  return {config::read_tree<StandaloneConfig>(read.tree, path).value, read.traffic};
}

}  // namespace kiln::noc
