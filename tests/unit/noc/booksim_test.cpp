// SPDX-License-Identifier: MIT
// BookSim's configurations: keys, traffic, and what is refused.
#include "noc/booksim_config.h"

#include "base/error.h"
#include "config/load.h"
#include "support/catch.h"

using namespace kiln;
using namespace kiln::noc;
using Catch::Matchers::WithinRel;

namespace {

const std::string kMesh =
    "// a mesh\ntopology = mesh;\nk = 4; n = 2;\n\nrouting_function = dor;\nnum_vcs = 4;\nvc_buf_size =\n "
    "6;\n"
    "credit_delay = 2;\nrouting_delay = 0; // look ahead\n";

BooksimNetwork read(const std::string& text) {
  base::Unknowns strict;
  return read_booksim(text, "m.cfg", strict);
}

StandaloneConfig network(const std::string& text) {
  return config::read_tree<StandaloneConfig>(read(text).tree, "").value;
}

void check_refused(const std::string& text, const std::string& part) {
  std::string error = "accepted";
  try {
    network(text);
  } catch (const base::ConfigError& refusal) {
    error = refusal.what();
  }
  INFO(error << "\n  lacks: " << part);
  CHECK(error.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("a BookSim mesh becomes a network with BookSim's defaults") {
  const StandaloneConfig config =
      network(kMesh + "packet_size = 20;\nwait_for_tail_credit = 1;\nseed = 7;\n");
  CHECK(config.nodes() == 16);
  CHECK(config.virtual_channels == 4);
  CHECK(config.buffer_depth == 6);
  CHECK(config.packet_flits == 20);
  CHECK(config.pipeline.credit_delay == 2);
  CHECK(config.pipeline.routing_delay == 0);
  CHECK(config.pipeline.st_final_delay == 1);
  CHECK(config.wait_for_tail_credit);
  CHECK(config.seed == 7);
}

TEST_CASE("BookSim's rate counts packets unless it says flits") {
  const BooksimTraffic packets =
      read(kMesh + "traffic = transpose;\ninjection_rate = 0.005;\npacket_size = 20;\n").traffic;
  CHECK(packets.pattern == Pattern::transpose);
  CHECK_THAT(packets.load, WithinRel(0.1, 1e-12));
  CHECK_THAT(
      read(kMesh + "injection_rate = 0.2;\npacket_size = 20;\ninjection_rate_uses_flits = 1;\n").traffic.load,
      WithinRel(0.2, 1e-12));
  CHECK(read(kMesh + "packet_size = 20;\n").traffic.load == 0);  // BookSim's default would be 2 flits
  CHECK(read(kMesh + "sample_period = 500;\n").traffic.sample_cycles == 500);
  check_refused(kMesh + "injection_rate = 0.2;\npacket_size = 20;\n", "is 4 flits per node and cycle");
}

TEST_CASE("what BookSim has and Kiln has not is refused with its line, or skipped and named") {
  check_refused("k = 8;\n", "m.cfg: topology: 'torus' is not taken over; allowed: mesh");
  check_refused("topology = mesh;\nn = 3;\n", "m.cfg:2:1: n: '3' is not taken over");
  check_refused(kMesh + "alloc_iters = 2;\n", "alloc_iters: '2' is not modelled; set it to 1");
  check_refused(kMesh + "nmu_vcs = 2;\n", "did you mean 'num_vcs'?");
  check_refused(kMesh + "traffic = randperm;\n", "'randperm' is not taken over");
  check_refused(kMesh + "k = 8;\n", "k: comes twice, first in line 3");
  check_refused(kMesh + "injection_rate = fast;\n", "'fast' is not a number");
  check_refused(kMesh + "seed = 1\n", "expected `key = value;`");
  check_refused(kMesh + "seed 1;\n", "expected `key = value;`");
  check_refused("topology = mesh;\nrouting_function = dor;\nk = 0;\ncredit_delay = 1;\n",
                "m.cfg:3:1: columns");
  base::Unknowns lenient(base::Unknowns::Reading::lenient);
  CHECK_NOTHROW(read_booksim(kMesh + "alloc_iters = 2;\nnew_key = 3;\n", "m.cfg", lenient));
  CHECK(lenient.skipped().size() == 2);
}

TEST_CASE("a configuration of BookSim is known by its first statement") {
  CHECK(is_booksim_configuration("\xef\xbb\xbf// mesh\n\ntopology = mesh;\n"));
  for (const char* text : {"", "topology: mesh\n", "# a\ntopology: mesh # k = 8;\n", "k = 8\n", "= 8;\n"})
    CHECK_FALSE(is_booksim_configuration(text));
}
