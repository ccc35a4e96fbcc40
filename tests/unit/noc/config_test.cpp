// SPDX-License-Identifier: MIT
#include "noc/noc_config.h"

#include "base/error.h"
#include "config/load.h"
#include "noc/vc_policy.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;

namespace {

StandaloneConfig from_text(const std::string& yaml) {
  return config::read_tree<StandaloneConfig>(config::parse_yaml("test.yaml", yaml), "").value;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string complaint(const std::string& yaml) {
  try {
    from_text(yaml);
  } catch (const base::ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("The shipped network parts load and survive a round trip") {
  for (const std::string name : {"reference_p1", "mesh_12nm_qos"}) {
    const std::string path = std::string(KILN_SOURCE_DIR) + "/configs/parts/noc/" + name + ".yaml";
    const StandaloneConfig config = config::load<StandaloneConfig>(path).value;
    const std::string text = config::dump(config);
    CHECK(config::dump(from_text(text)) == text);
  }
}

TEST_CASE("Packets and flits of a payload count headers and the partial last flit") {
  NocConfig config;
  config.link_bytes = 16;
  config.packet_flits = 9;
  config.header_flits = 1;
  CHECK(config.packets_of(0) == 1);
  CHECK(config.flits_of(0) == 1);
  CHECK(config.flits_of(1) == 2);
  CHECK(config.flits_of(128) == 9);
  CHECK(config.packets_of(129) == 2);
  CHECK(config.flits_of(129) == 11);
}

TEST_CASE("Combinations that cannot work are refused with the remedy") {
  CHECK(contains(complaint("{topology: torus, routing: odd_even}"), "on a torus use xy or yx"));
  CHECK(contains(complaint("{topology: torus, virtual_channels: 1}"), "dateline"));
  CHECK(contains(complaint("{topology: ring, routing: adaptive}"), "on a ring use xy or yx"));
  CHECK(contains(complaint("{topology: ring, virtual_channels: 1}"), "VC 0 -> "));
  CHECK(contains(complaint("{topology: crossbar, columns: 9, rows: 8}"), "routers of 72 ports here, 64 are"));
  CHECK(
      contains(complaint("{topology: crossbar, columns: 5, rows: 4}"), "20 ports holds at most 3 per port"));
  CHECK(complaint("{topology: crossbar, columns: 5, rows: 4, virtual_channels: 3}").empty());
  CHECK(complaint("{topology: ring, columns: 2, rows: 2, virtual_channels: 1}").empty());  // no circle
  CHECK(contains(complaint("{routing: adaptive, virtual_channels: 1}"), "escape VC"));
  CHECK(contains(complaint("{virtual_channels: 1, qos: {policy: split}}"), "one VC per priority level"));
  CHECK(contains(complaint("{packet_flits: 4, header_flits: 4}"), "no payload"));
  CHECK(contains(complaint("{virtual_channels: 3, input_speedup: 2}"), "must divide virtual_channels"));
  CHECK(contains(complaint("{pipeline: {speculative: true, vc_alloc_delay: 2}}"), "vc_alloc_delay 1"));
  CHECK(contains(complaint("{virtual_chanels: 3}"), "virtual_channels"));
}

TEST_CASE("VC policies give each level its channels") {
  NocConfig config;
  config.virtual_channels = 4;
  config.qos.policy = ClassPolicy::shared;
  CHECK(allowed_vcs(config, 0).count() == 4);
  config.qos.policy = ClassPolicy::reserve;
  CHECK(allowed_vcs(config, 0).last == 2);
  CHECK(allowed_vcs(config, 1).last == 3);
  config.qos.policy = ClassPolicy::split;
  CHECK(allowed_vcs(config, 0).last == 1);
  CHECK(allowed_vcs(config, 1).first == 2);
  config.qos.gradient_priority = 2;
  CHECK(priority_levels(config.qos) == 3);
  int held = 0;
  for (int level : {0, 1, 2}) held += allowed_vcs(config, level).count();
  CHECK(held == 4);
}
