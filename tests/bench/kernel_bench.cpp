// SPDX-License-Identifier: MIT
// What the SystemC kernel itself does per second on this computer: the yardstick for simulated events per
// second.
#include <benchmark/benchmark.h>

#include <memory>
#include <systemc>

namespace {

/// Processes that wake one another by timed events, as units of a chip do.
class Wakers : public sc_core::sc_module {
 public:
  SC_HAS_PROCESS(Wakers);
  Wakers(sc_core::sc_module_name name, int count) : sc_module(name) {
    for (int i = 0; i < count; ++i) sc_core::sc_spawn([this, i] { wake(i + 1); }, nullptr, nullptr);
  }
  std::int64_t wakes() const { return wakes_; }

 private:
  void wake(int period_ns) {
    sc_core::sc_event event;
    for (;;) {
      event.notify(sc_core::sc_time(period_ns, sc_core::SC_NS));
      sc_core::wait(event);
      ++wakes_;
    }
  }
  std::int64_t wakes_ = 0;
};

void timed_events(benchmark::State& state) {
  static Wakers wakers("wakers", 16);  // one elaboration per process
  const std::int64_t before = wakers.wakes();
  for (auto _ : state) sc_core::sc_start(1, sc_core::SC_US);
  state.SetItemsProcessed(wakers.wakes() - before);
}
BENCHMARK(timed_events);

}  // namespace
