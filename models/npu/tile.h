// SPDX-License-Identifier: MIT
// An NPU tile as a SystemC module: DMA, local SRAM, MAC
// array, vector unit and sparsity engine executing a program.
//
// Double buffering: the loads of task i+1 run while task i computes; task i computes once its loads are
// there, its dependencies are met, the host's descriptor of the operation has come, and the stores of task
// i-2 have left the buffer they share.
#pragma once

#include <deque>
#include <optional>
#include <systemc>
#include <vector>

#include "base/numbered_queue.h"
#include "base/standstill.h"
#include "lowering/cost/pe_registers.h"
#include "npu/compute_engine.h"
#include "npu/dma.h"
#include "npu/scoreboard.h"
#include "npu/tile_books.h"
#include "sim/bulk_protocol.h"
#include "sim/kernel_time.h"
#include "sim/operating_domain.h"
#include "sim/traffic_class.h"
#include "stats/ledger.h"
#include "stats/metrics.h"

namespace kiln::npu {

struct TileConfig {
  DmaConfig dma;
  std::uint64_t descriptor_bytes = 64;  ///< fetched from the host for every operation
  int descriptors_ahead = 4;
  int link_bytes = 16;  ///< of the network, per cycle
  RegisterBits register_bits{};
  base::TimePs start_stagger = 0;  ///< tiles start tasks in turn, this far apart; 0: at will
  int tiles = 1;                   ///< that take turns
};

/// The service class in which a tensor travels.
sim::TrafficClass traffic_class(workload::TensorClass cls);

/// What a task adds to the progress of a step: cycles, and something for those without any.
inline std::int64_t work_of(const lowering::Task& task) {
  return 1000 + task.compute_cycles();
}

/// A task's computation has ended: what step signatures and governors are told.
struct WorkDone {
  base::TimePs time = 0;
  std::int64_t amount = 0;  ///< work_of the task
  /// Of the tile's next task; after the last task, its own.
  workload::Phase next_phase = workload::Phase::forward;
  Computed computed;  ///< of the task
  /// Change of the bytes in the tile's write window since the last report.
  std::int64_t write_queue_bytes = 0;
};

/// Who follows how far a step has come.
class progress_if : public virtual sc_core::sc_interface {
 public:
  virtual void work_done(const WorkDone& done) = 0;
};

/// What a tile reaches over the network: the memories and the host's port.
struct Routes {
  sim::MemoryMap dram, gradient_sram;
  int host_port = -1;
};

class Tile : public sc_core::sc_module, public sim::Operated, public ScoreboardListener {
 public:
  SC_HAS_PROCESS(Tile);
  Tile(sc_core::sc_module_name name, const TileConfig& config, const Routes& routes, sim::PayloadPool& pool,
       stats::Group& stats, int index, stats::Ledger& ledger, stats::BlockId block, stats::Trace& trace);

  sim::BulkInitiatorSocket<Tile> socket;
  sim::OperatingPointPort operating_point;
  sc_core::sc_port<scoreboard_if> scoreboard;
  sc_core::sc_port<progress_if> progress;

  void begin_step(const lowering::TileProgram& program, const std::vector<std::string>& op_names);
  void set_operating_point(const sim::OperatingPoint& point) override;
  void restart(const sim::OperatingPoint& point) override;
  /// The clock stops for `duration`: the running task ends that much later, no task starts.
  void hold(base::TimePs duration);
  /// Tries again to load, compute and store.
  void operation_completed() override;
  bool finished() const { return finished_; }
  const TileTimes& times() const { return books_.times(); }
  std::string describe_state() const;

 private:
  struct TaskState {
    std::int32_t loads_left = 0;
    std::int32_t stores_left = 0;
    bool loads_issued = false;
  };
  /// A burst that was asked for.
  struct Asked {
    std::size_t task = 0;           ///< or kDescriptor
    std::uint64_t outstanding = 0;  ///< bytes of its direction under way, itself included
    bool waiting = false;
  };
  /// Bursts of one direction.
  struct Channel {
    std::size_t task = 0;  ///< whose transfers are being issued
    std::uint32_t transfer = 0;
    BurstCutter cutter;
    std::uint64_t outstanding = 0;
    bool blocked_on_dependency = false;
  };

  void end_of_elaboration() override { scoreboard->subscribe(*this); }
  tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                     sc_core::sc_time& delay);
  void wake();
  void pump();
  bool pump_loads();
  /// Bytes that loads may have outstanding now.
  double read_window() const;
  bool pump_stores();
  bool pump_descriptors();
  bool try_start();
  /// The first time from now on at which a task may start here.
  base::TimePs next_turn() const;
  void await_completion();
  void finish_compute();
  void task_stored(std::size_t task);
  void issue(const BurstRequest& burst, const lowering::Transfer& transfer, const lowering::Task& task,
             bool write, std::size_t task_index);
  Asked take_asked(std::uint64_t number);
  /// Why the next task cannot compute now.
  std::optional<Stall> blocked() const;
  const sim::MemoryMap& memory(lowering::Home home) const {
    return home == lowering::Home::dram ? routes_.dram : routes_.gradient_sram;
  }

  TileConfig config_;
  Routes routes_;
  sim::PayloadPool& pool_;
  int index_;
  TileBooks books_;
  ComputeEngine engine_{1e9};

  const lowering::TileProgram* program_ = nullptr;
  const std::vector<std::string>* op_names_ = nullptr;
  std::vector<TaskState> tasks_;
  std::vector<std::int32_t> stores_pending_;  ///< by instance: stored tasks not yet acknowledged
  std::vector<std::uint8_t> computed_;        ///< by instance: its last task has computed
  std::vector<std::size_t> first_tasks_;      ///< first task of each operation, in order
  std::size_t descriptors_asked_ = 0, descriptors_have_ = 0, ops_started_ = 0;
  Channel loads_, stores_;
  base::NumberedQueue<Asked> asked_;
  RoundTrip round_trip_;
  std::deque<std::size_t> store_queue_;  ///< computed tasks whose stores wait
  std::size_t next_ = 0;                 ///< task that computes now or next
  bool computing_ = false, finished_ = true;
  base::TimePs held_until_ = 0;
  base::TimePs step_began_ = 0;
  std::int64_t told_write_queue_ = 0;
  sc_core::sc_event event_;
  bool pumping_ = false, pump_again_ = false;
  base::Standstill standstill_;

  stats::Counter& tasks_done_;
  stats::Counter& load_bytes_;
  stats::Counter& store_bytes_;
  stats::Counter& macs_;
};

}  // namespace kiln::npu
