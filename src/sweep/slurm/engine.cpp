// SPDX-License-Identifier: MIT
#include "sweep/slurm/engine.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "base/error.h"
#include "output/encode.h"
#include "output/system.h"
#include "sweep/slurm/job_file.h"

namespace kiln::sweep::slurm {

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr double kTrial_s = 5;          // of points computed here, at most
constexpr double kTrialShare = 0.1;     // of a task's time
constexpr double kLongestTrial_s = 60;  // for the first of them
constexpr auto kPoll = std::chrono::milliseconds(500);
constexpr double kAskQueue_s = 5;   // as often as a cluster's users are asked to, at most
constexpr double kLookShare = 0.1;  // of the time, for looking at results

double since(Clock::time_point start) {
  return Seconds(Clock::now() - start).count();
}

/// What the cluster allows.
struct Bounds {
  std::size_t most_tasks;
  std::vector<std::string> not_on;  ///< nodes
};

struct Trial {
  std::optional<double> point_s;  ///< what one takes; nothing when none was done in time
  std::size_t failed = 0;
};

/// Computes some points here.
Trial try_points(const Plan& plan, const PointStore& store, const PointRunner& runner,
                 const EngineOptions& options) {
  const Clock::time_point start = Clock::now();
  std::size_t computed = 0;
  double computed_s = 0;
  WorkOptions here;
  here.interrupted = [&] {
    if (options.interrupted && options.interrupted()) return true;
    return since(start) > (computed > 0 ? std::min(kTrial_s, kTrialShare * options.task_s) : kLongestTrial_s);
  };
  here.progress = [&](const Progress& progress) {
    if (progress.done_here > computed) computed_s = since(start);
    computed = progress.done_here;
    if (options.progress) options.progress(progress);
  };
  Trial trial;
  trial.failed = sweep::work(plan, store, runner, here).failed;
  if (computed > 0) trial.point_s = computed_s / static_cast<double>(computed);
  return trial;
}

/// The points of a plan that have no result yet, looked at again and again; a failure is a result once the
/// job that may compute it anew has ended.
class Open {
 public:
  Open(const Plan& plan, const PointStore& store) : store_(store), points_(plan.points.size()) {
    for (const Point& point : plan.points) open_.push_back(&point.hash);
    look();
    done_before_ = progress_.done;
    progress_.done_here = 0;
  }

  void look() {
    progress_ = {points_, 0, 0, 0, 0, 0};
    std::erase_if(open_, [&](const std::string* hash) {
      const PointState state = store_.state(*hash);
      progress_.failed += state == PointState::failed ? 1 : 0;
      progress_.running += state == PointState::running ? 1 : 0;
      return state == PointState::done;
    });
    progress_.done = points_ - open_.size();
    progress_.done_here = progress_.done - done_before_;
    progress_.elapsed_s = since(start_);
  }

  std::size_t count() const { return open_.size(); }
  const Progress& progress() const { return progress_; }

 private:
  const PointStore& store_;
  std::size_t points_;
  std::vector<const std::string*> open_;
  std::size_t done_before_ = 0;
  Clock::time_point start_ = Clock::now();
  Progress progress_;
};

/// Until all points are done or the job has ended; false when interrupted.
bool wait_for(const std::string& job, Open& open, const EngineOptions& options) {
  bool silent = false;
  Clock::time_point asked = Clock::now();
  for (bool in_queue = true; in_queue && open.count() > 0;) {
    if (options.interrupted && options.interrupted()) return false;
    const Clock::time_point looked = Clock::now();
    if (since(asked) > kAskQueue_s) {  // before the look, so that nothing is done in between unseen
      const std::optional<Queued> tasks = queued(job);
      asked = Clock::now();
      in_queue = !tasks || !tasks->none();
      if (!tasks && !std::exchange(silent, true) && options.note)
        options.note("squeue does not answer; waiting for results all the same");
    }
    open.look();
    if (options.progress) options.progress(open.progress());
    std::this_thread::sleep_for(std::max<Seconds>(kPoll, Seconds(since(looked) / kLookShare)));
  }
  return true;
}

std::string submit_job(const Plan& plan, std::size_t points, double point_s, Bounds bounds,
                       const EngineOptions& options) {
  const double points_a_task =
      std::max(1.0, std::ceil(options.task_s / point_s)) * static_cast<double>(options.cpus);
  Array array;
  array.tasks = std::min(bounds.most_tasks,
                         static_cast<std::size_t>(std::ceil(static_cast<double>(points) / points_a_task)));
  array.name = "kiln-" + output::file_name(plan.sweep.name);
  array.cpus = options.cpus;
  array.not_on = std::move(bounds.not_on);
  array.options = options.sbatch_options;
  array.folder = (options.folder / "slurm").string();
  output::make_folders(array.folder);
  array.script = write_script(options.folder).string();
  array.arguments = {options.program, options.folder.string(), fmt::format("{}", array.tasks), "--jobs",
                     fmt::format("{}", options.cpus)};
  array.arguments.insert(array.arguments.end(), options.work_options.begin(), options.work_options.end());
  const std::string job = submit(array);
  write_job(options.folder, job);
  if (options.note)
    options.note(fmt::format("job {} has {} tasks, of {} points together, each {:.2g} s here", job,
                             array.tasks, points, point_s));
  return job;
}

WorkResult result_of(const Open& open, bool interrupted) {
  return {open.progress().done, open.progress().failed, interrupted};
}

}  // namespace

std::optional<JobState> job_of(const std::filesystem::path& folder) {
  const std::optional<std::string> job = read_job(folder);
  if (!job) return {};
  const std::optional<Queued> tasks = queued(*job);
  if (!tasks || tasks->none()) return {};
  return JobState{*job, *tasks};
}

WorkResult work(const Plan& plan, const PointStore& store, const PointRunner& runner,
                const EngineOptions& options) {
  Bounds bounds{most_tasks(), nodes_beside(options.nodes)};  // refused before anything is computed
  Open open(plan, store);
  if (const std::optional<JobState> earlier = job_of(options.folder)) {
    if (options.note)
      options.note(fmt::format("job {} of this sweep is in the queue; waiting for it", earlier->job));
    if (!wait_for(earlier->job, open, options)) {
      cancel(earlier->job);
      return result_of(open, true);
    }
  }
  const Trial trial = try_points(plan, store, runner, options);
  open.look();
  if (options.interrupted && options.interrupted()) return result_of(open, true);
  if (open.count() == trial.failed) return result_of(open, false);
  const std::string job =
      submit_job(plan, open.count(), trial.point_s.value_or(options.task_s), std::move(bounds), options);
  if (!wait_for(job, open, options)) {
    cancel(job);
    return result_of(open, true);
  }
  if (open.count() > open.progress().failed && options.note)
    options.note(
        fmt::format("job {} has ended before all points; what its tasks said is in {}; run again to go on",
                    job, (options.folder / "slurm").string()));
  return result_of(open, false);
}

}  // namespace kiln::sweep::slurm
