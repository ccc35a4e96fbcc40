// SPDX-License-Identifier: MIT
#include "sweep/slurm/commands.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>

#include "base/error.h"
#include "base/text.h"
#include "output/program.h"

namespace kiln::sweep::slurm {

namespace {

/// Slurm itself gives a controller up after MessageTimeout, by default 10 s, tried some times.
constexpr std::chrono::seconds kPatience{60};

output::ProgramResult run(const std::vector<std::string>& words) {
  output::ProgramResult result = output::run_program(words, kPatience);
  if (result.exit_code == output::kNotFound)
    throw base::ConfigError({"--engine slurm", 0, 0}, "",
                            fmt::format("needs the program {}, which is not installed here (Debian: package "
                                        "slurm-client); 'local' computes on this machine",
                                        words.front()));
  return result;
}

/// What a program prints; SimError with its complaint when it fails.
std::string answer(const std::vector<std::string>& words) {
  const output::ProgramResult result = run(words);
  if (!result.good()) throw base::SimError(fmt::format("{}: {}", words.front(), base::trim(result.err)));
  return result.out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string& line : base::split(text, '\n'))
    if (const std::string word(base::trim(line)); !word.empty()) lines.push_back(word);
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return c >= '0' && c <= '9'; });
}

/// In names of output files a percent sign begins a field.
std::string literal(const std::string& path) {
  std::string text;
  for (const char c : path) text += c == '%' ? std::string("%%") : std::string(1, c);
  return text;
}

}  // namespace

std::size_t most_tasks() {
  for (const std::string& line : lines_of(answer({"scontrol", "show", "config"}))) {
    const auto equals = line.find('=');
    if (equals == std::string::npos || base::trim(line.substr(0, equals)) != "MaxArraySize") continue;
    const std::string value(base::trim(line.substr(equals + 1)));
    std::size_t most = 0;
    if (std::from_chars(value.data(), value.data() + value.size(), most).ec == std::errc() && most > 0)
      return most;
  }
  throw base::SimError("scontrol: the cluster tells no MaxArraySize, so it takes no job arrays");
}

std::vector<std::string> nodes_beside(const std::string& named) {
  if (named.empty()) return {};
  const std::vector<std::string> all = lines_of(answer({"sinfo", "--noheader", "--Node", "--format=%N"}));
  const std::vector<std::string> wanted = lines_of(answer({"scontrol", "show", "hostnames", named}));
  std::vector<std::string> unknown, beside;
  std::set_difference(wanted.begin(), wanted.end(), all.begin(), all.end(), std::back_inserter(unknown));
  if (!unknown.empty() || wanted.empty())
    throw base::ConfigError(
        {"--nodes " + named, 0, 0}, "",
        fmt::format("the cluster has no node {}; it has {}",
                    wanted.empty() ? named : base::join(unknown, ", "), base::join(all, ", ")));
  std::set_difference(all.begin(), all.end(), wanted.begin(), wanted.end(), std::back_inserter(beside));
  return beside;
}

std::string submit(const Array& array) {
  std::vector<std::string> words = {"sbatch",
                                    "--parsable",
                                    "--requeue",  // a node that fails gives its tasks back
                                    "--open-mode=append",
                                    "--job-name=" + array.name,
                                    fmt::format("--array=0-{}", array.tasks - 1),
                                    fmt::format("--cpus-per-task={}", array.cpus),
                                    "--output=" + literal(array.folder) + "/%A_%a.txt"};
  if (!array.not_on.empty()) words.push_back("--exclude=" + base::join(array.not_on, ","));
  words.insert(words.end(), array.options.begin(), array.options.end());
  words.push_back(array.script);
  words.insert(words.end(), array.arguments.begin(), array.arguments.end());
  const std::string said = answer(words);  // "12" or "12;cluster"
  const std::string job(base::trim(said.substr(0, said.find(';'))));
  if (!is_number(job)) throw base::SimError("sbatch: no number of a job in its answer: " + said);
  return job;
}

std::optional<Queued> queued(const std::string& job) {
  // Asked for a job that ended long ago squeue fails as for a controller that is down; a list of all does
  // not.
  const output::ProgramResult result =
      output::run_program({"squeue", "--noheader", "--me", "--array", "--format=%F %T"}, kPatience);
  if (!result.good()) return {};
  Queued tasks;
  for (const std::string& line : base::split(result.out, '\n')) {
    const std::vector<std::string> words = base::split(base::trim(line), ' ');
    if (words.size() != 2 || words[0] != job) continue;
    ++(words[1] == "PENDING" ? tasks.waiting : tasks.running);
  }
  return tasks;
}

void cancel(const std::string& job) {
  output::run_program({"scancel", job}, kPatience);
}

}  // namespace kiln::sweep::slurm
