// SPDX-License-Identifier: MIT
#include "npu/tile.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kiln::npu {

using lowering::Task;
using lowering::Transfer;
using workload::TensorClass;

namespace {

constexpr std::size_t kBuffers = 2;  // double buffering

constexpr std::size_t kDescriptor = ~std::size_t{0};  ///< asked for by no task

}  // namespace

sim::TrafficClass traffic_class(TensorClass cls) {
  switch (cls) {
    case TensorClass::weight_gradient:
      return sim::TrafficClass::gradient;
    case TensorClass::weight:
    case TensorClass::optimizer_state:
    case TensorClass::master_weight:
      return sim::TrafficClass::weight;
    case TensorClass::input:
    case TensorClass::activation:
    case TensorClass::saved:
    case TensorClass::error:
    case TensorClass::statistics:
      return sim::TrafficClass::activation;
  }
  return sim::TrafficClass::activation;
}

Tile::Tile(sc_core::sc_module_name name, const TileConfig& config, const Routes& routes,
           sim::PayloadPool& pool, stats::Group& stats, int index, stats::Ledger& ledger,
           stats::BlockId block, stats::Trace& trace)
    : sc_module(name),
      socket("socket"),
      operating_point(*this),
      scoreboard("scoreboard"),
      progress("progress"),
      config_(config),
      routes_(routes),
      pool_(pool),
      index_(index),
      books_(ledger, block, trace, this->name(), config.register_bits),
      round_trip_(config.dma.burst_bytes),
      tasks_done_(stats.counter("tasks", "1", "Super-tiles computed")),
      load_bytes_(stats.counter("load_bytes", "B", "Bytes brought into local SRAM")),
      store_bytes_(stats.counter("store_bytes", "B", "Bytes written out of local SRAM")),
      macs_(stats.counter("macs", "MAC", "Multiply-accumulates done")) {
  stats.sum("array_busy", "s", "Time the MAC array computed",
            [this] { return base::to_seconds(times().array_busy); });
  for (std::size_t i = 0; i < kStalls; ++i)
    stats.sum(fmt::format("stall_{}", npu::name(static_cast<Stall>(i))), "s",
              "Time without computing, by cause", [this, i] { return base::to_seconds(times().stalled[i]); });
  socket.register_nb_transport_bw(this, &Tile::nb_transport_bw);
  SC_METHOD(wake);
  dont_initialize();
  sensitive << event_;
}

void Tile::begin_step(const lowering::TileProgram& program, const std::vector<std::string>& op_names) {
  KILN_CHECK(finished_, "{} begins a step before the last one ended", name());
  program_ = &program;
  op_names_ = &op_names;
  tasks_.assign(program.tasks.size(), {});
  first_tasks_.clear();
  std::int32_t instances = 0;
  for (std::size_t i = 0; i < program.tasks.size(); ++i) {
    const Task& task = program.tasks[i];
    tasks_[i].loads_left = static_cast<std::int32_t>(task.load_end - task.load_begin);
    tasks_[i].loads_issued = tasks_[i].loads_left == 0;
    if (task.first_of_op) first_tasks_.push_back(i);
    instances = std::max(instances, task.instance + 1);
  }
  stores_pending_.assign(static_cast<std::size_t>(instances), 0);
  computed_.assign(static_cast<std::size_t>(instances), 0);
  descriptors_asked_ = descriptors_have_ = ops_started_ = 0;
  loads_ = {};
  stores_ = {};
  next_ = 0;
  computing_ = false;
  finished_ = program.tasks.empty();
  step_began_ = sim::now();
  books_.begin_step(op_names, sim::now());
  told_write_queue_ = 0;
  event_.notify(sc_core::SC_ZERO_TIME);
}

void Tile::set_operating_point(const sim::OperatingPoint& point) {
  round_trip_.set_link(config_.link_bytes * point.noc_frequency_hz);
  if (point.frequency_hz == engine_.clock_hz()) return;
  engine_.replan(sim::now(), point.frequency_hz);
  if (computing_) await_completion();
}

void Tile::restart(const sim::OperatingPoint& point) {
  KILN_CHECK(finished_, "{} begins anew in the middle of a step", name());
  engine_ = ComputeEngine(point.frequency_hz, sim::now());
  round_trip_ = RoundTrip(config_.dma.burst_bytes);
  round_trip_.set_link(config_.link_bytes * point.noc_frequency_hz);
  held_until_ = 0;
  event_.cancel();
}

void Tile::hold(base::TimePs duration) {
  held_until_ = std::max(held_until_, sim::now()) + duration;
  engine_.hold(sim::now(), held_until_);
  if (computing_) {
    await_completion();
  } else {
    event_.notify(sim::to_sc_time(held_until_ - sim::now()));
  }
}

void Tile::await_completion() {
  event_.cancel();
  event_.notify(sim::to_sc_time(engine_.completion() - sim::now()));
}

void Tile::operation_completed() {
  if (!finished_ && !computing_)
    event_.notify(sc_core::SC_ZERO_TIME);
  else if (!finished_ && loads_.blocked_on_dependency)
    pump();
}

void Tile::wake() {
  if (finished_) return;
  if (computing_ && sim::now() >= engine_.completion()) finish_compute();
  pump();
}

void Tile::pump() {
  // Responses can come back while bursts are being issued: one pump runs, later calls make it go round again.
  pump_again_ = true;
  if (pumping_ || finished_) return;
  pumping_ = true;
  while (pump_again_) {
    pump_again_ = false;
    bool moved = true;
    while (moved) {
      if (standstill_.too_many(sim::now()))
        throw base::SimError(fmt::format("{}: {} rounds at {} ps and time does not go on; {}", name(),
                                         standstill_.events(), sim::now(), describe_state()));
      moved = pump_descriptors();
      moved = pump_stores() || moved;
      moved = pump_loads() || moved;
      moved = try_start() || moved;
    }
  }
  pumping_ = false;
}

void Tile::issue(const BurstRequest& burst, const Transfer& transfer, const Task& task, bool write,
                 std::size_t task_index) {
  tlm::tlm_generic_payload& payload =
      pool_.acquire(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, burst.local, burst.bytes);
  sim::BulkExtension& about = sim::bulk(payload);
  about.destination_port = burst.port;
  about.channel = burst.channel;
  about.wire_bytes = burst.wire_bytes;
  about.coding = burst.coding;
  about.cls = traffic_class(transfer.cls);
  about.layer = task.layer;
  about.phase = static_cast<int>(task.phase);
  about.stream = static_cast<std::uint32_t>(index_ * 2 + (write ? 1 : 0));
  about.job = asked_.push({task_index, (write ? stores_ : loads_).outstanding, true});
  sim::send_request(socket, payload);
}

Tile::Asked Tile::take_asked(std::uint64_t number) {
  asked_[number].waiting = false;
  const Asked asked = asked_[number];
  while (!asked_.empty() && !asked_.front().waiting) asked_.pop();
  return asked;
}

/// While the tile waits for data, loads of the task behind fill the link where that data leaves it idle, and
/// no more: answers of several ports share the link, and what is outstanding beyond it would come in beside
/// the data that is waited for.
double Tile::read_window() const {
  const auto window = static_cast<double>(config_.dma.read_window_bytes);
  const bool ahead = !computing_ && loads_.task > next_ && tasks_[next_].loads_left > 0;
  return ahead ? std::min(window, round_trip_.bytes()) : window;
}

bool Tile::pump_loads() {
  bool moved = false;
  loads_.blocked_on_dependency = false;
  while (true) {
    while (loads_.task < tasks_.size() && tasks_[loads_.task].loads_issued && loads_.cutter.empty()) {
      ++loads_.task;
      loads_.transfer = 0;
    }
    if (loads_.task >= tasks_.size() || loads_.task >= next_ + kBuffers) return moved;
    if (static_cast<double>(loads_.outstanding) >= read_window()) return moved;
    const Task& task = program_->tasks[loads_.task];
    const Transfer* transfer = &program_->loads[task.load_begin + loads_.transfer];
    if (loads_.cutter.empty()) {
      if (!scoreboard->satisfied(transfer->after, index_)) {
        loads_.blocked_on_dependency = true;
        return moved;
      }
      loads_.cutter.start(*transfer, memory(transfer->home), config_.dma.burst_bytes);
    }
    const BurstRequest burst = loads_.cutter.next();
    ++tasks_[loads_.task].loads_left;  // bursts count beside transfers
    loads_.outstanding += burst.bytes;
    const std::size_t task_index = loads_.task;
    if (loads_.cutter.empty()) {
      --tasks_[task_index].loads_left;
      ++loads_.transfer;
      tasks_[task_index].loads_issued = task.load_begin + loads_.transfer == task.load_end;
    }
    issue(burst, *transfer, task, false, task_index);
    moved = true;
  }
}

bool Tile::pump_stores() {
  bool moved = false;
  while (stores_.outstanding < config_.dma.write_window_bytes && !store_queue_.empty()) {
    const std::size_t task_index = store_queue_.front();
    const Task& task = program_->tasks[task_index];
    const Transfer& transfer = program_->stores[task.store_begin + stores_.transfer];
    if (stores_.cutter.empty())
      stores_.cutter.start(transfer, memory(transfer.home), config_.dma.burst_bytes);
    const BurstRequest burst = stores_.cutter.next();
    ++tasks_[task_index].stores_left;
    stores_.outstanding += burst.bytes;
    if (stores_.cutter.empty()) {
      --tasks_[task_index].stores_left;
      if (task.store_begin + ++stores_.transfer == task.store_end) {
        stores_.transfer = 0;
        store_queue_.pop_front();
      }
    }
    issue(burst, transfer, task, true, task_index);
    moved = true;
  }
  return moved;
}

bool Tile::pump_descriptors() {
  bool moved = false;
  while (descriptors_asked_ < first_tasks_.size() &&
         descriptors_asked_ < ops_started_ + static_cast<std::size_t>(config_.descriptors_ahead)) {
    ++descriptors_asked_;
    Transfer fetch;
    fetch.bytes = fetch.wire_bytes = config_.descriptor_bytes;
    Task nobody;
    nobody.phase = program_->tasks[first_tasks_[descriptors_asked_ - 1]].phase;
    issue({routes_.host_port, 0, 0, config_.descriptor_bytes, config_.descriptor_bytes, {}}, fetch, nobody,
          false, kDescriptor);
    moved = true;
  }
  return moved;
}

std::optional<Stall> Tile::blocked() const {
  const Task& task = program_->tasks[next_];
  if (task.first_of_op && descriptors_have_ <= ops_started_) return Stall::launch;
  if (!scoreboard->satisfied(task.after, index_) || (loads_.blocked_on_dependency && loads_.task == next_))
    return Stall::dependency;
  if (!tasks_[next_].loads_issued || tasks_[next_].loads_left > 0) return Stall::data;
  if (next_ >= kBuffers && tasks_[next_ - kBuffers].stores_left > 0) return Stall::buffer;
  return std::nullopt;
}

base::TimePs Tile::next_turn() const {
  const base::TimePs round = config_.start_stagger * config_.tiles;
  if (round == 0) return sim::now();
  const base::TimePs first = step_began_ + config_.start_stagger * index_;
  const base::TimePs since = std::max<base::TimePs>(0, sim::now() - first);
  return first + (since + round - 1) / round * round;
}

bool Tile::try_start() {
  if (computing_ || next_ >= tasks_.size()) return false;
  if (sim::now() < held_until_) {
    event_.notify(sim::to_sc_time(held_until_ - sim::now()));
    return false;
  }
  const Task& task = program_->tasks[next_];
  books_.waited(task, sim::now());
  if (const std::optional<Stall> cause = blocked()) {
    books_.waits_for(*cause);
    return false;
  }
  if (const base::TimePs turn = next_turn(); task.compute_cycles() > 0 && turn > sim::now()) {
    books_.waits_for(Stall::launch);
    event_.notify(sim::to_sc_time(turn - sim::now()));
    return false;
  }
  if (task.first_of_op) ++ops_started_;
  computing_ = true;
  engine_.start(sim::now(), task.compute_cycles());
  books_.starts(task, sim::now());
  await_completion();
  return true;
}

void Tile::finish_compute() {
  const Task& task = program_->tasks[next_];
  const base::TimePs end = sim::now();
  const Computed computed = books_.computed(task, end);
  tasks_done_.add();
  macs_.add(task.macs);
  const auto queue = static_cast<std::int64_t>(stores_.outstanding);
  const std::size_t following = std::min(next_ + 1, program_->tasks.size() - 1);
  progress->work_done(
      {end, work_of(task), program_->tasks[following].phase, computed, queue - told_write_queue_});
  told_write_queue_ = queue;
  computing_ = false;
  const std::size_t index = next_++;
  tasks_[index].stores_left = static_cast<std::int32_t>(task.store_end - task.store_begin);
  ++stores_pending_[static_cast<std::size_t>(task.instance)];
  if (task.last_of_op) computed_[static_cast<std::size_t>(task.instance)] = 1;
  if (tasks_[index].stores_left > 0) {
    store_queue_.push_back(index);
  } else {
    task_stored(index);
  }
  if (next_ == tasks_.size()) books_.ends_program();
}

void Tile::task_stored(std::size_t index) {
  const std::int32_t instance = program_->tasks[index].instance;
  const auto i = static_cast<std::size_t>(instance);
  if (--stores_pending_[i] == 0 && computed_[i]) {
    computed_[i] = 0;
    books_.stored(sim::now());
    if (next_ == tasks_.size() && !computing_ && store_queue_.empty() && stores_.outstanding == 0) {
      finished_ = true;
      books_.finishes(program_->tasks.back(), sim::now());
    }
    scoreboard->complete(instance, index_);
  }
}

tlm::tlm_sync_enum Tile::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                         sc_core::sc_time&) {
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  const sim::BulkExtension& burst = sim::bulk(payload);
  const std::uint64_t bytes = burst.bytes;
  const base::TimePs took = sim::now() - burst.issued;
  const bool write = payload.is_write();
  const Asked asked = take_asked(burst.job);
  payload.release();
  if (asked.task == kDescriptor) {
    ++descriptors_have_;
  } else {
    books_.moved(burst.layer, burst.phase, burst.issued, sim::now(), bytes);
    TaskState& state = tasks_[asked.task];
    (write ? stores_ : loads_).outstanding -= bytes;
    (write ? store_bytes_ : load_bytes_).add(static_cast<std::int64_t>(bytes));
    if (write) {
      if (--state.stores_left == 0) task_stored(asked.task);
    } else {
      --state.loads_left;
      round_trip_.saw(took, asked.outstanding);
    }
  }
  pump();
  return tlm::TLM_COMPLETED;
}

std::string Tile::describe_state() const {
  if (finished_) return fmt::format("{}: finished", name());
  if (next_ >= tasks_.size())
    return fmt::format("{}: computed all, {} B of stores outstanding", name(), stores_.outstanding);
  const Task& task = program_->tasks[next_];
  return fmt::format("{}: task {} of {} ({}), {}, {} B loading, {} B storing", name(), next_, tasks_.size(),
                     (*op_names_)[static_cast<std::size_t>(task.op)],
                     computing_ ? "computing" : fmt::format("waits for {}", npu::name(books_.waiting_for())),
                     loads_.outstanding, stores_.outstanding);
}

}  // namespace kiln::npu
