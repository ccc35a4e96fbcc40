// SPDX-License-Identifier: MIT
// report.html as a browser sees it.
#include <cstdlib>
#include <filesystem>
#include <tuple>

#include "base/file.h"
#include "cli/commands/kiln.h"
#include "support/catch.h"

using namespace kiln::testing;
namespace fs = std::filesystem;

namespace {

std::string browser() {
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
    if (run_process({"sh", "-c", std::string("command -v ") + name}).exit_code == 0) return name;
  return "";
}

constexpr const char* kNoBrowser = "no chromium here (apt-get install chromium): pages are not opened";

/// What the browser shows of the page after `script` ran; errors of scripts stand in it.
std::string shown(const ScratchFolder& scratch, const std::string& page, const std::string& script = "") {
  const std::string catcher =
      "<script>window.addEventListener('error', (e) => { document.documentElement.dataset.error = e.message; "
      "});</script>";
  const std::string action =
      "<script>{ const at = (q) => document.querySelector(q); " + script + " }</script>";
  std::string text = page;
  text.replace(text.find("<style>"), 0, catcher);
  text.insert(text.rfind("</body>"), action);
  const std::string path = scratch.write("opened.html", text);
  const ProcessResult result =
      run_process({browser(), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000",
                   "--dump-dom", "--window-size=1500,1000",
                   "--user-data-dir=" + (scratch.path() / "profile").string(), "file://" + path});
  INFO(result.err);
  const std::size_t data = result.out.find("<script type=\"application/json\"");
  REQUIRE(data != std::string::npos);
  const std::size_t own = result.out.find("<script>", data);  // data and script name everything
  return result.out.substr(0, data) + result.out.substr(result.out.find("</script>", own));
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A tiny run under two temperatures.
std::string run_folder(const ScratchFolder& scratch, const std::string& name, const std::string& ambient) {
  const std::string folder = (scratch.path() / name).string();
  const ProcessResult result = run_kiln(
      {"run", write_tiny(scratch), "--set", "environment.ambient=" + ambient, "--out", folder, "--quiet"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return folder;
}

}  // namespace

TEST_CASE("a run's report needs nothing from outside, is small, and is made again as it was") {
  const ScratchFolder scratch;
  const std::string folder = run_folder(scratch, "one", "30degC");
  const std::string page = kiln::base::read_file(folder + "/report.html");
  CHECK(page.size() < 3'000'000);
  for (const char* outside : {"src=\"http", "href=\"http", "@import", "fetch(", "XMLHttpRequest"})
    CHECK_FALSE(has(page, outside));
  CHECK(has(page, "\"environment.ambient\""));  // it was set
  CHECK_FALSE(has(page, "cpu_time_s"));
  REQUIRE(run_kiln({"report", folder}).exit_code == 0);
  CHECK((kiln::base::read_file(folder + "/report.html") == page));
}

TEST_CASE("a browser opens a report without errors, and a click on a layer filters") {
  if (browser().empty()) {
    WARN(kNoBrowser);
    return;
  }
  const ScratchFolder scratch;
  const std::string page = kiln::base::read_file(run_folder(scratch, "one", "30degC") + "/report.html");
  const std::string whole = shown(scratch, page);
  CHECK_FALSE(has(whole, "data-error"));
  for (const char* part :
       {"data-ready=\"yes\"", "a step", "Valid", "Roofline by layer", "Step timeline by unit", "<circle",
        "data-layer=\"c1\"", "Settings that differ", "energy_by_component_j.dram", "Temperature of the die"})
    CHECK(has(whole, part));
  const std::string filtered =
      shown(scratch, page,
            "const layer = document.querySelectorAll('[data-layer]')[0]; document.body.dataset.picked = "
            "layer.dataset.layer; layer.dispatchEvent(new MouseEvent('click', {bubbles: true})); "
            "document.body.dataset.title = at('.filter').textContent; "
            "document.body.dataset.bars = [...document.querySelectorAll('[data-layer]')].map((b) => "
            "b.dataset.layer).join(' ');");
  CHECK_FALSE(has(filtered, "data-error"));
  CHECK(has(filtered, ", by phase\""));
  CHECK(has(filtered, "data-bars=\"forward"));
  const std::string painted =
      shown(scratch, page,
            "const c = at('canvas.timeline'), d = c.getContext('2d').getImageData(100, 0, 400, 60).data; "
            "document.body.dataset.colours = new Set(Array.from({length: d.length / 4}, (_, i) => d.slice(4 "
            "* i, 4 * i + 3).join())).size;");
  CHECK_FALSE(has(painted, "data-colours=\"1\""));
  CHECK(has(painted, "data-colours="));
}

TEST_CASE("several folders stand side by side with what differs, and names are data") {
  const ScratchFolder scratch;
  const std::string one = run_folder(scratch, "one", "30degC"),
                    other = run_folder(scratch, "<b>other", "40degC");
  const std::string out = (scratch.path() / "both").string();
  const ProcessResult result = run_kiln({"report", one, other, "--out", out});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const std::string page = kiln::base::read_file(out + "/report.html");
  CHECK_FALSE(has(page, "<b>"));
  CHECK(has(page, "environment.ambient"));
  CHECK(has(page, "40 degC"));
  CHECK(run_kiln({"report", scratch.path().string()}).exit_code == 2);  // no results
  scratch.write("mine/report.html", "mine");
  CHECK(run_kiln({"report", one, "--out", (scratch.path() / "mine").string()}).exit_code == 2);
  if (browser().empty()) {
    WARN(kNoBrowser);
    return;
  }
  const std::string whole = shown(scratch, page);
  CHECK_FALSE(has(whole, "data-error"));
  CHECK(has(whole, "Settings in which the runs differ"));
}

TEST_CASE("side by side, letters keep their size, and steps and components their scale and colour") {
  if (browser().empty()) {
    WARN(kNoBrowser);
    return;
  }
  const ScratchFolder scratch;
  const std::string one = run_folder(scratch, "one", "30degC"), longer = (scratch.path() / "two").string();
  REQUIRE(run_kiln({"run", write_tiny(scratch), "--set", "training.batch=16", "--out", longer, "--quiet"})
              .exit_code == 0);
  const std::string out = (scratch.path() / "both").string();
  REQUIRE(run_kiln({"report", one, longer, "--out", out}).exit_code == 0);
  const std::string seen = shown(
      scratch, kiln::base::read_file(out + "/report.html"),
      "addEventListener('load', () => setTimeout(() => { const all = (q) => "
      "[...document.querySelectorAll(q)];"
      "const canvases = all('canvas.timeline'), data = document.body.dataset;"
      "data.sharp = canvases.length === 2 && canvases.every((c) => c.width === c.clientWidth * "
      "devicePixelRatio && c.clientWidth < 0.7 * innerWidth);"
      "const ends = canvases.map((c) => { const d = c.getContext('2d').getImageData(60, 0, c.width - 60, "
      "60); let most = 0; for (let i = 0; i < d.data.length; i += 4) if (d.data[i + 3] > 0) most = "
      "Math.max(most, i / 4 % d.width); return most / d.width; });"
      "data.ends = ends.join(); data.scaled = ends[0] < 0.9 && ends[1] > 0.95;"
      "const keys = all('article').map((a) => [...a.querySelector('.legend').querySelectorAll('button')].map("
      "(b) => b.textContent + b.querySelector('i').style.cssText).join());"
      "const rooflines = all('article').map((a) => a.querySelector('svg[aria-label^=\"10^12 op/s\"]'));"
      "const grids = rooflines.map((r) => [...r.querySelectorAll('line.grid')].map((l) => "
      "[l.getAttribute('x1'), l.getAttribute('y1')].join(':')).join()), marks = rooflines.map((r) => "
      "[...r.querySelectorAll('circle')].map((c) => c.getAttribute('cx')).join());"
      "data.roofed = grids[0].length > 20 && grids[0] === grids[1] && marks[0] !== marks[1];"
      "data.coloured = keys[0].length > 20 && keys[0] === keys[1]; }, 100));");
  CHECK_FALSE(has(seen, "data-error"));
  CHECK(has(seen, "data-sharp=\"true\""));
  INFO(seen.substr(seen.find("data-ends"), 60));
  CHECK(has(seen, "data-scaled=\"true\""));
  CHECK(has(seen, "data-roofed=\"true\""));
  CHECK(has(seen, "data-coloured=\"true\""));
}

TEST_CASE("answers and sweeps have a report whose points are drawn") {
  const ScratchFolder scratch;
  const ProcessResult solved =
      run_kiln({"solve", write_tiny(scratch), "--minimize", "energy_j", "--over", "training.batch={1,2}",
                "--out", (scratch.path() / "solved").string(), "--quiet"});
  INFO(solved.err);
  REQUIRE(solved.exit_code == 0);
  const std::string page = kiln::base::read_file((scratch.path() / "solved/report.html").string());
  CHECK(has(page, "training.batch"));
  if (browser().empty()) {
    WARN(kNoBrowser);
    return;
  }
  const std::string whole = shown(scratch, page);
  CHECK_FALSE(has(whole, "data-error"));
  CHECK(has(whole, "<circle"));
  CHECK(has(whole, "lowest energy_j"));
}

TEST_CASE("the report of a front draws one objective over the other, the answer's points large") {
  if (browser().empty()) {
    WARN(kNoBrowser);
    return;
  }
  const ScratchFolder scratch;
  const std::string out = (scratch.path() / "front").string();
  const ProcessResult solved =
      run_kiln({"solve", write_tiny(scratch), "--minimize", "step_time_s", "--minimize", "die_area_m2",
                "--over", "soc.npu.rows={8,32}", "--over", "soc.npu.cols={8,32}", "--out", out, "--quiet"});
  INFO(solved.err);
  REQUIRE(solved.exit_code == 0);
  const std::string seen =
      shown(scratch, kiln::base::read_file(out + "/report.html"),
            "const marks = [...document.querySelectorAll('article circle')].map((c) => c.getAttribute('r'));"
            "document.body.dataset.axes = [...document.querySelectorAll('article select')].map((s) => "
            "s.value).join();"
            "document.body.dataset.marks = marks.length + ' ' + marks.filter((r) => r === '6').length;");
  CHECK_FALSE(has(seen, "data-error"));
  CHECK(has(seen, "data-axes=\"die_area_m2,step_time_s,"));
  // A front has the smallest and the fastest, and not all.
  CHECK((has(seen, "data-marks=\"4 2\"") || has(seen, "data-marks=\"4 3\"")));
}

TEST_CASE(
    "jobs, fleets and squeezings have a report with text, pictures and drawn tables, made again as it was") {
  const auto [command, config, axes] =
      GENERATE(std::tuple{"job", "jobs/watch_night", "epoch,energy_j,,time_s,hottest_c,"},
               std::tuple{"fleet", "fleet/wearables_ble", "round,end_s,,device,device_j,"},
               std::tuple{"squeeze", "squeeze/lenet_watch", "model_bytes,inference_j,"});
  const ScratchFolder scratch;
  const std::string out = (scratch.path() / "out").string();
  std::vector<std::string> words{command, source("configs/" + std::string(config) + ".yaml"), "--out", out,
                                 "--quiet"};
  if (std::string(command) == "squeeze")  // as little learning as there can be
    for (const char* less : {"epochs=1", "seeds=1", "data.samples=320", "data.test_samples=100"})
      words.insert(words.end(), {"--set", std::string("experiment.learning.") + less});
  const ProcessResult made = run_kiln(words);
  INFO(made.err);
  REQUIRE(made.exit_code == 0);
  const std::string page = kiln::base::read_file(out + "/report.html");
  CHECK(page.size() < 3'000'000);
  REQUIRE(run_kiln({"report", out}).exit_code == 0);
  CHECK((kiln::base::read_file(out + "/report.html") == page));
  CHECK(has(page, "\"verdicts\":[{\"name\":"));
  if (browser().empty()) {
    WARN(kNoBrowser);
    return;
  }
  const std::string seen =
      shown(scratch, page,
            "const all = (q) => [...document.querySelectorAll(q)], data = document.body.dataset;"
            "data.axes = all('article select').map((s) => s.value).join();"
            "data.answered = at('pre.answer').textContent.length > 200;"
            "data.judged = all('.validity').length > 0 && all('.validity').every((v) => "
            "/valid/i.test(v.textContent));"
            "data.marked = all('article svg').length > 0 && all('article svg').every((s) => "
            "s.querySelectorAll('circle').length > 2);"
            "addEventListener('load', () => setTimeout(() => { data.pictured = all('img').length === 1 && "
            "at('img').naturalWidth > 300; }, 100));");
  CHECK_FALSE(has(seen, "data-error"));
  INFO(seen.substr(seen.find("data-axes"), 80));
  CHECK(has(seen, std::string("data-axes=\"") + axes + "\""));
  for (const char* good : {"data-answered", "data-judged", "data-marked", "data-pictured"}) {
    INFO(good);
    CHECK(has(seen, std::string(good) + "=\"true\""));
  }
}

TEST_CASE("values of different units are drawn in their order, and texts with units are no numbers") {
  const ScratchFolder scratch;
  const std::string folder = (scratch.path() / "solved").string();
  const ProcessResult solved =
      run_kiln({"solve", write_tiny(scratch), "--minimize", "energy_j", "--over",
                "soc.host.clock={500MHz,1GHz,200MHz,2GHz}", "--out", folder, "--quiet"});
  INFO(solved.err);
  REQUIRE(solved.exit_code == 0);
  const std::string table = scratch.read("solved/solve.csv");
  CHECK(has(table, "soc.host.clock [Hz],energy_j,"));
  for (const char* row : {"\n200000000,", "\n500000000,", "\n1000000000,", "\n2000000000,"})
    CHECK(has(table, row));
  if (browser().empty()) {
    WARN(kNoBrowser);
    return;
  }
  const auto axes = [&](const std::string& page) {
    const std::string text = shown(scratch, page,
                                   "document.title = 'x:' + [...at('select[aria-label=\"x axis\"]') || []]"
                                   ".map((o) => o.value).join();");
    const std::size_t title = text.find("<title>x:");
    REQUIRE(title != std::string::npos);
    return text.substr(title, text.find("</title>", title) - title);
  };
  const std::string page = scratch.read("solved/report.html");
  CHECK(has(axes(page), "soc.host.clock [Hz]"));
  // A table of another hand, whose cells bear their units.
  scratch.write("mixed/solve.csv",
                "local_sram,energy_j,step_time_s,allowed,validity\n256 KiB,3,1,1,ok\n1 MiB,2,2,1,ok\n");
  const std::string mixed = (scratch.path() / "mixed").string();
  const ProcessResult report = run_kiln({"report", mixed, "--out", (scratch.path() / "page").string()});
  INFO(report.err);
  REQUIRE(report.exit_code == 0);
  const std::string shown_axes = axes(scratch.read("page/report.html"));
  CHECK(has(shown_axes, "energy_j"));
  CHECK_FALSE(has(shown_axes, "local_sram"));
}

TEST_CASE("a slider moves through the temperatures of the whole package") {
  const ScratchFolder scratch;
  const std::string folder = (scratch.path() / "long").string();
  const ProcessResult result = run_kiln({"run", write_tiny(scratch), "--set", "run.horizon=duration",
                                         "run.duration=2s", "--out", folder, "--quiet"});
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  const std::string page = kiln::base::read_file(folder + "/report.html");
  CHECK(page.size() < 3'000'000);
  if (browser().empty()) {
    WARN(kNoBrowser);
    return;
  }
  const std::string moved = shown(
      scratch, page,
      "const colours = () => [...document.querySelectorAll('[data-body] rect')].map((r) => "
      "r.getAttribute('fill')).join(); "
      "const slider = at('input.moment'), end = colours(), told = at('[data-moment]').textContent; "
      "slider.value = 0; slider.dispatchEvent(new Event('input', {bubbles: true})); "
      "document.body.dataset.moves = String(colours() !== end); document.body.dataset.told = told; "
      "document.body.dataset.first = at('[data-moment]').textContent; "
      "document.body.dataset.bodies = [...document.querySelectorAll('[data-body]')].map((b) => "
      "b.dataset.body).join(' '); "
      "document.querySelectorAll('[data-layer]')[0].dispatchEvent(new MouseEvent('click', {bubbles: true})); "
      "document.body.dataset.kept = at('input.moment').value;");
  CHECK_FALSE(has(moved, "data-error"));
  CHECK(has(moved, "data-moves=\"true\""));
  CHECK(has(moved, "data-told=\"at 2 s of 2 s\""));
  CHECK_FALSE(has(moved, "data-first=\"at 2 s of 2 s\""));
  CHECK(has(moved, "soc"));
  CHECK(has(moved, "data-kept=\"0\""));  // a click on a layer leaves the moment as it was
}
