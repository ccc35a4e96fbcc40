// SPDX-License-Identifier: MIT
#include "run/simulated_step.h"

#include "base/archive.h"

namespace kiln::run {

namespace {

template <class Archive>
void archive(Archive& a, stats::Window& window) {
  a(window.begin, window.end);
  a.list(window.by_block, [&](stats::Counts& counts) { a.sparse(counts); });
}

template <class Archive>
void archive(Archive& a, soc::WorkRecord& work) {
  a(work.exclusive_s, work.computing_s, work.stalled_s, work.dram_read_bytes, work.dram_write_bytes,
    work.flit_hops, work.coded_words, work.memory_wait_s, work.network_wait_s);
}

template <class Archive>
void archive(Archive& a, soc::TrafficTotals& traffic) {
  a(traffic.dram_read, traffic.dram_write, traffic.dram_gradient, traffic.noc_payload, traffic.noc_wire,
    traffic.noc_gradient);
}

template <class Archive>
void archive(Archive& a, soc::StepRecord& record) {
  a(record.duration);
  a.list(record.windows, [&](stats::Window& window) { archive(a, window); });
  a.table(record.by_layer_and_phase, [&](std::vector<stats::Counts>& blocks) {
    a.list(blocks, [&](stats::Counts& counts) { a.sparse(counts); });
  });
  a.table(record.work, [&](soc::WorkRecord& work) { archive(a, work); });
  a(record.exclusive_s, record.last_tile_wait_s, record.last_phase, record.busy_s, record.stalled_s,
    record.array_busy_s, record.memory_wait_s, record.network_wait_s);
  archive(a, record.traffic);
  a(record.link_flits);
  a.list(record.task_spans, [&](std::vector<npu::TaskSpan>& spans) {
    a.list(spans, [&](npu::TaskSpan& span) { a(span.begin, span.end); });
  });
  a.list(record.memory_exertions, [&](dram::Exertion& e) {
    a(e.begin, e.end, e.activates, e.reads, e.writes, e.refreshes_all_bank, e.refreshes_per_bank);
  });
  a(record.exertions_end);
  a.list(record.progress, [&](soc::Progress& at) {
    a(at.time, at.work, at.phase, at.computed_s, at.array_busy_s, at.queue_share);
  });
  a(record.macs, record.kernel_events, record.repeated.share, record.repeated.error);
}

template <class Archive>
void archive(Archive& a, std::vector<stats::Sample>& samples) {
  a.list(samples, [&](stats::Sample& s) { a(s.path, s.unit, s.description, s.value, s.adds_up); });
}

template <class Archive>
void archive(Archive& a, soc::AuditResult& result) {
  a(result.fidelity.memory, result.fidelity.network, result.noc_error, result.dram_error, result.trains,
    result.bursts);
}

}  // namespace

std::string to_bytes(const SimulatedStep& step) {
  base::ArchiveWriter a;
  soc::StepRecord record = step.record;  // one list of members serves both ways, so it cannot be const
  std::vector<stats::Sample> metrics = step.metrics;
  stats::Trace trace = step.trace;
  archive(a, record);
  archive(a, metrics);
  trace.archive(a);
  return a.bytes();
}

SimulatedStep step_from_bytes(std::string_view bytes, const device::ChipPower& power,
                              const sim::OperatingPoint& point) {
  base::ArchiveReader a(bytes);
  soc::StepRecord record;
  std::vector<stats::Sample> metrics;
  stats::Trace trace;
  archive(a, record);
  archive(a, metrics);
  trace.archive(a);
  a.end();
  Signature signature(record, power, point);
  return {std::move(record), std::move(signature), std::move(metrics), std::move(trace), {}, true};
}

std::string to_bytes(const soc::AuditResult& result) {
  base::ArchiveWriter a;
  soc::AuditResult copy = result;
  archive(a, copy);
  return a.bytes();
}

soc::AuditResult audit_from_bytes(std::string_view bytes) {
  base::ArchiveReader a(bytes);
  soc::AuditResult result;
  archive(a, result);
  a.end();
  return result;
}

}  // namespace kiln::run
