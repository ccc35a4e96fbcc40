// SPDX-License-Identifier: MIT
// Sweeps on a Slurm cluster: two nodes on this machine, where Slurm is installed.
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;

namespace {

namespace fs = std::filesystem;

std::string loopback(const char* action, const fs::path& folder) {
  return std::to_string(
      run_process({source("tests/cli/cluster/loopback"), action, folder.string()}).exit_code);
}

/// A cluster for the time of a test, known to all programs that the test starts.
class Cluster {
 public:
  Cluster() : exit_code_(loopback("start", scratch_.path())) {
    ::setenv("SLURM_CONF", (scratch_.path() / "slurm.conf").c_str(), 1);
  }
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  ~Cluster() { loopback("stop", scratch_.path()); }

  /// False, having said so, where Slurm is not installed.
  bool there() const {
    if (exit_code_ == "77") {
      WARN("no Slurm here (apt-get install slurm-wlm munge): sweeps are not tried on a cluster");
      return false;
    }
    REQUIRE(exit_code_ == "0");
    return true;
  }
  void kill_daemons() {
    for (const char* daemon : {"slurmctld.pid", "slurmd-n1.pid"}) {
      pid_t process = 0;
      std::ifstream(scratch_.path() / daemon) >> process;
      REQUIRE(process > 0);
      ::kill(process, SIGKILL);
    }
  }
  void restart() { REQUIRE(loopback("restart", scratch_.path()) == "0"); }

 private:
  ScratchFolder scratch_;
  std::string exit_code_;
};

std::string write_sweep(const ScratchFolder& scratch) {
  write_tiny(scratch);
  return scratch.write(
      "sweep.yaml",
      "name: \"on a $(touch pwned) cluster\"\nexperiment: tiny.yaml\naxes:\n"
      "  - {name: batch, key: training.batch, values: [1, 2, 4]}\n"
      "  - {name: ambient, key: environment.ambient, values: [5 degC, 15 degC, 25 degC, 35 degC]}\n");
}

ProcessResult on_cluster(const ScratchFolder& scratch, const std::string& sweep, const std::string& out,
                         std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"sweep", "run", sweep,        "--engine",    "slurm",
                                    "--out", out,   "--no-cache", "--task-time", "100ms"};
  words.insert(words.end(), more.begin(), more.end());
  ProcessOptions options;
  options.folder = scratch.path().string();
  return run_kiln(words, options);
}

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::string local_table(const ScratchFolder& scratch, const std::string& sweep) {
  const ProcessResult local =
      run_kiln({"sweep", "run", sweep, "--out", (scratch.path() / "local").string(), "--no-cache"});
  INFO(local.err);
  REQUIRE(local.exit_code == 0);
  return text_of(scratch.path() / "local" / "sweep.csv");
}

void wait_for_file(const fs::path& file) {
  for (int i = 0; i < 600 && !fs::exists(file); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  REQUIRE(fs::exists(file));
}

}  // namespace

TEST_CASE("a sweep on a cluster gives the table that it gives here") {
  const Cluster cluster;
  if (!cluster.there()) return;
  const ScratchFolder scratch;
  const std::string sweep = write_sweep(scratch);
  // A name that a shell or Slurm's patterns would read.
  const fs::path folder = scratch.path() / "100 %j of 'it' $(touch pwned)";
  const ProcessResult run =
      on_cluster(scratch, sweep, folder.string(), {"--nodes", "n[1-2]", "--sbatch=--time=10"});
  INFO(run.err);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.err, contains(" tasks, of "));
  CHECK(text_of(folder / "sweep.csv") == local_table(scratch, sweep));
  CHECK_FALSE(fs::exists(scratch.path() / "pwned"));
  CHECK_FALSE(fs::is_empty(folder / "slurm"));  // what the tasks said, in the folder of that very name

  const ProcessResult again = on_cluster(scratch, sweep, folder.string());
  CHECK(again.exit_code == 0);
  CHECK_THAT(again.err, !contains("job"));  // nothing was left to compute
}

TEST_CASE("what is killed on a cluster is computed in the end, and nothing twice into the table") {
  Cluster cluster;
  if (!cluster.there()) return;
  const ScratchFolder scratch;
  const std::string sweep = write_sweep(scratch);
  const fs::path folder = scratch.path() / "results";
  std::future<ProcessResult> first =
      std::async(std::launch::async, [&] { return on_cluster(scratch, sweep, folder.string()); });
  wait_for_file(folder / "slurm.json");
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // tasks have begun
  cluster.kill_daemons();
  run_process({"pkill", "-9", "-f", "sweep work " + folder.string()});
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  cluster.restart();
  const ProcessResult run = first.get();
  INFO(run.err);
  CHECK((run.exit_code == 0 || run.exit_code == 4));  // 4: a killed task's points are left
  for (int tries = 0; tries < 3; ++tries)
    if (on_cluster(scratch, sweep, folder.string()).exit_code == 0) break;
  CHECK(text_of(folder / "sweep.csv") == local_table(scratch, sweep));
}

TEST_CASE("Ctrl-C takes a sweep's job back, and a killed command leaves it to the next one") {
  const Cluster cluster;
  if (!cluster.there()) return;
  const ScratchFolder scratch;
  const std::string sweep = write_sweep(scratch);
  const fs::path folder = scratch.path() / "results";
  const auto ended_by = [&](int signal) {
    ProcessOptions options;
    options.signal = signal;
    options.signal_when = (folder / "slurm.json").string();
    options.signal_after = std::chrono::milliseconds(300);
    return run_kiln({"sweep", "run", sweep, "--engine", "slurm", "--out", folder.string(), "--no-cache",
                     "--task-time", "10ms"},
                    options);
  };
  CHECK(ended_by(SIGKILL).exit_code == -SIGKILL);
  const ProcessResult next = ended_by(SIGINT);
  INFO(next.err);
  CHECK_THAT(next.err, contains("is in the queue; waiting for it") || contains(" tasks, of "));
  CHECK(next.exit_code == 130);
  for (int i = 0; i < 100; ++i) {
    if (run_process({"squeue", "--noheader"}).out.empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  CHECK(run_process({"squeue", "--noheader"}).out.empty());
  const ProcessResult status = run_kiln({"sweep", "status", folder.string()});
  CHECK_THAT(status.out, contains("12 points: ") && !contains("of the cluster"));
}

TEST_CASE("a cluster that is not there, and nodes that it has not, are refused") {
  const ScratchFolder scratch;
  const std::string sweep = write_sweep(scratch);
  const ProcessResult local = run_kiln({"sweep", "run", sweep, "--nodes", "n1"});
  CHECK(local.exit_code == 2);
  CHECK_THAT(local.err, contains("--nodes") && contains("add --engine slurm"));
  const ProcessResult odd = run_kiln({"sweep", "run", sweep, "--engine", "slurm", "--sbatch", "partition"});
  CHECK(odd.exit_code == 2);
  CHECK_THAT(odd.err, contains("must be an option of sbatch"));
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", scratch.path().c_str(), 1);
  const ProcessResult none =
      run_kiln({"sweep", "run", sweep, "--engine", "slurm", "--out", (scratch.path() / "o").string()});
  ::setenv("PATH", path.c_str(), 1);
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.err, contains("scontrol, which is not installed here"));

  const Cluster cluster;
  if (!cluster.there()) return;
  const ProcessResult unknown =
      on_cluster(scratch, sweep, (scratch.path() / "o").string(), {"--nodes", "n[1-7]"});
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, contains("no node n3, n4, n5, n6, n7; it has n1, n2"));
  const ProcessResult refused =
      on_cluster(scratch, sweep, (scratch.path() / "o").string(), {"--sbatch=--partition=none"});
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.err, contains("sbatch: ") && contains("partition"));
}
