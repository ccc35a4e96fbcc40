// SPDX-License-Identifier: MIT
#include "run/repeated_tasks.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "npu/tile.h"

namespace kiln::run {

using lowering::LoweredStep;
using lowering::Repetition;

namespace {

double queue_share_at(const std::vector<soc::Progress>& progress, base::TimePs time) {
  const auto next = std::partition_point(progress.begin(), progress.end(),
                                         [&](const soc::Progress& at) { return at.time <= time; });
  return std::prev(next)->queue_share;
}

base::TimePs mean(const std::vector<base::TimePs>& times) {
  double sum = 0;
  for (const base::TimePs time : times) sum += static_cast<double>(time);
  return std::llround(sum / static_cast<double>(times.size()));
}

/// What a tile was off in both halves: one that is late once catches up later.
base::TimePs common(base::TimePs first, base::TimePs second) {
  return (first < 0) == (second < 0) ? std::min(std::abs(first), std::abs(second)) : 0;
}

/// In order of time, each on top of those before it.
std::vector<soc::Progress> accumulated(std::vector<soc::Progress> added) {
  std::stable_sort(added.begin(), added.end(),
                   [](const soc::Progress& a, const soc::Progress& b) { return a.time < b.time; });
  std::vector<soc::Progress> progress(1);
  for (soc::Progress next : added) {
    next.work += progress.back().work;
    next.computed_s += progress.back().computed_s;
    next.array_busy_s += progress.back().array_busy_s;
    progress.push_back(next);
  }
  return progress;
}

}  // namespace

RepeatedTasks::RepeatedTasks(const LoweredStep& part, const soc::StepRecord& simulated) {
  for (std::size_t t = 0; t < part.tiles.size(); ++t) {
    std::vector<Task>& tile = tasks_.emplace_back();
    for (std::size_t i = 0; i < part.tiles[t].tasks.size(); ++i) {
      const npu::TaskSpan span = simulated.task_spans[t][i];
      tile.push_back({span, part.tiles[t].tasks[i].instance, queue_share_at(simulated.progress, span.end)});
    }
  }
}

Rhythm RepeatedTasks::rhythm_of(const Repetition& r) const {
  std::vector<base::TimePs> first, second, ends;  // of tiles that take part
  for (const std::vector<Task>& tile : tasks_) {
    if (tile.empty()) continue;
    const auto end_before = [&](std::int32_t instance) {
      const auto next = std::partition_point(tile.begin(), tile.end(),
                                             [&](const Task& task) { return task.instance < instance; });
      return std::prev(next)->span.end;
    };
    ends.push_back(end_before(r.begin_left_out()));
    second.push_back(ends.back() - end_before(r.middle_of_unit()));
    first.push_back(end_before(r.middle_of_unit()) - end_before(r.begin_unit()));
  }
  const base::TimePs first_mean = mean(first), second_mean = mean(second);
  base::TimePs drift = 0;
  for (std::size_t t = 0; t < ends.size() && !r.in_step; ++t)
    drift = std::max(drift, common(first[t] - first_mean, second[t] - second_mean));
  return {first_mean + second_mean, mean(ends), std::max(std::abs(first_mean - second_mean), 2 * drift)};
}

void RepeatedTasks::repeat(const Repetition& r, const Rhythm& rhythm) {
  for (std::vector<Task>& tile : tasks_) repeat(r, rhythm.unit, tile);
}

void RepeatedTasks::repeat(const Repetition& r, base::TimePs unit, std::vector<Task>& tile) {
  const auto from = [&](std::int32_t instance) {
    return std::partition_point(tile.begin(), tile.end(),
                                [&](const Task& task) { return task.instance < instance; });
  };
  const auto begin = from(r.begin_unit()), end = from(r.begin_left_out());
  std::vector<Task> longer(tile.begin(), end);
  const auto add = [&](Task task, std::int32_t units) {
    task.span.begin += units * unit;
    task.span.end += units * unit;
    longer.push_back(task);
  };
  for (std::int32_t copy = 1; copy <= r.units_left_out(); ++copy)
    for (auto task = begin; task != end; ++task) {
      add(*task, copy);
      longer.back().instance += copy * r.unit * r.period;
    }
  for (auto task = end; task != tile.end(); ++task) add(*task, r.units_left_out());
  tile = std::move(longer);
}

void RepeatedTasks::tell(const LoweredStep& whole, soc::StepRecord& record) const {
  const auto tiles = static_cast<double>(tasks_.size());
  std::vector<soc::Progress> added;
  record.task_spans.assign(tasks_.size(), {});
  for (std::size_t t = 0; t < tasks_.size(); ++t) {
    const std::vector<lowering::Task>& tasks = whole.tiles[t].tasks;
    KILN_CHECK(tasks_[t].size() == tasks.size(), "tile {}: {} tasks were done or repeated, of {}", t,
               tasks_[t].size(), tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const Task& done = tasks_[t][i];
      KILN_CHECK(done.instance == tasks[i].instance, "tile {}: task {} is of operation {}, not {}", t, i,
                 tasks[i].instance, done.instance);
      const npu::Computed computed = npu::computed(tasks[i], done.span);
      const workload::Phase following = tasks[std::min(i + 1, tasks.size() - 1)].phase;
      added.push_back({done.span.end, npu::work_of(tasks[i]), following,
                       base::to_seconds(computed.any) / tiles, base::to_seconds(computed.array) / tiles,
                       done.queue_share});
      record.task_spans[t].push_back(done.span);
    }
  }
  record.progress = accumulated(std::move(added));
  record.array_busy_s = record.progress.back().array_busy_s;
}

void RepeatedTasks::tell(const LoweredStep& whole, const std::vector<std::string>& op_names,
                         stats::Trace& trace) const {
  trace.clear();
  for (std::size_t t = 0; t < tasks_.size(); ++t) {
    const std::vector<lowering::Task>& tasks = whole.tiles[t].tasks;
    for (std::size_t i = 0, end = 0; i < tasks.size(); i = end) {
      while (end < tasks.size() && tasks[end].instance == tasks[i].instance) ++end;
      trace.slice(static_cast<int>(t), op_names[static_cast<std::size_t>(tasks[i].op)],
                  std::string(workload::name_of(tasks[i].phase)), tasks_[t][i].span.begin,
                  tasks_[t][end - 1].span.end);
    }
  }
}

}  // namespace kiln::run
