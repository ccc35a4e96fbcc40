// SPDX-License-Identifier: MIT
// A training step whose DRAM is somebody else's model, bound through TLM-2.0's base protocol.
#include "dram/foreign_memory.h"
#include "config/load.h"
#include "device/device.h"
#include "experiment/prepare.h"
#include "soc/plant.h"
#include "support/catch.h"
#include "support/foreign_models.h"
#include "support/forked.h"

using namespace kiln;

namespace {

experiment::ExperimentConfig lenet() {
  return config::load<experiment::ExperimentConfig>(
             std::string(KILN_SOURCE_DIR) + "/configs/experiments/quickstart.yaml",
             {"workload=" + std::string(KILN_SOURCE_DIR) + "/configs/workloads/lenet5_r28.yaml"})
      .value;
}

/// Runs a step with memories made by `make_memory`, an empty one: Kiln's own.
soc::StepRecord run_step(const dram::MemoryFactory& make_memory) {
  const experiment::ExperimentConfig experiment = lenet();
  const experiment::Prepared prepared = experiment::prepare(experiment);
  const device::Device device(experiment, prepared.plan);
  soc::Plant plant(experiment.soc, prepared.plan, prepared.step, prepared.op_names, 100'000'000,
                   experiment.run.fidelity, make_memory);
  plant.restart(device.top_point());
  constexpr base::TimePs kNever = 1'000'000'000'000'000;
  return plant.run_step({.first = kNever, .slice = kNever, .end = soc::StepEnd::drained});
}

/// Every network port of the memory gets a foreign model of its own.
template <class Memory>
struct Foreign {
  dram::ForeignMemoryConfig config;
  std::function<std::unique_ptr<Memory>(const char*)> make;
  std::vector<std::unique_ptr<Memory>> memories = {};

  dram::MemoryFactory factory() {
    return [this](const char* name, const dram::MemorySite& site) {
      auto port = std::make_unique<dram::ForeignMemory>(name, site, config);
      memories.push_back(make((std::string(name) + "_model").c_str()));
      port->memory.bind(memories.back()->socket);
      return port;
    };
  }
  testing::Seen seen() const {
    testing::Seen all;
    for (const auto& memory : memories) {
      all.read_bytes += memory->seen.read_bytes;
      all.write_bytes += memory->seen.write_bytes;
      all.transactions += memory->seen.transactions;
      all.largest = std::max(all.largest, memory->seen.largest);
    }
    return all;
  }
};

/// Duration of a step, in ps, with an approximately timed memory.
double at_duration(double latency_ns, double bytes_per_s) {
  const testing::Forked run = testing::in_child(
      [=] {
        Foreign<testing::AtMemory> foreign{{}, [&](const char* name) {
                                             return std::make_unique<testing::AtMemory>(
                                                 name, sc_core::sc_time(latency_ns, sc_core::SC_NS),
                                                 bytes_per_s);
                                           }};
        return std::to_string(run_step(foreign.factory()).duration);
      },
      {.wall_s = 100});
  REQUIRE(run.signal == 0);
  return std::stod(run.text);
}

}  // namespace

TEST_CASE("an approximately timed memory serves a step: every byte of the program, in pieces") {
  Foreign<testing::AtMemory> foreign{{.transaction_bytes = 64}, [](const char* name) {
                                       return std::make_unique<testing::AtMemory>(
                                           name, sc_core::sc_time(50, sc_core::SC_NS), 20e9);
                                     }};
  const soc::StepRecord step = run_step(foreign.factory());  // checks conservation itself
  const testing::Seen seen = foreign.seen();
  CHECK(step.duration > 0);
  CHECK(static_cast<std::int64_t>(seen.read_bytes) == step.traffic.dram_read);
  CHECK(static_cast<std::int64_t>(seen.write_bytes) == step.traffic.dram_write);
  CHECK(seen.largest == 64);
  CHECK(seen.transactions >= (seen.read_bytes + seen.write_bytes) / 64);
}

TEST_CASE("a step takes as long as its foreign memory makes it take") {
  // LeNet waits for the host's launches: a latency shows when it is longer than one.
  const double quick = at_duration(10, 100e9), far = at_duration(5000, 100e9), narrow = at_duration(10, 2e9);
  CHECK(far > 1.5 * quick);
  CHECK(narrow > 2 * quick);
}

TEST_CASE("a loosely timed memory serves a step, too") {
  Foreign<testing::LtMemory> foreign{
      {.transaction_bytes = 4096, .style = dram::CodingStyle::loosely_timed}, [](const char* name) {
        return std::make_unique<testing::LtMemory>(name, sc_core::sc_time(60, sc_core::SC_NS));
      }};
  const soc::StepRecord step = run_step(foreign.factory());
  CHECK(static_cast<std::int64_t>(foreign.seen().read_bytes) == step.traffic.dram_read);
  CHECK(static_cast<std::int64_t>(foreign.seen().write_bytes) == step.traffic.dram_write);
}

TEST_CASE("an error response of a foreign memory ends the step with its name and the address") {
  Foreign<testing::LtMemory> foreign{{.style = dram::CodingStyle::loosely_timed}, [](const char* name) {
                                       auto memory = std::make_unique<testing::LtMemory>(
                                           name, sc_core::sc_time(60, sc_core::SC_NS));
                                       memory->answer = tlm::TLM_GENERIC_ERROR_RESPONSE;
                                       return memory;
                                     }};
  CHECK_THROWS_WITH(run_step(foreign.factory()),
                    testing::contains("TLM_GENERIC_ERROR_RESPONSE") && testing::contains("0x"));
}
