// SPDX-License-Identifier: MIT
// Initiators of TLM-2.0's base protocol reach Kiln's memory through Kiln's network. SystemC allows one
// simulation per process: every case is one.
#include <cstring>
#include <numeric>

#include "config/load.h"
#include "dram/memory_port.h"
#include "noc/noc_shell.h"
#include "sim/base_initiator_bridge.h"
#include "sim/kernel_time.h"
#include "support/catch.h"
#include "support/foreign_models.h"
#include "support/forked.h"

using namespace kiln;
using testing::Access;

namespace {

constexpr std::uint64_t kGranule = 4096;

dram::DramConfig memory_part() {
  dram::DramConfig config = config::load<dram::StandaloneConfig>(std::string(KILN_SOURCE_DIR) +
                                                                 "/configs/parts/dram/lpddr5_6400.yaml")
                                .value;
  config.organisation.channels = 2;
  return config;
}

/// Two network ports on a row of two routers: an initiator and a memory of two channels.
struct Chip {
  Chip()
      : map(config.organisation.channels, kGranule, channel_bytes(config)),
        memory_map{&map, {1, 1}},
        block(ledger.add_block("all")),
        noc("noc", network(), sim::Fidelity::bulk, stats.child("noc"), {{0, 0}, {1, 0}}, ledger,
            {block, block}),
        memory("memory",
               {config, sim::Fidelity::bulk, stats.child("memory"), {.count = 2}, ledger, block, block}) {
    noc.operating_point.bind(domain);
    memory.operating_point.bind(domain);
    noc.to_target[1].bind(memory.target());
  }
  static noc::NocConfig network() {
    noc::NocConfig config;
    config.columns = 2;
    config.rows = 1;
    return config;
  }
  void run() {
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
    sim::OperatingPoint point;
    point.frequency_hz = point.noc_frequency_hz = 1e9;
    domain.restart(point);
    sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
    CHECK(pool.outstanding() == 0);
    noc.check_conservation();
    memory.check_conservation();
  }

  dram::DramConfig config = memory_part();
  sim::AddressMap map;
  sim::MemoryMap memory_map;
  stats::Ledger ledger{1'000'000};
  stats::BlockId block;
  stats::Group stats{"chip"};
  sim::PayloadPool pool;
  sim::OperatingDomain domain{"domain"};
  noc::NocShell noc;
  dram::MemoryPort memory;
};

/// A write of counting bytes, or a read.
Access access(bool write, std::uint64_t address, std::size_t bytes, unsigned char first = 0) {
  Access access{write, address, std::vector<unsigned char>(bytes), {}, {}};
  if (write) std::iota(access.data.begin(), access.data.end(), first);
  return access;
}

template <class Initiator>
std::vector<Access> through_bridge(Chip& chip, std::vector<Access> list, std::uint64_t window) {
  sim::BaseInitiatorConfig config;
  config.window_bytes = window;
  sim::BaseInitiatorBridge bridge("bridge", config, chip.memory_map, chip.pool);
  Initiator initiator("initiator", std::move(list));
  initiator.socket.bind(bridge.from_initiator);
  bridge.socket.bind(chip.noc.from_initiator[0]);
  chip.run();
  CHECK(bridge.idle());
  return initiator.accesses;
}

/// Kiln's own way of sending one read.
class BulkReader : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(BulkReader);
  BulkReader(sc_core::sc_module_name name, Chip& chip, std::uint64_t bytes)
      : sc_module(name), socket("socket"), chip_(chip), bytes_(bytes) {
    socket.register_nb_transport_bw(this, &BulkReader::nb_transport_bw);
    SC_THREAD(run);
  }
  sim::BulkInitiatorSocket<BulkReader> socket;
  base::TimePs answered = 0;

 private:
  void run() {
    wait(testing::kStart);
    tlm::tlm_generic_payload& payload = chip_.pool.acquire(tlm::TLM_READ_COMMAND, 0, bytes_);
    sim::bulk(payload).destination_port = 1;
    sim::bulk(payload).wire_bytes = bytes_;
    sim::send_request(socket, payload);
  }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase&, sc_core::sc_time&) {
    answered = sim::now();
    payload.release();
    return tlm::TLM_COMPLETED;
  }
  Chip& chip_;
  std::uint64_t bytes_;
};

const auto written_and_read = [] {
  std::vector<Access> list;
  for (unsigned char i = 0; i < 8; ++i)
    list.push_back(access(true, i * 1000u, 256, i));  // over both channels
  for (unsigned char i = 0; i < 8; ++i) list.push_back(access(false, i * 1000u, 256));
  return list;
};

void check_read_back(const std::vector<Access>& done) {
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(done[i].status == tlm::TLM_OK_RESPONSE);
    CHECK(done[i + 8].status == tlm::TLM_OK_RESPONSE);
    CHECK(done[i + 8].data == done[i].data);
    CHECK(done[i + 8].answered > done[i].answered);
  }
}

}  // namespace

TEST_CASE("a base-protocol initiator waits as long as one of Kiln's: the bridge adds no time") {
  const testing::Forked own = testing::in_child([] {
    Chip chip;
    BulkReader reader("reader", chip, 256);
    reader.socket.bind(chip.noc.from_initiator[0]);
    chip.run();
    return std::to_string(reader.answered);
  });
  Chip chip;
  const std::vector<Access> done = through_bridge<testing::AtInitiator>(chip, {access(false, 0, 256)}, 4096);
  CHECK(done[0].status == tlm::TLM_OK_RESPONSE);
  CHECK(std::to_string(sim::to_ps(done[0].answered)) == own.text);
  CHECK(sim::to_ps(done[0].answered) > 20'000);  // a row has to be opened
}

TEST_CASE("approximately timed: what was written comes back, through network and memory") {
  Chip chip;
  check_read_back(through_bridge<testing::AtInitiator>(chip, written_and_read(), 1024));
  CHECK(chip.memory.books().read_bytes() == 8 * 256);
  CHECK(chip.memory.books().write_bytes() == 8 * 256);
}

TEST_CASE("loosely timed: what was written comes back, one access after the other") {
  Chip chip;
  const std::vector<Access> done = through_bridge<testing::LtInitiator>(chip, written_and_read(), 1024);
  check_read_back(done);
  for (std::size_t i = 1; i < done.size(); ++i) CHECK(done[i].answered > done[i - 1].answered);
}

TEST_CASE("a wider window keeps more requests under way") {
  const auto last_answer = [](std::uint64_t window) {
    return testing::in_child([window] {
      Chip chip;
      std::vector<Access> reads;
      for (std::uint64_t i = 0; i < 16; ++i) reads.push_back(access(false, i * 64, 64));
      const std::vector<Access> done = through_bridge<testing::AtInitiator>(chip, reads, window);
      return std::to_string(sim::to_ps(done.back().answered));
    });
  };
  const double one = std::stod(last_answer(64).text), many = std::stod(last_answer(1024).text);
  CHECK(one > 4 * many);
}

TEST_CASE("what the bridge cannot carry is answered with the status that the standard names") {
  Chip chip;
  const std::vector<Access> done = through_bridge<testing::AtInitiator>(
      chip, {access(true, chip.map.capacity() - 32, 64), access(false, 0, 0), access(false, 64, 64)}, 4096);
  CHECK(done[0].status == tlm::TLM_ADDRESS_ERROR_RESPONSE);
  CHECK(done[1].status == tlm::TLM_BURST_ERROR_RESPONSE);
  CHECK(done[2].status == tlm::TLM_OK_RESPONSE);
}

TEST_CASE("a port that nobody bound is an error of the kernel before anything runs") {
  const testing::Forked unbound = testing::in_child([]() -> std::string {
    try {
      stats::Group stats{"chip"};
      stats::Ledger ledger{1'000'000};
      const stats::BlockId block = ledger.add_block("all");
      const dram::DramConfig config = memory_part();
      dram::MemoryPort memory("memory",
                              {config, sim::Fidelity::bulk, stats, {.count = 2}, ledger, block, block});
      sc_core::sc_start(sc_core::SC_ZERO_TIME);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "elaborated";
  });
  CHECK_THAT(unbound.text, testing::contains("E109"));
}
