// SPDX-License-Identifier: MIT
#include "fuzz/parsers/campaign.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "fuzz/parsers/mutator.h"
#include "support/forked.h"

namespace kiln::fuzz {

namespace {

constexpr unsigned kMostSeconds = 10;
constexpr long kMostKilobytes = 1 << 20;

/// Seen by a child and, after its death, by its parent.
struct Progress {
  std::uint64_t inputs = 0;  ///< begun
  std::uint64_t refused = 0;
};

class SharedProgress {
 public:
  SharedProgress()
      : memory_(
            ::mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::runtime_error("mmap failed");
    new (memory_) Progress();
  }
  ~SharedProgress() { ::munmap(memory_, sizeof(Progress)); }
  SharedProgress(const SharedProgress&) = delete;
  SharedProgress& operator=(const SharedProgress&) = delete;
  Progress& operator*() { return *static_cast<Progress*>(memory_); }

 private:
  void* memory_;
};

long kilobytes_so_far() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// The input as a word of the shell.
std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte > '~' || c == '\'' || c == '\\' || c == '%')
      text += fmt::format("\\{:03o}", byte);
    else
      text += c;
  }
  return text;
}

std::string described(const Parser& parser, const Seed& input, const std::string& number,
                      const std::string& fault) {
  constexpr std::size_t kMostShown = 2000;
  std::string text = fmt::format("{}, {}, made from {}: {}\n", parser.name, number, input.path, fault);
  if (input.text.size() <= kMostShown)
    return text + fmt::format("into the corpus: printf '{}' >tests/fuzz/corpus/{}/NAME\n",
                              escaped(input.text), parser.corpora.back());
  const auto kept = std::filesystem::temp_directory_path() / fmt::format("kiln_fuzz_{}", parser.name);
  std::ofstream(kept, std::ios::binary) << input.text;
  return text +
         fmt::format("into the corpus: mv {} tests/fuzz/corpus/{}/NAME ({} bytes; cut it down first)\n",
                     kept.string(), parser.corpora.back(), input.text.size());
}

/// `input(i)` of 0 to `count` - 1 through the parser; what it returns for one is the same every time.
template <class Input>
Findings try_all(const Parser& parser, const std::string& what, std::uint64_t count, Input input) {
  SharedProgress shared;
  Progress& progress = *shared;
  const auto work = [&] {
    const long before = kilobytes_so_far();  // a fork begins with what its parent holds
    for (std::uint64_t i = 0; i < count; ++i) {
      const Seed made = input(i);
      ++progress.inputs;
      ::alarm(kMostSeconds);
      const Outcome outcome = judge(parser.parse, made.text, made.path);
      if (outcome.verdict == Verdict::broken) return outcome.fault;
      progress.refused += outcome.verdict == Verdict::refused;
      if (kilobytes_so_far() - before > kMostKilobytes) return std::string("more than 1 GiB of memory");
    }
    return std::string("done");
  };
  const testing::Forked child = testing::in_child(work, {.wall_s = kMostSeconds, .heap_bytes = 1U << 30});
  Findings findings{progress.inputs, progress.refused, ""};
  if (child.text == "done") return findings;
  std::string fault = child.text;
  if (child.signal == SIGALRM)
    fault = fmt::format("more than {} s for one input", kMostSeconds);
  else if (child.signal != 0)
    fault = fmt::format("signal {} ({})", child.signal, ::strsignal(child.signal));
  else if (fault.empty())
    fault = "ended by a sanitizer, whose report stands above";
  const std::uint64_t last = progress.inputs == 0 ? 0 : progress.inputs - 1;
  findings.fault = described(parser, input(last), fmt::format("{} {}", what, last), fault);
  return findings;
}

/// The corpus of YAML is mostly bad; what is made from good files goes deeper.
std::vector<Seed> half_shipped(std::vector<Seed> seeds) {
  std::vector<Seed> shipped;
  for (const Seed& seed : seeds)
    if (seed.shipped) shipped.push_back(seed);
  const std::size_t others = seeds.size() - shipped.size();
  for (std::size_t i = shipped.size(); !shipped.empty() && i < others; ++i)
    seeds.push_back(shipped[i % shipped.size()]);
  return seeds;
}

}  // namespace

Findings try_mutants(const Parser& parser, std::uint64_t seed, std::uint64_t inputs) {
  const std::vector<Seed> seeds = half_shipped(seeds_of(parser));
  return try_all(parser, fmt::format("seed {}, mutant", seed), inputs,
                 [&](std::uint64_t i) { return Mutator(seed, parser.name, i).mutant(seeds); });
}

Findings try_seeds(const Parser& parser) {
  const std::vector<Seed> seeds = seeds_of(parser);
  return try_all(parser, "file", seeds.size(), [&](std::uint64_t i) { return seeds[i]; });
}

}  // namespace kiln::fuzz
